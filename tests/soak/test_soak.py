"""The soak itself: it finds what is lost, doubled or growing, and nothing where all is well."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.soak.judging import judge
from tests.soak.living import Life
from tests.soak.measuring import Measures, Series
from tests.soak.reporting import write_report
from tests.soak.world import made_world

TICKS, SYMBOLS = 40, 8
BROKEN = {
    "bars: 1 of": "DELETE FROM bars WHERE (symbol, opened_at) = "
    "(SELECT symbol, max(opened_at) FROM bars WHERE interval = '30m' GROUP BY 1 ORDER BY 1 LIMIT 1)"
    " AND interval = '30m'",
    "slots: 1 of": "DELETE FROM slots WHERE asset = 'news_articles' AND slot_at = "
    "(SELECT min(slot_at) FROM slots)",
    "a live slot that was judged and never decided": "DELETE FROM decided_slots WHERE slot_at = "
    "(SELECT min(slot_at) FROM decided_slots)",
    "an alert without exactly one beginning": "UPDATE alert_events SET event = 'pending' "
    "WHERE id = (SELECT min(id) FROM alert_events WHERE event = 'fired')",
    "a message without an end": "UPDATE deliveries SET ended_at = NULL "
    "WHERE id = (SELECT min(id) FROM deliveries)",
}
"""What is broken afterwards, by what is said of it."""


def series(values: list[float], lives: list[int] | None = None) -> Measures:
    measures = Measures()
    ticks = list(range(len(values)))
    one = Series("api", "memory_mb", ticks, values, lives or [7] * len(values))
    measures.add(one)
    return measures


def test_what_grows_with_every_tick_is_found() -> None:
    (finding,) = series([100.0 + 0.5 * tick for tick in range(200)]).findings()
    assert finding.startswith("api: memory_mb grows from 130.0 to 199.5")


def test_what_fills_at_first_and_then_stays_is_no_growth() -> None:
    assert series([min(100.0 + 5 * tick, 200.0) for tick in range(200)]).findings() == []


def test_a_process_that_was_killed_begins_anew() -> None:
    values, lives = [300.0] * 50 + [100.0 + tick for tick in range(50)], [1] * 50 + [2] * 50
    (finding,) = series(values, lives).findings()
    assert "grows from 115.0 to 149.0" in finding


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Not below pytest's own folder: as root the server runs under another account.
    with tempfile.TemporaryDirectory(prefix="fintech-soak-") as name:
        yield Path(name)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_short_life_loses_nothing_and_what_is_taken_away_is_missed(
    folder: Path, tmp_path: Path
) -> None:
    with made_world(folder, SYMBOLS, seed=5) as world:
        life = Life(world, 5)
        life.live(TICKS, 600.0)
        life.calm_down()
        assert judge(world, life) == []
        options = "-csearch_path=fintech"
        with psycopg.connect(world.url, autocommit=True, options=options) as connection:
            for statement in BROKEN.values():
                assert connection.execute(statement.encode()).rowcount == 1, statement
        found = judge(world, life)
        report = write_report(tmp_path, life, found).read_text()
    for told in BROKEN:
        assert any(told in one for one in found), (told, found)
    assert all(one in report for one in found)
