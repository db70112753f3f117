"""A watch that tells what tests make up, as the application tells it, and publishes it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from fintech_pipeline.cli.events import publisher_of
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.settings import load_settings
from fintech_pipeline.signals.signal_announcing import announce_signals
from fintech_pipeline.storage.database import Database
from tests.events.rabbit import Rabbit, Taken

FIRST = datetime(2026, 3, 2, 15, tzinfo=UTC)
SLOT = timedelta(minutes=30)
FINTECH = Path(sys.executable).with_name("fintech")
COMPONENTS = (
    '[{"name": "momentum", "value": 0.5, "weight": 0.2, "contribution": 0.1, "figure": 1.5},'
    ' {"name": "news", "value": -0.25, "weight": 0.2, "contribution": -0.05, "figure": null}]'
)
SIGNALS = sa.text("""
    INSERT INTO fintech.signals (symbol, interval, slot_at, strategy, revision, price, change_pct,
        score, action, confidence, components, inputs, cutoff_at, live, run_id, written_at)
    SELECT symbol, '30m', :slot_at, :strategy, 1, 100.25, NULL, 0.05, 'hold', 0.5,
        CAST(:components AS jsonb), '{}', :cutoff_at, :live, :run_id, :written_at
    FROM unnest(CAST(:symbols AS text[])) AS symbol
""")
CONFIGURATION = """
name = "{name}"

[pipeline]
starts_on = 2026-01-01

[market]
providers = ["simulated"]

[events]
url = "{url}"

[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
mic = "XSIM"
"""


@dataclass
class Teller:
    """A watch on a database of its own, and a RabbitMQ.

    Attributes:
        database: Where it tells.
        rabbit: Where it publishes.
        folder: For its configuration.
        symbols: Those that it follows.
        slots: How many slots it has told of.
    """

    database: Database
    rabbit: Rabbit
    folder: Path
    symbols: tuple[str, ...] = ("AAPL", "BRK.B", "KO")
    name: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:12]}")
    slots: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def exchange(self) -> str:
        return f"fintech.{self.name}"

    @property
    def queue(self) -> str:
        return f"all-{self.name}"

    def prepare(self) -> None:
        """Follows the symbols, and binds a queue to all that comes."""
        self.follow(*self.symbols)
        self.configure(self.rabbit.url)
        self.rabbit.bind(self.exchange, self.queue)

    def follow(self, *symbols: str) -> None:
        seeded = [Instrument(symbol, symbol, mic="XSIM") for symbol in symbols]
        InstrumentStore(self.database).seed(seeded)

    def configure(self, url: str) -> None:
        """Writes a configuration with the broker at an address."""
        text = CONFIGURATION.format(name=self.name, url=url)
        (self.folder / "watch.toml").write_text(text, "utf-8")

    def slot(
        self,
        symbols: Sequence[str] | None = None,
        *,
        strategy: str = "balanced-2",
        live: bool = True,
    ) -> datetime:
        """A slot's signals in one transaction, as a tick writes and tells them."""
        told = list(symbols or self.symbols)
        slot_at = FIRST + self.slots * SLOT
        self.slots += 1
        values: dict[str, Any] = {"run_id": "run", "written_at": slot_at, "live": live}
        row = {"slot_at": slot_at, "strategy": strategy, "cutoff_at": slot_at, "symbols": told}
        made = pa.table(
            {
                "slot_at": pa.array([slot_at] * len(told)),
                "symbol": told,
                "strategy": [strategy] * len(told),
            }
        )
        with self.database.transaction() as connection:
            connection.execute(SIGNALS, {**values, **row, "components": COMPONENTS})
            announce_signals(connection, made, len(told), values)
        return slot_at

    def fintech(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What a command said, to its end."""
        return subprocess.run(
            [str(FINTECH), "--config", str(self.folder / "watch.toml"), *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def once(self) -> int:
        """Publishes what is there, as `fintech events publish --once`; gives how much."""
        settings = load_settings(self.folder / "watch.toml", environment={})
        return asyncio.run(publisher_of(settings, self.database).drain())

    @property
    def environment(self) -> dict[str, str]:
        strange = ("FINTECH_", "DATABASE_", "DAGSTER_", "PYTEST_", "PYTHONDONTWRITEBYTECODE")
        own = {name: text for name, text in os.environ.items() if not name.startswith(strange)}
        return {**own, "DATABASE_URL": self.database.url}

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Starts publishing in a process of its own."""
        command = [str(FINTECH), "--config", str(self.folder / "watch.toml"), "events", "publish"]
        return self.start_program([*command, *words], self.environment)

    def start_program(
        self, command: Sequence[str], environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        with (self.folder / f"said-{len(self.processes)}").open("wb") as said:
            process = subprocess.Popen(
                command, stdout=said, stderr=said, cwd=self.folder, env=environment
            )
        self.processes.append(process)
        return process

    def said(self, number: int = -1) -> str:
        """What one of the processes said so far."""
        place = range(len(self.processes))[number]
        return (self.folder / f"said-{place}").read_text("utf-8")

    def cursor(self) -> Any:
        """Where whoever publishes stands; None before the first."""
        with self.database.transaction() as connection:
            return connection.execute(sa.text("SELECT * FROM fintech.event_cursors")).one_or_none()

    def published(self) -> bool:
        """Whether nothing waits."""
        query = sa.text("""
            SELECT (SELECT event_id FROM fintech.event_cursors)
                >= (SELECT coalesce(max(id), 0) FROM fintech.events)
        """)
        with self.database.transaction() as connection:
            return bool(connection.scalar(query))

    def end(self) -> None:
        """Ends what a test left."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(30)


def until(holds: Callable[[], Any], seconds: float = 30) -> None:
    """Waits until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not in {seconds} s"
        time.sleep(0.05)


def firsts(taken: Iterable[Taken]) -> list[dict[str, Any]]:
    """The events in the order in which each came first."""
    found: dict[str, dict[str, Any]] = {}
    for one in taken:
        found.setdefault(one.event["id"], one.event)
    return list(found.values())


def by_subject(events: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """The slots of the signals of each symbol, in the order in which they came."""
    found: dict[str, list[str]] = {}
    for one in events:
        found.setdefault(one["subject"], []).append(one["data"]["slot_at"])
    return found
