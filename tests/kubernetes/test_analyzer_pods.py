"""The analyzer's pod as the chart has it: it comes up alone, answers, and ends losing nothing."""

import base64
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.kubernetes.chart import NAMESPACE, Helm
from tests.kubernetes.cluster import Cluster

ASKED = json.dumps({"text": "Apple beats estimates", "symbol": "AAPL"}).encode()
DRAIN_SECONDS, ASKING_SECONDS = 4, 1.5
KINDS = {"ConfigMap", "Job", "Role", "RoleBinding", "Service", "ServiceAccount"}


@pytest.fixture(scope="module")
def cluster(helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """What the chart renders of the analyzer, and the Job that makes its token; no database."""
    values = {
        "analyzer": {"drainSeconds": DRAIN_SECONDS, "graceSeconds": 10},
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


def test_a_pod_that_is_ended_under_load_turns_nobody_away_while_it_drains(cluster: Cluster) -> None:
    """The rest, that what is under way is finished, is seen in tests/api."""
    token = token_of(cluster)
    answers: list[str] = []
    until = time.monotonic() + ASKING_SECONDS

    def keep_asking() -> int:
        while time.monotonic() < until:
            answers.append(ask(cluster, token))
            time.sleep(0.02)
        return len(answers)

    old = cluster.pod("analyzer")
    with ThreadPoolExecutor(4) as clients:
        asking = [clients.submit(keep_asking) for _ in range(4)]
        began = time.monotonic()
        cluster.scale("analyzer", 0)
        drained = time.monotonic() - began
        assert min(one.result(30) for one in asking) > 0, "one that failed raises here"
    assert set(answers) == {"positive"}
    assert old.processes["analyzer"].code() == 0
    assert DRAIN_SECONDS <= drained < DRAIN_SECONDS + 10, "it drained, and was not killed"
