"""The API's pod as the chart has it: it knows its tokens, is asked, and ends in peace."""

import base64
import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.kubernetes.chart import Helm
from tests.kubernetes.lifetime import placed
from tests.kubernetes.running import Running, until
from tests.kubernetes.values import config

pytestmark = pytest.mark.xdist_group("whole systems")
KINDS = {"ConfigMap", "Job", "Role", "RoleBinding", "Service", "ServiceAccount", "StatefulSet"}
PARTS = {"watch-api", "watch-ui", "watch-code"}
DRAIN_SECONDS = 3
JSON = {"Content-Type": "application/json"}
MUTATION = 'mutation { deletePipelineRun(runId: "none") { __typename } }'


@pytest.fixture(scope="module")
def up(helm: Helm) -> Iterator[Running]:
    """A database, the API, the code location and the UI that only shows."""
    values = {
        "config": config(),
        "api": {"drainSeconds": DRAIN_SECONDS, "graceSeconds": 10},
        "analyzer": {"enabled": False},
        "ui": {"enabled": True},
    }
    documents = [
        one
        for one in helm.render(values).documents
        if one["kind"] in KINDS or one["metadata"]["name"] in PARTS
    ]
    (api,) = [
        one
        for one in documents
        if one["metadata"]["name"] == "watch-api" and one["kind"] == "Deployment"
    ]
    (container,) = api["spec"]["template"]["spec"]["containers"]
    # A token of a cluster lies at a place that only a cluster has; what is shown of one is told in
    # tests/kubernetes/test_cluster_view.py.
    container["env"] = [one for one in container["env"] if one["name"] != "FINTECH_RELEASE"]
    with placed(documents) as found:
        found.cluster.up()
        yield found


def ask(
    up: Running,
    path: str,
    *,
    service: str = "api",
    token: str = "",
    method: str = "GET",
    document: object = None,
) -> tuple[int, Any]:
    """Status and body of an answer."""
    host, _, port = up.cluster.address(service).partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    headers = {**JSON, **({"Authorization": f"Bearer {token}"} if token else {})}
    body = None if document is None else json.dumps(document).encode()
    with closing(connection):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        is_json = "json" in (answer.getheader("Content-Type") or "")
        return answer.status, json.loads(text) if is_json else text


def tokens(up: Running) -> dict[str, str]:
    data = up.cluster.objects.get("secrets", "watch-api")["data"]
    return {name: base64.b64decode(text).decode() for name, text in data.items()}


def test_the_release_made_two_tokens_one_to_look_and_one_to_change_things(up: Running) -> None:
    made = tokens(up)
    assert set(made) == {"viewer", "editor"}
    assert made["viewer"] != made["editor"]
    assert ask(up, "/api/v1/watchlist")[0] == 401
    status, watched = ask(up, "/api/v1/watchlist", token=made["viewer"])
    assert status == 200
    assert "KO" in json.dumps(watched)
    backfill = {"first_on": "2025-01-01", "last_on": "2025-01-02"}
    refused = ask(up, "/api/v1/backfills", token=made["viewer"], method="POST", document=backfill)
    assert refused[0] == 403
    # The editor may; but no webserver is up in this test, which is told.
    status, problem = ask(
        up, "/api/v1/backfills", token=made["editor"], method="POST", document=backfill
    )
    assert status == 503, problem
    assert "webserver" in problem["detail"]
    said = up.cluster.said("api")
    assert not [one for one in made.values() if one in said]


def test_the_probes_need_no_token_and_the_metrics_do(up: Running) -> None:
    assert [ask(up, path)[0] for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 401]
    assert ask(up, "/metrics", token=tokens(up)["viewer"])[0] == 200


def test_the_ui_that_others_open_shows_everything_and_changes_nothing(up: Running) -> None:
    def query(text: str) -> Any:
        status, told = ask(up, "/graphql", service="ui", method="POST", document={"query": text})
        assert status == 200, told
        return told["data"]

    shown = query("{ instance { runLauncher { name } } permissions { permission value } }")
    assert shown["instance"]["runLauncher"] == {"name": "DefaultRunLauncher"}
    assert {one["value"] for one in shown["permissions"]} == {False}
    assert query(MUTATION) == {"deletePipelineRun": {"__typename": "UnauthorizedError"}}
    until(
        lambda: bool(query("{ assetNodes { id } }")["assetNodes"]),
        lambda: up.cluster.said("ui"),
    )


def test_a_pod_that_is_ended_goes_on_while_it_drains_and_loses_nothing(up: Running) -> None:
    token, old = tokens(up)["viewer"], up.cluster.pod("api")
    began = time.monotonic()
    old.processes["api"].terminate()
    answers = set()
    while time.monotonic() < began + DRAIN_SECONDS - 1:
        answers.add(ask(up, "/api/v1/watchlist", token=token)[0])
        time.sleep(0.05)
    assert answers == {200}
    until(lambda: old.processes["api"].code() == 0, lambda: up.cluster.said("api"))
    assert time.monotonic() - began >= DRAIN_SECONDS
