"""What the issue holds the pipeline to, on real bars and headlines, by the command itself."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest

from fintech_pipeline.storage.embedded import EmbeddedServer

pytestmark = pytest.mark.xdist_group("real files")
PROJECT = Path(__file__).parents[2]
SLOT = "2025-05-20T16:00Z"
SYMBOLS = ["AAPL", "AMZN", "BRK.B", "COIN", "GOOG", "HOOD", "KO", "LLY"]
SYMBOLS += ["MCD", "META", "MSFT", "MU", "QQQ", "SPY", "TSM", "UNH"]
WITH_NEWS = {"AAPL", "AMZN", "KO", "LLY", "META", "MSFT", "UNH"}
"""The symbols that ../shared/data/SOURCES.md names headlines for."""


@dataclass(frozen=True)
class Example:
    """`examples/files.toml` on a database of its own, backfilled over seven sessions.

    Attributes:
        folder: Where its database is.
        data: The folder of real data.
        server: Its database.
    """

    folder: Path
    data: Path
    server: EmbeddedServer

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        fintech = Path(sys.executable).with_name("fintech")
        return subprocess.run(
            [str(fintech), "--config", str(PROJECT / "examples/files.toml"), *words],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "FINTECH_DATA": str(self.data),
                "FINTECH_DATABASE__FOLDER": str(self.folder),
            },
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    def tick(self, slot: str) -> Any:
        done = self.run("tick", "--slot", slot, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def bars(self, symbol: str, interval: str, day: str) -> pd.DataFrame:
        """The stored bars of a UTC day, by opened_at."""
        query = (
            "SELECT opened_at, open, high, low, close, volume_shares FROM fintech.bars "
            "WHERE symbol = %s AND interval = %s AND opened_at >= CAST(%s AS timestamptz) "
            "AND opened_at < CAST(%s AS timestamptz) + interval '1 day' ORDER BY opened_at"
        )
        with psycopg.connect(self.server.url(), options="-ctimezone=UTC") as connection:
            rows = connection.execute(query, [symbol, interval, day, day]).fetchall()
        names = ["opened_at", "open", "high", "low", "close", "volume"]
        return pd.DataFrame(rows, columns=names).set_index("opened_at")

    def raw(self, symbol: str, day: str) -> pd.DataFrame:
        """The 5-minute bars of a UTC day as the file has them."""
        (file,) = (self.data / "bars/five_minute_2025").glob(f"{symbol}[_.]*")
        rows = pd.read_csv(file, parse_dates=["date"], index_col="date")
        return rows.loc[day:day]


@pytest.fixture(scope="module")
def example(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    folder = tmp_path_factory.mktemp("real")
    with EmbeddedServer.acquire(folder / "files") as server:
        one = Example(folder, shared_data, server)
        done = one.run("backfill", "--from", "2025-05-12", "--to", "2025-05-20")
        assert done.returncode == 0, done.stderr
        assert "Backfilled 9 days from 2025-05-12 to 2025-05-20 in 1 run" in " ".join(
            done.stderr.split()
        )
        yield one


@pytest.fixture(scope="module")
def document(example: Example) -> Any:
    """What the tick of a slot that is backfilled already prints."""
    return example.tick(SLOT)


def test_an_open_slot_gives_sixteen_signals_that_differ_and_add_up(document: Any) -> None:
    signals = {signal["symbol"]: signal for signal in document["signals"]}
    assert list(signals) == SYMBOLS
    assert document["skipped"] == []
    assert document["simulated"] is False
    assert len({signal["score"] for signal in signals.values()}) == 16
    assert len({signal["price"] for signal in signals.values()}) == 16
    for signal in signals.values():
        parts = signal["components"]
        assert -1 <= signal["score"] <= 1
        assert sum(p["contribution"] for p in parts) == pytest.approx(signal["score"], abs=1e-9)
        assert sum(p["weight"] for p in parts) == pytest.approx(1, abs=1e-5)
        assert {"momentum", "trend", "mean_reversion", "volume"} <= {p["name"] for p in parts}
        assert all(-1 <= part["value"] <= 1 for part in parts)
    # A headline about one of them may name another company too.
    assert {symbol for symbol, signal in signals.items() if signal["articles"]} >= WITH_NEWS
    known = [a["known_at"] for signal in signals.values() for a in signal["articles"]]
    assert max(known) <= document["cutoff_at"] == "2025-05-20T16:00:00Z"


def test_a_signals_price_and_change_are_those_of_the_file(example: Example, document: Any) -> None:
    signals = {signal["symbol"]: signal for signal in document["signals"]}
    for symbol in ("AAPL", "BRK.B", "SPY"):
        close = example.raw(symbol, "2025-05-20").loc["2025-05-20T15:55Z", "close"]
        before = example.raw(symbol, "2025-05-19")["close"].iloc[-1]
        assert signals[symbol]["price"] == close
        assert signals[symbol]["change_pct"] == pytest.approx(100 * (close / before - 1), abs=1e-6)


def test_a_tick_of_a_backfilled_slot_finds_it_as_it_is(document: Any) -> None:
    assert {(signal["revision"], signal["live"]) for signal in document["signals"]} == {(1, False)}


@pytest.mark.parametrize(
    ("symbol", "day"), [("AAPL", "2025-05-20"), ("BRK.B", "2025-05-16"), ("UNH", "2025-05-13")]
)
def test_stored_bars_equal_a_resampling_of_the_file(
    example: Example, symbol: str, day: str
) -> None:
    raw = example.raw(symbol, day)
    how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    half_hours = raw.resample("30min").agg(how)
    stored = example.bars(symbol, "30m", day)
    assert len(stored) == 13
    pd.testing.assert_frame_equal(
        stored, half_hours, check_names=False, check_freq=False, check_index_type=False
    )
    (whole,) = example.bars(symbol, "1d", day).itertuples(index=False)
    assert tuple(whole) == pytest.approx(
        (
            raw["open"].iloc[0],
            raw["high"].max(),
            raw["low"].min(),
            raw["close"].iloc[-1],
            raw["volume"].sum(),
        )
    )


def test_a_slot_on_a_sunday_gives_no_signal_and_says_why(example: Example) -> None:
    document = example.tick("2025-05-18T16:00Z")
    assert document["signals"] == []
    assert document["skipped"] == [
        {"symbol": symbol, "reason": "the market is closed: a Sunday"} for symbol in SYMBOLS
    ]


def test_a_slot_before_the_open_says_when_the_session_opens(example: Example) -> None:
    document = example.tick("2025-05-20T12:00Z")
    assert document["signals"] == []
    assert {one["reason"] for one in document["skipped"]} == {
        "the market is closed: before the session of 2025-05-20 opens at 13:30Z"
    }
