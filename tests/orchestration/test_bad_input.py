"""Bad input by the command a person uses: a sentence for each fault, and the good rest is kept.

Every symbol has one fault, in its own file, over the same prices as the healthy ones.
"""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fintech_pipeline.cli.report import warn_of
from fintech_pipeline.storage.embedded import EmbeddedServer

pytestmark = pytest.mark.xdist_group("bad input")
FINTECH = Path(sys.executable).with_name("fintech")
HEADER = "time,open,high,low,close,volume"
SESSIONS = (7, 8, 9, 10, 11, 14, 15)  # of April 2025, 13:30Z to 20:00Z
FIRST, LAST, SLOT = "2025-04-14", "2025-04-15", "2025-04-15T16:00Z"
BARS = 26
"""Half hours of the two sessions that are backfilled."""

# At 15:35Z and 15:30Z of the 15th, in the half hour that the tick judges.
ROW, HALF_HOUR = 6 * 78 + 25, slice(6 * 78 + 24, 6 * 78 + 30)
HEALTHY = ("ALFA", "BETA", "GAMMA")
CONFIG = """
name = "bad"

[database]
folder = "database"

[pipeline]
starts_on = 2025-04-01

[market]
providers = ["files"]

[market.files]
folder = "bars"

[news]
providers = ["files"]

[news.files]
path = "news"
"""
WATCHED = """
[[watchlist]]
symbol = "{symbol}"
name = "{symbol} Industries"
mic = "XNYS"
"""


def base(symbol: str) -> list[str]:
    """Seven sessions of five-minute bars that go up and down, a little differently for each."""
    rows = []
    for number, day in enumerate(SESSIONS):
        for bar in range(78):
            at = datetime(2025, 4, day, 13, 30, tzinfo=UTC) + timedelta(minutes=5 * bar)
            step = (number * 78 + bar) * (3 + sum(symbol.encode()) % 5) % 17
            price = 50 + len(symbol) + step
            cells = (price, price + 1.5, price - 1.25, price + 0.25, 1000 + bar)
            rows.append(f"{at:%Y-%m-%dT%H:%M:%SZ}," + ",".join(map(str, cells)))
    return rows


def cells(row: str, **changed: str) -> str:
    """The row with some cells changed."""
    names = HEADER.split(",")
    values = dict(zip(names, row.split(","), strict=True)) | changed
    return ",".join(values[name] for name in names)


def faulty_bars(folder: Path) -> None:
    """Writes the files of bars, one fault each."""
    folder.mkdir()

    def write(symbol: str, rows: list[str], header: str = HEADER) -> None:
        (folder / f"{symbol}_5m.csv").write_text("\n".join([header, *rows]) + "\n")

    for symbol in HEALTHY:
        write(symbol, base(symbol))
    (folder / "FOLDER_5m.csv").mkdir()
    (folder / "EMPTY_5m.csv.gz").write_bytes(gzip.compress(b""))
    write("COLUMNS", base("COLUMNS"), "time,open,high,low,last,volume")
    write("LOCAL", [row.replace("Z,", ",") for row in base("LOCAL")])
    whole = gzip.compress("\n".join([HEADER, *base("CUT")]).encode())
    (folder / "CUT_5m.csv.gz").write_bytes(whole[: len(whole) * 19 // 20])
    for symbol, changed in {
        "HIGHLOW": {"high": "1"},
        "NAN": {"close": "NaN"},
        "NEGATIVE": {"volume": "-5"},
        "TEXT": {"open": "a lot"},
    }.items():
        rows = base(symbol)
        write(symbol, [*rows[:ROW], cells(rows[ROW], **changed), *rows[ROW + 1 :]])
    rows = base("HALFHOUR")
    rows[HALF_HOUR] = [cells(row, low="-1") for row in rows[HALF_HOUR]]
    write("HALFHOUR", rows)
    rows = base("TWICE")
    write("TWICE", [*rows, rows[ROW]])
    rows = base("CONFLICT")
    write("CONFLICT", [*rows, cells(rows[ROW], close=rows[ROW].split(",")[1])])
    write("UNSORTED", base("UNSORTED")[::-1])
    rows = base("OFFSETS")
    rows[ROW] = rows[ROW].replace("15:35:00Z", "11:35:00-04:00")
    rows[ROW + 1] = rows[ROW + 1].replace("15:40:00Z", "17:40:00+02:00")
    write("OFFSETS", rows)
    write("AHEAD", [*base("AHEAD"), cells(base("AHEAD")[0], time="2999-01-04T14:30:00Z")])
    write("STOPPED", base("STOPPED")[: 5 * 78])
    rows = base("BYTES")
    spoiled = "\n".join([HEADER, *rows]).encode().split(b"\n")
    for place, noise in ((1, b"\0"), (2, b"\x1b[2J"), (3, b"\xff\xfe")):
        spoiled[ROW + place] = spoiled[ROW + place].replace(b",", b"," + noise, 1)
    (folder / "BYTES_5m.csv").write_bytes(b"\n".join(spoiled))


SENTENCES = {
    "GONE": "no file of GONE in {folder}",
    "FOLDER": "FOLDER_5m.csv cannot be read: Is a directory; none of its rows were used",
    "EMPTY": "EMPTY_5m.csv.gz is empty; none of its rows were used",
    "COLUMNS": "COLUMNS_5m.csv lacks a column for close; none of its rows were used",
    "LOCAL": "LOCAL_5m.csv has times without an offset, such as '2025-04-07T13:30:00'; write them"
    " with one, such as 2025-02-24T09:30:00-05:00; none of its rows were used",
    "CUT": "CUT_5m.csv.gz ends too early; its ",
    "HIGHLOW": "1 bar was impossible and left out, the first at 2025-04-15 15:35Z",
    "NAN": "1 bar was impossible and left out, the first at 2025-04-15 15:35Z",
    "NEGATIVE": "1 bar was impossible and left out, the first at 2025-04-15 15:35Z",
    "HALFHOUR": "6 bars were impossible and left out, the first at 2025-04-15 15:30Z",
    "TEXT": "1 row that cannot be read was left out of TEXT_5m.csv, for example"
    " '2025-04-15T15:35:00Z,a lot,",
    "TWICE": "1 bar was given again and counted once, the first at 2025-04-15 15:35Z",
    "CONFLICT": "1 bar was contradicted by a later row for the same time, which was kept, the"
    " first at 2025-04-15 15:35Z",
    "UNSORTED": "",
    "OFFSETS": "",
    "AHEAD": "1 row of AHEAD_5m.csv is dated in the future, up to 2999-01-04 14:30Z; nothing uses"
    " them before",
    "STOPPED": "no bar since 2025-04-11 20:00Z",
    "BYTES": "3 rows that cannot be read were left out of BYTES_5m.csv, for example",
}
"""What a person reads of each symbol; nothing where its input is fine after all."""


def item(number: int, title: str, **changed: str) -> dict[str, str]:
    values = {
        "id": str(number),
        "time_utc": f"2025-04-15T15:{number:02}:00Z",
        "site": "x.com",
        "tickers": "ALFA",
        "title": title,
        "description": "",
        "url": f"https://x.com/{number}",
    }
    return values | changed


def faulty_news(folder: Path) -> None:
    """Writes files of headlines, with a fault in most rows."""
    folder.mkdir()
    rows = [
        item(1, "Alfa Industries raises its outlook"),
        item(2, "Alfa without a time", time_utc=""),
        item(3, "Alfa of the future", time_utc="2999-01-01T00:00:00Z"),
        item(4, "Alfa " + "grows " * 17_000),
        item(5, "Alfa\0 beats\x1b[2J expec\u202etations", description="\0\x07"),
        item(6, "Alfa opens a caf@"),
        item(1, "Alfa repeats an id"),
        item(7, ""),
        item(8, "Alfa later that day", time_utc="2025-04-15T16:00:01Z"),
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    text.write("9,2025-04-15T15:09:00Z,too short\n")
    (folder / "headlines.csv").write_bytes(text.getvalue().encode().replace(b"caf@", b"caf\xe9"))
    lines = [
        json.dumps(item(11, "Alfa\ud800 shares rise", time="2025-04-15T11:11:00-04:00")),
        json.dumps(item(12, "Alfa no offset") | {"time_utc": "2025-04-15T15:12:00"}),
        "{broken",
        "[]",
    ]
    (folder / "more.jsonl").write_text("\n".join(lines).replace("time_utc", "published_at"))
    others = [json.dumps(item(n, f"{n**40} to 1", tickers="OTHER")) for n in range(20, 60)]
    (folder / "cut.jsonl.gz").write_bytes(gzip.compress("\n".join(others).encode())[:-100])
    (folder / "dir.csv").mkdir()
    (folder / "excel.csv").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(100))


@dataclass(frozen=True)
class Watch:
    """The configuration, backfilled by the command, and its tick.

    Attributes:
        folder: Where all of it is.
        server: Its database.
        said: What the backfill wrote on standard error.
        tick: The tick as JSON.
        warned: What it wrote on standard error.
    """

    folder: Path
    server: EmbeddedServer
    said: str
    tick: Any
    warned: str

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        options = "-ctimezone=UTC -csearch_path=fintech"
        with psycopg.connect(self.server.url(), options=options) as connection:
            return connection.execute(query, values).fetchall()


def run(folder: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(FINTECH), "--config", "bad.toml", *words],
        cwd=folder,
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    folder = tmp_path_factory.mktemp("bad")
    watched = "".join(WATCHED.format(symbol=symbol) for symbol in (*HEALTHY, *SENTENCES))
    (folder / "bad.toml").write_text(CONFIG + watched)
    faulty_bars(folder / "bars")
    faulty_news(folder / "news")
    with EmbeddedServer.acquire(folder / "database" / "bad") as server:
        backfilled = run(folder, "backfill", "--from", FIRST, "--to", LAST)
        assert backfilled.returncode == 0, backfilled.stderr
        ticked = run(folder, "tick", "--slot", SLOT, "--json")
        assert ticked.returncode == 0, ticked.stderr
        yield Watch(folder, server, backfilled.stderr, json.loads(ticked.stdout), ticked.stderr)


def warnings(said: str, symbol: str) -> list[str]:
    """What was said of the symbol."""
    start = f"Warning: {symbol}: "
    return [line.removeprefix(start) for line in said.splitlines() if line.startswith(start)]


def test_the_healthy_symbols_have_all_their_bars_and_signals(watch: Watch) -> None:
    for symbol in HEALTHY:
        stored = watch.rows(
            "SELECT opened_at, open, high, low, close, volume_shares FROM bars WHERE symbol = %s"
            " AND interval = '30m' AND opened_at >= %s ORDER BY opened_at",
            symbol,
            FIRST,
        )
        rows = [row.split(",") for row in base(symbol)[5 * 78 :]]
        halves = [rows[n : n + 6] for n in range(0, len(rows), 6)]
        assert stored == [
            (
                datetime.fromisoformat(half[0][0]),
                float(half[0][1]),
                max(float(row[2]) for row in half),
                min(float(row[3]) for row in half),
                float(half[-1][4]),
                sum(float(row[5]) for row in half),
            )
            for half in halves
        ]
        made = watch.rows("SELECT count(*) FROM signals WHERE symbol = %s", symbol)
        assert made == [(BARS,)]
        assert warnings(watch.said + watch.warned, symbol) == []


@pytest.mark.parametrize("symbol", SENTENCES)
def test_a_fault_is_told_in_one_sentence_by_the_backfill_and_by_the_tick(
    watch: Watch, symbol: str
) -> None:
    sentence = SENTENCES[symbol].format(folder=watch.folder / "bars")
    for said in (watch.said, watch.warned):
        if symbol == "STOPPED":
            # Its look-back is there, so that only its own days are lacking.
            none = f"none of the {BARS} bars that were due came."
            one = "the one bar that was due did not come."
            assert warnings(said, symbol) == [none if said == watch.said else one]
        elif sentence:
            [told] = warnings(said, symbol)
            assert told.startswith(sentence)
            assert told.endswith(".")
            assert told.isprintable()
        else:
            assert warnings(said, symbol) == []


def test_the_rest_of_a_faulty_file_is_stored_and_judged(watch: Watch) -> None:
    query = "SELECT symbol, count(*)::int FROM {} AND symbol = ANY(%s) GROUP BY symbol"
    faulty = list(SENTENCES)
    bars = watch.rows(
        query.format(f"bars WHERE interval = '30m' AND opened_at >= '{FIRST}'"), faulty
    )
    spoiled = {"GONE", "FOLDER", "EMPTY", "COLUMNS", "LOCAL", "STOPPED"}
    whole = dict.fromkeys(set(SENTENCES) - spoiled, BARS) | {"HALFHOUR": BARS - 1}
    # What unpacks of a cut file depends on who packed it.
    found = {symbol: count for symbol, count in bars if symbol != "CUT"}
    assert found == {symbol: count for symbol, count in whole.items() if symbol != "CUT"}
    signals = dict(watch.rows(query.format("signals WHERE revision = 1"), faulty))
    assert signals == dict(bars)
    [(cut,)] = watch.rows("SELECT count(*) FROM bars WHERE symbol = 'CUT' AND interval = '30m'")
    assert 60 < cut < 7 * 13


def test_a_row_that_was_left_out_takes_no_part_in_its_bar(watch: Watch) -> None:
    stored = watch.rows(
        "SELECT symbol, volume_shares, close FROM bars WHERE interval = '30m' AND opened_at ="
        " '2025-04-15T15:30Z' AND symbol IN ('HIGHLOW', 'OFFSETS', 'TWICE', 'UNSORTED')"
    )
    volumes = [float(row.split(",")[5]) for row in base("ALFA")[HALF_HOUR]]
    found = {symbol: (volume, close) for symbol, volume, close in stored}
    assert found["HIGHLOW"][0] == sum(volumes) - volumes[1]
    for symbol in ("OFFSETS", "TWICE", "UNSORTED"):
        close = float(base(symbol)[HALF_HOUR][-1].split(",")[4])
        assert found[symbol] == (sum(volumes), close)


def test_a_symbol_without_its_bar_is_skipped_for_the_reason_its_provider_gave(
    watch: Watch,
) -> None:
    skipped = {one["symbol"]: one["reason"] for one in watch.tick["skipped"]}
    signals = {one["symbol"] for one in watch.tick["signals"]}
    never = {"GONE", "FOLDER", "EMPTY", "COLUMNS", "LOCAL"}
    assert skipped.keys() - {"CUT"} == never | {"HALFHOUR", "STOPPED"}
    assert signals | skipped.keys() == {*HEALTHY, *SENTENCES}
    [(reasons,)] = watch.rows(
        "SELECT reasons FROM slots WHERE asset = 'market_bars' AND slot_at = %s", SLOT
    )
    for symbol, reason in skipped.items():
        sentence = SENTENCES[symbol].format(folder=watch.folder / "bars")
        why = "no half-hour bars are stored" if symbol in never else "its bar of this half hour"
        assert reason.startswith(why)
        assert f": {sentence}" in reason
        assert reasons[symbol].startswith(sentence)


def test_headlines_are_told_of_by_file_and_the_good_ones_kept(watch: Watch) -> None:
    news = watch.folder / "news"
    told = [
        "cut.jsonl.gz ends too early; the whole rows before that were used, copy it again.",
        f"The headlines in {news}/dir.csv cannot be read (Is a directory); nothing stored was"
        " changed.",
        f"{news}/excel.csv is an Excel workbook; save it as CSV; nothing stored was changed.",
        "1 of the rows in headlines.csv have the wrong number of cells or are no object and were"
        " left out.",
        "2 of the rows in headlines.csv lack a time or a title and were left out.",
        "1 of the rows in headlines.csv repeat an id and were left out.",
        "2 of the rows in more.jsonl have the wrong number of cells or are no object and were left"
        " out.",
        "1 of the rows in more.jsonl have a time without an offset and were left out.",
        "1 row is dated in the future in news, up to 2999-01-01 00:00Z; nothing uses them before.",
    ]
    for said in (watch.said, watch.warned):
        symbols = tuple(f"Warning: {symbol}: " for symbol in SENTENCES)
        lines = [line for line in said.splitlines() if line.startswith("Warning: ")]
        others = [line for line in lines if not line.startswith(symbols)]
        assert others == [f"Warning: {sentence}" for sentence in told]
    stored = watch.rows("SELECT provider_id FROM articles ORDER BY published_at")
    assert stored == [("1",), ("4",), ("5",), ("6",), ("11",), ("8",)]


def test_no_strange_character_and_no_endless_text_reaches_a_table(watch: Watch) -> None:
    texts = watch.rows(
        "SELECT provider_id, headline, summary, outlet, url FROM articles UNION ALL"
        " SELECT '', headline, '', '', '' FROM stories UNION ALL"
        " SELECT symbol, components::text, inputs::text, '', '' FROM signals UNION ALL"
        " SELECT asset, reasons::text, '', '', '' FROM slots"
    )
    assert all(text.isprintable() for row in texts for text in row)
    titles = {row[1] for row in watch.rows("SELECT provider_id, headline FROM articles")}
    assert max(map(len, titles)) == 500
    assert "Alfa beats [2J expec tations" in titles
    assert "Alfa opens a caf\ufffd" in titles


def test_no_article_is_used_before_its_time(watch: Watch) -> None:
    [(newest, unknown)] = watch.rows(
        "SELECT max(published_at), count(*) FILTER (WHERE known_at < published_at) FROM articles"
    )
    assert newest == datetime(2025, 4, 15, 16, 0, 1, tzinfo=UTC)
    assert unknown == 0
    [alfa] = [one for one in watch.tick["signals"] if one["symbol"] == "ALFA"]
    used = {article["headline"] for article in alfa["articles"]}
    assert "Alfa Industries raises its outlook" in used
    assert "Alfa later that day" not in used
    assert {article["known_at"] <= SLOT for article in alfa["articles"]} == {True}


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (
            "NEWS__FILES__PATH",
            "The headlines in {gone} cannot be read (No such file or directory);"
            " nothing stored was changed.",
        ),
        (
            "MARKET__FILES__FOLDER",
            "The files provider has no folder {gone}; create it or change market.files.folder.",
        ),
    ],
)
def test_with_nothing_to_read_at_all_the_tick_fails_and_what_is_stored_stays(
    watch: Watch, key: str, told: str
) -> None:
    gone = watch.folder / "gone"
    signals = watch.rows("SELECT count(*), max(revision) FROM signals")
    done = run(watch.folder, "tick", "--slot", SLOT, **{f"FINTECH_{key}": str(gone)})
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"Error: {told.format(gone=gone)}\n"
    assert watch.rows("SELECT count(*), max(revision) FROM signals") == signals


def test_the_doctor_names_the_first_problem_and_counts_the_others(watch: Watch) -> None:
    done = run(watch.folder, "doctor")
    assert done.returncode == 1
    told = " ".join(done.stdout.split())
    assert "FAIL files: prices and news; no bar of the last day, but 1 row of AHEAD_5m" in told
    assert "articles in the last day, but cut.jsonl.gz ends too early; the whole" in told
    assert " (and 8 more)" in told


def test_warnings_are_bounded_and_say_where_the_others_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    warn_of([f"Fault {number}." for number in range(42)])
    *shown, last = capsys.readouterr().err.splitlines()
    assert shown == [f"Warning: Fault {number}." for number in range(30)]
    assert last == "… and 12 more; the checks in the UI have them all."
