"""A watch that runs, with its dashboard, and what is done there in a real Chromium."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fintech_pipeline.clock import utc_now
from tests.faults.conftest import START_SECONDS, Drill, drill_in, free_port, serve

PROJECT = Path(__file__).resolve().parents[2]
DASHBOARD = PROJECT / "dashboard"
PICTURES = PROJECT / "build" / "pictures"
"""Screenshots of every journey, kept as output."""
VIEWER, EDITOR = "viewer-token-of-the-drill", "editor-token-of-the-drill"
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


def await_answer(port: int, drill: Drill) -> None:
    """Waits until something listens at the port."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError:
            said = "\n".join(command.said() for command in drill.commands)
            assert time.monotonic() < deadline, said
            time.sleep(0.2)
        else:
            return


@contextlib.contextmanager
def watching() -> Iterator[Watch]:
    """The whole of it, as `make demo` starts it, and an API with tokens beside it."""
    with tempfile.TemporaryDirectory(prefix="fintech-browser-") as folder:
        drill = drill_in(Path(folder) / "drill")
        try:
            # The days of the warm-up are something to go back to; more would only take longer.
            text = drill.config.read_text("utf-8")
            drill.config.write_text(text.replace("2026-01-01", f"{utc_now():%Y-%m-%d}"), "utf-8")
            (drill.folder / "rules.toml").write_text(RULES, "utf-8")
            drill.run("backfill")
            drill.run("tick")
            drill.run("alerts", "apply", "-f", str(drill.folder / "rules.toml"))
            port, guarded = free_port(), free_port()
            serve(drill, "--port", str(free_port()), "--api-port", str(port))
            program = str(Path(sys.executable).with_name("fintech"))
            drill.start_program(
                [program, "--config", str(drill.config), "api", "--port", str(guarded)],
                drill.folder,
                drill.environment | {"API_VIEWER_TOKEN": VIEWER, "API_EDITOR_TOKEN": EDITOR},
            )
            for one in (port, guarded):
                await_answer(one, drill)
            yield Watch(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{guarded}")
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


def in_chromium(watch: Watch, config: str, name: str, seconds: float) -> str:
    """What a journey or a measurement of `dashboard/journeys` said; it must end well.

    Args:
        watch: Where it is made.
        config: Vitest's, in the dashboard's folder.
        name: The beginning of its file's name.
        seconds: How long it may take.
    """
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
        ["npx", "vitest", "run", "--config", config, f"{name}."],
        cwd=DASHBOARD,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
