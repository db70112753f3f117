"""The objects of one namespace as the Kubernetes API keeps them: metadata, selectors, refusals."""

import base64
import copy
import re
import secrets
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]
Change = Callable[[Document], None]


@dataclass(frozen=True)
class Kind:
    """How a resource is named in paths, documents and messages."""

    group: str
    name: str
    version: str = "v1"

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


KINDS = {
    "jobs": Kind("batch", "Job"),
    "pods": Kind("", "Pod"),
    "events": Kind("", "Event"),
    "secrets": Kind("", "Secret"),
    "configmaps": Kind("", "ConfigMap"),
    "cronjobs": Kind("batch", "CronJob"),
    "deployments": Kind("apps", "Deployment"),
    "statefulsets": Kind("apps", "StatefulSet"),
    "horizontalpodautoscalers": Kind("autoscaling", "HorizontalPodAutoscaler", "v2"),
    "persistentvolumeclaims": Kind("", "PersistentVolumeClaim"),
    "podmetrics": Kind("metrics.k8s.io", "PodMetrics", "v1beta1"),
}


class RefusedError(Exception):
    """What the API answers with a Status in place of an object."""

    def __init__(
        self, code: int, reason: str, message: str, resource: str = "", name: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        details: Document = {"name": name} if name else {}
        if resource in KINDS:
            details |= {"kind": resource}
            details |= {"group": KINDS[resource].group} if KINDS[resource].group else {}
        self.status: Document = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "details": details,
            "code": code,
        }


def timestamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def qualified(resource: str) -> str:
    """As messages name a resource: `jobs.batch`, `pods`."""
    group = KINDS[resource].group if resource in KINDS else ""
    return f"{resource}.{group}" if group else resource


@dataclass
class Objects:
    """Everything in the namespace; every document that goes in or out is a copy."""

    namespace: str
    lock: threading.RLock = field(default_factory=threading.RLock)
    _kept: dict[tuple[str, str], Document] = field(default_factory=dict)
    _version: int = 0

    def create(self, resource: str, document: Document) -> Document:
        """Keeps a new object and gives it its metadata.

        Raises:
            RefusedError: There is one of that name.
        """
        kind = KINDS[resource]
        fresh = copy.deepcopy(document)
        if plain := fresh.pop("stringData", None):
            encoded = {k: base64.b64encode(str(v).encode()).decode() for k, v in plain.items()}
            fresh["data"] = {**(fresh.get("data") or {}), **encoded}
        metadata = fresh.setdefault("metadata", {})
        if not metadata.get("name"):
            metadata["name"] = metadata.get("generateName", "") + secrets.token_hex(3)[:5]
        name = metadata["name"]
        with self.lock:
            if (resource, name) in self._kept:
                told = f'{qualified(resource)} "{name}" already exists'
                raise RefusedError(409, "AlreadyExists", told, resource, name)
            metadata |= {
                "namespace": self.namespace,
                "uid": str(uuid.uuid4()),
                "creationTimestamp": timestamp(),
            }
            fresh |= {"apiVersion": kind.api_version, "kind": kind.name}
            self._keep(resource, fresh)
            return copy.deepcopy(fresh)

    def get(self, resource: str, name: str) -> Document:
        """The object.

        Raises:
            RefusedError: There is none of that name.
        """
        with self.lock:
            found = self._kept.get((resource, name))
            if found is None:
                told = f'{qualified(resource)} "{name}" not found'
                raise RefusedError(404, "NotFound", told, resource, name)
            return copy.deepcopy(found)

    def find(self, resource: str, labels: str = "", fields: str = "") -> list[Document]:
        """The objects that a labelSelector and a fieldSelector choose."""
        with self.lock:
            return [
                copy.deepcopy(document)
                for (kept, _), document in self._kept.items()
                if kept == resource
                and all(_holds(document, term) for term in _terms(fields))
                and all(_labelled(document, term) for term in _terms(labels))
            ]

    def change(self, resource: str, name: str, change: Change) -> bool:
        """Changes an object in place; False where it is gone."""
        with self.lock:
            found = self._kept.get((resource, name))
            if found is None:
                return False
            change(found)
            self._keep(resource, found)
            return True

    def remove(self, resource: str, name: str) -> bool:
        with self.lock:
            return self._kept.pop((resource, name), None) is not None

    def everything(self) -> list[Document]:
        with self.lock:
            return copy.deepcopy(list(self._kept.values()))

    @property
    def version(self) -> str:
        return str(self._version)

    def _keep(self, resource: str, document: Document) -> None:
        self._version += 1
        document["metadata"]["resourceVersion"] = str(self._version)
        self._kept[resource, document["metadata"]["name"]] = document


def _terms(selector: str) -> Iterator[str]:
    """The terms of a selector: commas part them, but not those in `in (a, b)`."""
    return (term.strip() for term in re.split(r",(?![^(]*\))", selector) if term.strip())


def _holds(document: Document, term: str) -> bool:
    path, unequal, value = _equation(term)
    node: Any = document
    for part in path.split("."):
        node = node.get(part, "") if isinstance(node, Mapping) else ""
    return (str(node) == value) != unequal


def _labelled(document: Document, term: str) -> bool:
    labels: Mapping[str, str] = document["metadata"].get("labels") or {}
    if member := re.fullmatch(r"(\S+)\s+(in|notin)\s+\(([^)]*)\)", term):
        values = {value.strip() for value in member[3].split(",")}
        return (labels.get(member[1]) in values) == (member[2] == "in")
    if "=" in term:
        name, unequal, value = _equation(term)
        return (labels.get(name) == value) != unequal
    return term.lstrip("!") not in labels if term.startswith("!") else term in labels


def _equation(term: str) -> tuple[str, bool, str]:
    """The two sides, and whether they are to differ."""
    match = re.fullmatch(r"([^=!]+)(!=|==|=)(.*)", term)
    if match is None:
        raise RefusedError(400, "BadRequest", f"unable to parse requirement: {term!r}")
    return match[1].strip(), match[2] == "!=", match[3].strip()
