"""The API's reads at a steady rate over ten million stored bars, server, database and client here.

`python -m tests.benchmarks.api_reads` prints the figures alone; `make bench` has them too. The
server is a process of its own, as `fintech api` is. The client is open-loop: it asks when a request
is due, however slow the answers are, and a latency counts from the moment the request was due, so
that no slow answer hides those that would have waited behind it (coordinated omission).

Meanwhile a writer announces something every few seconds, as a tick does, so that nothing kept
stands for long.
"""

import asyncio
import gzip
import json
import multiprocessing
import random
import socket
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fintech_pipeline.storage.database import Database, connect
from fintech_pipeline.storage.embedded import EmbeddedServer
from fintech_pipeline.storage.events import Event, Topic, announce
from fintech_pipeline.storage.schema import migrate
from tests.benchmarks import stored_years

PER_SECOND = 100
SECONDS = 20
WARM_SECONDS = 5
WRITES_EVERY = 5.0
MOST_MS = 50.0
UNANSWERED_MS = 60_000.0
"""What counts for a request that was turned away."""
API = "/api/v1"
_SYMBOL = "/instruments/{symbol}"
READS: Mapping[str, tuple[str, str]] = {
    "overview": ("/overview", ""),
    "bars of a month": (f"{_SYMBOL}/bars", "from=2026-02-02T00:00:00Z&interval=30m"),
    "bars of all years": (f"{_SYMBOL}/bars", "from=1976-03-02T00:00:00Z"),
    "newest signals": ("/signals", "symbol={symbol}&limit=50"),
}
"""What is asked, a quarter each: a path of the document, and a query."""
ALONE = {"half hours of all years": (f"{_SYMBOL}/bars", "from=1976-03-02T00:00:00Z&interval=30m")}
"""What a chart asks for only where its person insists; measured at a tenth of the rate."""


@dataclass(frozen=True, slots=True)
class Reads:
    """What was measured.

    Attributes:
        bars: How many are stored.
        latencies_ms: Of each kind of request, from when it was due until its answer was read.
        alone_ms: The same of what is measured alone.
    """

    bars: int
    latencies_ms: Mapping[str, list[float]]
    alone_ms: Mapping[str, list[float]]

    @property
    def all_ms(self) -> list[float]:
        """Those of all kinds together."""
        return [one for several in self.latencies_ms.values() for one in several]


def measured() -> Reads:
    """Fills a database of its own, serves it, and asks."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        EmbeddedServer.acquire(Path(folder)) as server,
    ):
        database = connect(server.url())
        migrate(database)
        bars = stored_years.fill(database)
        try:
            return measured_on(database, bars)
        finally:
            database.close()


def measured_on(database: Database, bars: int) -> Reads:
    """Serves a database that is filled, and asks."""
    with served(database.url) as port:
        address = f"http://127.0.0.1:{port}{API}/openapi.json"
        with urllib.request.urlopen(address) as answer:
            known = json.load(answer)
        there = {name: one for name, one in READS.items() if API + one[0] in known["paths"]}
        asyncio.run(_asked(port, there, WARM_SECONDS, PER_SECOND, database))
        mixed = asyncio.run(_asked(port, there, SECONDS, PER_SECOND, database))
        alone = asyncio.run(_asked(port, ALONE, SECONDS / 2, PER_SECOND / 10, database))
        return Reads(bars, mixed, alone)


@contextmanager
def served(url: str) -> Iterator[int]:
    """The port of a server process over the database, ended afterwards."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        port = listener.getsockname()[1]
        process = multiprocessing.get_context("fork").Process(target=_serve, args=(url, listener))
        process.start()
        try:
            yield port
        finally:
            process.terminate()
            process.join(10)


def _serve(url: str, listener: socket.socket) -> None:
    from fintech_pipeline.api.app import api_app
    from fintech_pipeline.api.guard import State
    from fintech_pipeline.api.serving import draining_server
    from tests.api.asking import PLENTY
    from tests.api.living import access_by, services_on

    state = State()
    services = services_on(connect(url), state, clock=lambda: stored_years.NOW)
    app = api_app(services, access=access_by(), limits=PLENTY, state=state)
    draining_server(app, state, drain_seconds=0, grace_seconds=2).run([listener])


async def _asked(
    port: int,
    reads: Mapping[str, tuple[str, str]],
    seconds: float,
    per_second: float,
    database: Database,
) -> dict[str, list[float]]:
    """The latencies of requests that are due at a steady rate, by kind, in milliseconds."""
    chosen = random.Random(7)  # noqa: S311  # which symbol is asked for is no secret
    found: dict[str, list[float]] = defaultdict(list)
    writer = asyncio.create_task(_writing(database))
    lines = Lines(port)
    begin = time.perf_counter() + 0.1
    asking = []
    for number in range(int(seconds * per_second)):
        due = begin + number / per_second
        name = list(reads)[number % len(reads)]
        path, query = reads[name]
        address = f"{API}{path}?{query}".format(symbol=chosen.choice(stored_years.SYMBOLS))
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        asking.append(asyncio.create_task(_one(lines, address, due, found[name].append)))
    await asyncio.gather(*asking)
    writer.cancel()
    lines.close()
    return dict(found)


class Lines:
    """Connections that are kept; bare streams: a client library costs more than the server.

    Args:
        port: Whose.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def get(self, address: str) -> tuple[int, bytes]:
        """The status and the body, as a browser has it: unpacked."""
        if self._free:
            reader, writer = self._free.pop()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)
        head = f"GET {address} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n"
        writer.write(head.encode())
        told = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(told.partition("content-length: ")[2].partition("\r\n")[0])
        body = await reader.readexactly(length)
        self._free.append((reader, writer))
        packed = "content-encoding: gzip" in told
        return int(told.split(" ", 2)[1]), gzip.decompress(body) if packed else body

    def close(self) -> None:
        """Ends all of them."""
        for _, writer in self._free:
            writer.close()


async def _one(lines: Lines, address: str, due: float, tell: Callable[[float], None]) -> None:
    status, content = await lines.get(address)
    if status == 503:  # it has more to do than it can
        tell(UNANSWERED_MS)
        return
    tell((time.perf_counter() - due) * 1000)
    assert status == 200, content[:300]
    assert len(content) > 1000


async def _writing(database: Database) -> None:
    while True:
        await asyncio.sleep(WRITES_EVERY)
        await asyncio.to_thread(_write, database)


def _write(database: Database) -> None:
    with database.transaction() as connection:
        announce(connection, [Event(Topic.SIGNALS, {"slot_at": stored_years.NOW.isoformat()})])


def told(reads: Reads) -> Iterator[str]:
    """The figures as lines."""
    yield f"{reads.bars:,} bars stored, {PER_SECOND} requests a second"
    for name, several in {**reads.latencies_ms, **reads.alone_ms, "all": reads.all_ms}.items():
        half, most = np.quantile(several, [0.5, 0.99])
        yield f"{name:>24}: p50 {half:6.1f} ms  p99 {most:6.1f} ms  × goal {most / MOST_MS:.2f}"


if __name__ == "__main__":
    for line in told(measured()):
        print(line)
