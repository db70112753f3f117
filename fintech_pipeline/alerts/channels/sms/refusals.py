"""What Twilio's refusals mean. Pure.

The facts are Twilio's own dictionary of errors, twilio.com/docs/errors/CODE. It says itself that
codes are divided further from time to time, so one that is not known here is judged by the HTTP
status alone. Twilio's text is never passed on: it quotes the number and may quote what was sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from fintech_pipeline.alerts.phone import discreet
from fintech_pipeline.errors import (
    Ambiguous,
    ContactEnded,
    DeliveryError,
    Malformed,
    ProviderError,
    RateLimited,
    Rejected,
    Retryable,
    Unauthorized,
    Unavailable,
)

USUAL_PAUSE = timedelta(seconds=10)
"""What "too many requests" means here; Twilio gives no span of its own."""
_ENDED: Mapping[int, str] = MappingProxyType(
    {
        21211: "Twilio says that {number} is no phone number; correct the contact",
        21217: "Twilio says that {number} is no phone number; correct the contact",
        21265: "{number} is a short code, which gets no SMS; correct the contact",
        21610: "{number} has opted out of our SMS; send START from it to get them again",
        21614: "Twilio says that {number} is no mobile number; correct the contact",
        21635: "{number} is a landline, which gets no SMS; correct the contact",
    }
)
"""Nothing will ever be accepted there."""
_REJECTED: Mapping[int, str] = MappingProxyType(
    {
        21266: "{number} is the sender itself, and Twilio sends nothing from a number to itself",
        21408: "Twilio may not send to the country of {number}; allow it in Twilio's Console under "
        "Messaging, Geo permissions",
        21608: "Twilio's trial accounts reach verified numbers alone; verify {number} in Twilio's "
        "Console, or upgrade the account",
        21612: "Twilio has no way from alerts.twilio.sender to {number}; a sender of another kind "
        "may have one",
    }
)
"""What keeps this person from being reached, and no repetition mends."""
_SENDER = "Twilio may not send from alerts.twilio.sender; set a sender of the account"
_TOKEN = "Twilio refuses the account's login; check TWILIO_AUTH_TOKEN and alerts.twilio.account_sid"  # noqa: S105
_INACTIVE = "Twilio's account is suspended or closed; look into Twilio's Console"
_UNKNOWN_ACCOUNT = (
    "Twilio knows no such account at this address; check alerts.twilio.account_sid and base_url"
)
_OURS: Mapping[int, str] = MappingProxyType(
    {
        20003: _TOKEN,
        20005: _INACTIVE,
        20403: _INACTIVE,
        20404: _UNKNOWN_ACCOUNT,
        **dict.fromkeys((21212, 21603, 21606, 21659, 21660, 21661, 21701, 21703, 21705), _SENDER),
    }
)
"""What keeps everybody from being reached until it is mended in the account or the settings."""
_QUEUE_FULL = 21611
_PASSING = frozenset({408, 429})
_HTTP: Mapping[int, str] = MappingProxyType({401: _TOKEN, 403: _INACTIVE, 404: _UNKNOWN_ACCOUNT})


@dataclass(frozen=True, slots=True)
class Failure:
    """A request without a good answer.

    Attributes:
        error: What it means for the message.
        ledger: What it means for the vendor's standing in the ledger.
        made: Whether Twilio may have seen the request.
        free: Whether it certainly costs nothing.
    """

    error: DeliveryError
    ledger: ProviderError
    made: bool = True
    free: bool = True


def refused(status: int, code: int | None, number: str) -> Failure:
    """What Twilio's answer to a new message means, where it is no message.

    Args:
        status: The HTTP status. One of success means that its answer could not be read.
        code: Twilio's own code in the answer; None where there is none.
        number: Whom the message was for, E.164.
    """
    # A code beside another status would contradict it, and the status is the careful one.
    refusal = 400 <= status < 500 and status not in _PASSING
    whom, number_of_error = discreet(number), (code or 0) if refusal else 0
    if number_of_error in _ENDED:
        return _final(ContactEnded(f"{_ENDED[number_of_error].format(number=whom)}."))
    if number_of_error in _REJECTED:
        return _final(Rejected(f"{_REJECTED[number_of_error].format(number=whom)}."))
    if status == 429 or number_of_error == _QUEUE_FULL:
        told = "Twilio takes no more SMS for the moment; nothing was sent, and it is tried again."
        return Failure(Retryable(told), RateLimited(told, USUAL_PAUSE))
    if status >= 500 or status == 408 or 200 <= status < 300:
        return maybe(_what_happened(status))
    ours = _OURS.get(number_of_error) or _HTTP.get(status)
    if ours is not None:
        told = f"{ours}. Nothing was sent."
        return Failure(Retryable(told), Unauthorized(told))
    if 300 <= status < 400:
        told = "Twilio's address redirects, which is not followed; check alerts.twilio.base_url."
        return Failure(Retryable(told), Malformed(told))
    numbered = f"error {code}" if code else f"HTTP {status}"
    return _final(
        Rejected(
            f"Twilio does not take the SMS to {whom} ({numbered}; see "
            f"twilio.com/docs/errors{f'/{code}' if code else ''})."
        )
    )


def maybe(happened: str) -> Failure:
    """It may have been sent: Twilio may take a message and fail to say so.

    Args:
        happened: A clause.
    """
    told = f"{happened}, so the SMS may have been sent or not; Twilio is asked which."
    return Failure(Ambiguous(told), Unavailable(told), free=False)


def unsent(happened: str) -> Failure:
    """It was certainly not sent, because the request never reached Twilio.

    Args:
        happened: A clause.
    """
    told = f"{happened}; nothing was sent, and it is tried again."
    return Failure(Retryable(told), Unavailable(told), made=False)


def unanswered(status: int, code: int | None) -> Failure:
    """What Twilio's answer to a question about messages means, where it is no answer to it."""
    ours = _OURS.get(code or 0) or {401: _TOKEN, 403: _INACTIVE}.get(status)
    if status == 429:
        told = "Twilio wants to be asked later what became of its SMS."
        return Failure(Retryable(told), RateLimited(told, USUAL_PAUSE))
    if status == 404:
        told = "Twilio knows no such SMS; it may have been deleted there."
        return _final(Rejected(told))
    if ours is not None:
        return Failure(Retryable(f"{ours}."), Unauthorized(f"{ours}."))
    return unheard(_what_happened(status))


def unheard(happened: str, made: bool = True) -> Failure:
    """A question about messages was not answered; asking again is harmless.

    Args:
        happened: A clause.
        made: Whether Twilio may have seen it.
    """
    told = f"{happened}; it is asked again what became of its SMS."
    return Failure(Retryable(told), Unavailable(told), made)


def _final(error: Rejected) -> Failure:
    return Failure(error, Malformed(str(error)))


def _what_happened(status: int) -> str:
    if 200 <= status < 400:
        return "Twilio sent an answer that cannot be read"
    return f"Twilio failed with HTTP {status}"
