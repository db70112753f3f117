"""The kubelet: brings pods to life as local processes and writes their status."""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.kubernetes.containers import ConfigError, Node, Process, Sandbox
from tests.kubernetes.levers import Levers, Life
from tests.kubernetes.objects import Document, RefusedError, timestamp
from tests.kubernetes.pod_status import condition, state_of
from tests.kubernetes.probes import Probes

POLL_SECONDS = 0.05
GRACE_SECONDS = 8.0
"""The longest grace; a test does not wait the 30 s that a pod is given in a cluster."""
RESTART_SECONDS = 0.3


@dataclass
class Kubelet:
    """Every pod of the node."""

    node: Node
    levers: Levers = field(default_factory=Levers)
    workers: dict[str, "PodWorker"] = field(default_factory=dict)
    lives: list[Life] = field(default_factory=list)

    def run(self, pod: Document) -> "PodWorker":
        """Creates the pod and starts to look after it."""
        created = self.node.objects.create("pods", pod)
        worker = PodWorker(self, created)
        self.workers[worker.name] = worker
        worker.thread.start()
        return worker

    def delete(self, name: str, grace_seconds: float | None = None) -> None:
        """Ends the pod gracefully and removes it; returns at once."""
        worker = self.workers.get(name)
        if worker is not None:
            worker.delete(grace_seconds)

    def oom_kill(self, name: str) -> None:
        """Kills the pod's processes as the kernel does when memory runs out."""
        worker = self.workers[name]
        for process in worker.processes.values():
            process.oom_killed = True
            process.kill()

    def vanish(self, name: str) -> None:
        """The pod is gone at once, without a trace."""
        self.workers[name].delete(0)

    def event(self, about: Document, kind: str, reason: str, message: str) -> None:
        metadata = about["metadata"]
        name = metadata["name"]
        with contextlib.suppress(RefusedError):
            self.node.objects.create(
                "events",
                {
                    "metadata": {"generateName": f"{name}."},
                    "involvedObject": {"kind": about["kind"], "name": name, "uid": metadata["uid"]},
                    "type": kind,
                    "reason": reason,
                    "message": message,
                    "count": 1,
                    "firstTimestamp": timestamp(),
                    "lastTimestamp": timestamp(),
                    "source": {"component": "stand-in"},
                },
            )

    def close(self) -> None:
        for worker in self.workers.values():
            worker.delete(0)
        for worker in self.workers.values():
            worker.thread.join(20)


class PodWorker:
    """Looks after one pod from its creation to its removal."""

    def __init__(self, kubelet: Kubelet, pod: Document) -> None:
        self.kubelet, self.pod = kubelet, pod
        self.name: str = pod["metadata"]["name"]
        self.sandbox = Sandbox(kubelet.node, pod)
        self.processes: dict[str, Process] = {}
        self.last: dict[str, Process] = {}
        self.restarts: dict[str, int] = {}
        self.ready: set[str] = set()
        self.waiting = "ContainerCreating"
        self.problem = ""
        self.stopping, self.ended = threading.Event(), threading.Event()
        self.succeeded = False
        self.thread = threading.Thread(target=self._live, daemon=True)
        self._grace = min(GRACE_SECONDS, pod["spec"].get("terminationGracePeriodSeconds", 30))
        self._told: Document = {}

    def delete(self, grace_seconds: float | None = None) -> None:
        """Asks for its end, within a grace of its own where none is named."""
        if grace_seconds is not None:
            self._grace = min(self._grace, grace_seconds)
        self.stopping.set()

    @property
    def policy(self) -> str:
        return str(self.pod["spec"].get("restartPolicy") or "Always")

    def _live(self) -> None:
        life = Life(self.name, self.pod["metadata"].get("labels") or {})
        try:
            if self._scheduled() and self._initialised():
                life.began = time.monotonic()
                self.kubelet.lives.append(life)
                self._work()
            self._stop()
        finally:
            for process in self.processes.values():
                process.kill()
            life.ended = time.monotonic()
            self.ended.set()
        self.stopping.wait()
        self.kubelet.node.objects.remove("pods", self.name)

    def _scheduled(self) -> bool:
        """Waits for a node and for the delay; False where the pod is deleted before."""
        created, told = time.monotonic(), ""
        while why := self.kubelet.levers.unschedulable(self.pod):
            if why != told:
                self.kubelet.event(self.pod, "Warning", "FailedScheduling", why)
                self._report("Pending", scheduled=why)
            told = why
            if self.stopping.wait(POLL_SECONDS):
                return False
        self._report("Pending")
        delay = created + self.kubelet.levers.start_delay_seconds - time.monotonic()
        return not self.stopping.wait(max(0.0, delay))

    def _initialised(self) -> bool:
        """Fills the volumes and runs the init containers; whether the others may start."""
        while not self._tried(self.sandbox.prepare, "ContainerCreating", "FailedMount"):
            if self.stopping.wait(RESTART_SECONDS):
                return False
        initial = self.pod["spec"].get("initContainers") or []
        return all(self._initialised_by(container) for container in initial)

    def _initialised_by(self, container: Document) -> bool:
        """Runs an init container, again where it fails and the policy says so."""
        name = container["name"]
        while self._started(container):
            process = self.processes[name]
            while process.code() is None:
                if self.stopping.wait(POLL_SECONDS):
                    return False
            if process.code() == 0:
                self._report("Pending")
                return True
            if self.policy == "Never":
                self._report("Failed")
                return False
            self._again(name)
            self._report("Pending")
            self.stopping.wait(RESTART_SECONDS)
        return False

    def _started(self, container: Document) -> bool:
        """Starts a container as soon as that can be done; False where the pod is deleted before."""

        def start() -> None:
            self.processes[container["name"]] = self.sandbox.start(container)

        while not self._tried(start, "CreateContainerConfigError", "Failed"):
            if self.stopping.wait(RESTART_SECONDS):
                return False
        return True

    def _tried(self, act: Callable[[], None], waiting: str, reason: str) -> bool:
        try:
            act()
        except (ConfigError, OSError) as error:
            if (waiting, str(error)) != (self.waiting, self.problem):
                self.kubelet.event(self.pod, "Warning", reason, str(error))
            self.waiting, self.problem = waiting, str(error)
            self._report("Pending")
            return False
        return True

    def _work(self) -> None:
        """Runs the containers until all have ended for good, or the pod is deleted."""
        containers = self.pod["spec"]["containers"]
        probes = {c["name"]: Probes(self.sandbox, c) for c in containers}
        for container in containers:
            if not self._started(container):
                return
        while not self.stopping.is_set():
            ended = {name: self.processes[name].code() for name in probes}
            for container in containers:
                name = container["name"]
                code = ended[name]
                if code is None:
                    self._observe(name, probes[name].passed())
                elif self.policy == "Always" or (self.policy == "OnFailure" and code):
                    self._restart(container)
                    probes[name] = Probes(self.sandbox, container)
                    ended[name] = None
            if None not in ended.values():
                self.succeeded = not any(ended.values())
                self._report("Succeeded" if self.succeeded else "Failed")
                return
            self._report("Running")
            self.stopping.wait(POLL_SECONDS)

    def _observe(self, name: str, passed: bool) -> None:
        if passed:
            self.ready.add(name)
        else:
            self.ready.discard(name)

    def _restart(self, container: Document) -> None:
        name = container["name"]
        self.ready.discard(name)
        self._again(name)
        self._report("Running")
        if not self.stopping.wait(RESTART_SECONDS):
            self._started(container)

    def _again(self, name: str) -> None:
        self.last[name] = self.processes[name]
        self.restarts[name] = self.restarts.get(name, 0) + 1

    def _stop(self) -> None:
        """SIGTERM, and SIGKILL to what still lives after the grace."""
        alive = [process for process in self.processes.values() if process.code() is None]
        if not alive:
            return
        deadline = time.monotonic() + self._grace
        for process in alive if self._grace else ():
            process.terminate()
        while any(process.code() is None for process in alive) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS / 2)
        for process in alive:
            process.kill()
            process.popen.wait()

    def _report(self, phase: str, scheduled: str = "") -> None:
        """Writes the status, where it has changed."""
        containers = self.pod["spec"]["containers"]
        initial = self.pod["spec"].get("initContainers") or []
        names = {c["name"] for c in containers}
        ready = names <= self.ready and phase == "Running"
        told: Document = {
            "phase": phase,
            "hostIP": "127.0.0.1",
            "podIP": "127.0.0.1",
            "startTime": self.pod["metadata"]["creationTimestamp"],
            "conditions": [
                condition("PodScheduled", not scheduled, "Unschedulable", scheduled),
                condition("Ready", ready, "ContainersNotReady", ""),
            ],
        }
        if not scheduled:
            told["containerStatuses"] = [self._container(c) for c in containers]
            if initial:
                told["initContainerStatuses"] = [self._container(c) for c in initial]
        if told == self._told:
            return
        self._told = told

        def change(pod: Document) -> None:
            pod["status"] = told
            if self.stopping.is_set():
                pod["metadata"].setdefault("deletionTimestamp", timestamp())

        self.kubelet.node.objects.change("pods", self.name, change)

    def _container(self, container: Document) -> Document:
        name = container["name"]
        process, last = self.processes.get(name), self.last.get(name)
        state: dict[str, Any] = {"waiting": {"reason": self.waiting}}
        if self.problem:
            state["waiting"]["message"] = self.problem
        if process is not None:
            state = state_of(process)
        return {
            "name": name,
            "image": container.get("image", ""),
            "imageID": "",
            "ready": name in self.ready and "running" in state,
            "started": "running" in state,
            "restartCount": self.restarts.get(name, 0),
            "state": state,
            "lastState": state_of(last) if last is not None and last is not process else {},
        }
