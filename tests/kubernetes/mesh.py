"""What an Istio mesh lets through and where it sends it, by the rules of Istio.

A request passes where no policy that allows selects the pod, or one that does has a rule for its
caller and port. A route is the first of whose matches one holds in all its parts.
https://istio.io/latest/docs/reference/config/security/authorization-policy
"""

import re
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


def allows(policies: list[Document], principal: str, labels: dict[str, str], port: int) -> bool:
    """Whether a caller of this identity may ask a pod of these labels at a port."""
    specs = [policy["spec"] for policy in policies]
    assert all(spec.get("action", "ALLOW") == "ALLOW" for spec in specs)
    selecting = [
        spec for spec in specs if spec["selector"]["matchLabels"].items() <= labels.items()
    ]
    rules = [rule for spec in selecting for rule in spec.get("rules", [])]
    return not selecting or any(
        any(principal in source["source"]["principals"] for source in rule["from"])
        and any(str(port) in to["operation"]["ports"] for to in rule["to"])
        for rule in rules
    )


@dataclass(frozen=True)
class Request:
    """What a VirtualService looks at.

    Attributes:
        method: Such as GET.
        path: Without a query.
        cookie: The header; empty where there is none.
    """

    method: str = "GET"
    path: str = "/"
    cookie: str = ""


def routed(service: Document, request: Request) -> Document:
    """The rule of a VirtualService by which a request goes."""
    return next(
        rule
        for rule in service["spec"]["http"]
        if not rule.get("match") or any(_matches(one, request) for one in rule["match"])
    )


def _matches(match: Document, request: Request) -> bool:
    assert set(match) <= {"uri", "method", "headers"}
    cookie = match.get("headers", {}).get("cookie")
    return (
        ("uri" not in match or _is(match["uri"], request.path))
        and ("method" not in match or _is(match["method"], request.method))
        and (cookie is None or _is(cookie, request.cookie))
    )


def _is(wanted: dict[str, str], given: str) -> bool:
    ((how, text),) = wanted.items()
    if how == "regex":
        return re.fullmatch(text, given) is not None  # Istio's are of the whole
    return given.startswith(text) if how == "prefix" else given == text
