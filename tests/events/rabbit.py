"""A RabbitMQ of Debian's, in a folder and on ports of its own, and queues on it."""

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aio_pika
import psutil
import pytest

from tests.vendors.loopback import self_signed

PROGRAMS = Path("/usr/lib/rabbitmq/bin")
START_SECONDS, END_SECONDS = 60.0, 60.0
TLS = """
listeners.ssl.1 = 127.0.0.1:{port}
ssl_options.cacertfile = {file}
ssl_options.certfile = {file}
ssl_options.keyfile = {file}
ssl_options.verify = verify_none
"""
# The shell ends it when its standard input ends, so that it never outlives the tests; and then the
# server of names, which it started.
WATCHED = '"$@" < /dev/null & read -r _; kill $!; wait $!; epmd -port "$ERL_EPMD_PORT" -kill'


@dataclass(frozen=True)
class Taken:
    """A message out of a queue.

    Attributes:
        routing_key: By which it came there.
        body: All of it.
        properties: Of the protocol: `content_type`, `message_id`, `type`, `delivery_mode`.
    """

    routing_key: str
    body: bytes
    properties: dict[str, Any]

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent."""
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Rabbit:
    """A node that listens on this machine alone."""

    folder: Path
    port: int
    encrypted_port: int
    distribution_port: int
    names_port: int
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What keeps it in its folder and away from any other."""
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),  # its cookie is there
            "RABBITMQ_NODENAME": f"tests{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.names_port),
        }

    @property
    def certificate(self) -> Path:
        """The one that it shows at `encrypted_port`, which nobody vouches for."""
        return self.folder / "certificate.pem"

    def start(self) -> None:
        """Starts it, and waits until it takes connections."""
        if not self.certificate.exists():
            self_signed(self.certificate)
            conf = TLS.format(port=self.encrypted_port, file=self.certificate)
            (self.folder / "rabbitmq.conf").write_text(conf, "utf-8")
        with (self.folder / "said").open("ab") as said:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", WATCHED, "sh", str(PROGRAMS / "rabbitmq-server")],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                cwd=self.folder,
                env=self.environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.1)
        raise AssertionError(f"RabbitMQ did not start: {(self.folder / 'said').read_text()}")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return connection.recv(1) == b"\x01"  # a method: Connection.Start
        except OSError:
            return False

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ends it, orderly or at once."""
        assert self._process is not None
        family = psutil.Process(self._process.pid).children(recursive=True)
        machines = [one for one in family if one.name() == "beam.smp"]
        for one in machines:
            one.send_signal(number)
        psutil.wait_procs(machines, END_SECONDS)
        self._process.communicate(timeout=END_SECONDS)  # it ends the shell's standard input

    def end(self) -> None:
        """Ends it, if it has not ended."""
        if self._process is not None and self._process.poll() is None:
            self.stop(signal.SIGKILL)

    def control(self, *words: str) -> str:
        """What `rabbitmqctl` answers."""
        done = subprocess.run(
            [str(PROGRAMS / "rabbitmqctl"), "--quiet", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout

    @contextlib.asynccontextmanager
    async def channel(self) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
        """A channel of a client that knows nothing of FastStream."""
        connection = await aio_pika.connect(self.url, timeout=20)
        async with connection:
            yield await connection.channel()

    def bind(self, exchange: str, queue: str, *keys: str, kind: str = "topic") -> None:
        """Makes a durable queue, as whoever wants to miss nothing does first."""

        async def bound() -> None:
            async with self.channel() as channel:
                source = await channel.declare_exchange(exchange, kind, durable=True)
                made = await channel.declare_queue(queue, durable=True)
                for key in keys or ("#",):
                    await made.bind(source, key)

        asyncio.run(bound())

    def take(self, queue: str, count: int | None = None, seconds: float = 30) -> list[Taken]:
        """Takes messages until there are so many ids, or none is left and no count is given."""

        async def taken() -> list[Taken]:
            found: list[Taken] = []
            deadline = time.monotonic() + seconds
            async with self.channel() as channel:
                source = await channel.get_queue(queue)
                while time.monotonic() < deadline:
                    message = await source.get(no_ack=True, fail=False)
                    if message is not None:
                        found.append(_taken(message))
                    elif count is None or len({one.event["id"] for one in found}) >= count:
                        return found
                    else:
                        await asyncio.sleep(0.05)
            raise AssertionError(f"{len(found)} messages came of {count} in {seconds} s")

        return asyncio.run(taken())

    def publish(self, exchange: str, key: str, *bodies: bytes) -> None:
        """What somebody else publishes there."""

        async def published() -> None:
            async with self.channel() as channel:
                target = await channel.get_exchange(exchange) if exchange else None
                for body in bodies:
                    message = aio_pika.Message(body, delivery_mode=2)
                    await (target or channel.default_exchange).publish(message, key)

        asyncio.run(published())

    def delete_exchange(self, exchange: str) -> None:
        """As somebody does who does not know whose it is."""

        async def deleted() -> None:
            async with self.channel() as channel:
                await channel.exchange_delete(exchange)

        asyncio.run(deleted())

    def waiting(self, queue: str) -> int:
        """How many messages are ready in a queue."""

        async def counted() -> int:
            async with self.channel() as channel:
                found = await channel.declare_queue(queue, passive=True)
                return found.declaration_result.message_count or 0

        return asyncio.run(counted())


@contextlib.contextmanager
def running_rabbit() -> Iterator[Rabbit]:
    """A RabbitMQ in a folder of its own, until the end."""
    if not PROGRAMS.is_dir():
        pytest.skip("needs RabbitMQ (Debian's rabbitmq-server), which .ci/run installs")
    folder = Path(tempfile.mkdtemp(prefix="fintech-rabbitmq-"))
    node = Rabbit(folder, *(free_port() for _ in range(4)))
    try:
        node.start()
        yield node
    finally:
        node.end()
        shutil.rmtree(folder)


def _taken(message: aio_pika.abc.AbstractIncomingMessage) -> Taken:
    names = ("content_type", "message_id", "type", "delivery_mode", "timestamp", "app_id")
    properties = {name: getattr(message, name) for name in names}
    return Taken(message.routing_key or "", message.body, properties)


def free_port() -> int:
    """One below those that the kernel gives to whoever connects somewhere meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311  # no secret
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
