"""Whether a container is started and ready, asked as its probes say, only more often."""

import subprocess
import time
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.kubernetes.containers import Sandbox
from tests.kubernetes.objects import Document

LOOK_SECONDS = 0.25
COMMAND_SECONDS = 1.0
"""Between two calls of a command, which costs a process."""
HERE = "127.0.0.1"


class Probes:
    """The startup probe until it has passed once, then the readiness probe."""

    def __init__(self, sandbox: Sandbox, container: Document) -> None:
        self._sandbox, self._container = sandbox, container
        self._started = "startupProbe" not in container
        self._passed = False
        self._next = 0.0

    def passed(self) -> bool:
        """What the last look said."""
        if time.monotonic() >= self._next:
            self._look()
        return self._passed

    def _look(self) -> None:
        probe = self._container.get("readinessProbe" if self._started else "startupProbe")
        held = probe is None or self._holds(probe)
        self._passed = held and self._started
        if held and not self._started:
            self._started, self._passed = True, "readinessProbe" not in self._container
        command = probe is not None and "exec" in probe
        self._next = time.monotonic() + (COMMAND_SECONDS if command else LOOK_SECONDS)

    def _holds(self, probe: Document) -> bool:
        if action := probe.get("exec"):
            return self._command(action["command"])
        if action := probe.get("httpGet"):
            try:
                with urlopen(
                    f"http://{HERE}:{self._port(action['port'])}{action['path']}", timeout=2
                ):
                    return True
            except (URLError, OSError):
                return False
        action = probe["grpc"]
        with grpc.insecure_channel(f"{HERE}:{self._port(action['port'])}") as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            request = health_pb2.HealthCheckRequest(service=action.get("service", ""))
            try:
                told = stub.Check(request, timeout=2)
            except grpc.RpcError:
                return False
            return bool(told.status == health_pb2.HealthCheckResponse.SERVING)

    def _command(self, command: list[str]) -> bool:
        try:
            return (
                subprocess.run(
                    self._sandbox.words(self._container, command),
                    cwd=self._sandbox.root,
                    env=self._sandbox.environment(self._container),
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=30,
                    check=False,
                ).returncode
                == 0
            )
        except (subprocess.TimeoutExpired, OSError):
            return False

    def _port(self, named: Any) -> int:
        ports = {p.get("name"): p["containerPort"] for p in self._container.get("ports") or []}
        return self._sandbox.local_port(int(ports.get(named, named)))
