"""Where it is asked for, each step of a run is a Job of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fintech_pipeline.orchestration.due import ASSETS, MARKET_BARS, NEWS_ARTICLES
from tests.kubernetes.chart import Helm
from tests.kubernetes.grants import RUN_WITH_STEPS, by_component
from tests.kubernetes.lifetime import configuration, on_this_machine, running
from tests.kubernetes.objects import Document
from tests.kubernetes.rbac import Grant
from tests.kubernetes.rows import rows_of, undisturbed
from tests.kubernetes.running import Running, are_asked_for, until
from tests.kubernetes.values import values

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("whole systems")]
RUN_SECONDS = 150.0


@pytest.fixture(scope="module")
def up(helm: Helm) -> Iterator[Running]:
    rendered = helm.render(values(executor="kubernetes_jobs"))
    with running(on_this_machine(rendered.documents)) as brought_up:
        yield brought_up


def steps_of(documents: list[Document]) -> dict[str, Document]:
    """Those of steps, by the step."""
    labelled = [(d["metadata"]["labels"].get("dagster/op"), d) for d in documents]
    return {op: document for op, document in labelled if op}


def used_by_runs(up: Running) -> set[Grant]:
    return {grant for grant in by_component(up.cluster.authorizer.used) if grant[0] == "run"}


def test_each_step_is_a_job_without_a_token_and_the_rows_are_the_same(
    up: Running, tmp_path: Path
) -> None:
    day = up.fresh_day()
    run_id = up.tick(day)
    assert up.ended(run_id, RUN_SECONDS) == "SUCCESS", up.told_of(run_id)
    assert rows_of(up.postgres, day) == undisturbed(up.postgres, configuration(up), day, tmp_path)

    jobs, pods = up.jobs(run_id), up.pods(run_id)
    assert len(jobs) == len(pods) == 1 + len(ASSETS)
    assert steps_of(jobs).keys() == steps_of(pods).keys() == set(ASSETS)
    for pod in steps_of(pods).values():
        assert pod["metadata"]["labels"]["app.kubernetes.io/component"] == "step"
        assert pod["spec"]["automountServiceAccountToken"] is False
        assert pod["spec"]["serviceAccountName"] == "watch-run"
        worker = up.cluster.kubelet.workers[pod["metadata"]["name"]]
        assert "KUBECONFIG" not in worker.sandbox.environment(pod["spec"]["containers"][0])
    assert up.cluster.authorizer.refused == set()
    assert ("run", "create", "jobs") in used_by_runs(up)
    users = {name for name, _, _ in by_component(up.cluster.authorizer.used)}
    assert users == {"daemon", "run", "password"}


def test_the_step_of_a_training_has_its_resources(up: Running) -> None:
    run_id = up.asked("training")
    assert up.ended(run_id, RUN_SECONDS) == "SUCCESS", up.told_of(run_id)
    (container,) = steps_of(up.pods(run_id))["forecast_models"]["spec"]["containers"]
    assert container["resources"] == {
        "requests": {"cpu": "1", "memory": "1Gi"},
        # Of the processor as of every run.
        "limits": {"cpu": "1", "memory": "3Gi"},
    }


def test_a_cancelled_run_takes_the_job_of_its_step_along(up: Running) -> None:
    day = up.fresh_day()
    with up.held(day):
        run_id = up.tick(day)
        up.await_second_step(run_id, RUN_SECONDS)
        step = steps_of(up.pods(run_id))[NEWS_ARTICLES]["metadata"]["name"]
        processes = up.processes(step)
        up.cancel(run_id)
        assert up.ended(run_id) == "CANCELED", up.told_of(run_id)

        def gone() -> bool:
            jobs, pods = steps_of(up.jobs(run_id)), steps_of(up.pods(run_id))
            return NEWS_ARTICLES not in jobs and NEWS_ARTICLES not in pods

        until(gone, lambda: up.told_of(run_id))
        assert not [p for p in processes if p.is_running()]
    assert {row[1] for row in rows_of(up.postgres, day)["slots"]} == {MARKET_BARS}


def test_a_step_that_dies_fails_its_run_with_the_step_named(up: Running) -> None:
    day = up.fresh_day()
    with up.held(day):
        run_id = up.tick(day)
        up.await_second_step(run_id, RUN_SECONDS)
        up.cluster.kubelet.oom_kill(steps_of(up.pods(run_id))[NEWS_ARTICLES]["metadata"]["name"])
        assert up.ended(run_id, RUN_SECONDS) == "FAILURE", up.told_of(run_id)
    assert "Discovered failed Kubernetes job" in up.errors_of(run_id)
    # Dagster does not ask for a failed step again by itself; the healing does.
    up.await_retries_decided()
    assert len(up.attempts(run_id)) == 1
    assert ("run", "get", "jobs/status") in used_by_runs(up)


def test_a_run_asks_for_no_more_than_its_role_grants(
    up: Running, request: pytest.FixtureRequest
) -> None:
    assert up.cluster.authorizer.refused == set()
    used = used_by_runs(up)
    assert used <= RUN_WITH_STEPS
    if are_asked_for(request, "cancelled", "step_that_dies"):
        assert used == RUN_WITH_STEPS
