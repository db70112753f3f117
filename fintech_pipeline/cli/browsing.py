"""Opens a page in the browser of whoever sits before the terminal, and of nobody else."""

import sys
import webbrowser
from collections.abc import Mapping

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
OWN_DISPLAY = {"darwin", "win32"}
"""Systems that always have one."""


def somebody_looks(environment: Mapping[str, str]) -> bool:
    """Whether a person sits here: at a terminal, with a display, and not in CI.

    Without a display a browser of text would take the terminal for itself.

    Args:
        environment: The process's.
    """
    shown = sys.platform in OWN_DISPLAY or any(environment.get(one) for one in DISPLAYS)
    return shown and sys.stdout.isatty() and not environment.get("CI")


def show(address: str) -> None:
    """Opens the address; where no browser comes, the address that was told is enough.

    Args:
        address: Of the page.
    """
    try:
        webbrowser.open(address)
    except (OSError, webbrowser.Error):
        return
