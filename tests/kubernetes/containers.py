"""A container as a local process: its volumes, its environment, and nothing of the tester's own.

A pod has a folder `fs` in place of a root of its own. Each mount lies under it at its path, and
whoever would read a path of a mount is told where that is. What is sent back to the API is
rewritten the other way (`container_paths`), so that no object holds a path of this machine.
"""

import base64
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.kubernetes.addresses import Addresses
from tests.kubernetes.objects import KINDS, Document, Objects, timestamp

PROJECT = Path(__file__).parents[2]
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


class ConfigError(Exception):
    """What keeps a container from being created, as the kubelet says it."""


@dataclass(frozen=True)
class Node:
    """The machine that pods run on.

    Attributes:
        folder: Where the pods' folders are.
        objects: ConfigMaps and Secrets are read from here.
        addresses: Where Services are.
        ports: The local port for each (workload label, container port); what is not there is kept.
        kubeconfig: The credentials for a service account.
        without_token: Service accounts whose pods get none unless they ask for it.
    """

    folder: Path
    objects: Objects
    addresses: Addresses
    kubeconfig: Callable[[str], str]
    ports: dict[tuple[str, int], int] = field(default_factory=dict)
    without_token: set[str] = field(default_factory=set)

    def container_paths(self, text: str) -> str:
        """The text with paths as they are inside the containers."""
        return re.sub(rf"{re.escape(str(self.folder))}/[a-z0-9.-]+/fs(?=/)", "", text)


@dataclass
class Process:
    """A container that was started."""

    popen: subprocess.Popen[str]
    started_at: str
    finished_at: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)
    oom_killed: bool = False

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        with self.popen.stdout as said:
            for line in said:
                self.lines.append((timestamp(), line.rstrip("\n")))

    def terminate(self) -> None:
        """SIGTERM to the first process, as the kubelet does."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to all of it."""
        for process in self.family():
            with_suppressed(process.kill)

    def family(self) -> list[psutil.Process]:
        try:
            first = psutil.Process(self.popen.pid)
            return [first, *first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def code(self) -> int | None:
        """The exit code as a container runtime tells it: 137 after SIGKILL."""
        code = self.popen.poll()
        if code is None:
            return None
        if not self.finished_at:
            with_suppressed(
                lambda: os.killpg(self.popen.pid, signal.SIGKILL)
            )  # what it left behind
            self._reader.join(2)
            self.finished_at = timestamp()
        return 128 - code if code < 0 else code


def with_suppressed(act: Callable[[], None]) -> None:
    """Acts on a process that may just have ended."""
    try:
        act()
    except (psutil.Error, ProcessLookupError):
        return


@dataclass
class Sandbox:
    """The folder and the environment that the containers of one pod share."""

    node: Node
    pod: Document

    @property
    def name(self) -> str:
        return str(self.pod["metadata"]["name"])

    @property
    def root(self) -> Path:
        return self.node.folder / self.name / "fs"

    @property
    def identity(self) -> str:
        return self.pod["spec"].get("serviceAccountName") or "default"

    def prepare(self) -> None:
        """Fills the volumes.

        Raises:
            ConfigError: A ConfigMap or Secret is missing.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        for volume in self.pod["spec"].get("volumes") or []:
            folder = self._volume(volume["name"])
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in self._files(volume).items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(text, "utf-8")
        spec = self.pod["spec"]
        for container in [*(spec.get("initContainers") or []), *spec["containers"]]:
            for mount in sorted(_mounts(container), key=lambda m: len(m["mountPath"])):
                target = self._volume(mount["name"]) / mount.get("subPath", "")
                place = self.root / mount["mountPath"].strip("/")
                place.parent.mkdir(parents=True, exist_ok=True)
                if not place.is_symlink() and not place.exists():
                    place.symlink_to(target)

    def start(self, container: Document) -> Process:
        """Starts the container's command.

        Raises:
            ConfigError: A key that its environment names is missing.
            OSError: There is no such program.
        """
        environment = self.environment(container)
        words = [*(container.get("command") or []), *(container.get("args") or [])]
        popen = subprocess.Popen(
            self.words(container, [_expanded(word, environment) for word in words]),
            cwd=self.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        return Process(popen, timestamp())

    def words(self, container: Document, words: Sequence[str]) -> list[str]:
        """A command line as it is to be run on this machine."""
        return [self._local(container, word) for word in words]

    def local_port(self, port: int) -> int:
        """Where a port of this pod is to be found."""
        return self.node.ports.get((self._workload(), port), port)

    def environment(self, container: Document) -> dict[str, str]:
        """What the image, the kubelet and the container's own entries set."""
        found: dict[str, str] = {
            "PATH": f"{Path(sys.executable).parent}:{SYSTEM_PATH}",
            "HOME": str(self.root),
            "LANG": "C.UTF-8",
            "HOSTNAME": self.name,
        }
        if any(mount["mountPath"] == "/tmp" for mount in _mounts(container)):  # noqa: S108
            found["TMPDIR"] = str(self.root / "tmp")
        # In a cluster the token lies at a fixed path, which this process cannot have of its own.
        wanted = self.identity not in self.node.without_token
        if self.pod["spec"].get("automountServiceAccountToken", wanted):
            config = self.node.folder / self.name / "kubeconfig"
            if not config.exists():
                config.write_text(self.node.kubeconfig(self.identity), "utf-8")
            found["KUBECONFIG"] = str(config)
        for source in container.get("envFrom") or []:
            for name, text in self._source(source).items():
                found[source.get("prefix", "") + name] = text
        for entry in container.get("env") or []:
            value = self._value(entry)
            if value is not None:
                found[entry["name"]] = self._local(container, _expanded(value, found))
        return found

    def _local(self, container: Document, text: str) -> str:
        """The text with addresses, ports and paths as they are on this machine."""
        for port in container.get("ports") or []:
            number = port["containerPort"]
            text = re.sub(rf"(^|=){number}$", rf"\g<1>{self.local_port(number)}", text)
        text = re.sub(r"(?<![\d.])0\.0\.0\.0(?![\d.])", "127.0.0.1", text)
        return self._paths(self.node.addresses.rewritten("", text))

    def _workload(self) -> str:
        labels: Mapping[str, str] = self.pod["metadata"].get("labels") or {}
        return labels.get("stand-in/workload", "")

    def _paths(self, text: str) -> str:
        """Prefixes the mounts' paths; those that are this machine's already stay."""
        spec = self.pod["spec"]
        containers = [*(spec.get("initContainers") or []), *spec["containers"]]
        mounts = {m["mountPath"].rstrip("/") for c in containers for m in _mounts(c)}
        ours = [str(self.node.folder), str(PROJECT), sys.prefix]
        paths = [*ours, *sorted(mounts, key=len, reverse=True)]
        either = "|".join(re.escape(path) for path in paths)
        return re.sub(
            rf"(?<![\w./-])(?:{either})(?![\w-]|\.\w)",
            lambda m: m[0] if m[0] in ours else f"{self.root}{m[0]}",
            text,
        )

    def _volume(self, name: str) -> Path:
        return self.node.folder / self.name / "volumes" / name

    def _files(self, volume: Document) -> dict[str, str]:
        sources = (volume.get("projected") or {}).get("sources") or [volume]
        files: dict[str, str] = {}
        for source in sources:
            data: dict[str, str] = {}
            chosen: Document = {}
            if chosen := source.get("configMap") or {}:
                data = self._data("configmaps", chosen["name"], chosen.get("optional", False))
            elif chosen := source.get("secret") or {}:
                name = chosen.get("secretName") or chosen["name"]
                data = self._data("secrets", name, chosen.get("optional", False))
            items = {item["key"]: item["path"] for item in chosen.get("items") or []}
            files |= {
                items.get(key, key): text for key, text in data.items() if not items or key in items
            }
        rewritten = self.node.addresses.rewritten
        return {name: self._paths(rewritten(name, text)) for name, text in files.items()}

    def _source(self, source: Document) -> dict[str, str]:
        if chosen := source.get("secretRef"):
            return self._data("secrets", chosen["name"], chosen.get("optional", False))
        chosen = source["configMapRef"]
        return self._data("configmaps", chosen["name"], chosen.get("optional", False))

    def _value(self, entry: Document) -> str | None:
        origin: Document = entry.get("valueFrom") or {}
        for reference, resource in (("secretKeyRef", "secrets"), ("configMapKeyRef", "configmaps")):
            if chosen := origin.get(reference):
                optional = chosen.get("optional", False)
                data = self._data(resource, chosen["name"], optional)
                if chosen["key"] not in data and not optional:
                    place = f"{KINDS[resource].name} {self.node.objects.namespace}/{chosen['name']}"
                    raise ConfigError(f"couldn't find key {chosen['key']} in {place}")
                return data.get(chosen["key"])
        if chosen := origin.get("fieldRef"):
            return self._field(chosen["fieldPath"])
        return str(entry.get("value") or "")

    def _field(self, path: str) -> str:
        if path == "status.podIP":
            return "127.0.0.1"
        if label := re.fullmatch(r"metadata\.(labels|annotations)\['(.+)'\]", path):
            return str((self.pod["metadata"].get(label[1]) or {}).get(label[2], ""))
        node: Any = self.pod
        for part in path.split("."):
            node = node.get(part, "")
        return str(node)

    def _data(self, resource: str, name: str, optional: bool) -> dict[str, str]:
        found = self.node.objects.find(resource, fields=f"metadata.name={name}")
        if not found:
            if optional:
                return {}
            raise ConfigError(f'{resource.rstrip("s")} "{name}" not found')
        data: dict[str, str] = found[0].get("data") or {}
        if resource == "secrets":
            return {key: base64.b64decode(text).decode() for key, text in data.items()}
        return data


def _mounts(container: Document) -> list[Document]:
    mounts: list[Document] = container.get("volumeMounts") or []
    return mounts


def _expanded(text: str, environment: Mapping[str, str]) -> str:
    """`$(NAME)` as Kubernetes expands it: an unknown name stays, `$$(NAME)` is an escape."""

    def value(match: re.Match[str]) -> str:
        if match[0].startswith("$$"):
            return match[0][1:]
        return environment.get(match[1], match[0])

    return re.sub(r"\$?\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)", value, text)
