"""Tells under which licence each package is given away, and refuses one that is not allowed.

    .venv/bin/python deploy/licences.py build/sbom.json build/licences.md

It reads what deploy/materials.py wrote, and requirements/licences.toml, which says what is allowed
and what is excepted for which reason.
"""

import json
import re
import sys
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Document = dict[str, Any]
POLICY = Path(__file__).resolve().parents[1] / "requirements" / "licences.toml"


@dataclass(frozen=True)
class Policy:
    """Which licences may be given away.

    Attributes:
        allowed: The SPDX names that any package may have.
        spdx: What packages call theirs besides, and the SPDX name of it.
        read: The licence of packages that say none or not which, as a person read it.
        excepted: Package, its one other licence, and the reason.
        carried: What a wheel brings that its licence does not say.
    """

    allowed: frozenset[str]
    spdx: dict[str, str]
    read: dict[str, str]
    excepted: dict[str, list[str]]
    carried: dict[str, str]


def main() -> None:
    """Writes the report: BILL REPORT; exits 1 where a licence is not allowed."""
    bill = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    policy = read_policy()
    Path(sys.argv[2]).write_text(report(bill, policy), "utf-8")
    if faults := refusals(bill, policy):
        sys.exit("\n".join(faults))
    print(f"{sys.argv[2]}: every licence is allowed")


def read_policy() -> Policy:
    """What requirements/licences.toml says."""
    told = tomllib.loads(POLICY.read_text("utf-8"))
    allowed = frozenset(told.pop("allowed"))
    return Policy(allowed, **told)


def refusals(bill: Document, policy: Policy) -> list[str]:
    """Why this may not be given away, a sentence each; and what the policy names in vain."""
    faults = []
    for one in bill["components"]:
        name, licence = one["name"], licence_of(one, policy)
        if not is_allowed(licence, {*policy.allowed, *policy.excepted.get(name, [])[:1]}):
            faults.append(
                f"{name} {one['version']} is under {licence or 'no licence that it names'}, which "
                "requirements/licences.toml does not allow."
            )
    gone = {*policy.read, *policy.excepted, *policy.carried} - {
        one["name"] for one in bill["components"]
    }
    faults += [f"requirements/licences.toml names {name}, which is not there." for name in gone]
    return sorted(faults)


def licence_of(component: Document, policy: Policy) -> str:
    """The licence of a package as an SPDX expression; no text where it says none.

    A package's own expression or SPDX name comes before its classifiers, which say less; several
    names in one place all hold.
    """
    if read := policy.read.get(component["name"]):
        return read
    told = component.get("licenses", [])
    expressions = [one["expression"] for one in told if "expression" in one]
    named = [one["license"]["id"] for one in told if "id" in one.get("license", {})]
    besides = [one["license"]["name"] for one in told if "name" in one.get("license", {})]
    names = expressions or named or [policy.spdx.get(name, name) for name in besides]
    return " AND ".join(sorted(set(names)))


def is_allowed(licence: str, allowed: set[str]) -> bool:
    """Whether an expression of AND and OR, without parentheses, holds with what is allowed."""
    return any(
        all(name in allowed for name in re.split(r" AND ", choice))
        for choice in re.split(r" OR ", licence)
    )


def report(bill: Document, policy: Policy) -> str:
    """Who is under which licence, and what is excepted why, as Markdown."""
    by: dict[str, list[str]] = defaultdict(list)
    for one in bill["components"]:
        by[licence_of(one, policy) or "none named"].append(f"{one['name']} {one['version']}")
    root = bill["metadata"]["component"]
    lines = [
        f"# Licences of {root['name']} {root['version']}",
        "",
        "| licence | packages |",
        "|---|---|",
    ]
    lines += [f"| {licence} | {', '.join(sorted(by[licence]))} |" for licence in sorted(by)]
    lines += ["", "## Excepted", ""]
    lines += [f"- **{name}** ({one[0]}): {one[1]}" for name, one in policy.excepted.items()]
    lines += ["", "## Carried inside wheels", ""]
    lines += [f"- **{name}**: {told}" for name, told in policy.carried.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
