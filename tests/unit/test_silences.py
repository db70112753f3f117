"""A silence covers what matches all that it names, while it lasts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fintech_pipeline.alerts.rules import Severity
from fintech_pipeline.alerts.silences import Silence
from fintech_pipeline.alerts.spans import span_of, written

NOW = datetime(2025, 5, 20, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALERT: dict[str, Any] = {
    "rule": "crash",
    "subject": "AAPL",
    "tags": frozenset({"core", "tech"}),
    "severity": Severity.CRITICAL,
    "alert_id": 12,
}
SILENCE = Silence(3, "lena", "earnings call", NOW, NOW + HOUR)


@pytest.mark.parametrize(
    ("matchers", "covered"),
    [
        ({}, True),
        ({"rule": "crash"}, True),
        ({"rule": "crash", "subject": "AAPL", "tag": "tech"}, True),
        ({"severity": Severity.CRITICAL, "alert_id": 12}, True),
        ({"rule": "other"}, False),
        ({"rule": "crash", "subject": "KO"}, False),
        ({"tag": "chips"}, False),
        ({"severity": Severity.WARNING}, False),
        ({"alert_id": 13}, False),
    ],
)
def test_all_that_it_names_must_match(matchers: dict[str, Any], covered: bool) -> None:
    assert replace(SILENCE, **matchers).covers(**ALERT, at=NOW) is covered


def test_it_lasts_from_its_first_moment_to_the_one_before_its_end() -> None:
    moment = timedelta(microseconds=1)
    lasts = [
        SILENCE.covers(**ALERT, at=NOW + d) for d in (-moment, moment * 0, HOUR - moment, HOUR)
    ]
    assert lasts == [False, True, True, False]
    assert replace(SILENCE, ends_at=None).covers(**ALERT, at=NOW + timedelta(days=9999))


def test_a_silence_of_one_alert_does_not_cover_what_has_no_alert() -> None:
    none = ALERT | {"alert_id": None}
    assert not replace(SILENCE, alert_id=12).covers(**none, at=NOW)
    assert SILENCE.covers(**none, at=NOW)


def test_a_silence_is_told_with_its_author_matchers_end_and_comment() -> None:
    assert replace(SILENCE, rule="crash", subject="AAPL").told() == (
        "silence 3 of lena on rule crash, symbol AAPL, until 2025-05-20 17:00Z: earnings call."
    )
    until_resolved = Silence(4, "ben", "", NOW, None, alert_id=12)
    assert until_resolved.told() == "silence 4 of ben on alert 12, until it has ended."
    assert replace(until_resolved, alert_id=None, tag="core").told() == (
        "silence 4 of ben on tag core, until somebody ends it."
    )


@pytest.mark.parametrize(
    ("text", "span", "again"),
    [
        ("45m", timedelta(minutes=45), "45m"),
        ("120m", timedelta(hours=2), "2h"),
        ("1d12h", timedelta(hours=36), "1d 12h"),
        (" 1w 2d ", timedelta(days=9), "9d"),
        ("0m", timedelta(0), "0m"),
    ],
)
def test_a_span_is_read_and_written(text: str, span: timedelta, again: str) -> None:
    assert span_of(text) == span
    assert written(span) == again
    assert span_of(again) == span


@pytest.mark.parametrize(
    "text", ["", "2", "h", "-2h", "2 hours", "90s", "1h 1h", "5m 2h", "1.5h", "٣h h", "9999999d"]
)
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no span of time; write it like 45m, 2h or 1d 12h"):
        span_of(text)
