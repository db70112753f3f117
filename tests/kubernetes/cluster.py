"""A namespace brought up from rendered manifests, as `helm install` would, on this machine.

It takes what `helm template` renders and changes nothing of it but what a process without a root
and a network of its own needs: paths of mounts, ports and names of Services. The StatefulSet of
Postgres becomes the embedded server.
"""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.kubernetes.addresses import Addresses
from tests.kubernetes.containers import Node, Sandbox
from tests.kubernetes.jobs import Controllers
from tests.kubernetes.kube_api import KubeApi
from tests.kubernetes.objects import Document, Objects
from tests.kubernetes.pods import Kubelet, PodWorker
from tests.kubernetes.postgres import Postgres
from tests.kubernetes.rbac import Authorizer

START_SECONDS = 90.0
POLL_SECONDS = 0.05
HOOK = "helm.sh/hook"
TESTER = "tester"
WORKLOAD = "stand-in/workload"
PLAIN = {"ConfigMap": "configmaps", "Secret": "secrets"}
NOT_PLAYED = {
    "HorizontalPodAutoscaler",
    "Ingress",
    "Namespace",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "ServiceMonitor",
}
"""What changes nothing in what processes do on one machine."""


class Cluster:
    """One namespace."""

    def __init__(
        self, namespace: str, documents: Sequence[Document], folder: Path, database: Path
    ) -> None:
        """Reads the manifests; nothing is started yet.

        Args:
            namespace: Where they are installed.
            documents: What `helm template` rendered.
            folder: Where pods have their folders.
            database: The folder of the embedded server.
        """
        self.documents = list(documents)
        self.objects = Objects(namespace)
        self.authorizer = Authorizer(namespace)
        # The tests themselves may do everything; that is not counted.
        everything = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
        self.authorizer.rules[TESTER].append(everything)
        self.addresses = Addresses(namespace)
        self.api = KubeApi(self.objects, self.authorizer)
        self.node = Node(folder, self.objects, self.addresses, self.api.kubeconfig)
        self.api.received = self.node.container_paths
        self.kubelet = Kubelet(self.node)
        self.controllers = Controllers(self.kubelet)
        self.postgres: Postgres | None = None
        self._database = database
        self._replicas: dict[str, list[PodWorker]] = {}

    def of(self, *kinds: str) -> Iterator[Document]:
        return (document for document in self.documents if document["kind"] in kinds)

    def up(self) -> None:
        """Installs: configuration, database, hooks, Deployments.

        Raises:
            TimeoutError: Something does not become ready.
        """
        for document in self.of(*PLAIN):
            self.objects.create(PLAIN[document["kind"]], document)
        self.authorizer.bind(self.of("Role"), self.of("RoleBinding"))
        for document in self.of("ServiceAccount"):
            if not document.get("automountServiceAccountToken", True):
                self.node.without_token.add(document["metadata"]["name"])
        self.api.start(self.controllers)
        # One may make the Secret whose password the database is made with.
        self._run_hooks("pre-install")
        self._place()
        for document in self.of("Job"):
            if not _annotation(document, HOOK):
                self.controllers.job_created(self.objects.create("jobs", document))
        for document in self.of("Deployment"):
            self.scale(document["metadata"]["name"], document["spec"].get("replicas", 1))
        for document in self.of("Deployment"):
            self.await_ready(document["metadata"]["name"])
        self._run_hooks("post-install")

    def close(self) -> None:
        """Ends every process that was started."""
        self.controllers.close()
        self.api.close()
        if self.postgres is not None:
            self.postgres.close()

    def scale(self, name: str, replicas: int) -> None:
        """Starts or ends pods of a Deployment, until it has so many."""
        document = self.deployment(name)
        workers = self._replicas.setdefault(document["metadata"]["name"], [])
        for _ in range(replicas - len(workers)):
            workers.append(self.kubelet.run(_pod_of(document)))
        while len(workers) > replicas:
            worker = workers.pop()
            self.kubelet.delete(worker.name)
            worker.thread.join(START_SECONDS)

    def upgrade(self, documents: Sequence[Document], meanwhile: Callable[[], None]) -> None:
        """Replaces configuration and pods by those of other documents.

        The code location's new pod is there before the old one goes: its server shares the port.

        Args:
            documents: What the new version renders.
            meanwhile: What happens while the daemon is away.
        """
        self.documents = list(documents)
        for document in self.of("ConfigMap"):
            self.objects.remove("configmaps", document["metadata"]["name"])
            self.objects.create("configmaps", document)
        self.scale("daemon", 0)
        self.scale("code", 2)
        self.await_ready("code")
        old = self._pods("code").pop(0)
        self.kubelet.delete(old.name)
        old.thread.join(START_SECONDS)
        self.scale("webserver", 0)
        self.scale("webserver", 1)
        meanwhile()
        for name in ("webserver", "code", "daemon"):
            self.scale(name, 1)
            self.await_ready(name)

    def pod(self, deployment: str) -> PodWorker:
        """Its first pod."""
        return self._pods(deployment)[0]

    def await_ready(self, deployment: str) -> None:
        """Waits until all its pods are ready.

        Raises:
            TimeoutError: They are not in time; with what they said.
        """

        def ready() -> bool:
            return all(
                worker.ready >= {c["name"] for c in worker.pod["spec"]["containers"]}
                for worker in self._pods(deployment)
            )

        self._await(ready, lambda: self.said(deployment), f"{deployment} is not ready")

    def said(self, deployment: str) -> str:
        return "\n".join(
            f"{process.popen.args!r}\n" + "\n".join(line for _, line in process.lines[-40:])
            for worker in self._pods(deployment)
            for process in worker.processes.values()
        )

    def address(self, service: str) -> str:
        """Where a Service of one port answers."""
        services = self.addresses.services.items()
        (local,) = (local for (name, _), local in services if _is(name, service))
        return f"127.0.0.1:{local}"

    def deployment(self, name: str) -> Document:
        """The one of that name, with or without the release's name before it."""
        (found,) = (d for d in self.of("Deployment") if _is(d["metadata"]["name"], name))
        return found

    def _pods(self, deployment: str) -> list[PodWorker]:
        return self._replicas[self.deployment(deployment)["metadata"]["name"]]

    def _place(self) -> None:
        """Gives every port of a Deployment a local one, and Postgres its server."""
        services = list(self.of("Service"))
        for document in self.of("Deployment", "StatefulSet"):
            name, template = document["metadata"]["name"], document["spec"]["template"]
            ports: dict[Any, int] = {}
            if document["kind"] == "StatefulSet":
                self.postgres = self.postgres or self._start_postgres(template)
                ports = dict.fromkeys(_ports(template).values(), self.postgres.port)
            for number in _ports(template).values():
                ports.setdefault(number, free_port())
                self.node.ports[name, number] = ports[number]
            for service in services:
                if _selects(service, template):
                    for port in service["spec"]["ports"]:
                        target = port.get("targetPort", port["port"])
                        number = _ports(template).get(target, target)
                        place = (service["metadata"]["name"], port["port"])
                        self.addresses.services[place] = ports[number]

    def _start_postgres(self, template: Document) -> Postgres:
        spec = {**template["spec"], "automountServiceAccountToken": False}
        sandbox = Sandbox(self.node, {"metadata": {"name": "postgres"}, "spec": spec})
        containers = [*(spec.get("initContainers") or []), *spec["containers"]]
        found = {k: v for c in containers for k, v in sandbox.environment(c).items()}
        password = next(text for name, text in found.items() if name.endswith("_PASSWORD"))
        role = found.get("POSTGRES_USER", "fintech")
        return Postgres(self._database, role, password, found.get("POSTGRES_DB", role))

    def _run_hooks(self, moment: str) -> None:
        """Runs the hook Jobs of a moment by their weight, one after the other."""
        hooks = [d for d in self.of("Job") if moment in _annotation(d, HOOK).split(",")]
        for document in sorted(hooks, key=lambda d: int(_annotation(d, f"{HOOK}-weight") or 0)):
            job = self.objects.create("jobs", document)
            self.controllers.job_created(job)
            controller = self.controllers.jobs[job["metadata"]["name"]]
            self._await(
                lambda: bool(self._conditions(controller.name)),  # noqa: B023  # awaited here
                lambda: "\n".join(
                    self.controllers.log(w.name, "", None, timestamps=False)
                    for w in controller.workers  # noqa: B023
                ),
                f"the hook {controller.name} has not ended",
            )
            if self._conditions(controller.name) != ["Complete"]:
                raise TimeoutError(f"the hook {controller.name} failed")

    def _conditions(self, job: str) -> list[str]:
        conditions = self.objects.get("jobs", job).get("status", {}).get("conditions", [])
        return [str(one["type"]) for one in conditions]

    def _await(
        self, condition: Callable[[], bool], said: Callable[[], str], complaint: str
    ) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{complaint}: {said()}")
            time.sleep(POLL_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is(name: str, wanted: str) -> bool:
    return name == wanted or name.endswith(f"-{wanted}")


def _annotation(document: Document, name: str) -> str:
    return str((document["metadata"].get("annotations") or {}).get(name, ""))


def _ports(template: Document) -> dict[Any, int]:
    """The container ports by name and by number."""
    ports = [p for c in template["spec"]["containers"] for p in c.get("ports") or []]
    numbers: dict[Any, int] = {port["containerPort"]: port["containerPort"] for port in ports}
    return numbers | {p["name"]: p["containerPort"] for p in ports if "name" in p}


def _selects(service: Document, template: Document) -> bool:
    selector = service["spec"].get("selector") or {}
    labels = template.get("metadata", {}).get("labels") or {}
    return bool(selector) and selector.items() <= labels.items()


def _pod_of(deployment: Document) -> Document:
    template, name = deployment["spec"]["template"], deployment["metadata"]["name"]
    labels = {**(template.get("metadata", {}).get("labels") or {}), WORKLOAD: name}
    metadata = {**template.get("metadata", {}), "generateName": f"{name}-", "labels": labels}
    return {"metadata": metadata, "spec": template["spec"]}
