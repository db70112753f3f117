"""The workflows: what they run, with which rights, and what may reach a shell."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / ".github/workflows"
WORKFLOWS = sorted(FOLDER.glob("*.y*ml"))
OURS = {"contents": "read"}
SAFE_IN_A_SHELL = re.compile(r"\$\{\{\s*(runner\.\w+|strategy\.\w+)\s*\}\}")
"""What only GitHub itself writes; all else reaches a shell as an environment variable."""

each = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def read(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true.
    found: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return {"on" if key is True else key: value for key, value in found.items()}


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read(path)["jobs"]
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job.get("steps", [])]


def test_there_are_the_two_workflows() -> None:
    assert [path.name for path in WORKFLOWS] == ["release.yaml", "test.yaml"]


@each
def test_every_action_is_pinned_by_its_commit_and_named_by_its_version(path: Path) -> None:
    lines = [line for line in path.read_text("utf-8").splitlines() if re.search(r"\buses:", line)]
    assert lines
    for line in lines:
        local = re.search(r"uses: \./\.github/workflows/[\w.]+$", line)
        pinned = re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)
        assert local or pinned, line


def test_one_action_has_one_version_everywhere() -> None:
    used = [step["uses"] for path in WORKFLOWS for step in steps(path) if "uses" in step]
    assert len({one.partition("@")[0] for one in used}) == len(set(used))


@each
def test_a_workflow_may_at_most_read(path: Path) -> None:
    assert read(path)["permissions"] in ({}, OURS)


def test_each_job_of_a_release_has_the_rights_that_it_needs_and_no_more() -> None:
    rights = {name: job["permissions"] for name, job in jobs(FOLDER / "release.yaml").items()}
    assert rights == {
        "versions": OURS,
        "test": OURS,
        "image": OURS | {"packages": "write", "id-token": "write", "attestations": "write"},
        "chart": OURS | {"packages": "write"},
        "release": {"contents": "write"},
    }


@each
def test_no_stranger_can_start_a_run_that_has_our_rights(path: Path) -> None:
    triggers = read(path)["on"]
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(triggers)
    assert path.name == "test.yaml" or "pull_request" not in triggers


@each
def test_nothing_is_put_into_a_shell_by_substitution(path: Path) -> None:
    for step in steps(path):
        assert "${{" not in SAFE_IN_A_SHELL.sub("", step.get("run", "")), step


@each
def test_no_checkout_leaves_a_token_behind(path: Path) -> None:
    checkouts = [
        step for step in steps(path) if step.get("uses", "").startswith("actions/checkout")
    ]
    assert checkouts
    for checkout in checkouts:
        assert checkout["with"]["persist-credentials"] is False


@each
def test_every_job_ends_by_itself(path: Path) -> None:
    for name, job in jobs(path).items():
        if "steps" in job:  # a called workflow has its own
            assert 0 < job["timeout-minutes"] <= 60, name


@each
def test_only_the_runs_own_token_is_used(path: Path) -> None:
    assert "secrets." not in path.read_text("utf-8")


def test_nothing_is_published_before_the_tests_have_passed() -> None:
    needs = {name: job.get("needs") for name, job in jobs(FOLDER / "release.yaml").items()}
    assert needs == {
        "versions": None,
        "test": "versions",
        "image": "test",
        "chart": "image",
        "release": ["image", "chart"],
    }


def test_each_image_is_pushed_only_after_it_was_scanned() -> None:
    image = jobs(FOLDER / "release.yaml")["image"]["steps"]
    scans = [n for n, step in enumerate(image) if "trivy" in step.get("uses", "")]
    pushes = [n for n, step in enumerate(image) if "--push" in step.get("run", "")]
    assert len(pushes) == 1
    assert max(scans) < pushes[0]
    built = "${{ steps.build.outputs.%s }}:${{ steps.build.outputs.version }}"
    assert [image[scan]["with"] for scan in scans] == [
        {
            "image-ref": built % name,
            "severity": "CRITICAL,HIGH",
            "ignore-unfixed": True,
            "exit-code": "1",
        }
        for name in ("pipeline", "dashboard")
    ]
    signed = [step["with"] for step in image if "attest@" in step.get("uses", "")]
    assert [one["subject-name"] for one in signed] == [
        f"${{{{ steps.build.outputs.{name} }}}}" for name in ("pipeline", "dashboard")
    ]
    push = image[pushes[0]]["run"]
    assert "--sbom=true" in push
    assert "--provenance=mode=max" in push


def test_what_was_scanned_and_what_is_pushed_are_built_alike() -> None:
    builds = [
        re.sub(r"\\\n\s*", "", run).split("docker buildx build ")[1].split(" --tag ")[0]
        for step in jobs(FOLDER / "release.yaml")["image"]["steps"]
        if "docker buildx build" in (run := step.get("run", ""))
    ]
    assert len(builds) == 2
    assert builds[0] == builds[1]
