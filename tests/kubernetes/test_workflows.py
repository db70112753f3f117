"""The workflows: what they run, with which rights, and what may reach a shell."""

import os
import re
import subprocess
import sys
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
        local = re.search(r"uses: \$/\.github/workflows/[\w.]+$", line)
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
        "chart": OURS | {"packages": "write", "id-token": "write", "attestations": "write"},
        "materials": OURS,
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
        "materials": "test",
        "release": ["image", "chart", "materials"],
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


def test_what_is_pushed_is_signed_by_its_digest() -> None:
    """By cosign, so that `cosign verify` and admission policies find it; and its provenance."""
    release = jobs(FOLDER / "release.yaml")
    for name, things in (("image", ["pipeline", "dashboard"]), ("chart", ["chart"])):
        found = release[name]["steps"]
        (sign,) = [step for step in found if "cosign sign" in step.get("run", "")]
        (pushed,) = [n for n, step in enumerate(found) if step.get("id") == "push"]
        assert pushed < found.index(sign)
        assert sign["run"].split() == [
            "cosign",
            "sign",
            "--yes",
            *(f'"${one.upper()}"' for one in things),
        ]
        attested = {
            f"{step['with']['subject-name']}@{step['with']['subject-digest']}"
            for step in found
            if "attest@" in step.get("uses", "")
        }
        assert set(sign["env"].values()) == attested
        assert len(attested) == len(things)


@pytest.mark.parametrize(
    ("says", "ends", "digest"),
    [
        (f"Pushed: at/charts:1.0.0\nDigest: sha256:{'a1' * 32}", 0, f"sha256:{'a1' * 32}"),
        ("Error: denied", 1, None),
        ("Pushed, and no digest told", 0, None),
    ],
)
def test_the_charts_digest_is_the_one_that_helm_tells_or_the_job_ends(
    tmp_path: Path, says: str, ends: int, digest: str | None
) -> None:
    """The step's own script, as a runner starts it, with helm and docker that only answer."""
    (step,) = [one for one in jobs(FOLDER / "release.yaml")["chart"]["steps"] if "id" in one]
    for name, script in (
        ("docker", ""),
        ("helm", f"[ $1 = push ] || exit 0\necho '{says}' >&2\nexit {ends}"),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    told = tmp_path / "output"
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        env={
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "GITHUB_OUTPUT": str(told),
            "GITHUB_REPOSITORY_OWNER": "Team",
            "GITHUB_ACTOR": "someone",
            "TOKEN": "t",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if digest:
        assert done.returncode == 0, done.stderr
        name = "ghcr.io/team/charts/fintech-pipeline"
        assert told.read_text("utf-8") == f"name={name}\ndigest={digest}\n"
    else:
        assert done.returncode != 0
        assert not told.exists()


def test_what_runs_packages_of_others_may_only_read() -> None:
    """Installing and running them: in no job that may sign, push or release."""
    for name, job in jobs(FOLDER / "release.yaml").items():
        run = " ".join(step.get("run", "") for step in job.get("steps", []))
        if re.search(r"\b(make|pip|npm|uv)\b", run):
            assert job["permissions"] == OURS, name


def test_a_release_has_the_bill_of_materials_and_the_licences() -> None:
    release = jobs(FOLDER / "release.yaml")
    kept = release["materials"]["steps"][-1]["with"]
    assert kept["path"].split() == ["build/sbom.json", "build/licences.md"]
    assert kept["if-no-files-found"] == "error"
    (create,) = [
        step for step in release["release"]["steps"] if "gh release" in step.get("run", "")
    ]
    assert create["run"].split()[-2:] == ["materials/sbom.json", "materials/licences.md"]


def test_zizmor_finds_nothing_to_say_of_them() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run(
        [str(zizmor), "--offline", "--no-progress", str(FOLDER.parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "No findings to report" in done.stdout


def test_what_was_scanned_and_what_is_pushed_are_built_alike() -> None:
    builds = [
        re.sub(r"\\\n\s*", "", run).split("docker buildx build ")[1].split(" --tag ")[0]
        for step in jobs(FOLDER / "release.yaml")["image"]["steps"]
        if "docker buildx build" in (run := step.get("run", ""))
    ]
    assert len(builds) == 2
    assert builds[0] == builds[1]
