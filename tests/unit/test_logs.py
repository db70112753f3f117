"""A line for machines has what a machine asks for; one for people reads as a sentence."""

import io
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from fintech_pipeline.telemetry.doing import doing
from fintech_pipeline.telemetry.logs import Format, formatter, is_for_machines
from fintech_pipeline.telemetry.redaction import redaction

SLOT = datetime(2026, 3, 2, 15, tzinfo=UTC)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(
    act: Callable[[logging.Logger], object], form: Format, stream: io.StringIO | None = None
) -> str:
    stream = stream or io.StringIO()
    logger = logging.Logger("fintech.steps")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(form, redaction([]), stream))
    logger.addHandler(handler)
    act(logger)
    return stream.getvalue()


def test_each_line_of_json_says_when_what_and_what_it_is_about() -> None:
    def work(log: logging.Logger) -> None:
        with doing("market_bars", slot_at=SLOT, run="run-1"), doing("ask", symbol="AAPL"):
            log.info("%s came", 3, extra={"seconds": 1.5})
        log.warning("and then\nnothing")

    first, second = (json.loads(line) for line in written(work, "json").splitlines())
    assert datetime.fromisoformat(first.pop("timestamp")).tzinfo is not None
    assert first == {
        "level": "info",
        "logger": "fintech.steps",
        "event": "3 came",
        "run": "run-1",
        "slot": "2026-03-02T15:00Z",
        "symbol": "AAPL",
        "seconds": 1.5,
    }
    assert second["event"] == "and then\nnothing"
    assert "run" not in second


def test_an_error_is_one_line_with_its_traceback() -> None:
    def fail(log: logging.Logger) -> None:
        try:
            raise ValueError("nothing came")  # noqa: TRY301  # as it comes to be logged
        except ValueError:
            log.exception("It failed")

    (line,) = written(fail, "json").splitlines()
    assert "ValueError: nothing came" in json.loads(line)["exception"]
    assert written(fail, "human").count("\n") > 3


def test_what_json_has_no_form_for_is_told_as_text_and_no_line_is_lost() -> None:
    around: dict[object, object] = {(1, 2): "a pair"}
    around["itself"] = around
    line = written(lambda log: log.info("It came", extra={"about": around}), "json")
    told = json.loads(line)
    assert told["event"] == "It came"
    assert "a pair" in told["about"]


def test_a_person_reads_a_sentence_and_what_it_is_about() -> None:
    def work(log: logging.Logger) -> None:
        with doing("market_bars", slot_at=SLOT, run="run-1"):
            log.info("market_bars is done")

    line = written(work, "human")
    assert line[20:] == " market_bars is done  run=run-1 slot=2026-03-02T15:00Z\n"
    assert line[19] == "Z"


def test_a_headline_begins_no_line_of_its_own_and_moves_no_cursor() -> None:
    evil = "Up 9 %\n2026-03-02T15:00:00Z all is well\x1b[2J"
    line = written(lambda log: log.warning("Scored %s", evil), "human")
    assert line.count("\n") == 1
    assert "\x1b" not in line
    assert "\\n2026" in line


@pytest.mark.parametrize(
    ("form", "stream", "json_expected"),
    [
        ("auto", io.StringIO(), True),
        ("auto", Terminal(), False),
        ("json", Terminal(), True),
        ("human", io.StringIO(), False),
    ],
)
def test_who_reads_decides_the_form(form: Any, stream: io.StringIO, json_expected: bool) -> None:
    line = written(lambda log: log.warning("A word"), form, stream)
    assert line.startswith("{") is json_expected
    assert is_for_machines(form, stream) is json_expected


def test_only_a_terminal_sees_colours() -> None:
    assert "\x1b[33m" in written(lambda log: log.warning("A word"), "human", Terminal())
    assert "\x1b" not in written(lambda log: log.warning("A word"), "human")
