"""`make images`: how docker, podman or buildah is called, and what is said where none is there."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kubernetes.test_image import DASHBOARD, DOCKERFILE, PROJECT, VERSION

BUILD = PROJECT / "deploy/images/build.py"


@dataclass(frozen=True)
class Machine:
    """A machine with nothing on its PATH but what a test puts there."""

    programs: Path

    def has(self, name: str, *, works: bool = True) -> None:
        """A builder that notes how it was called; `info` fails where its engine is missing."""
        program = self.programs / name
        program.write_text(
            f'#!/bin/sh\n[ "$1" = info ] && exit {0 if works else 1}\n'
            f'printf "%s\\n" {name} "$@" >> {self.programs}/called\n'
        )
        program.chmod(0o755)

    def make_images(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, BUILD, *arguments],
            env={"PATH": str(self.programs)},
            check=False,
            capture_output=True,
            text=True,
        )

    @property
    def calls(self) -> list[list[str]]:
        """How the builder was called, for the pipeline's image and for the dashboard's."""
        words = self.programs.joinpath("called").read_text().splitlines()
        ends = [place + 1 for place, word in enumerate(words) if word == "."]
        return [words[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    @property
    def called(self) -> list[str]:
        return self.calls[0]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_docker_builds_the_image_under_the_version_of_the_project(machine: Machine) -> None:
    machine.has("docker")
    machine.has("buildah")
    assert machine.make_images().returncode == 0
    program, command, *options, context = machine.called
    assert (program, command, context) == ("docker", "build", ".")
    assert options[options.index("--tag") + 1] == f"fintech-pipeline:{VERSION}"
    assert options[options.index("--file") + 1] == str(DOCKERFILE.relative_to(PROJECT))
    assert f"VERSION={VERSION}" in options
    assert "REVISION=unknown" in options  # there is no git on this machine
    (_, dashboard) = machine.calls
    assert dashboard[dashboard.index("--tag") + 1] == f"fintech-dashboard:{VERSION}"
    assert dashboard[dashboard.index("--file") + 1] == str(DASHBOARD.relative_to(PROJECT))
    assert f"VERSION={VERSION}" in dashboard


def test_a_docker_without_an_engine_is_passed_over(machine: Machine) -> None:
    machine.has("docker", works=False)
    machine.has("podman")
    assert machine.make_images().returncode == 0
    assert machine.called[:2] == ["podman", "build"]


def test_buildah_alone_will_do(machine: Machine) -> None:
    machine.has("buildah")
    done = machine.make_images()
    assert machine.called[:3] == ["buildah", "build", "--layers"]
    for image in ("pipeline", "dashboard"):
        assert f"Built fintech-{image}:{VERSION}" in done.stdout


def test_without_any_builder_one_sentence_says_what_to_do(machine: Machine) -> None:
    machine.has("docker", works=False)
    done = machine.make_images()
    assert done.returncode == 1
    assert done.stderr == (
        "Nothing here builds images: start Docker, or install podman or buildah, "
        "then run make images.\n"
    )


def test_a_build_that_fails_is_a_failure(machine: Machine) -> None:
    machine.has("podman")
    with machine.programs.joinpath("podman").open("a") as program:
        program.write("exit 3\n")
    done = machine.make_images()
    assert done.returncode == 1
    assert "podman did not build" in done.stderr
    assert "Built" not in done.stdout


def test_the_base_can_be_pinned_by_its_digest(machine: Machine) -> None:
    machine.has("docker")
    base = f"docker.io/library/python@sha256:{'0' * 64}"
    node, nginx = (
        f"docker.io/{one}@sha256:{'1' * 64}" for one in ("library/node", "nginxinc/nginx")
    )
    machine.make_images(f"BASE={base}", f"NODE={node}", f"NGINX={nginx}")
    pipeline, dashboard = machine.calls
    assert f"BASE={base}" in pipeline
    assert not [word for word in pipeline if word.startswith(("NODE=", "NGINX="))]
    assert {f"NODE={node}", f"NGINX={nginx}"} < set(dashboard)


def test_the_image_names_the_commit_it_was_made_from(machine: Machine) -> None:
    machine.has("docker")
    git = shutil.which("git")
    assert git is not None
    machine.programs.joinpath("git").symlink_to(git)
    machine.make_images()
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=PROJECT, check=True, capture_output=True, text=True
    ).stdout.strip()
    revision = next(one for one in machine.called if one.startswith("REVISION="))
    assert revision.removesuffix("-dirty") == f"REVISION={commit}"
