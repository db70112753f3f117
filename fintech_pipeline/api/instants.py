"""Instants as clients send them: with an offset, taken as UTC."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime


def _utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("no calendar has this instant in UTC") from None


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
"""An instant with its offset from UTC, such as `2026-03-02T15:00:00Z`; read as UTC."""
