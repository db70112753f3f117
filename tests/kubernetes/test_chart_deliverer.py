"""The deliverer in the chart: one by default, two are safe, and one that hangs is replaced."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.kubernetes.chart import Document, Helm, Rendered
from tests.kubernetes.matrix import MATRIX

TWO = MATRIX["alerts by SMS alone, through a gateway"]


def spec(rendered: Rendered) -> Document:
    found: Document = rendered.one("Deployment", "-deliverer")["spec"]
    return found


def container(rendered: Rendered) -> Document:
    (only,) = spec(rendered)["template"]["spec"]["containers"]
    found: Document = only
    return found


def test_there_is_one_by_default_without_a_token_of_kubernetes(defaults: Rendered) -> None:
    assert spec(defaults)["replicas"] == 1
    pod = spec(defaults)["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    roles = [one["roleRef"]["name"] for one in defaults.of("RoleBinding")]
    assert pod["serviceAccountName"] == "watch-deliverer"
    assert "watch-deliverer" not in roles


def test_a_new_one_is_there_before_the_old_one_goes(defaults: Rendered) -> None:
    """Two at once are safe, none is not: nobody would hear of anything."""
    assert spec(defaults)["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_what_is_under_way_may_end_before_it_is_killed(helm: Helm) -> None:
    rendered = helm.render(MATRIX["live sources, pull secrets, chosen nodes"])
    grace = spec(rendered)["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace >= 2 * 20, "an answer of the mail server's and one of Twilio's, 20 s each"


def test_a_node_may_be_drained_of_one_of_several_and_of_a_single_one_at_once(
    helm: Helm, defaults: Rendered
) -> None:
    assert "watch-deliverer" not in names(defaults, "PodDisruptionBudget")
    budget = helm.render(TWO).one("PodDisruptionBudget", "-deliverer")["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"] == spec(helm.render(TWO))["selector"]
    assert spec(helm.render(TWO))["replicas"] == 2


def test_its_life_is_a_file_that_it_touches_and_looking_costs_no_interpreter(
    defaults: Rendered,
) -> None:
    one = container(defaults)
    (option,) = [word for word in one["args"] if word.startswith("--heartbeat=")]
    file = option.partition("=")[2]
    for name in ("startupProbe", "livenessProbe"):
        command = one[name]["exec"]["command"]
        assert command == ["sh", "-c", f"find {file} -mmin -2 | grep -q ."]
        assert "python" not in " ".join(command)
    mounts = {mount["mountPath"] for mount in one["volumeMounts"] if not mount.get("readOnly")}
    assert any(file.startswith(f"{mount}/") for mount in mounts), "nothing else can be written"


@pytest.mark.parametrize("name", ["the defaults", "alerts by a mail server inside and no login"])
def test_it_brings_in_the_rules_of_the_values_where_there_are_any(helm: Helm, name: str) -> None:
    rendered = helm.render(MATRIX[name])
    words = ["fintech", "deliver", "--heartbeat=/tmp/deliverer"]
    given = bool(MATRIX[name].get("alerts", {}).get("rules"))
    assert container(rendered)["args"] == [*words, *["--rules=/etc/alerts/rules.toml"] * given]
    assert ("watch-rules" in names(rendered, "ConfigMap")) is given


@pytest.mark.parametrize(
    ("age_seconds", "alive"), [(0, True), (60, True), (180, False), (None, False)]
)
def test_the_look_at_the_file_tells_a_fresh_one_from_an_old_one_and_from_none(
    defaults: Rendered, tmp_path: Path, age_seconds: int | None, alive: bool
) -> None:
    file = tmp_path / "deliverer"
    if age_seconds is not None:
        file.touch()
        touched = time.time() - age_seconds
        os.utime(file, (touched, touched))
    words = container(defaults)["livenessProbe"]["exec"]["command"]
    command = [word.replace("/tmp/deliverer", str(file)) for word in words]  # noqa: S108
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode == 0) is alive


def test_without_it_nothing_of_it_is_there(helm: Helm) -> None:
    rendered = helm.render(MATRIX["no deliverer"])
    assert not [one for one in rendered.documents if "deliverer" in one["metadata"]["name"]]


def names(rendered: Rendered, kind: str) -> set[str]:
    return {str(one["metadata"]["name"]) for one in rendered.of(kind)}
