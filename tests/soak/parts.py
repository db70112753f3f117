"""The processes that live through a soak: deliverers, an API, a mail server of moods."""

import contextlib
import email
import email.policy
import hashlib
import logging
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.soak.world import SetClock

SPAWN = get_context("spawn")
END_SECONDS = 20.0
_TURNED_AWAY = 0.05  # of the mails
_CUT_AFTER = 0.03  # are taken and the line is cut before that is said


@dataclass
class Part:
    """A process that can be killed and started again.

    Attributes:
        start: Starts it, and gives its process and what it says first.
        process: The present one.
        said: What it said: the API its port.
    """

    start: Callable[[], tuple[BaseProcess, Any]]
    process: BaseProcess
    said: Any

    def kill(self) -> None:
        """Kills it and starts another."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.join(END_SECONDS)
        self.process, self.said = self.start()


def started(target: Callable[..., None], *given: Any) -> tuple[BaseProcess, Any]:
    """A process of its own, once it has said that it works."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=target, args=(theirs, *given), daemon=True)
    process.start()
    if not ours.poll(120):
        raise TimeoutError(f"{target.__name__} does not start")
    return process, ours.recv()


@contextlib.contextmanager
def serving(name: str, url: str, config: Path, clock: "SetClock") -> Iterator[Part]:
    """A deliverer or the API, ended by SIGTERM."""
    target = _api if name == "api" else _deliver

    def start() -> tuple[BaseProcess, Any]:
        return started(target, url, config, clock)

    part = Part(start, *start())
    try:
        yield part
    finally:
        part.process.terminate()
        part.process.join(END_SECONDS)


def _deliver(connection: Connection, url: str, config: Path, clock: "SetClock") -> None:
    """What `fintech deliver` does, by the clock of all."""
    from fintech_pipeline.alert_channels import channels_of
    from fintech_pipeline.alerts.delivery import Deliverer
    from fintech_pipeline.alerts.delivery_service import DeliveryService
    from fintech_pipeline.orchestration.health import Health
    from fintech_pipeline.quota.ledger import Ledger
    from fintech_pipeline.settings import load_settings
    from fintech_pipeline.storage.database import connect
    from fintech_pipeline.storage.event_pruning import prune_events

    settings = load_settings(config, {"DATABASE_URL": url})
    database = connect(url)
    with Path(os.devnull).open("w") as nowhere:
        channels = channels_of(settings, database, Ledger(database), clock, nowhere)
        deliverer = Deliverer(database, channels, clock)
        signal.signal(signal.SIGTERM, lambda *_: deliverer.stopped.set())

        def look() -> None:
            prune_events(database, keep_unpublished=False)
            Health(settings, database, clock).look()

        connection.send("works")
        DeliveryService(deliverer, look, complain=lambda _: None).run()


def _api(connection: Connection, url: str, _config: Path, clock: "SetClock") -> None:
    """The app of `fintech api`, by the clock of all."""
    from fintech_pipeline.api.app import api_app
    from fintech_pipeline.api.guard import State
    from fintech_pipeline.api.serving import draining_server
    from fintech_pipeline.storage.database import connect
    from tests.api.asking import PLENTY
    from tests.api.living import access_by, services_on

    logging.disable(logging.ERROR)  # that the database is away is meant
    state = State()
    services = services_on(connect(url), state, clock=clock)
    app = api_app(services, access=access_by(), limits=PLENTY, state=state)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        connection.send(listener.getsockname()[1])
        draining_server(app, state, drain_seconds=0, grace_seconds=2).run([listener])


@contextlib.contextmanager
def mail_server(taken: Path, seed: int) -> Iterator[tuple[int, Part]]:
    """A mail server: its port, and itself; what it takes stands in a file, a line a mail."""

    def start() -> tuple[BaseProcess, Any]:
        return started(_take_mail, taken, seed)

    part = Part(start, *start())
    try:
        yield part.said, part
    finally:
        part.process.terminate()
        part.process.join(END_SECONDS)


def _lasting(mail: EmailMessage) -> bytes:
    """What a mail tells, whenever it is sent: whether it is late by then is told as well."""
    body = mail.get_body(("plain",))
    assert body is not None
    lines = body.get_content().splitlines()
    return "\n".join(line for line in lines if not line.startswith("Late: ")).encode()


def _take_mail(connection: Connection, taken: Path, seed: int) -> None:
    import asyncio

    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, Envelope, Session

    drawn = random.Random(seed + 2)  # noqa: S311  # no secret
    lock = threading.Lock()
    taken.touch()

    class Handler:
        async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's
            assert isinstance(envelope.content, bytes)
            with lock:
                chance = drawn.random()
            if chance < _TURNED_AWAY:
                return "451 4.3.2 Try again later"
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            digest = hashlib.sha256(_lasting(mail)).hexdigest()
            with lock, taken.open("a") as file:
                file.write(f"{mail['Message-ID']} {digest}\n")
            if chance < _TURNED_AWAY + _CUT_AFTER:
                assert isinstance(server.transport, asyncio.Transport)
                server.transport.abort()
            return "250 OK"

        async def handle_exception(self, error: Exception) -> str:
            return f"451 {error}"

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    Controller(Handler(), "127.0.0.1", port).start()
    connection.send(port)
    while True:
        time.sleep(3600)
