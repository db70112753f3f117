"""What is done just now: it stands on every line of the log, and is a span of the slot's trace."""

import contextlib
from collections.abc import Iterator
from datetime import datetime

from structlog.contextvars import bound_contextvars

from fintech_pipeline.telemetry.logs import slot_name
from fintech_pipeline.telemetry.traces import Value, tracing


@contextlib.contextmanager
def doing(
    what: str,
    *,
    slot_at: datetime | None = None,
    run: str | None = None,
    symbol: str | None = None,
    **attributes: Value,
) -> Iterator[dict[str, Value]]:
    """Names what is done while it is done.

    Args:
        what: The name of its span.
        slot_at: The slot it is done for (UTC).
        run: The run that does it.
        symbol: The symbol it is about.
        attributes: What else its span tells.

    Yields:
        Takes what its span tells at its end.
    """
    slot = None if slot_at is None else slot_name(slot_at)
    about = {"run": run, "slot": slot, "symbol": symbol}
    bound = {key: value for key, value in about.items() if value is not None}
    with (
        bound_contextvars(**bound),
        tracing.span(what, slot_at, **bound, **attributes) as more,
    ):
        yield more
