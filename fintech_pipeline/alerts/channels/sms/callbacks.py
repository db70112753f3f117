"""What Twilio posts to our address when a message moves on, and whether it is Twilio that does."""

import re
from collections.abc import Mapping

from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from fintech_pipeline.alerts.channels.sms.statuses import Sms
from fintech_pipeline.errors import Rejected

SIGNATURE_HEADER = "X-Twilio-Signature"
_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")


def reported(form: Mapping[str, str], signature: str, url: str, token: SecretStr) -> Sms:
    """The message as a callback tells of it.

    Twilio signs the address and the whole form, by twilio.com/docs/usage/security; it adds fields
    now and then, so any are taken.

    Args:
        form: What was posted.
        signature: The header X-Twilio-Signature.
        url: The whole address that Twilio was given, with its query.
        token: The account's.

    Raises:
        Rejected: The signature is wrong, or the form is about no message.
    """
    if not RequestValidator(token.get_secret_value()).validate(url, dict(form), signature):
        raise Rejected(
            "A report on an SMS was not signed by Twilio, so it was ignored; if it was Twilio's, "
            "alerts.public_url is not the address it knows, or TWILIO_AUTH_TOKEN is not the "
            "account's."
        )
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    status = form.get("MessageStatus") or form.get("SmsStatus")
    if not _SID.fullmatch(sid) or not status:
        raise Rejected("A report of Twilio's names no SMS and status; it was ignored.")
    code = form.get("ErrorCode", "")
    return Sms(
        sid,
        status,
        to=form.get("To", ""),
        error_code=int(code) if re.fullmatch("[0-9]{1,9}", code) else None,
    )
