"""The rules of deploy/monitoring: promtool takes them, and each alert has come and not come."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.debian import program

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy" / "monitoring"


def read(name: str) -> Any:
    return yaml.safe_load((MONITORING / name).read_text("utf-8"))


ALERTS = [
    rule for group in read("rules.yaml")["groups"] for rule in group["rules"] if "alert" in rule
]


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    found = program("promtool")
    command = [found, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_rules_pass_their_own_tests() -> None:
    verdict = promtool("test", "rules", str(MONITORING / "rules_test.yaml"))
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def test_a_threshold_that_was_moved_fails_them(tmp_path: Path) -> None:
    for name in ("rules.yaml", "rules_test.yaml"):
        text = (MONITORING / name).read_text("utf-8").replace("> 240", "> 90")
        (tmp_path / name).write_text(text, "utf-8")
    verdict = promtool("test", "rules", str(tmp_path / "rules_test.yaml"))
    assert verdict.returncode != 0
    assert "FintechDaemonSilent" in verdict.stdout + verdict.stderr


@pytest.mark.parametrize("alert", [one["alert"] for one in ALERTS])
def test_each_alert_is_seen_to_come_and_not_to_come(alert: str) -> None:
    looks = [
        bool(look["exp_alerts"])
        for test in read("rules_test.yaml")["tests"]
        for look in test.get("alert_rule_test", [])
        if look["alertname"] == alert
    ]
    assert set(looks) == {True, False}


@pytest.mark.parametrize("rule", ALERTS, ids=[one["alert"] for one in ALERTS])
def test_each_alert_says_how_bad_it_is_what_is_the_matter_and_where_to_read_on(
    rule: dict[str, Any],
) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".")
    entry = rule["annotations"]["runbook"].replace("-", " ")
    runbook = (ROOT / "docs" / "runbook.md").read_text("utf-8").lower()
    assert f"\n## {entry}\n" in runbook
