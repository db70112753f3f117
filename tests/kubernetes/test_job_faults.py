"""What happens to a run's Job, its pod or the API while it works: the work is done once."""

import contextlib
from collections.abc import Callable, Iterator

import pytest

from tests.kubernetes.chart import Helm
from tests.kubernetes.grants import DAEMON, PASSWORD, by_component, component
from tests.kubernetes.lifetime import on_this_machine, running
from tests.kubernetes.objects import Document
from tests.kubernetes.rbac import Call
from tests.kubernetes.rows import rows_of
from tests.kubernetes.running import Running, are_asked_for, until
from tests.kubernetes.values import values

pytestmark = pytest.mark.xdist_group("whole systems")
START_TIMEOUT_SECONDS = 40
NO_ROOM = "0/1 nodes are available: 1 Insufficient memory."


@pytest.fixture(scope="module")
def up(helm: Helm) -> Iterator[Running]:
    rendered = helm.render(values(start_timeout_seconds=START_TIMEOUT_SECONDS))
    with running(on_this_machine(rendered.documents)) as brought_up:
        yield brought_up


def creates(call: Call) -> bool:
    return (component(call.identity), call.verb, call.resource) == ("daemon", "create", "jobs")


def watches(call: Call) -> bool:
    return (component(call.identity), call.resource) == ("daemon", "jobs/status")


def deletes(call: Call) -> bool:
    return (component(call.identity), call.verb, call.resource) == ("daemon", "delete", "jobs")


def job_of(up: Running, run_id: str) -> str:
    (job,) = up.jobs(run_id)
    return str(job["metadata"]["name"])


def test_a_run_out_of_memory_is_failed_with_the_reason_and_retried_once(up: Running) -> None:
    day = up.fresh_day()
    with up.held(day):
        run_id = up.tick(day)
        up.cluster.kubelet.oom_kill(up.at_work(run_id))
        assert up.ended(run_id) == "FAILURE", up.told_of(run_id)
        assert "OOMKilled" in "".join(up.messages(run_id, "RUN_FAILURE"))
        assert up.jobs(run_id)[0]["status"]["conditions"][0]["reason"] == "BackoffLimitExceeded"
        retry = up.retried(run_id)
        up.at_work(retry)
    assert up.ended(retry) == "SUCCESS", up.told_of(retry)
    assert len(rows_of(up.postgres, day)["signals"]) == 2
    assert len(up.attempts(run_id)) == len(up.lives(run_id)) == 2
    up.assert_never_at_once(run_id)


def test_when_the_retry_dies_too_there_is_no_third_run(up: Running) -> None:
    day = up.fresh_day()
    with up.held(day):
        run_id = up.tick(day)
        up.at_work(run_id)
        up.cluster.controllers.lose(job_of(up, run_id))
        assert up.ended(run_id) == "FAILURE", up.told_of(run_id)
        assert "could not be found" in "".join(up.messages(run_id, "RUN_FAILURE"))
        retry = up.retried(run_id)
        up.cluster.kubelet.vanish(up.at_work(retry))
        assert up.ended(retry) == "FAILURE", up.told_of(retry)
    # The daemon that retries has decided on this failure when it has looked at a later run.
    up.await_retries_decided()
    assert len(up.attempts(run_id)) == len(up.lives(run_id)) == 2
    up.assert_never_at_once(run_id)


@pytest.mark.slow
def test_a_deleted_pod_ends_its_run_at_once_and_the_retry_does_the_rest(up: Running) -> None:
    day = up.fresh_day()
    with up.held(day):
        run_id = up.tick(day)
        up.cluster.kubelet.delete(up.at_work(run_id))
        assert up.ended(run_id) == "FAILURE", up.told_of(run_id)
        retry = up.retried(run_id)
    assert up.ended(retry) == "SUCCESS", up.told_of(retry)
    assert len(up.attempts(run_id)) == 2
    up.assert_never_at_once(run_id)


@pytest.mark.parametrize(
    "effects",
    [
        ("lost",),
        pytest.param((429, 503, "reset", 500), marks=pytest.mark.slow),
        pytest.param(("lost behind a gateway",), marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_a_job_is_created_once_however_the_api_answers(
    up: Running, effects: tuple[int | str, ...]
) -> None:
    with up.cluster.api.faults.injected(creates, *effects) as faults:  # type: ignore[arg-type]
        run_id = up.tick(up.fresh_day())
        assert up.ended(run_id) == "SUCCESS", up.told_of(run_id)
    assert [fault.met for fault in faults] == [1] * len(effects)
    assert len(up.attempts(run_id)) == len(up.jobs(run_id)) == len(up.lives(run_id)) == 1


@pytest.mark.parametrize(
    "effect",
    ["page", *(pytest.param(one, marks=pytest.mark.slow) for one in ("reset", 403))],
    ids=str,
)
def test_a_healthy_run_goes_on_while_the_api_does_not_tell_of_it(
    up: Running, effect: int | str
) -> None:
    day = up.fresh_day()
    with up.held(day):
        run_id = up.tick(day)
        up.at_work(run_id)
        with up.cluster.api.faults.injected(watches, effect, times=10**6) as (fault,):  # type: ignore[arg-type]
            until(lambda: fault.met >= (3 if effect == "page" else 12), lambda: up.told_of(run_id))
            assert up.status(run_id) == "STARTED", up.told_of(run_id)
    assert up.ended(run_id) == "SUCCESS", up.told_of(run_id)
    assert len(up.attempts(run_id)) == len(up.lives(run_id)) == 1


@pytest.mark.slow
def test_a_run_that_finds_no_room_is_failed_with_the_reason_and_does_no_work_later(
    up: Running,
) -> None:
    day = up.fresh_day()
    fits: list[str] = []

    def unschedulable(pod: Document) -> str:
        run_id = (pod["metadata"].get("labels") or {}).get("dagster/run-id")
        return NO_ROOM if run_id and run_id not in fits else ""

    # The daemon would delete the Job of the run that failed, soon after; here it can't.
    kept = up.cluster.api.faults.injected(deletes, 503, times=10**6)
    with lever(up, unschedulable), kept:
        run_id = up.tick(day)
        # Another finds room, and dies before its run has begun.
        other = up.tick(up.fresh_day(), **{"dagster/max_retries": "0"})
        fits.append(other)
        until(lambda: up.lives(other) != [], lambda: up.told_of(other))
        up.cluster.kubelet.oom_kill(up.lives(other)[0].pod)

        assert up.ended(run_id) == "FAILURE", up.told_of(run_id)
        assert up.ended(other) == "FAILURE", up.told_of(other)
        assert "exit code 137: OOMKilled" in "".join(up.messages(other, "RUN_FAILURE"))
        told = "".join(up.messages(run_id, "RUN_FAILURE"))
        assert f"longer than {START_TIMEOUT_SECONDS} seconds to start" in told
        assert f"FailedScheduling: {NO_ROOM}" in told

        retry = up.retried(run_id)
        fits.append(retry)
        assert up.ended(retry) == "SUCCESS", up.told_of(retry)
        up.await_pod_ended(retry)
        before = rows_of(up.postgres, day)

        # There is room for the first one at last.
        fits.append(run_id)
        up.await_pod_ended(run_id)
    assert "that started after the run had already finished" in up.events_of(run_id)
    assert up.status(run_id) == "FAILURE"
    assert len(up.attempts(run_id)) == 2
    assert rows_of(up.postgres, day) == before
    up.assert_never_at_once(run_id)


@pytest.mark.slow
def test_a_run_that_takes_too_long_is_ended_by_the_daemon(up: Running) -> None:
    day = up.fresh_day()
    with up.held(day):
        run_id = up.tick(day, **{"dagster/max_runtime": "3", "dagster/max_retries": "0"})
        pod = up.at_work(run_id)
        processes = up.processes(pod)
        # Whichever speaks first: the pod that is asked to end, or the daemon.
        assert up.ended(run_id) in {"CANCELED", "FAILURE"}, up.told_of(run_id)
        told = "".join(up.messages(run_id, "RUN_CANCELING"))
        assert "exceeding maximum runtime of 3 seconds" in told
        until(lambda: up.jobs(run_id) == up.pods(run_id) == [], lambda: up.told_of(run_id))
        assert not [p for p in processes if p.is_running()]
    up.assert_never_at_once(run_id)


@pytest.mark.slow
def test_the_daemon_deletes_the_job_of_a_run_that_never_started(up: Running) -> None:
    with lever(up, lambda pod: NO_ROOM if "job-name" in pod["metadata"]["labels"] else ""):
        run_id = up.tick(up.fresh_day(), **{"dagster/max_retries": "0"})
        assert up.ended(run_id) == "FAILURE", up.told_of(run_id)
        assert len(up.jobs(run_id)) == 1
        until(lambda: up.jobs(run_id) == up.pods(run_id) == [], lambda: up.told_of(run_id), 90)
    assert up.lives(run_id) == []


def test_the_daemon_needs_exactly_what_its_role_grants(
    up: Running, request: pytest.FixtureRequest
) -> None:
    assert up.cluster.authorizer.refused == set()
    used = by_component(up.cluster.authorizer.used) - PASSWORD
    assert used <= DAEMON
    if are_asked_for(request, "out_of_memory", "no_room", "too_long"):
        assert used == DAEMON


@contextlib.contextmanager
def lever(up: Running, unschedulable: Callable[[Document], str]) -> Iterator[None]:
    levers = up.cluster.kubelet.levers
    before = levers.unschedulable
    levers.unschedulable = unschedulable
    try:
        yield
    finally:
        levers.unschedulable = before
