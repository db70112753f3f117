"""Parameters that lists share: a stretch of time, and words that are looked for."""

import re
from datetime import date, datetime
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime, BeforeValidator

from fintech_pipeline.api.paging import instant_of, place_of
from fintech_pipeline.api.problems import Refusal

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _written(value: object) -> object:
    """Only what is written as a date: pydantic would take 0 for the first of January 1970."""
    if isinstance(value, str) and not _DAY.match(value):
        raise ValueError("write it like 2026-03-02, an instant like 2026-03-02T14:30:00Z")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_written)]
Day = Annotated[date, BeforeValidator(_written)]
FromAt = Annotated[
    Instant | None,
    Query(
        alias="from",
        description="From this instant on, with its time zone.",
        examples=["2026-03-02T00:00:00Z"],
    ),
]
ToAt = Annotated[
    Instant | None,
    Query(
        alias="to",
        description="Before this instant, with its time zone.",
        examples=["2026-03-03T00:00:00Z"],
    ),
]
TEXT = r"^[^\x00]*$"
"""What the database can look for; it knows no text with a NUL."""


def require_order(since: datetime | None, until: datetime | None) -> None:
    """Lets pass what can hold something.

    Raises:
        Refusal: It ends before it begins.
    """
    if since is not None and until is not None and since > until:
        raise Refusal(422, "The parameter from lies after to; swap them.")


def before_of(cursor: str | None) -> tuple[datetime, int] | None:
    """The place in a list by instant and id, newest first, that the cursor stands for.

    Raises:
        Refusal: It is no cursor of such a list.
    """
    place = place_of(cursor, int, int)
    return None if place is None else (instant_of(place[0]), int(place[1]))
