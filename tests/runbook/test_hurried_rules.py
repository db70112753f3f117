"""What a drill hurries of the rules, and what it leaves as it is."""

import re
from pathlib import Path

import pytest

from tests.runbook.hurried import FACTOR, WAITING, WAITS, alerts, divided, hurried, written

HURRIED = [rule for group in hurried(written())["groups"] for rule in group["rules"]]
WRITTEN = [rule for group in written()["groups"] for rule in group["rules"]]


def milliseconds(rule: dict[str, str]) -> list[int]:
    spans = [*re.findall(r"\[(\d+)ms\]", rule["expr"]), rule.get("for", "").removesuffix("ms")]
    return [int(span) for span in spans if span]


def seconds(rule: dict[str, str]) -> list[int]:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
    spans = [*re.findall(r"\[(\d+[smhd])\]", rule["expr"]), rule.get("for", "")]
    return [int(span[:-1]) * units[span[-1]] for span in spans if span]


@pytest.mark.parametrize(("span", "hurried"), [("5m", "3000ms"), ("3d", "2592000ms")])
def test_a_duration_is_divided(span: str, hurried: str) -> None:
    assert divided(span) == hurried


@pytest.mark.parametrize(
    ("was", "made"),
    list(zip(WRITTEN, HURRIED, strict=True)),
    ids=[one.get("alert") or one["record"] for one in WRITTEN],
)
def test_every_duration_of_a_rule_is_a_hundredth_and_nothing_else_changes(
    was: dict[str, str], made: dict[str, str]
) -> None:
    assert milliseconds(made) == [1000 * span // FACTOR for span in seconds(was)]
    plain = re.sub(r"\[\d+(ms|[smhd])\]", "[]", was["expr"])
    waits = WAITING.get(was.get("alert", ""))
    if waits is not None:
        assert plain.count(waits) == 1
        plain = plain.replace(waits, f"> {int(waits[2:]) // WAITS}")
    assert re.sub(r"\[\d+ms\]", "[]", made["expr"]) == plain
    same = ("alert", "record", "labels", "annotations")
    assert [was.get(key) for key in same] == [made.get(key) for key in same]


@pytest.mark.parametrize("alert", sorted(alerts()))
def test_each_alert_is_tried(alert: str) -> None:
    drills = [path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*_drill.py")]
    assert any(f'"{alert}"' in drill for drill in drills)


def test_what_waits_is_an_alert() -> None:
    assert WAITING.keys() <= alerts().keys()
