"""SECURITY.md names files and tests that are there."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
TEXT = PROJECT.joinpath("SECURITY.md").read_text("utf-8")
BOUNDARIES = re.findall(r"^### (.+)$", TEXT, re.MULTILINE)


def test_every_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"`([\w.-]+(?:/[\w.-]+)+)`", TEXT))
    linked = set(re.findall(r"\]\(([^)#]+)", TEXT))
    assert len(named) > 40
    assert [one for one in sorted(named | linked) if not (PROJECT / one).exists()] == []


def test_each_boundary_says_what_stops_whom_by_what_it_is_shown_and_what_remains() -> None:
    assert len(BOUNDARIES) >= 12
    for section in TEXT.split("\n### ")[1:]:
        name = section.partition("\n")[0]
        assert "| who could do what | what stops it | shown by |" in section, name
        assert "**What remains.**" in section, name
        rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
        assert rows, name
        for row in rows:
            assert "`" in row.rsplit(" | ", 1)[1], row


def test_the_links_lead_to_headings_that_are_there() -> None:
    for file, heading in re.findall(r"\]\(([^)#]+)#([^)]+)\)", TEXT):
        told = PROJECT.joinpath(file).read_text("utf-8")
        headings = {
            re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-")
            for one in re.findall(r"^#+ (.+)$", told, re.MULTILINE)
        }
        assert heading in headings, f"{file}#{heading}"
