"""Deliveries: the messages that leave, and what a vendor reports of them."""

import asyncio
from dataclasses import replace
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Header, Query, Request

from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.delivery_story import DeliveryShown, deliveries_page
from fintech_pipeline.alerts.masking import contact_shown, discreet
from fintech_pipeline.alerts.outbox import Outbox
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.api.callers import By, Role
from fintech_pipeline.api.paging import Cursor, Limit, Page, page_of, place_of
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given
from fintech_pipeline.api.typed import Name
from fintech_pipeline.errors import Rejected

router = APIRouter(tags=["deliveries"])
MOST_FIELDS = 100
FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                    "examples": [{"MessageSid": f"SM{'0' * 32}", "MessageStatus": "delivered"}],
                }
            }
        },
    }
}


def _shown(one: DeliveryShown, whole: bool) -> DeliveryShown:
    def of(text: str) -> str:
        return discreet(text, one.contact, whole)

    return replace(
        one,
        contact=contact_shown(one.contact, whole),
        told=of(one.told),
        instead_of=of(one.instead_of),
        attempts=tuple(replace(tried, told=of(tried.told)) for tried in one.attempts),
    )


@router.get("/deliveries")
async def list_deliveries(
    given: Given,
    by: By,
    progress: Annotated[Progress | None, Query(description="Only those.")] = None,
    person: Annotated[Name | None, Query(description="Only to this person.")] = None,
    channel: Annotated[ChannelName | None, Query(description="Only by this way.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[DeliveryShown]:
    """Messages with what was tried of each, the newest first."""
    place, whole = place_of(cursor, int), by.role is Role.EDITOR
    found = await given.reads.of(
        lambda connection: deliveries_page(
            connection,
            progress=progress,
            person=person,
            channel=channel,
            before=None if place is None else int(place[0]),
            most=limit + 1,
        )
    )
    return page_of([_shown(one, whole) for one in found], limit, lambda one: (one.delivery_id,))


@router.post(
    "/sms/status",
    status_code=204,
    responses=documented(400, 404),
    openapi_extra=FORM,
)
async def receive_sms_status(
    request: Request,
    given: Given,
    x_twilio_signature: Annotated[str, Header(max_length=200)] = "",
) -> None:
    """Takes in what Twilio reports of an SMS; whoever asks is known by the signature alone.

    The same report again, or an older one, changes nothing.
    """
    url = given.settings.alerts.sms_status_url
    if given.hear_sms is None or url is None:
        raise Refusal(
            404, "No SMS vendor reports here: alerts.twilio or alerts.public_url is not set."
        )
    try:
        text = (await request.body()).decode()
        form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise Refusal(400, "The body is no form in UTF-8.") from None
    try:
        vendor_id, receipt = given.hear_sms(form, x_twilio_signature, url)
    except Rejected as error:
        raise Refusal(403, str(error)) from None
    await asyncio.to_thread(Outbox(given.database).hear, vendor_id, receipt, given.clock())
