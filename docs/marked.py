"""Puts figures between the marks of a configuration on a page, and tables in Markdown."""

import re
import sys
from pathlib import Path

from fintech_pipeline.signals.outcome_telling import ToldTable


def write_between(page: Path, name: str, body: str) -> None:
    """Puts the body between the marks of the configuration; ends where the page has none."""
    begin, end = f"<!-- figures of {name} -->", "<!-- end of figures -->"
    text, count = re.subn(
        f"{begin}.*?{end}",
        lambda _: f"{begin}\n{body}\n{end}",
        page.read_text("utf-8"),
        flags=re.DOTALL,
    )
    if count != 1:
        sys.exit(f"{page} has no place for the figures of {name}.")
    page.write_text(text, "utf-8")


def markdown(told: ToldTable, note: str = "") -> str:
    """The table under its title."""
    lines = [told.header, ("---",) * len(told.header), *told.rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"**{told.title}**{note}\n\n{table}"
