"""Logs: a line of JSON for machines, a sentence for a person at a terminal, neither with a secret.

Whoever logs uses Python's own `logging`, below the name `fintech`; structlog writes it. What is
done at the moment, the run, the slot, the symbol, is bound around the work (`doing.py`) and stands
on each of its lines.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from datetime import datetime
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from fintech_pipeline.telemetry.redaction import Redaction

Format = Literal["auto", "json", "human"]
NAME = "fintech"
"""Below it are our own loggers."""
_ANSI = {"error": "\x1b[31m", "critical": "\x1b[31m", "warning": "\x1b[33m"}
_PLAIN = "\x1b[0m"
_FIRST = ("timestamp", "level", "logger", "event", "run", "slot", "symbol")


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Writes a record, and takes the secrets out of what it wrote."""

    def __init__(self, renderer: Processor, redacted: Redaction) -> None:
        super().__init__(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                of_dagster,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
            ],
        )
        self._redacted = redacted

    def format(self, record: logging.LogRecord) -> str:
        """The line, without a secret."""
        return self._redacted(super().format(record))


def formatter(wanted: Format, redacted: Redaction, stream: TextIO) -> logging.Formatter:
    """How lines are written to a stream.

    Args:
        wanted: `auto` is for a person where the stream is a terminal.
        redacted: Takes the secrets out.
        stream: Where they go.
    """
    renderer = _json if is_for_machines(wanted, stream) else _human(stream.isatty())
    return RedactingFormatter(renderer, redacted)


def is_for_machines(wanted: Format, stream: TextIO) -> bool:
    """Whether lines to the stream are JSON."""
    return wanted == "json" or (wanted == "auto" and not stream.isatty())


def log_to_stderr(wanted: Format, redacted: Redaction) -> None:
    """Has our own lines, and others' warnings, told on stderr; what it did before is forgotten.

    Args:
        wanted: How.
        redacted: Takes the secrets out.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(wanted, redacted, sys.stderr))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(NAME).setLevel(logging.INFO)
    logging.captureWarnings(True)


def slot_name(slot_at: datetime) -> str:
    """How a slot (UTC) is written on a line."""
    return f"{slot_at:%Y-%m-%dT%H:%MZ}"


def of_dagster(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """What Dagster knows of a record: the run, the step, the slot; and its own words alone.

    A structlog processor; records that are not Dagster's pass as they are.
    """
    meta: Mapping[str, Any] | None = event.pop("dagster_meta", None)
    if meta is None:
        return event
    # Its objects stand in the run's page; here they would be many letters that nobody reads.
    event.pop("dagster_event", None)
    event.pop("dagster_event_batch_metadata", None)
    slot = (meta["job_tags"] or {}).get("fintech/slot")
    found = {
        "run": meta["run_id"],
        "job": meta["job_name"],
        "step": meta["step_key"],
        "slot": slot and slot_name(datetime.fromisoformat(slot)),
    }
    event.update({key: value for key, value in found.items() if value and key not in event})
    event["event"] = meta["orig_message"]
    happened = meta["dagster_event"]
    if happened is not None:
        # As its pages name it; what is of a run has an older name inside.
        event["happened"] = happened.event_type_value.replace("PIPELINE_", "RUN_")
        failure = getattr(happened.event_specific_data, "error", None)
        if failure is not None:
            event["exception"] = str(failure)
    return event


_to_json = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)


def _json(logger: WrappedLogger, name: str, event: EventDict) -> str | bytes:
    line = _ordered(event)
    try:
        return _to_json(logger, name, line)
    except (TypeError, ValueError):  # a foreign value that JSON has no form for
        return _to_json(logger, name, {str(key): str(value) for key, value in line.items()})


def _ordered(event: MutableMapping[str, Any]) -> dict[str, Any]:
    first = {key: event[key] for key in _FIRST if key in event}
    return {**first, **event}


def _human(colours: bool) -> Processor:
    """A line as people read it: when (UTC), what, and what it is about."""

    def render(_logger: WrappedLogger, _name: str, event: MutableMapping[str, Any]) -> str:
        level, told = str(event.pop("level", "")), _one_line(str(event.pop("event", "")))
        at = f"{str(event.pop('timestamp', ''))[:19]}Z"
        event.pop("logger", None)
        trouble = event.pop("exception", None)
        about = " ".join(f"{key}={_one_line(str(one))}" for key, one in _ordered(event).items())
        line = f"{at} {told}" + (f"  {about}" if about else "")
        if colours and level in _ANSI:
            line = f"{_ANSI[level]}{line}{_PLAIN}"
        return f"{line}\n{trouble}" if trouble else line

    return render


def _one_line(text: str) -> str:
    """A text that may come from outside, without what would begin a line or move a cursor."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )
