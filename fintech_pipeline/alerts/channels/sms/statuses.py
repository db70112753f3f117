"""What Twilio tells of a message it has taken, and how far that is. Pure.

The statuses are those of its `MessageInstance.Status`; what they mean stands in its help pages on
message statuses, what the codes mean in its dictionary of errors, twilio.com/docs/errors/CODE.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.alerts.phone import discreet

LAST_WORD = timedelta(hours=6)
"""A phone's network that has confirmed nothing so long after it took a message seldom ever does:
many send no confirmations at all."""
_OPTED_OUT = 21610
_WITHIN_TWILIO: Mapping[str, str] = MappingProxyType(
    {
        "accepted": "Twilio has taken it and chooses a sender",
        "scheduled": "Twilio has taken it and sends it later",
        "queued": "it waits in Twilio's queue",
        "sending": "Twilio hands it to the phone's network",
    }
)
_ARRIVED = frozenset({"delivered", "read", "partially_delivered"})
_FAILED = frozenset({"undelivered", "failed", "canceled"})
_WHY: Mapping[int, str] = MappingProxyType(
    {
        21610: "the number has opted out of our SMS; send START from it to get them again",
        30001: "Twilio's queue was full",
        30002: "Twilio's account is suspended",
        30003: "the phone is switched off or out of reach",
        30004: "the number blocks our SMS, or can get none",
        30005: "the network knows no such number; it may be out of service",
        30006: "it is a landline, or its network cannot be reached",
        30007: "Twilio or the network took it for spam",
        30008: "the network gave no reason",
        30032: "Twilio has not verified our toll-free number yet",
        30034: "our number is not registered for the United States (A2P 10DLC)",
        30036: "it waited too long in Twilio's queue",
        30410: "the network did not answer in time",
    }
)


@dataclass(frozen=True, slots=True)
class Sms:
    """A message as Twilio knows it.

    Attributes:
        sid: Its number there.
        status: One of `MessageInstance.Status`.
        to: Where it goes, E.164; empty where Twilio does not say.
        body: What it says; empty where Twilio does not say.
        error_code: Why it failed; None where nothing did, or nobody knows.
        segments: How many SMS it is; None where Twilio does not know yet.
        cost_usd: What Twilio asks for it; None until it has said so, or in another currency.
        created_at: When Twilio took it (UTC).
        sent_at: When Twilio handed it on (UTC); while it waits, None or when it was taken.
    """

    sid: str
    status: str
    to: str = ""
    body: str = ""
    error_code: int | None = None
    segments: int | None = None
    cost_usd: Decimal | None = None
    created_at: datetime | None = None
    sent_at: datetime | None = None


def receipt(sms: Sms, now: datetime) -> Receipt:
    """How far the message has come.

    What the network has taken is `ACCEPTED` as long as it may yet say more, and `SENT`, the end,
    six hours later. What it says later still by a callback moves it on all the same.

    Args:
        sms: The message.
        now: The present (UTC).
    """
    progress, told = _progress(sms, now)
    opted_out = progress is Progress.FAILED and sms.error_code == _OPTED_OUT
    return Receipt(
        progress,
        told,
        sms.sid,
        sms.segments,
        sms.cost_usd,
        f"{_called(sms.to)} has opted out of our SMS; send START from it to get them again."
        if opted_out
        else None,
    )


def _progress(sms: Sms, now: datetime) -> tuple[Progress, str]:
    status = sms.status
    if status in _WITHIN_TWILIO:
        return Progress.ACCEPTED, f"Accepted: {_WITHIN_TWILIO[status]}."
    if status == "sent":
        if sms.sent_at is not None and now - sms.sent_at >= LAST_WORD:
            return Progress.SENT, "The phone's network took it and has confirmed nothing since."
        return Progress.ACCEPTED, "The phone's network took it, and has not confirmed it yet."
    if status in _ARRIVED:
        return Progress.DELIVERED, "The phone's network confirmed that it arrived."
    if status in _FAILED:
        return Progress.FAILED, _why(sms)
    # One that Twilio has added since; nothing moves back, so this says the least.
    return Progress.ACCEPTED, "Twilio has it, in a state that is not known here."


def _why(sms: Sms) -> str:
    if sms.status == "canceled":
        return "It was canceled at Twilio before it was sent."
    end = "did not arrive" if sms.status == "undelivered" else "was not sent"
    if sms.error_code is None:
        return f"It {end}, and Twilio does not say why."
    why = _WHY.get(sms.error_code, f"see twilio.com/docs/errors/{sms.error_code}")
    return f"It {end}: {why} (Twilio's error {sms.error_code})."


def _called(to: str) -> str:
    return discreet(to) if to.startswith("+") else "The number"
