"""The analyzer's pod as the chart has it: it comes up alone, answers, and ends losing nothing."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.kubernetes.chart import NAMESPACE, Helm
from tests.kubernetes.cluster import Cluster

ASKED = json.dumps({"text": "Apple beats estimates", "symbol": "AAPL"}).encode()
KINDS = {"ConfigMap", "Job", "Role", "RoleBinding", "Service", "ServiceAccount"}


@pytest.fixture(scope="module")
def cluster(helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """What the chart renders of the analyzer, and the Job that makes its token; no database."""
    values = {
        "analyzer": {"drainSeconds": 2, "graceSeconds": 10},
        "postgres": {"enabled": False},
        "externalDatabase": {"host": "nobody.example.org", "existingSecret": "none"},
    }
    documents = [
        one
        for one in helm.render(values).documents
        if one["kind"] in KINDS or one["metadata"]["name"] == "watch-analyzer"
    ]
    folder = tmp_path_factory.mktemp("analyzer")
    made = Cluster(NAMESPACE, documents, folder / "pods", folder / "database")
    try:
        made.up()
        yield made
    finally:
        made.close()


def ask(cluster: Cluster, token: str) -> str:
    request = Request(
        f"http://{cluster.address('analyzer')}/v1/analyze",
        ASKED,
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    with urlopen(request, timeout=20) as answer:  # noqa: S310  # our own
        return str(json.load(answer)["label"])


def token_of(cluster: Cluster) -> str:
    secret = cluster.objects.get("secrets", "watch-analyzer")
    return base64.b64decode(secret["data"]["password"]).decode()


def test_it_answers_who_knows_the_token_that_the_release_made(cluster: Cluster) -> None:
    token = token_of(cluster)
    assert ask(cluster, token) == "positive"
    with pytest.raises(HTTPError, match="401"):
        ask(cluster, token[:-1])
    said = cluster.said("analyzer")
    assert token not in said
    assert "beats" not in said


def test_a_pod_that_is_ended_under_load_loses_no_request(cluster: Cluster) -> None:
    token = token_of(cluster)
    answers: list[str] = []
    ends: list[str] = []

    def keep_asking() -> None:
        while not ends:
            try:
                answers.append(ask(cluster, token))
            except OSError as error:
                ends.append(repr(error))

    asking = [threading.Thread(target=keep_asking) for _ in range(4)]
    for one in asking:
        one.start()
    old = cluster.pod("analyzer")
    began = time.monotonic()
    cluster.scale("analyzer", 0)
    drained = time.monotonic() - began
    for one in asking:
        one.join(30)
    assert old.ended.is_set()
    assert old.processes["analyzer"].code() == 0
    assert 2 <= drained < 12, "it drained, and was not killed"
    assert set(answers) == {"positive"}
    assert len(answers) > 20
    # Nobody listens when it is gone; until then nothing was turned away or cut off.
    assert ends
    assert all("Connection refused" in one for one in ends), ends
