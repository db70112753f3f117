"""Eight processes at one ledger: together they never get one grant too many."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from fintech_pipeline.quota.tables import provider_calls
from fintech_pipeline.storage.database import Database

ROOT = Path(__file__).parents[2]
PROCESSES = 8
STOPS_INSIDE = """
import os, sys
from fintech_pipeline.quota import fitting
from tests.storage.asking import CALL, Allowance, Ledger, connect
fitting.next_moment = lambda *_: os.kill(os.getpid(), int(sys.argv[2]))
Ledger(connect(sys.argv[1])).grant("vendor", Allowance(per_second=1), CALL)
"""


def ask_together(
    database: Database, limits: str, seconds: float, hows: Sequence[str] = ("go",) * PROCESSES
) -> list[tuple[str, int]]:
    """Why each process ended that was not killed, and how many grants it got."""
    command = [sys.executable, "-m", "tests.storage.asking", database.url, limits, str(seconds)]
    done = subprocess.run(
        [*command, *hows], cwd=ROOT, capture_output=True, text=True, timeout=180, check=True
    )
    assert done.stderr == ""
    return [(told, got) for told, got in map(json.loads, done.stdout.splitlines())]


def granted(database: Database) -> list[datetime]:
    query = sa.select(provider_calls.c.granted_at).order_by(provider_calls.c.granted_at)
    with database.transaction() as connection:
        return list(connection.scalars(query))


def most_in(moments: list[datetime], span: timedelta) -> int:
    return max(sum(first <= one < first + span for one in moments) for first in moments)


def test_eight_processes_never_exceed_the_second_and_do_not_waste_it(database: Database) -> None:
    told = ask_together(database, "5,0,0,0", 4)
    moments = granted(database)
    assert len(told) == PROCESSES
    assert sum(got for _, got in told) == len(moments)
    assert most_in(moments, timedelta(seconds=1)) == 5
    assert len(moments) >= 12
    # In turn: nobody got most, nobody got none.
    assert all(1 <= got <= len(moments) // 2 for _, got in told)


def test_eight_processes_never_exceed_the_minute(database: Database) -> None:
    told = ask_together(database, "0,30,0,0", 20)
    assert [why for why, _ in told] == ["RateLimited"] * PROCESSES
    assert sum(got for _, got in told) == len(granted(database)) == 30


def test_eight_processes_never_exceed_the_day(database: Database) -> None:
    told = ask_together(database, "0,0,100,0", 30)
    assert [why for why, _ in told] == ["Rationed"] * PROCESSES
    assert sum(got for _, got in told) == len(granted(database)) == 100


def test_a_kill_between_grant_and_call_loses_that_one_call(database: Database) -> None:
    told = ask_together(database, "0,0,50,0", 30, ["die", "die", "go", "go"])
    # The two that died spent one each; the others got all the rest, and were not held up.
    assert [why for why, _ in told] == ["Rationed"] * 2
    assert sum(got for _, got in told) == 48
    assert len(granted(database)) == 50


def test_eight_processes_never_exceed_the_budget_and_a_kill_keeps_its_part_set_aside(
    database: Database,
) -> None:
    told = ask_together(database, "0,0,0,1", 30, ["die", "die", *["go"] * (PROCESSES - 2)])
    assert [why for why, _ in told] == ["Rationed"] * (PROCESSES - 2)
    with database.transaction() as connection:
        query = sa.select(provider_calls.c.state, sa.func.sum(provider_calls.c.cost_usd))
        spent = dict(connection.execute(query.group_by(provider_calls.c.state)).tuples().all())
    # Two of 5 cents that were never settled; of 2 cents so many that no 5 cents are left.
    assert spent["granted"] == Decimal("0.10")
    assert Decimal("0.85") < spent["made"] <= Decimal("0.90")
    assert spent["made"] == sum(got for _, got in told) * Decimal("0.02")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_who_dies_or_stands_still_within_a_grant_gets_none_and_holds_nobody_up(
    database: Database, number: signal.Signals
) -> None:
    command = [sys.executable, "-c", STOPS_INSIDE, database.url, str(int(number))]
    with subprocess.Popen(command, cwd=ROOT) as process:
        os.waitpid(process.pid, os.WUNTRACED)
        assert granted(database) == []
        assert ask_together(database, "0,0,1,0", 20, ["go"]) == [("Rationed", 1)]
        if number == signal.SIGSTOP:
            process.kill()
    assert len(granted(database)) == 1


@pytest.mark.slow
def test_how_many_grants_a_second_eight_processes_get(database: Database) -> None:
    told = ask_together(database, "0,0,0,0", 10)
    per_second = sum(got for _, got in told) / 10
    print(f"{per_second:.0f} grants a second with {PROCESSES} processes")
    assert per_second > 20
