"""CloudNativePG by value: a primary with copies, asked by its names, kept when all else goes."""

from typing import Any

import pytest
import yaml

from tests.kubernetes.chart import Document, Helm, Refused, Rendered
from tests.kubernetes.matrix import EXTERNAL, MATRIX
from tests.kubernetes.network import End, passes, pod

VALUES = MATRIX["a highly available database by CloudNativePG"]
KNOWN: dict[str, Any] = {
    "instances": int,
    "imageName": str,
    "bootstrap": {"initdb": {"database": str, "owner": str}},
    "storage": {"size": str, "storageClass": str},
    "postgresql": {"parameters": dict},
    "affinity": {
        "enablePodAntiAffinity": bool,
        "topologyKey": str,
        "nodeSelector": dict,
        "tolerations": list,
    },
    "resources": dict,
}
"""The fields that we use of `Cluster`, as the operator's own definition (1.20 to 1.28) has them."""


@pytest.fixture
def rendered(helm: Helm) -> Rendered:
    return helm.render(VALUES)


def environment(rendered: Rendered, suffix: str) -> dict[str, Any]:
    (container,) = rendered.one("Deployment", suffix)["spec"]["template"]["spec"]["containers"]
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


def conforms(found: Any, known: Any) -> bool:
    if isinstance(known, dict):
        return set(found) <= set(known) and all(conforms(found[key], known[key]) for key in found)
    return isinstance(found, known)


def test_by_default_the_operator_is_not_needed(defaults: Rendered) -> None:
    assert not defaults.of("Cluster")


def test_the_cluster_has_only_fields_that_the_operator_knows(rendered: Rendered) -> None:
    (cluster,) = rendered.of("Cluster")
    assert cluster["apiVersion"] == "postgresql.cnpg.io/v1"
    assert conforms(cluster["spec"], KNOWN)
    assert cluster["spec"]["instances"] == 3
    assert cluster["spec"]["storage"] == {"size": "50Gi", "storageClass": "fast"}
    assert cluster["spec"]["affinity"]["nodeSelector"] == {"disk": "ssd"}


def test_what_was_collected_outlives_the_release(rendered: Rendered) -> None:
    (cluster,) = rendered.of("Cluster")
    assert cluster["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_everybody_asks_the_primary_and_the_api_reads_the_copies(rendered: Rendered) -> None:
    host = "watch-db-{}.market.svc.cluster.local"
    url = f"postgresql://fintech@{host}:5432/fintech?sslmode=require"
    own = {"secretKeyRef": {"name": "watch-db-app", "key": "password"}}
    for suffix in ("-code", "-daemon", "-webserver", "-deliverer", "-api"):
        found = environment(rendered, suffix)
        assert found["DATABASE_URL"] == url.format("rw")
        assert found["PGPASSWORD"] == own
        assert found.get("DATABASE_REPLICA_URL") == (url.format("ro") if suffix == "-api" else None)


def test_a_single_server_has_no_copies_to_read(helm: Helm) -> None:
    rendered = helm.render({**VALUES, "cloudNativePg": {"enabled": True, "instances": 1}})
    assert "DATABASE_REPLICA_URL" not in environment(rendered, "-api")


def test_neither_the_own_server_nor_its_secret_is_there(rendered: Rendered) -> None:
    assert not rendered.of("StatefulSet")
    assert "watch-database" not in yaml.safe_dump_all(rendered.documents)


def test_the_network_lets_the_release_and_the_operator_to_it_and_nobody_else(
    rendered: Rendered,
) -> None:
    policies = rendered.of("NetworkPolicy")
    server = End({"cnpg.io/cluster": "watch-db"})
    operator = End({"app": "operator"}, namespace="cnpg-system")

    assert all(passes(policies, pod(one), server, 5432) for one in ("code", "run", "api"))
    assert not passes(policies, pod("dashboard"), server, 5432)
    assert not passes(policies, End({"app": "stranger"}), server, 5432)
    assert passes(policies, operator, server, 8000)
    assert passes(policies, server, server, 5432)
    assert not passes(policies, pod("api"), server, 8000)


@pytest.mark.parametrize(
    ("values", "because"),
    [
        ({"postgres": {"enabled": True}}, "both true"),
        ({"externalDatabase": EXTERNAL}, "there is one database"),
        ({"cloudNativePg": {"enabled": True, "instances": 0}}, "instances"),
    ],
)
def test_two_databases_are_refused_in_a_sentence(
    helm: Helm, values: Document, because: str
) -> None:
    with pytest.raises(Refused, match=because):
        helm.render({**VALUES, **values})
