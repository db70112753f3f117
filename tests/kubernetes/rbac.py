"""Who may do what: Roles and RoleBindings as the API server applies them, and what was used."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.kubernetes.objects import KINDS, Document, RefusedError, qualified


@dataclass(frozen=True)
class Call:
    """One request, as authorization and fault injection see it.

    Attributes:
        identity: The service account's name.
        verb: get, list, create, delete, …
        resource: `jobs`, or with its subresource `jobs/status`.
        name: Of the object; empty for a collection.
        group: The API group, where it is not the one that the resource's name is known by.
    """

    identity: str
    verb: str
    resource: str
    name: str = ""
    group: str = ""

    @property
    def kept(self) -> str:
        """What the objects are kept as: what pods use is another thing than pods."""
        return "podmetrics" if self.group == "metrics.k8s.io" else self.plain

    @property
    def plain(self) -> str:
        return self.resource.partition("/")[0]


Grant = tuple[str, str, str]
"""identity, verb, resource"""


@dataclass
class Authorizer:
    """The rules of each service account, and every grant that was used or refused."""

    namespace: str
    rules: dict[str, list[Document]] = field(default_factory=lambda: defaultdict(list))
    used: set[Grant] = field(default_factory=set)
    refused: set[Grant] = field(default_factory=set)

    def bind(self, roles: Iterable[Document], bindings: Iterable[Document]) -> None:
        """Takes the Roles of a namespace to the service accounts they are bound to.

        Raises:
            KeyError: A binding names a Role that is not there, which the API would let stand.
        """
        rules = {role["metadata"]["name"]: role.get("rules") or [] for role in roles}
        for binding in bindings:
            for subject in binding.get("subjects") or []:
                if subject["kind"] == "ServiceAccount":
                    self.rules[subject["name"]] += rules[binding["roleRef"]["name"]]

    def check(self, call: Call) -> None:
        """Notes the call.

        Raises:
            RefusedError: No rule allows it.
        """
        grant = (call.identity, call.verb, call.resource)
        if any(_allows(rule, call) for rule in self.rules.get(call.identity, [])):
            self.used.add(grant)
            return
        self.refused.add(grant)
        group = KINDS[call.kept].group if call.kept in KINDS else ""
        of = f' "{call.name}"' if call.name else ""
        told = (
            f"{qualified(call.plain)}{of} is forbidden: User "
            f'"system:serviceaccount:{self.namespace}:{call.identity}" cannot {call.verb} resource '
            f'"{call.resource}" in API group "{group}" in the namespace "{self.namespace}"'
        )
        raise RefusedError(403, "Forbidden", told, call.plain, call.name)

    def granted(self) -> set[Grant]:
        """Every grant that the rules hold, one for each identity, verb and resource."""
        return {
            (identity, verb, resource)
            for identity, rules in self.rules.items()
            for rule in rules
            for verb in rule["verbs"]
            for resource in rule["resources"]
        }


def _allows(rule: dict[str, Any], call: Call) -> bool:
    group = KINDS[call.kept].group if call.kept in KINDS else ""
    names = rule.get("resourceNames") or []
    return (
        bool({group, "*"} & set(rule.get("apiGroups") or []))
        and bool({call.resource, "*"} & set(rule.get("resources") or []))
        and bool({call.verb, "*"} & set(rule.get("verbs") or []))
        and (not names or call.name in names)
    )
