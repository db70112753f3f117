"""The chart as helm renders it, brought up: its pods start, and a tick becomes a Job."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kubernetes.chart import NAMESPACE, Helm
from tests.kubernetes.grants import DAEMON, PASSWORD, RUN_WITH_STEPS, WEBSERVER, by_component
from tests.kubernetes.lifetime import configuration, on_this_machine, running
from tests.kubernetes.rbac import Authorizer, Grant
from tests.kubernetes.rows import rows_of, undisturbed
from tests.kubernetes.running import Running
from tests.kubernetes.values import values

pytestmark = pytest.mark.xdist_group("chart runs")


@pytest.fixture(scope="module")
def up(helm: Helm) -> Iterator[Running]:
    with running(on_this_machine(helm.render(values()).documents)) as brought_up:
        yield brought_up


def test_a_tick_on_the_chart_is_a_job_and_its_rows(up: Running, tmp_path: Path) -> None:
    day = up.fresh_day()
    run_id = up.tick(day)
    assert up.ended(run_id) == "SUCCESS", up.told_of(run_id)
    assert len(up.jobs(run_id)) == len(up.pods(run_id)) == 1
    assert rows_of(up.postgres, day) == undisturbed(up.postgres, configuration(up), day, tmp_path)
    assert up.cluster.authorizer.refused == set()


@pytest.mark.parametrize("executor", ["in_process", "kubernetes_jobs"])
def test_the_roles_of_the_chart_hold_what_the_drills_found(helm: Helm, executor: str) -> None:
    rendered = helm.render({"config": {"pipeline": {"executor": executor}}})
    authorizer = Authorizer(NAMESPACE)
    authorizer.bind(rendered.of("Role"), rendered.of("RoleBinding"))
    expected: set[Grant] = DAEMON | WEBSERVER | PASSWORD
    expected |= RUN_WITH_STEPS if executor == "kubernetes_jobs" else set()
    assert by_component(authorizer.granted()) == expected
