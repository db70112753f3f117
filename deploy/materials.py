"""Lists what is given away: the packages of the image and of the dashboard, as one CycloneDX file.

    .venv/bin/python deploy/materials.py build/sbom.json

The Python packages are those of requirements/runtime.txt as they are installed in the environment
that runs this, the dashboard's those of its lock file; what only develops or tests is left out.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import install
from nodejs import Failed, found_node, installed_node
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

Document = dict[str, Any]
RUNTIME = install.REQUIREMENTS / "runtime.txt"
DASHBOARD = install.PROJECT / "dashboard"
ROOT = "fintech-pipeline"


def main() -> None:
    """Writes the bill of materials to the file named by the argument."""
    file = Path(sys.argv[1])
    try:
        bill = bill_of_materials()
    except Failed as failure:
        sys.exit(f"There is no bill of materials: {failure}.")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(bill, indent=1) + "\n", "utf-8")
    print(f"{file}: {len(bill['components'])} packages")


def bill_of_materials() -> Document:
    """Both lists as one, in CycloneDX 1.6; it names no time, so the same packages give the same.

    Raises:
        Failed: A tool ended, or a locked package is not installed.
    """
    python, pages = python_packages(), dashboard_packages()
    project = tomllib.loads(install.PROJECT.joinpath("pyproject.toml").read_text("utf-8"))[
        "project"
    ]
    root = {
        "bom-ref": ROOT,
        "type": "application",
        "name": project["name"],
        "version": project["version"],
        "licenses": [{"license": {"id": project["license"]}}],
    }
    tops = [one for found in (python, pages) for one in tops_of(found)]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": root},
        "components": [*python["components"], *pages["components"]],
        "dependencies": [
            {"ref": ROOT, "dependsOn": sorted(tops)},
            *python["dependencies"],
            *pages["dependencies"],
        ],
    }


def python_packages() -> Document:
    """The locked packages of the image as they are installed here, with their licences."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "python.json"
        command = [sys.executable, "-m", "cyclonedx_py", "environment", sys.executable]
        command += ["--output-reproducible", "--sv", "1.6", "--of", "JSON"]
        told([*command, "--output-file", str(file)])
        found: Document = json.loads(file.read_text("utf-8"))
    locked = dict(locked_packages())
    kept = [one for one in found["components"] if canonicalize_name(one["name"]) in locked]
    for one in kept:
        name = canonicalize_name(one["name"])
        if one["version"] != locked.pop(name):
            raise Failed(f"{name} {one['version']} is installed here, and the lock has another")
    if locked:
        raise Failed(f"{', '.join(sorted(locked))} stands in the lock and is not installed here")
    return chosen(found, kept)


def locked_packages() -> Iterator[tuple[str, str]]:
    """Name and version of each package of the runtime's lock that this Python and system take."""
    for line in RUNTIME.read_text("utf-8").splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            wanted = Requirement(line.rstrip("\\ "))
            if wanted.marker is None or wanted.marker.evaluate():
                (pinned,) = wanted.specifier
                yield canonicalize_name(wanted.name), pinned.version


def dashboard_packages() -> Document:
    """The packages of which the dashboard's pages are made."""
    node = found_node() or installed_node(Path(sys.prefix))
    # Not `--omit dev`: that leaves React out, on which a package for the tests depends as well.
    command = [*node.npm, "sbom", "--package-lock-only", "--sbom-format", "cyclonedx"]
    found: Document = json.loads(told(command, DASHBOARD))
    develops = {"name": "cdx:npm:package:development", "value": "true"}
    return chosen(found, [one for one in found["components"] if develops not in one["properties"]])


def chosen(found: Document, kept: list[Document]) -> Document:
    """A list with only these components, and what they need of each other."""
    refs = {one["bom-ref"] for one in kept}
    needs = [
        {"ref": one["ref"], "dependsOn": sorted(refs & set(one.get("dependsOn", [])))}
        for one in found["dependencies"]
        if one["ref"] in refs
    ]
    return {"components": kept, "dependencies": sorted(needs, key=lambda one: str(one["ref"]))}


def tops_of(found: Document) -> set[str]:
    """The components that no other one needs."""
    needed = {ref for one in found["dependencies"] for ref in one["dependsOn"]}
    return {str(one["bom-ref"]) for one in found["components"]} - needed


def told(command: list[str], folder: Path | None = None) -> str:
    """What a tool prints.

    Raises:
        Failed: It ended with a fault; its last words are told.
    """
    done = subprocess.run(  # noqa: S603
        command, check=False, cwd=folder, capture_output=True, text=True
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise Failed(f"{' '.join(command[:4])} ended: {' '.join(last)}")
    return done.stdout


if __name__ == "__main__":
    main()
