"""Runs become Jobs: started, watched, cancelled, and none the worse for what dies around them."""

import base64
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import psutil
import psycopg
import pytest
from kubernetes import client, config

from fintech_pipeline.orchestration.due import ASSETS
from tests.kubernetes.chart import NAMESPACE, RELEASE, Helm
from tests.kubernetes.cluster import TESTER
from tests.kubernetes.grants import DAEMON, PASSWORD, WEBSERVER, by_component
from tests.kubernetes.lifetime import configuration, on_this_machine, running
from tests.kubernetes.rows import rows_of, undisturbed
from tests.kubernetes.running import Running, are_asked_for, until
from tests.kubernetes.values import values

DAYS = 3
pytestmark = pytest.mark.xdist_group("whole systems")


@pytest.fixture(scope="module")
def up(helm: Helm) -> Iterator[Running]:
    with running(on_this_machine(helm.render(values()).documents)) as brought_up:
        yield brought_up


@pytest.fixture(scope="module", autouse=True)
def asked(up: Running) -> tuple[str, date]:
    """A backfill asked for at the start, since Dagster looks for them every half minute."""
    first = up.fresh_day(DAYS)
    return up.backfill([first + timedelta(days=number) for number in range(DAYS)]), first


def test_a_tick_asked_for_in_the_webserver_is_one_job_and_its_rows(
    up: Running, tmp_path: Path
) -> None:
    day = up.fresh_day()
    run_id = up.tick(day)
    assert up.ended(run_id) == "SUCCESS", up.told_of(run_id)

    expected = undisturbed(up.postgres, configuration(up), day, tmp_path)
    assert all(expected.values())
    assert rows_of(up.postgres, day) == expected

    # As a person asks, through the wire and the client of Kubernetes.
    file = tmp_path / "kubeconfig"
    file.write_text(up.cluster.api.kubeconfig(TESTER))
    with config.new_client_from_config(str(file)) as person:
        selector = f"dagster/run-id={run_id},dagster/job=tick"
        batch, core = client.BatchV1Api(person), client.CoreV1Api(person)
        until(
            lambda: (
                batch.list_namespaced_job(NAMESPACE, label_selector=selector)
                .items[0]
                .status.succeeded
            ),
            lambda: up.jobs(run_id),
        )
        (job,) = batch.list_namespaced_job(NAMESPACE, label_selector=selector).items
        (pod,) = core.list_namespaced_pod(NAMESPACE, label_selector=selector).items
        assert job.status.conditions[0].type == "Complete"
        assert pod.metadata.owner_references[0].uid == job.metadata.uid
        assert pod.status.phase == "Succeeded"
        assert pod.status.container_statuses[0].state.terminated.reason == "Completed"
        log, last = (
            core.read_namespaced_pod_log(
                pod.metadata.name, NAMESPACE, _preload_content=False, **some
            ).data.decode()
            for some in ({}, {"tail_lines": 1})
        )
        assert "Started execution of step" in log
        assert "RUN_SUCCESS" in last
        assert log.endswith(last)
        with pytest.raises(client.ApiException) as refused:
            batch.read_namespaced_job("nothing", NAMESPACE)
        assert json.loads(refused.value.body)["reason"] == "NotFound"


def test_a_training_is_a_job_of_its_own_with_the_resources_of_its_values(up: Running) -> None:
    run_id = up.asked("training")
    # So soon there is too little to learn of, which is told and no failure.
    assert up.ended(run_id) == "SUCCESS", up.told_of(run_id)
    (job,) = up.jobs(run_id)
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["resources"] == {
        "requests": {"cpu": "1", "memory": "1Gi"},
        # Of the processor as of every run.
        "limits": {"cpu": "1", "memory": "3Gi"},
    }


def test_a_run_that_is_cancelled_is_gone_at_once_and_leaves_whole_steps(up: Running) -> None:
    day = up.fresh_day()
    with up.held(day):
        run_id = up.tick(day)
        pod = up.at_work(run_id)
        processes = up.processes(pod)
        assert processes
        up.cancel(run_id)
        until(lambda: up.jobs(run_id) == up.pods(run_id) == [], lambda: up.told_of(run_id))
        assert not [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
        assert up.ended(run_id) == "CANCELED", up.told_of(run_id)
        left = rows_of(up.postgres, day)
        assert {row[1] for row in left["slots"]} == {"market_bars"}
        assert left["bars"]
        assert left["articles"] == left["signals"] == []

    again = up.tick(day)
    assert up.ended(again) == "SUCCESS", up.told_of(again)
    assert len(rows_of(up.postgres, day)["signals"]) == 2
    assert len(up.attempts(run_id)) == 1, "a person's word is not undone by a retry"


@pytest.mark.slow
def test_a_run_outlives_the_daemon_that_started_it(up: Running) -> None:
    day = up.fresh_day()
    with up.held(day):
        run_id = up.tick(day)
        up.at_work(run_id)
        daemon = up.cluster.pod("daemon")
        daemon.processes["daemon"].kill()
        until(lambda: daemon.restarts.get("daemon") == 1, lambda: up.cluster.said("daemon"))
    up.cluster.await_ready("daemon")
    assert up.ended(run_id) == "SUCCESS", up.told_of(run_id)
    following = up.tick(up.fresh_day())
    assert up.ended(following) == "SUCCESS", up.told_of(following)
    assert len(up.attempts(run_id)) == len(up.jobs(run_id)) == len(up.lives(run_id)) == 1


@pytest.mark.slow
def test_a_run_whose_database_restarts_loses_no_row(up: Running, tmp_path: Path) -> None:
    day = up.fresh_day()
    with up.held(day):
        run_id = up.tick(day)
        up.at_work(run_id)
        up.postgres.restart()
        up.await_serving()
    last = up.ended(run_id)
    if last != "SUCCESS":  # a step that met the outage says so, and is asked for again
        assert "went away in the middle" in up.told_of(run_id)
        last = up.ended(up.tick(day))
    assert last == "SUCCESS", up.told_of(run_id)
    assert rows_of(up.postgres, day) == undisturbed(up.postgres, configuration(up), day, tmp_path)
    up.assert_never_at_once(run_id)


def test_days_asked_for_as_a_backfill_are_one_run_and_one_job(
    up: Running, asked: tuple[str, date]
) -> None:
    backfill, first = asked

    def own() -> list[str]:
        return [r["runId"] for r in up.runs() if r["tags"].get("dagster/backfill") == backfill]

    until(lambda: own() != [], lambda: up.cluster.said("daemon"))
    (run_id,) = own()
    assert up.ended(run_id) == "SUCCESS", up.told_of(run_id)
    assert len(up.jobs(run_id)) == 1
    with psycopg.connect(up.postgres.url()) as connection:
        done = connection.execute(
            "SELECT asset, count(*) FROM fintech.slots WHERE slot_at > %s AND slot_at <= %s "
            "GROUP BY asset",
            (first, first + timedelta(days=DAYS)),
        ).fetchall()
    assert sorted(done) == [(asset, DAYS * 48) for asset in sorted(ASSETS)]


def test_the_password_stands_in_the_secret_and_nowhere_else(up: Running) -> None:
    encoded = up.cluster.objects.get("secrets", f"{RELEASE}-database")["data"]["password"]
    password = base64.b64decode(encoded).decode()
    if not up.cluster.objects.find("jobs", labels="dagster/run-id"):  # no other drill has left any
        run_id = up.tick(up.fresh_day())
        assert up.ended(run_id) == "SUCCESS", up.told_of(run_id)
    kinds = set()
    for document in up.cluster.objects.everything():
        kinds.add(document["kind"])
        if document["kind"] != "Secret":
            assert password not in json.dumps(document), document["metadata"]["name"]
            assert encoded not in json.dumps(document), document["metadata"]["name"]
    assert {"ConfigMap", "Event", "Job", "Pod", "Secret"} == kinds
    for pod in up.cluster.objects.find("pods"):
        assert password not in up.log(pod["metadata"]["name"])
    with psycopg.connect(up.postgres.url()) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_schema IN ('dagster', 'fintech') AND table_type = 'BASE TABLE'"
        ).fetchall()
        assert len(tables) > 30
        for schema, table in tables:
            query = f'SELECT count(*) FROM "{schema}"."{table}" AS t WHERE t::text LIKE %s'  # noqa: S608
            found = connection.execute(query.encode(), (f"%{password}%",)).fetchone()
            assert found == (0,), table


def test_nobody_asks_for_more_than_it_is_granted(
    up: Running, request: pytest.FixtureRequest
) -> None:
    assert up.cluster.authorizer.refused == set()
    used = by_component(up.cluster.authorizer.used)
    assert PASSWORD <= used <= DAEMON | WEBSERVER | PASSWORD
    if are_asked_for(request, "cancelled"):
        assert used >= WEBSERVER
