"""Parameters that lists share: a stretch of time, and words that are looked for."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from fintech_pipeline.api.paging import instant_of, place_of
from fintech_pipeline.api.problems import Refusal

FromAt = Annotated[
    AwareDatetime | None,
    Query(
        alias="from",
        description="From this instant on, with its time zone.",
        examples=["2026-03-02T00:00:00Z"],
    ),
]
ToAt = Annotated[
    AwareDatetime | None,
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
