"""What a release asks of the tag, the versions and the changelog; run by release.yaml.

    python3 deploy/release.py check v1.2.3     fails in a sentence where they disagree
    python3 deploy/release.py notes v1.2.3     prints what the changelog says of that version

Standard library only, so that it runs before anything is installed.
"""

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Does what the arguments ask: check TAG, or notes TAG."""
    match sys.argv[1:]:
        case ["check", tag]:
            if fault := disagreement(PROJECT, tag):
                sys.exit(fault)
        case ["notes", tag]:
            print(notes(PROJECT, tag.removeprefix("v")))
        case _:
            sys.exit("Usage: release.py check TAG | notes TAG")


def disagreement(project: Path, tag: str) -> str | None:
    """The first thing that does not name the tag's version, as a sentence.

    Args:
        project: The folder of the project.
        tag: Such as v1.2.3.
    """
    if not re.fullmatch(r"v\d+\.\d+\.\d+", tag):
        return f"The tag {tag} is no version such as v1.2.3."
    version = tag.removeprefix("v")
    chart = project.joinpath("deploy/chart/Chart.yaml").read_text("utf-8")
    stated = {
        "pyproject.toml": tomllib.loads(project.joinpath("pyproject.toml").read_text("utf-8"))[
            "project"
        ]["version"],
        "the chart's version": field(chart, "version"),
        "the chart's appVersion": field(chart, "appVersion"),
    }
    for where, found in stated.items():
        if found != version:
            return f"The tag {tag} and {where} disagree: it says {found or 'nothing'}."
    if not notes(project, version):
        return f"CHANGELOG.md has no section {version}; move there what stands under Unreleased."
    return None


def field(chart: str, name: str) -> str | None:
    """A top-level text of Chart.yaml."""
    found = re.search(rf"^{name}: *[\"']?([^\s\"'#]+)", chart, re.MULTILINE)
    return found.group(1) if found else None


def notes(project: Path, version: str) -> str:
    """What CHANGELOG.md says under the heading of a version; nothing where it has none."""
    changelog = project.joinpath("CHANGELOG.md").read_text("utf-8")
    for section in changelog.split("\n## ")[1:]:
        heading, _, text = section.partition("\n")
        if heading.split()[0] == version:
            return text.strip()
    return ""


if __name__ == "__main__":
    main()
