"""The dashboard in a real Chromium whose CPU is slowed four times, on a watch that runs."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.browser.watch import Watch, in_chromium, watching

PROJECT = Path(__file__).resolve().parents[2]
CONFIG = "journeys/bench/vitest.config.ts"
SECONDS = 240.0
MOST_SCRIPT_KB = 220.0
MOST_USABLE_MS = 1_500.0
MOST_FRAME_MS = 50.0


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What was measured.

    Attributes:
        usable_ms: From the navigation to the first card, the median of five first visits.
        script_bytes: Of JavaScript that a first visit loads, compressed.
        longest_frame_ms: The longest frame while 200 cards change at once.
        cards: How many changed.
    """

    usable_ms: float
    script_bytes: int
    longest_frame_ms: float
    cards: int


def measured() -> Dashboard:
    """Builds the dashboard, starts a watch, and measures there."""
    build = [sys.executable, "deploy/dashboard.py", ".venv"]
    subprocess.run(build, cwd=PROJECT, check=True)
    with watching() as watch:
        load, cards = _told(watch, "first_load"), _told(watch, "live_cards")
    return Dashboard(
        load["usable_ms"],
        int(load["script_bytes"]),
        cards["longest_frame_ms"],
        int(cards["cards"]),
    )


def _told(watch: Watch, name: str) -> dict[str, float]:
    said = in_chromium(watch, CONFIG, name, SECONDS)
    found = re.search(r"^MEASURED (.*)$", said, re.MULTILINE)
    assert found, said
    figures: dict[str, float] = json.loads(found[1])
    return figures
