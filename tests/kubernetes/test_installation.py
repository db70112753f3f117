"""A release from nothing to its signals, and from one version to the next, as nobody helps it."""

import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.kubernetes.chart import Helm
from tests.kubernetes.lifetime import on_this_machine, placed
from tests.kubernetes.objects import Document
from tests.kubernetes.running import Running, until
from tests.kubernetes.values import SYMBOLS, config

pytestmark = pytest.mark.xdist_group("whole systems")
PROMISED_SECONDS = 300.0
FIRST_DAYS = 5


def values(minutes_after_slot: int = 2, tag: str = "") -> Document:
    """Two symbols of the simulated exchange, from five whole days ago."""
    since = datetime.now(UTC).date() - timedelta(days=FIRST_DAYS)
    return {
        "config": config(starts_on=since, minutes_after_slot=minutes_after_slot),
        "analyzer": {"enabled": False},  # test_analyzer_pods.py
        "api": {"enabled": False},  # test_api_pods.py
        "deliverer": {"enabled": False},  # test_deliverer_pods.py
        "image": {"tag": tag},
        "runs": {"pollSeconds": 2},
    }


def live_signals(up: Running) -> int:
    """How many there are of slots that a tick judged in time."""
    with psycopg.connect(up.postgres.url()) as connection:
        row = connection.execute("SELECT count(*) FROM fintech.signals WHERE live").fetchone()
    assert row is not None
    return int(row[0])


def runs_with(up: Running, tag: str) -> list[Document]:
    return [run for run in up.runs() if tag in run["tags"]]


def test_the_first_signals_come_by_themselves_and_the_days_before_follow(helm: Helm) -> None:
    began = time.monotonic()
    with placed(on_this_machine(helm.render(values()).documents, automated=True)) as up:
        up.cluster.up()
        until(lambda: live_signals(up) >= len(SYMBOLS), up.runs, PROMISED_SECONDS)
        assert time.monotonic() - began < PROMISED_SECONDS
        (backfill,) = runs_with(up, "fintech/backfill")
        assert up.ended(backfill["runId"]) == "SUCCESS", up.told_of(backfill["runId"])
        (tick, *_) = runs_with(up, "fintech/slot")
        for run in (tick, backfill):
            assert len(up.jobs(run["runId"])) == 1
        with psycopg.connect(up.postgres.url()) as connection:
            days = connection.execute(
                "SELECT count(DISTINCT date(slot_at)) FROM fintech.signals WHERE NOT live"
            ).fetchone()
        assert days is not None
        assert days[0] >= FIRST_DAYS


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_upgrade_loses_no_tick_and_disturbs_no_run(helm: Helm) -> None:
    now = datetime.now(UTC)
    due_at = (now + timedelta(minutes=2)).replace(second=0, microsecond=0)
    due = due_at.minute % 30
    installed = on_this_machine(helm.render(values(due, "1.0.0")).documents, automated=True)
    upgraded = on_this_machine(helm.render(values(due, "1.0.1")).documents, automated=True)
    with placed(installed) as up:
        up.cluster.up()
        (backfill,) = _awaited(up, "fintech/backfill")
        assert up.ended(backfill["runId"]) == "SUCCESS", up.told_of(backfill["runId"])
        assert runs_with(up, "dagster/schedule_name") == [], "the tick was due before the upgrade"

        day = now.date() - timedelta(days=2)
        with up.held(day):
            under_way = up.tick(day)
            up.at_work(under_way)

            def falls_due() -> None:
                time.sleep(max(0.0, (due_at - datetime.now(UTC)).total_seconds()) + 5)

            _add_to_the_schema(up)
            up.cluster.upgrade(upgraded, falls_due)
        assert up.ended(under_way) == "SUCCESS", up.told_of(under_way)
        assert _image(up, under_way).endswith(":1.0.0")

        (missed,) = _awaited(up, "dagster/schedule_name")
        assert up.ended(missed["runId"]) == "SUCCESS", up.told_of(missed["runId"])
        assert _image(up, missed["runId"]).endswith(":1.0.1")
        assert len(runs_with(up, "dagster/schedule_name")) == 1


def _add_to_the_schema(up: Running) -> None:
    """What a newer version's migration does first, while the old one is at work.

    Its revision is unknown to all code here, so the new pods stand for those of a rollback as well.
    """
    with psycopg.connect(up.postgres.url()) as connection:
        connection.execute("UPDATE fintech.alembic_version SET version_num = '9999'")


def _awaited(up: Running, tag: str) -> list[Document]:
    until(lambda: bool(runs_with(up, tag)), lambda: up.cluster.said("daemon"), PROMISED_SECONDS)
    return runs_with(up, tag)


def _image(up: Running, run_id: str) -> str:
    (pod,) = up.pods(run_id)
    return str(pod["spec"]["containers"][0]["image"])
