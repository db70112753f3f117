"""What the SMS vendor reports of messages by itself."""

import asyncio
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Header, Request

from fintech_pipeline.alerts.outbox import Outbox
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given
from fintech_pipeline.errors import Rejected

router = APIRouter(tags=["deliveries"])
MOST_FIELDS = 100


@router.post("/sms/status", status_code=204, responses=documented(400, 404))
async def hear_sms_status(
    request: Request,
    given: Given,
    signature: Annotated[str, Header(alias="X-Twilio-Signature", max_length=200)] = "",
) -> None:
    """Takes in how far an SMS has come, as Twilio reports and signs it; repeats change nothing."""
    url = given.settings.alerts.sms_status_url
    if given.hear_sms is None or url is None:
        raise Refusal(404, "No SMS vendor reports here: set alerts.twilio and alerts.public_url.")
    try:
        text = (await request.body()).decode("utf-8")
        form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
        vendor_id, receipt = given.hear_sms(form, signature, url)
    except ValueError:
        raise Refusal(400, "The body is no form in UTF-8.") from None
    except Rejected:
        raise Refusal(403, "The signature is not that of this account.") from None
    await asyncio.to_thread(Outbox(given.database).hear, vendor_id, receipt, given.clock())
