"""What a look found, and how it is printed."""

import shutil
import textwrap
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import click

LEAST_WIDTH, MOST_WIDTH = 60, 110


class State(StrEnum):
    """How a thing is; only the second is a fault."""

    OK = "ok"
    FAIL = "FAIL"
    WAITS = "wait"
    OFF = "off"


COLOURS = {State.OK: "green", State.FAIL: "red", State.WAITS: "yellow", State.OFF: "bright_black"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: Its name.
        state: How it is.
        told: One sentence about it.
        notes: What else a person wants to know, a line each.
        settings: Lines of TOML to add, where it could be had and is not.
        details: The same for a program.
    """

    what: str
    state: State
    told: str
    notes: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    details: dict[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """The finding as it is printed in JSON."""
        plain = {"what": self.what, "state": self.state, "healthy": self.state is not State.FAIL}
        return {**plain, "told": self.told, **(self.details or {})}


def show(finding: Finding) -> None:
    """Prints a finding for a person, in lines that fit the terminal."""
    width = min(max(shutil.get_terminal_size().columns, LEAST_WIDTH), MOST_WIDTH)
    mark = click.style(f"{finding.state:<4}", fg=COLOURS[finding.state])
    first, *more = _lines(f"{finding.what}: {finding.told}", width, 6)
    click.echo(f"{mark}  {first.lstrip()}")
    for note in finding.notes:
        more += _lines(note, width, 8)
    for line in [*more, *(f"{'':10}{line}" for line in finding.settings)]:
        click.echo(line)


def _lines(text: str, width: int, indent: int) -> list[str]:
    """The text in lines; addresses and names stay whole."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2 if indent == 6 else indent),
        break_long_words=False,
        break_on_hyphens=False,
    )
