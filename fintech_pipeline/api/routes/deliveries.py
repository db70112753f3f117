"""Deliveries: the messages that tell of alerts, and what became of each."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query

from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.delivery_story import DeliveryShown, deliveries_page
from fintech_pipeline.alerts.masking import contact_shown, discreet
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.api.callers import By, Role
from fintech_pipeline.api.paging import Cursor, Limit, Page, page_of, place_of
from fintech_pipeline.api.problems import documented
from fintech_pipeline.api.services import Given
from fintech_pipeline.api.spans import TEXT

router = APIRouter(tags=["deliveries"])


@router.get("/deliveries", responses=documented(400))
async def list_deliveries(
    given: Given,
    by: By,
    progress: Annotated[
        Progress | None, Query(description="Only those that have come so far.")
    ] = None,
    person: Annotated[
        str | None, Query(max_length=100, pattern=TEXT, description="Only those to this person.")
    ] = None,
    channel: Annotated[ChannelName | None, Query(description="Only those by it.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[DeliveryShown]:
    """Messages, the newest first, with what was tried of each."""
    place = place_of(cursor, int)
    before = None if place is None else int(place[0])
    found = await given.reads.of(
        lambda connection: deliveries_page(
            connection,
            progress=progress,
            person=person,
            channel=channel,
            before=before,
            most=limit + 1,
        )
    )
    whole = by.role is Role.EDITOR
    shown = [_shown(one, whole) for one in found]
    return page_of(shown, limit, lambda one: (one.delivery_id,))


def _shown(one: DeliveryShown, whole: bool) -> DeliveryShown:
    """The same message with what may be shown of its address."""

    def of(text: str) -> str:
        return discreet(text, one.contact, whole)

    return replace(
        one,
        contact=contact_shown(one.contact, whole),
        told=of(one.told),
        instead_of=of(one.instead_of),
        attempts=tuple(replace(tried, told=of(tried.told)) for tried in one.attempts),
    )
