"""What NetworkPolicies let through, by the rules of Kubernetes.

A connection passes where the policies that select its source allow it out and those that select its
target allow it in; a pod that no policy selects for a direction is open in it.
https://kubernetes.io/docs/concepts/services-networking/network-policies
"""

import ipaddress
from dataclasses import dataclass, field
from typing import Any

Policy = dict[str, Any]


@dataclass(frozen=True)
class End:
    """One end of a connection: a pod by its labels, or an address outside the cluster."""

    labels: dict[str, str] = field(default_factory=dict)
    namespace: str = "market"
    address: str = ""


def pod(component: str) -> End:
    """A pod of the release, by its component."""
    return End(
        {
            "app.kubernetes.io/name": "fintech-pipeline",
            "app.kubernetes.io/instance": "watch",
            "app.kubernetes.io/component": component,
        }
    )


DNS = End({"k8s-app": "kube-dns"}, namespace="kube-system")


def passes(
    policies: list[Policy], source: End, target: End, port: int, protocol: str = "TCP"
) -> bool:
    """Whether a connection gets through."""
    out = _direction(policies, source, target, "Egress", port, protocol)
    return out and _direction(policies, target, source, "Ingress", port, protocol)


def _direction(
    policies: list[Policy], own: End, other: End, direction: str, port: int, protocol: str
) -> bool:
    if own.address:
        return True  # no policy of ours reaches there
    selecting = [
        policy["spec"]
        for policy in policies
        if direction in policy["spec"]["policyTypes"]
        and own.namespace == "market"
        and _selects(policy["spec"]["podSelector"], own.labels)
    ]
    rules = [rule for spec in selecting for rule in spec.get(direction.lower(), [])]
    key = "to" if direction == "Egress" else "from"
    return not selecting or any(
        any(_is_peer(peer, other) for peer in rule.get(key, []))
        and {"protocol": protocol, "port": port} in rule["ports"]
        for rule in rules
    )


def _is_peer(peer: dict[str, Any], end: End) -> bool:
    if "ipBlock" in peer:
        # The address of a pod is nobody's to name here.
        return bool(end.address) and _is_inside(peer["ipBlock"], end.address)
    if end.address:
        return False
    elsewhere = peer.get("namespaceSelector")
    if elsewhere is None and end.namespace != "market":
        return False
    named = {"kubernetes.io/metadata.name": end.namespace}
    if elsewhere is not None and not _selects(elsewhere, named):
        return False
    return _selects(peer.get("podSelector", {}), end.labels)


def _is_inside(block: dict[str, Any], address: str) -> bool:
    def holds(cidr: str) -> bool:
        return ipaddress.ip_address(address) in ipaddress.ip_network(cidr)

    return holds(block["cidr"]) and not any(holds(cidr) for cidr in block.get("except", []))


def _selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    assert set(selector) <= {"matchLabels", "matchExpressions"}, selector
    expressions = selector.get("matchExpressions", [])
    assert all(one["operator"] == "In" for one in expressions)
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(one["key"]) in one["values"] for one in expressions
    )
