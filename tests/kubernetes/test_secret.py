"""The Job that makes the database's password: once, unread, and silent about it."""

import base64
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kubernetes.chart import NAMESPACE
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.objects import Document
from tests.kubernetes.rbac import Call

Creates = Callable[..., subprocess.CompletedProcess[str]]
KEPT = ("PATH", "HOME", "LANG", "SYSTEMROOT")
MAY_CREATE = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]}


def account(name: str, *rules: Document) -> list[Document]:
    metadata = {"name": name}
    return [
        {"kind": "ServiceAccount", "metadata": metadata},
        {"kind": "Role", "metadata": metadata, "rules": list(rules)},
        {
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": metadata,
            "subjects": [{"kind": "ServiceAccount", "name": name}],
        },
    ]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    documents = [*account("password", MAY_CREATE), *account("nobody")]
    made = Cluster(NAMESPACE, documents, tmp_path / "pods", tmp_path / "database")
    try:
        made.up()
        yield made
    finally:
        made.close()


@pytest.fixture
def creates(cluster: Cluster, tmp_path: Path) -> Creates:
    """Runs the command as a service account."""

    def run(identity: str = "password", *more: str) -> subprocess.CompletedProcess[str]:
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(cluster.api.kubeconfig(identity), "utf-8")
        environment = {name: text for name, text in os.environ.items() if name in KEPT}
        return subprocess.run(
            [str(Path(sys.executable).with_name("fintech")), *WORDS, *more],
            env={**environment, "KUBECONFIG": str(kubeconfig)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


WORDS = ["db", "create-secret", "watch-database", "--namespace", NAMESPACE]
WORDS += ["--part-of", "watch"]


def password(cluster: Cluster) -> str:
    (secret,) = cluster.objects.find("secrets")
    assert secret["metadata"]["name"] == "watch-database"
    assert secret["metadata"]["labels"] == {"app.kubernetes.io/part-of": "watch"}
    return base64.b64decode(secret["data"]["password"]).decode()


def test_the_password_is_made_once_and_kept(cluster: Cluster, creates: Creates) -> None:
    first = creates()
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == "Made the Secret watch-database with a new password.\n"
    made = password(cluster)
    assert len(made) >= 32

    again = creates()
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == "The Secret watch-database is there already, and kept.\n"
    assert password(cluster) == made
    assert made not in first.stdout
    assert cluster.authorizer.used == {("password", "create", "secrets")}


def test_several_are_made_at_once_each_with_a_password_of_its_own(
    cluster: Cluster, creates: Creates
) -> None:
    told = creates("password", "watch-analyzer")
    assert told.stdout == (
        "Made the Secret watch-database with a new password.\n"
        "Made the Secret watch-analyzer with a new password.\n"
    )
    first, second = cluster.objects.find("secrets")
    assert first["data"]["password"] != second["data"]["password"]


def test_a_secret_may_hold_several_passwords_no_two_alike(
    cluster: Cluster, creates: Creates
) -> None:
    told = creates("password", "watch-api:viewer,editor")
    assert told.stdout.splitlines()[1] == "Made the Secret watch-api with 2 new passwords."
    (made,) = [one for one in cluster.objects.find("secrets") if "viewer" in one["data"]]
    assert made["metadata"]["name"] == "watch-api"
    assert set(made["data"]) == {"viewer", "editor"}
    assert made["data"]["viewer"] != made["data"]["editor"]


def test_two_passwords_are_not_alike(cluster: Cluster, creates: Creates) -> None:
    creates()
    first = password(cluster)
    cluster.objects.remove("secrets", "watch-database")
    creates()
    assert password(cluster) != first


def test_who_may_not_create_it_is_told_so(cluster: Cluster, creates: Creates) -> None:
    refused = creates("nobody")
    assert refused.returncode == 1
    told = "Error: Kubernetes refused to make the Secret watch-database: 403 Forbidden.\n"
    assert refused.stderr == told
    assert cluster.objects.find("secrets") == []


@pytest.mark.parametrize("effect", [500, 503, "reset"])
def test_an_api_that_fails_is_told_in_one_sentence_and_nothing_is_shown(
    cluster: Cluster, creates: Creates, effect: int | str
) -> None:
    def concerns_secrets(call: Call) -> bool:
        return call.resource == "secrets"

    with cluster.api.faults.injected(concerns_secrets, effect, times=99):  # type: ignore[arg-type]  # parametrized
        failed = creates()
    assert failed.returncode == 1
    (line,) = failed.stderr.splitlines()
    assert line.startswith("Error: ")
    assert "string_data" not in line
    assert cluster.objects.find("secrets") == []


def test_outside_a_cluster_it_says_so(tmp_path: Path) -> None:
    environment = {name: text for name, text in os.environ.items() if name in KEPT}
    alone = subprocess.run(
        [str(Path(sys.executable).with_name("fintech")), *WORDS],
        env={**environment, "KUBECONFIG": str(tmp_path / "none"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert alone.returncode == 2
    assert alone.stderr.startswith("Error: There is no Kubernetes cluster to ask: ")
