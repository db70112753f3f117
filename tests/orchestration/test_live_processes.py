"""Several commands at once on one small quota, and one that is killed in the middle of a call."""

import json
import socket
import threading
from datetime import UTC, datetime

import pytest

from tests.orchestration.conftest import GoodRun
from tests.orchestration.live import HALF_HOUR, World
from tests.orchestration.watching import Watch

LEFT = 8
"""What the plan still allows today."""


def late_in_the_day() -> str:
    """A zone where it is between ten and eleven in the evening, so that all of a day is let out."""
    ahead = 22 - datetime.now(UTC).hour
    ahead -= 24 if ahead > 14 else 0
    return f"Etc/GMT{-ahead:+d}"  # the other way round, by POSIX's custom


def spent(watch: Watch) -> int:
    query = (
        "SELECT coalesce(sum(cost), 0)::int FROM provider_calls"
        " WHERE provider = 'alpha_vantage' AND state <> 'refunded'"
    )
    [(count,)] = watch.rows(query)
    return int(count)


@pytest.mark.parametrize("ticks", [2, pytest.param(7, marks=pytest.mark.slow)])
def test_ticks_and_a_backfill_at_once_never_spend_more_than_the_plan_allows(
    watch: Watch, vendors: World, good_run: GoodRun, ticks: int
) -> None:
    before, day = spent(watch), f"{good_run.slot_at:%Y-%m-%d}"
    only = ["alpha_vantage"]
    most, zone = before + LEFT, late_in_the_day()
    watch.configure(vendors.configuration(market=only, news=only, per_day=most, zone=zone))
    stored = watch.stored()
    slots = [good_run.next_at + place * HALF_HOUR for place in range(ticks)]
    commands = [["tick", "--slot", f"{slot:%Y-%m-%dT%H:%MZ}"] for slot in slots]
    commands.append(["backfill", "--from", day, "--to", day, "--again"])
    for said in [watch.end(process) for process in [watch.start(*one) for one in commands]]:
        assert said.exit_code in (0, 1), said
        assert "Traceback" not in said.err
    assert 1 <= len(vendors.alpha_vantage.requests) == spent(watch) - before <= LEFT
    assert all(set(rows) >= set(stored[table]) for table, rows in watch.stored().items())

    watch.configure(vendors.configuration(market=only, news=only))
    for slot in slots[:2]:
        assert len(json.loads(watch.tick(slot).out)["signals"]) == 3
    assert watch.rows("SELECT max(revision) FROM signals") == [(1,)]


def test_a_kill_in_the_middle_of_a_call_loses_that_call_and_nothing_else(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    asked = threading.Event()

    def says_nothing(wire: socket.socket) -> None:
        asked.set()
        wire.recv(1)

    vendors.alpha_vantage.instead["TIME_SERIES_INTRADAY", "BRK-B"] = says_nothing
    watch.configure(vendors.configuration(market=["alpha_vantage"], news=["edgar"]))
    before, stored = spent(watch), watch.stored()
    process = watch.start("tick", "--slot", f"{good_run.next_at:%Y-%m-%dT%H:%MZ}", "--json")
    assert asked.wait(60)
    process.kill()
    assert watch.end(process).exit_code == -9
    assert watch.stored() == stored
    states = "SELECT state, count(*)::int FROM provider_calls WHERE provider = 'alpha_vantage'"
    assert dict(watch.rows(f"{states} GROUP BY state"))["granted"] == 1
    assert spent(watch) == before + 2

    vendors.alpha_vantage.instead.clear()
    said = watch.tick(good_run.next_at)
    assert said.warnings == []
    assert len(json.loads(said.out)["signals"]) == 3
    assert spent(watch) == before + 5 == before + len(vendors.alpha_vantage.requests)
    runs = dict(watch.rows("SELECT status, count(*)::int FROM dagster.runs GROUP BY status"))
    assert runs == {"SUCCESS": 2, "FAILURE": 1}, "the killed run has an end too"
