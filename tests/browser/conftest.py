"""A watch that runs, with its dashboard, and what people do there in a real Chromium."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fintech_pipeline.clock import utc_now
from tests.faults.conftest import Drill, drill_in, free_port, serve

PROJECT = Path(__file__).resolve().parents[2]
DASHBOARD = PROJECT / "dashboard"
PICTURES = PROJECT / "build" / "pictures"
"""Screenshots of every journey, kept as output."""
VIEWER, EDITOR = "viewer-token-of-the-drill", "editor-token-of-the-drill"
JOURNEY_SECONDS = 300.0
RULES = """
[people.you]
console = true

[rules.big-move]
metric = "price_change_pct"
window = "2h"
above = 2
clear = 1
notify = ["you"]
"""


@dataclass(frozen=True)
class Watch:
    """A `fintech up` with some days of made-up data.

    Attributes:
        address: Where its dashboard is; nobody logs in there.
        guarded: Where the same is served to whoever has a token.
    """

    address: str
    guarded: str


def answers(address: str, drill: Drill) -> None:
    """Waits until something listens there."""
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
        except OSError:
            said = "\n".join(command.said() for command in drill.commands)
            assert time.monotonic() < deadline, said
            time.sleep(0.2)
        else:
            return


@pytest.fixture(scope="session")
def watch(built_dashboard: Path) -> Iterator[Watch]:
    """The whole of it, as `make demo` starts it, and an API with tokens beside it."""
    assert (built_dashboard / "index.html").is_file()
    with tempfile.TemporaryDirectory(prefix="fintech-browser-") as folder:
        drill = drill_in(Path(folder) / "drill")
        try:
            # Some sessions of the past, so that there is something to go back to.
            text = drill.config.read_text("utf-8")
            began = f"{utc_now():%Y-%m-%d}"
            drill.config.write_text(text.replace("2026-01-01", began), "utf-8")
            (drill.folder / "rules.toml").write_text(RULES, "utf-8")
            drill.run("backfill")
            drill.run("tick")
            drill.run("alerts", "apply", "-f", str(drill.folder / "rules.toml"))
            port = free_port()
            serve(drill, "--port", str(free_port()), "--api-port", str(port))
            guarded = free_port()
            program = [shutil.which("fintech") or "", "--config", str(drill.config)]
            drill.start_program(
                [*program, "api", "--port", str(guarded)],
                drill.folder,
                drill.environment | {"API_VIEWER_TOKEN": VIEWER, "API_EDITOR_TOKEN": EDITOR},
            )
            addresses = [f"http://127.0.0.1:{one}" for one in (port, guarded)]
            for address in addresses:
                answers(address, drill)
            yield Watch(*addresses)
            for command in drill.commands:
                command.signalled(signal.SIGTERM)
            drill.assert_nothing_left(60)
        finally:
            drill.end()


def chromium() -> str:
    """The browser of the machine.

    Raises:
        AssertionError: There is none.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "The journeys need Debian's package chromium."
    return found


def journey(watch: Watch, name: str) -> None:
    """Makes a journey of `dashboard/journeys` in every look; it must end well."""
    environment = os.environ | {
        "ADDRESS": watch.address,
        "GUARDED": watch.guarded,
        "VIEWER": VIEWER,
        "EDITOR": EDITOR,
        "CHROMIUM": chromium(),
        "PICTURES": str(PICTURES),
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        ["npx", "vitest", "run", "--config", "journeys/vitest.config.ts", f"{name}.journey"],
        cwd=DASHBOARD,
        env=environment,
        capture_output=True,
        text=True,
        timeout=JOURNEY_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    # Vitest ends well, too, where a name finds nothing to do.
    assert re.search(r"Tests +4 passed", done.stdout), done.stdout
