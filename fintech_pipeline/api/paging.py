"""Pages: so many items and an opaque cursor to the next ones, which nothing added moves."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from fintech_pipeline.api.problems import Refusal

MOST = 500
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
Item = TypeVar("Item")
Key = str | int
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at the most.")]
Cursor = Annotated[
    str | None,
    Query(max_length=400, description="The `next` of the page before; left out for the first."),
]


class Page(BaseModel, Generic[Item]):
    """Some of many, in a fixed order."""

    model_config = ConfigDict(frozen=True)

    items: list[Item]
    next: str | None = Field(
        default=None, description="What to send as `cursor` for the next page; null at the end."
    )


def page_of(found: Sequence[Item], limit: int, key: Callable[[Item], Sequence[Key]]) -> Page[Item]:
    """The page of what was found where one more than `limit` was asked for.

    Args:
        found: At most `limit + 1`, in order.
        limit: How many are shown.
        key: What tells where in the order an item stands.
    """
    shown = list(found[:limit])
    further = cursor_of(*key(shown[-1])) if len(found) > limit else None
    return Page[Item].model_construct(items=shown, next=further)


def cursor_of(*key: Key) -> str:
    """The cursor that stands for a place in an order."""
    text = json.dumps(key, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def place_of(cursor: str | None, *kinds: type[str] | type[int]) -> tuple[Key, ...] | None:
    """The place that the cursor stands for; None for the first page.

    Args:
        cursor: What the client sent.
        kinds: What the parts of the key are.

    Raises:
        Refusal: It is no cursor of this list.
    """
    if cursor is None:
        return None
    wrong = Refusal(400, "The cursor is none of this list; leave it out to begin with the first.")
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise wrong from None
    fits = isinstance(key, list) and [type(part) for part in key] == list(kinds)
    if not fits or not all(map(_is_storable, key)):
        raise wrong
    return tuple(key)


def microseconds(at: datetime) -> int:
    """The instant as a part of a key: whole microseconds since 1970, UTC."""
    return (at - EPOCH) // MICROSECOND


def instant_of(part: Key) -> datetime:
    """The instant of a key's part.

    Raises:
        Refusal: No clock shows it.
    """
    try:
        return EPOCH + int(part) * MICROSECOND
    except OverflowError:
        raise Refusal(400, "The cursor names no instant; leave it out to begin anew.") from None


def before_of(cursor: str | None) -> tuple[datetime, int] | None:
    """The place in a list by instant and id, newest first, that the cursor stands for.

    Raises:
        Refusal: It is no cursor of such a list.
    """
    place = place_of(cursor, int, int)
    return None if place is None else (instant_of(place[0]), int(place[1]))


def _is_storable(part: Key) -> bool:
    """Whether the database could hold it: it knows neither longer numbers nor such texts."""
    if isinstance(part, int):
        return abs(part) < 2**63
    # A surrogate alone, which JSON lets through, is no letter.
    return "\x00" not in part and not any("\ud800" <= letter <= "\udfff" for letter in part)
