"""A release names one version everywhere, and the changelog says what is in it."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
CHANGELOG = """# Changelog

## Unreleased
### Added
- What comes next.

## 1.2.3 (2026-11-24)
### Fixed
- A fault.

## 1.2.2 (2026-11-20)
- Older.
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose version is 1.2.3 everywhere, with this project's own script."""
    folder = tmp_path / "deploy"
    (folder / "chart").mkdir(parents=True)
    (folder / "release.py").write_text((PROJECT / "deploy/release.py").read_text("utf-8"), "utf-8")
    (folder / "chart/Chart.yaml").write_text(
        'apiVersion: v2\nname: market\nversion: 1.2.3 # of the chart\nappVersion: "1.2.3"\n'
    )
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "market"\nversion = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


def release(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, project / "deploy/release.py", *arguments],
        check=False,
        capture_output=True,
        text=True,
    )


def test_a_tag_that_every_file_agrees_with_may_be_released(project: Path) -> None:
    done = release(project, "check", "v1.2.3")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (
            "pyproject.toml",
            "1.2.3",
            "1.2.4",
            "The tag v1.2.3 and pyproject.toml disagree: it says 1.2.4.",
        ),
        (
            "deploy/chart/Chart.yaml",
            "version: 1.2.3",
            "version: 1.2.2",
            "The tag v1.2.3 and the chart's version disagree: it says 1.2.2.",
        ),
        (
            "deploy/chart/Chart.yaml",
            'appVersion: "1.2.3"',
            "appVersion: 0.9.0",
            "The tag v1.2.3 and the chart's appVersion disagree: it says 0.9.0.",
        ),
        (
            "deploy/chart/Chart.yaml",
            'appVersion: "1.2.3"\n',
            "",
            "The tag v1.2.3 and the chart's appVersion disagree: it says nothing.",
        ),
        (
            "CHANGELOG.md",
            "## 1.2.3",
            "## 1.2.30",
            "CHANGELOG.md has no section 1.2.3; move there what stands under Unreleased.",
        ),
    ],
)
def test_a_disagreement_is_told_in_a_sentence(
    project: Path, file: str, old: str, new: str, sentence: str
) -> None:
    text = (project / file).read_text()
    assert old in text
    (project / file).write_text(text.replace(old, new, 1))
    done = release(project, "check", "v1.2.3")
    assert (done.returncode, done.stderr.strip()) == (1, sentence)


def test_a_tag_that_is_no_version_is_refused(project: Path) -> None:
    done = release(project, "check", "vnext")
    assert done.returncode == 1
    assert "no version" in done.stderr


def test_the_notes_are_the_changelogs_own_words(project: Path) -> None:
    assert release(project, "notes", "v1.2.3").stdout == "### Fixed\n- A fault.\n"
