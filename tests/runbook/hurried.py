"""The rules of deploy/monitoring as a drill has them: every duration is a hundredth."""

import copy
import re
from pathlib import Path
from typing import Any

import yaml

RULES = Path(__file__).parents[2] / "deploy" / "monitoring" / "rules.yaml"
FACTOR = 100
WAITS = 5
WAITING = {
    "FintechDaemonSilent": "> 240",
    "FintechOutboxStuck": "> 300",
    "FintechEventsStuck": "> 300",
}
"""Alerts of what has waited for minutes, and their thresholds in seconds: a drill waits for a
fifth. All other thresholds stay: what is old is had by doing old slots."""
_MILLISECONDS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_RANGE = re.compile(r"\[(\d+[smhd])\]")


def written() -> dict[str, Any]:
    """The rules as they are."""
    found: dict[str, Any] = yaml.safe_load(RULES.read_text("utf-8"))
    return found


def alerts() -> dict[str, dict[str, Any]]:
    """The alerts among them by their names."""
    every = [rule for group in written()["groups"] for rule in group["rules"]]
    return {rule["alert"]: rule for rule in every if "alert" in rule}


def hurried(rules: dict[str, Any]) -> dict[str, Any]:
    """The same rules for somebody who has minutes: ranges and `for` are divided by `FACTOR`.

    Args:
        rules: A file of rules, which is left as it is.
    """
    found = copy.deepcopy(rules)
    for group in found["groups"]:
        for rule in group["rules"]:
            rule["expr"] = _RANGE.sub(lambda span: f"[{divided(span[1])}]", rule["expr"])
            if "for" in rule:
                rule["for"] = divided(rule["for"])
            waits = WAITING.get(rule.get("alert", ""))
            if waits is not None:
                seconds = int(waits.removeprefix("> ")) // WAITS
                rule["expr"] = rule["expr"].replace(waits, f"> {seconds}")
    return found


def divided(span: str) -> str:
    """A duration of Prometheus, such as `5m`, divided by `FACTOR`, in milliseconds."""
    return f"{int(span[:-1]) * _MILLISECONDS[span[-1]] // FACTOR}ms"
