"""Runs as the API shows them, and runs asked for of a webserver, once each."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import dagster as dg
import pytest

from fintech_pipeline.errors import PipelineError
from fintech_pipeline.orchestration.asking import tick_tags
from fintech_pipeline.orchestration.jobs import TICK_JOB
from fintech_pipeline.orchestration.run_desk import RunDesk
from fintech_pipeline.orchestration.serving import serving
from fintech_pipeline.storage.database import Database, connect

NOW = datetime(2026, 3, 2, 15, 10, tzinfo=UTC)
SLOT_AT = datetime(2026, 3, 2, 15, tzinfo=UTC)


@dg.op
def good() -> int:
    return 1


@dg.op
def bad(_number: int) -> None:
    raise ValueError("the vendor said <b>no</b>")


@dg.job(name=TICK_JOB)
def work() -> None:
    bad(good())


@dataclass
class Webserver:
    """Takes runs as a Dagster webserver does: it records them, and starts them later."""

    instance: dg.DagsterInstance
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __call__(self, address: str, tags: Mapping[str, str]) -> str:
        self.asked.append((address, dict(tags)))
        run = self.instance.create_run_for_job(
            work, status=dg.DagsterRunStatus.NOT_STARTED, tags=dict(tags)
        )
        return run.run_id


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture
def webserver(instance: dg.DagsterInstance) -> Webserver:
    return Webserver(instance)


def desk(
    database: Database, webserver: Webserver, address: str | None = "http://here:3000"
) -> RunDesk:
    return RunDesk(webserver.instance, database, address, lambda: NOW, webserver)


def test_a_run_is_shown_with_its_steps_and_why_it_failed(
    database: Database, webserver: Webserver
) -> None:
    ended = work.execute_in_process(
        instance=webserver.instance, tags=tick_tags(SLOT_AT), raise_on_error=False
    )
    found = desk(database, webserver).one(ended.run_id)
    assert found is not None
    assert (found.job, found.status, found.slot_at) == ("tick", "failure", SLOT_AT)
    assert found.reason == "the vendor said <b>no</b>"
    assert [(step.step, step.status, step.attempts) for step in found.steps] == [
        ("good", "success", 1),
        ("bad", "failure", 1),
    ]
    assert found.started_at is not None
    assert found.ended_at is not None
    assert found.duration_seconds == pytest.approx(
        (found.ended_at - found.started_at).total_seconds(), abs=0.001
    )


def test_runs_are_shown_newest_first_and_go_on_after_one(
    database: Database, webserver: Webserver
) -> None:
    ours = desk(database, webserver)
    ids = [ours.tick(SLOT_AT.replace(hour=hour)) for hour in range(5)]
    first = ours.recent(2)
    rest = ours.recent(10, after=first[-1].run_id)
    assert [run.run_id for run in first + rest] == ids[::-1]
    assert first[0].status == "not_started"
    assert first[0].started_at is None
    assert first[0].created_at.tzinfo is UTC
    assert ours.recent(10, after="nothing") == []


@pytest.mark.parametrize("run_id", ["", "nothing", "a" * 100, "'; DROP TABLE runs"])
def test_what_is_no_run_is_none(database: Database, webserver: Webserver, run_id: str) -> None:
    assert desk(database, webserver).one(run_id) is None


def test_tags_that_somebody_else_wrote_say_nothing(
    database: Database, webserver: Webserver
) -> None:
    webserver("", {"fintech/slot": "tomorrow", "dagster/asset_partition_range_start": "soon"})
    [found] = desk(database, webserver).recent(1)
    assert (found.slot_at, found.first_on) == (None, None)


def test_a_slot_under_way_is_not_asked_for_again(database: Database, webserver: Webserver) -> None:
    ours = desk(database, webserver)
    first, again, other = ours.tick(SLOT_AT), ours.tick(SLOT_AT), ours.tick(NOW.replace(minute=30))
    assert first == again != other
    assert len(webserver.asked) == 2
    run = webserver.instance.get_run_by_id(first)
    assert run is not None
    webserver.instance.report_run_failed(run)
    assert ours.tick(SLOT_AT) not in {first, other}


def test_a_backfill_is_a_run_a_month_and_stretch_and_each_is_asked_for_once(
    database: Database, webserver: Webserver
) -> None:
    days = [date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 10)]
    ours = desk(database, webserver)
    assert ours.backfill(days) == ours.backfill(days)
    assert [run.first_on for run in ours.recent(10)] == [
        date(2026, 2, 10),
        date(2026, 2, 1),
        date(2026, 1, 30),
    ]


def test_two_pods_asking_at_once_start_one_run(database: Database, webserver: Webserver) -> None:
    other = connect(database.url)
    found: list[str] = []
    at_once = threading.Barrier(8)

    def ask(one: RunDesk) -> None:
        at_once.wait(10)
        found.append(one.tick(SLOT_AT))

    desks = [desk(database, webserver), desk(other, webserver)]
    threads = [threading.Thread(target=ask, args=(desks[n % 2],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    other.close()
    assert len(found) == 8
    assert len(set(found)) == len(webserver.asked) == 1


def test_who_serves_the_database_is_asked_where_nobody_is_named(
    database: Database, webserver: Webserver
) -> None:
    ours = desk(database, webserver, address=None)
    with pytest.raises(PipelineError, match=r"^Nobody takes runs just now: start `fintech up`"):
        ours.tick(SLOT_AT)
    with serving(database) as right:
        right.announce("http://127.0.0.1:3007")
        ours.tick(SLOT_AT)
    assert [address for address, _ in webserver.asked] == ["http://127.0.0.1:3007"]


def test_a_webserver_that_is_not_there_is_told_in_a_sentence(
    database: Database, instance: dg.DagsterInstance
) -> None:
    ours = RunDesk(instance, database, "http://127.0.0.1:1", lambda: NOW)
    with pytest.raises(PipelineError) as refused:
        ours.tick(SLOT_AT)
    assert str(refused.value) == (
        "The webserver at http://127.0.0.1:1 did not take the run: nobody answers there."
    )
