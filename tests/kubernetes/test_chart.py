"""The chart renders for every combination people use, and Kubernetes would take what it renders."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate.utils import all_versions

from tests.kubernetes.chart import CHART, NAMESPACE, Document, Helm, Refused, Rendered
from tests.kubernetes.matrix import MATRIX
from tests.kubernetes.runs import run_job

OLDEST = "1.28"
LONGEST = "a-release-name-of-fifty-three-letters-is-the-longest1"
MOST_LETTERS = 63
TOKENS = "watch-api:viewer,editor"
CONTROLLER_HASH = 11
"""What the controller of a StatefulSet adds to its name in a label of its pods."""
TIME = 11
"""What a CronJob adds to its name for its Jobs."""
POD_HASH = 17
"""What a Deployment adds to its name for its pods."""


def versions() -> list[Any]:
    """Every minor version of Kubernetes from the oldest the chart takes to the newest known.

    What is valid at both ends is valid between, but for what came and went: `make faults` looks.
    """
    known = {".".join(version.split(".")[:2]) for version in all_versions()}
    in_order = sorted(known, key=lambda version: int(version.split(".")[1]))
    oldest, *between, newest = in_order[in_order.index(OLDEST) :]
    slow = [pytest.param(version, marks=pytest.mark.slow) for version in between]
    return [oldest, *slow, newest]


@pytest.fixture(scope="module", params=MATRIX, ids=str)
def rendered(request: pytest.FixtureRequest, helm: Helm) -> Rendered:
    return helm.render(MATRIX[request.param])


def test_helm_finds_nothing_to_complain_about(helm: Helm, tmp_path: Path) -> None:
    for name, values in MATRIX.items():
        file = tmp_path / "values.yaml"
        file.write_text(yaml.safe_dump(values), "utf-8")
        linted = helm.run("lint", "--strict", str(CHART), "--values", str(file))
        assert linted.returncode == 0, f"{name}: {linted.stdout}{linted.stderr}"


OPERATORS = {
    "postgresql.cnpg.io/v1",
    "monitoring.coreos.com/v1",
    "networking.istio.io/v1",
    "security.istio.io/v1",
}
"""Whose definitions are not Kubernetes's; tests of their own look at what is of them."""


@pytest.fixture(scope="module")
def distinct(helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    """Every document of the whole matrix that is Kubernetes's own, those alike once."""
    found: dict[str, Document] = {}
    for values in MATRIX.values():
        release = helm.render(values)
        job = run_job(release, tmp_path_factory.mktemp("job"))
        for document in [*release.documents, job]:
            if document["apiVersion"] in OPERATORS:
                continue
            found[json.dumps(document.get("spec", document))] = document
    return list(found.values())


@pytest.mark.parametrize("version", versions())
def test_every_document_is_valid_from_the_oldest_kubernetes_to_the_newest(
    distinct: list[Document], version: str
) -> None:
    for document in distinct:
        kubernetes_validate.validate(document, version, strict=True)


def test_ten_versions_of_kubernetes_are_tried() -> None:
    assert len(versions()) >= 10


def test_an_older_kubernetes_is_refused(helm: Helm) -> None:
    with pytest.raises(Refused, match=r"requires kubeVersion: >=1\.28"):
        helm.render(version="1.27.9")


def test_rendering_twice_gives_the_same_to_the_byte(helm: Helm) -> None:
    assert helm.render() == replace(helm, rendered={}).render()


def test_everything_is_in_the_namespace_of_the_release(rendered: Rendered) -> None:
    for document in rendered.documents:
        assert document["metadata"].get("namespace", NAMESPACE) == NAMESPACE
    cluster_wide = {"ClusterRole", "ClusterRoleBinding", "Namespace", "PersistentVolume"}
    assert not cluster_wide & {one["kind"] for one in rendered.documents}


def test_everything_carries_the_labels_by_which_it_is_found(rendered: Rendered) -> None:
    for document in rendered.documents:
        labels = document["metadata"]["labels"]
        assert labels["app.kubernetes.io/instance"] == "watch", document
        assert labels["app.kubernetes.io/version"]
        assert labels["helm.sh/chart"].startswith("fintech-pipeline-")


def test_selectors_match_the_pods_they_mean_and_no_others(
    rendered: Rendered, tmp_path: Path
) -> None:
    pods = rendered.templates() | {"run": run_job(rendered, tmp_path)["spec"]["template"]}
    for document in rendered.documents:
        spec = document.get("spec", {})
        if document["kind"] in {"Deployment", "StatefulSet"}:
            wanted, own = spec["selector"]["matchLabels"], document["metadata"]["name"]
        elif document["kind"] == "Service":
            wanted = spec["selector"]
            own = document["metadata"]["name"].removesuffix("-headless")
        else:
            continue
        matched = {
            name
            for name, pod in pods.items()
            if wanted.items() <= pod["metadata"]["labels"].items()
        }
        assert matched == {own}, document["metadata"]["name"]


def test_a_service_leads_to_a_port_of_its_pods(rendered: Rendered) -> None:
    for service in rendered.of("Service"):
        owner = service["metadata"]["name"].removesuffix("-headless")
        (container,) = rendered.templates()[owner]["spec"]["containers"]
        names = {port["name"] for port in container["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= names


@pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX)
def test_names_and_labels_stay_short_with_the_longest_name_of_a_release(
    helm: Helm, values: Document
) -> None:
    assert len(LONGEST) == 53
    rendered = helm.render(values, release=LONGEST)
    room = {"StatefulSet": CONTROLLER_HASH, "Deployment": POD_HASH, "Job": 6, "CronJob": TIME}
    for document in rendered.documents:
        name = document["metadata"]["name"]
        assert len(name) + room.get(document["kind"], 0) <= MOST_LETTERS, name
        for value in document["metadata"]["labels"].values():
            assert len(value) <= MOST_LETTERS


def test_two_long_names_that_begin_alike_do_not_collide(helm: Helm) -> None:
    first = helm.render(release=LONGEST[:-1] + "a")
    second = helm.render(release=LONGEST[:-1] + "b")
    names = [{one["metadata"]["name"] for one in each.documents} for each in (first, second)]
    assert not names[0] & names[1]


def test_the_name_of_a_release_may_hold_dots(helm: Helm) -> None:
    assert (
        helm.render(release="my.watch").one("Service", "-code")["metadata"]["name"]
        == "my-watch-code"
    )


def test_what_is_made_later_does_not_pass_for_a_part_of_the_release(
    rendered: Rendered, tmp_path: Path
) -> None:
    """Argo CD tells its own by this label, and deletes those that are no longer in the chart."""
    tracked = "app.kubernetes.io/instance"
    job = run_job(rendered, tmp_path)
    assert job["metadata"]["labels"][tracked] == "watch-runs"
    assert job["spec"]["template"]["metadata"]["labels"][tracked] == "watch"
    for maker in rendered.of("Job"):
        (container,) = maker["spec"]["template"]["spec"]["containers"]
        assert "--part-of=watch" in container["args"]


def test_there_is_exactly_one_daemon_and_the_old_one_ends_first(rendered: Rendered) -> None:
    spec = rendered.one("Deployment", "-daemon")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    scaled = {
        one["spec"]["scaleTargetRef"]["name"] for one in rendered.of("HorizontalPodAutoscaler")
    }
    assert scaled <= {"watch-analyzer"}


def test_a_new_code_location_is_ready_before_the_old_one_goes(defaults: Rendered) -> None:
    strategy = defaults.one("Deployment", "-code")["spec"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_the_runs_use_the_image_of_the_code_location(rendered: Rendered, tmp_path: Path) -> None:
    (code,) = rendered.one("Deployment", "-code")["spec"]["template"]["spec"]["containers"]
    environment = {one["name"]: one.get("value") for one in code["env"]}
    (run,) = run_job(rendered, tmp_path)["spec"]["template"]["spec"]["containers"]
    assert environment["DAGSTER_CURRENT_IMAGE"] == code["image"] == run["image"]


def test_every_image_has_a_version_and_none_is_latest(rendered: Rendered) -> None:
    for name, template in rendered.templates().items():
        spec = template["spec"]
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            assert re.search(r":\d[\w.-]*$", container["image"]), name


def test_every_pod_waits_for_the_database_and_its_schema_first(rendered: Rendered) -> None:
    waiting = [
        one
        for one in rendered.of("Deployment")
        if not one["metadata"]["name"].endswith(("-analyzer", "-dashboard"))
    ]
    assert len(waiting) >= 3
    for deployment in waiting:
        spec = deployment["spec"]["template"]["spec"]
        (migrate,) = spec["initContainers"]
        assert migrate["args"] == ["fintech", "db", "migrate", "--wait", "600"]
        assert migrate["image"] == spec["containers"][0]["image"]


@pytest.mark.parametrize(
    ("change", "rolled"),
    [
        (
            {"config": {"pipeline": {"minutes_after_slot": 7}}},
            {"code", "webserver", "daemon", "analyzer", "deliverer", "api"},
        ),
        ({"runs": {"deadlineSeconds": 4000}}, {"code", "webserver", "daemon"}),
        ({"analyzer": {"perMinute": 60}}, {"analyzer"}),
        ({"alerts": {"rules": "# nobody"}}, {"deliverer"}),
        ({"api": {"perMinute": 60}}, {"api"}),
        ({"api": {"replicas": 2}}, set()),
        ({"dashboard": {"image": {"tag": "9.9.9"}}}, {"dashboard"}),
        ({"dashboard": {"dagsterUrl": "https://dagster.example.org"}}, set()),
        ({"deliverer": {"replicas": 2}}, set()),
        ({"analyzer": {"autoscaling": {"maxReplicas": 9}}}, set()),
        ({"networkPolicy": {"enabled": False}}, set()),
        ({"postgres": {"storage": {"size": "20Gi"}}}, set()),
    ],
)
def test_what_a_pod_read_at_its_start_rolls_it_and_nothing_else_does(
    helm: Helm, defaults: Rendered, change: Document, rolled: set[str]
) -> None:
    before, after = defaults.templates(), helm.render(change, upgrade=True).templates()
    differing = {name.rsplit("-", 1)[1] for name in before if before[name] != after[name]}
    assert differing == rolled


def test_a_new_version_of_the_chart_does_not_restart_the_database(
    helm: Helm, defaults: Rendered, tmp_path: Path
) -> None:
    chart = tmp_path / "chart"
    shutil.copytree(CHART, chart)
    file = chart / "Chart.yaml"
    file.write_text(re.sub(r"(?m)^(version|appVersion): .*", r"\1: 9.9.9", file.read_text("utf-8")))
    newer = replace(helm, chart=chart, rendered={}).render(upgrade=True)
    assert newer.one("Deployment", "-code") != defaults.one("Deployment", "-code")
    before, after = (one.one("StatefulSet", "-postgres")["spec"] for one in (defaults, newer))
    assert after == before


def test_the_claim_of_the_database_is_not_taken_for_a_part_of_the_release(
    defaults: Rendered,
) -> None:
    """The StatefulSet's selector is copied to it; Argo CD looks for the label of the release."""
    spec = defaults.one("StatefulSet", "-postgres")["spec"]
    (claim,) = spec["volumeClaimTemplates"]
    assert "app.kubernetes.io/instance" not in spec["selector"]["matchLabels"]
    assert "labels" not in claim["metadata"]
    options = claim["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]
    assert options == "Prune=false,Delete=false"


def test_only_runs_need_a_node_that_has_the_files(helm: Helm, tmp_path: Path) -> None:
    rendered = helm.render(MATRIX["real prices and headlines from files"])
    pods = rendered.templates() | {"run": run_job(rendered, tmp_path)["spec"]["template"]}
    mounting = {
        name
        for name, pod in pods.items()
        if any("persistentVolumeClaim" in volume for volume in pod["spec"]["volumes"])
    }
    assert mounting == {"run", "watch-doctor"}


@pytest.mark.parametrize(
    ("values", "made"),
    [
        ({}, ["watch-database", "watch-analyzer", TOKENS]),
        (MATRIX["a Secret of one's own"], ["watch-analyzer", TOKENS]),
        (MATRIX["an external database"], ["watch-analyzer", TOKENS]),
        (MATRIX["a fixed number of analyzers"], ["watch-database", TOKENS]),
        (MATRIX["two APIs behind an Ingress, and the UI to look at"], ["watch-analyzer"]),
        (
            {
                **MATRIX["a Secret of one's own"],
                **MATRIX["no analyzer"],
                **MATRIX["no API"],
            },
            [],
        ),
    ],
)
def test_a_password_is_made_only_where_none_is_named(
    helm: Helm, values: Document, made: list[str]
) -> None:
    makers = helm.render(values).of("Job")
    for maker in makers:
        assert maker["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    words = [
        word
        for maker in makers
        for word in maker["spec"]["template"]["spec"]["containers"][0]["args"]
    ]
    assert [word for word in words if word.startswith("watch-")] == made


def test_what_the_password_needs_comes_before_it_and_goes_after_it(defaults: Rendered) -> None:
    hooks = [one for one in defaults.documents if "helm.sh/hook" in _annotations(one)]
    makers = [one for one in hooks if one["metadata"]["name"].endswith("-password")]
    weights = {one["kind"]: int(_annotations(one).get("helm.sh/hook-weight", 0)) for one in makers}
    job = weights.pop("Job")
    assert set(weights) == {"ServiceAccount", "Role", "RoleBinding", "NetworkPolicy"}
    assert max(weights.values()) < job
    for one in makers:
        policy = _annotations(one)["helm.sh/hook-delete-policy"]
        assert policy == "before-hook-creation,hook-succeeded"


def test_the_notes_name_what_is_there(helm: Helm) -> None:
    told = helm.run("install", "watch", str(CHART), "-n", NAMESPACE, "--dry-run=client").stdout
    notes = told.split("NOTES:")[1]
    rendered = helm.render()
    for kind, name in re.findall(r"(deployment|deploy|service)/([\w-]+)", notes):
        assert rendered.one({"service": "Service"}.get(kind, "Deployment"), name)
    assert "SIMULATED" in notes
    assert "data-watch-postgres-0" in notes
    assert "the Secret watch-database" in notes
    assert "vendor" not in notes


def _annotations(document: Document) -> dict[str, str]:
    return dict(document["metadata"].get("annotations") or {})
