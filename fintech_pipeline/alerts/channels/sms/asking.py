"""The one place that speaks to Twilio through its SDK, and translates what it raises.

The SDK is given all it would else take from the environment. Importing it takes half a second, so
this module is imported when Twilio is asked.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3
from pydantic import SecretStr
from twilio.base.exceptions import TwilioException
from twilio.base.values import unset
from twilio.rest import Client

from fintech_pipeline.alerts.channels.sms.refusals import (
    Failure,
    maybe,
    refused,
    unanswered,
    unheard,
    unsent,
)
from fintech_pipeline.alerts.channels.sms.statuses import Sms
from fintech_pipeline.alerts.channels.sms.transport import Refused, Transport, Unreadable
from fintech_pipeline.clock import Clock
from fintech_pipeline.quota.exchange import Limits, TooMuch, TooSlow, meaning

T = TypeVar("T")
VALID = timedelta(hours=4)
"""How long a message may wait in Twilio's queue: an alert that is older helps nobody."""
NEWEST = 1000
"""As many messages to one number are looked through; also the most that Twilio gives at once."""
_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
_NETWORK = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
_ODD = (
    TwilioException,
    Unreadable,
    TooMuch,
    TooSlow,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
)
"""What the transport and the SDK raise on an answer that is not of Twilio's form."""


@dataclass(frozen=True, eq=False)
class Asking:
    """Twilio's messages of one account.

    Attributes:
        account_sid: The account.
        auth_token: Its token.
        sender: A number, the name of a sender, or a messaging service (`MG…`).
        base_url: Where Twilio is asked.
        timeout: For an answer.
        clock: The present.
        callback_url: Where Twilio reports what becomes of a message; None: it is only asked.
    """

    account_sid: str
    auth_token: SecretStr = field(repr=False)
    sender: str
    base_url: str
    timeout: timedelta
    clock: Clock
    callback_url: str | None = None

    def create(self, to: str, body: str) -> Sms | Failure:
        """Sends a message, once."""
        by_service = re.fullmatch("MG[0-9a-f]{32}", self.sender) is not None
        sender = {"messaging_service_sid" if by_service else "from_": self.sender}
        return self._tried(
            lambda: _sms(
                self._messages.create(
                    to=to,
                    body=body,
                    validity_period=int(VALID.total_seconds()),
                    status_callback=self.callback_url or unset,
                    **sender,
                )
            ),
            lambda status, code: refused(status, code, to),
            lambda happened, made: maybe(happened) if made else unsent(happened),
        )

    def fetch(self, sid: str) -> Sms | Failure:
        """How a message stands."""
        return self._tried(lambda: _sms(self._messages(sid).fetch()), unanswered, unheard)

    def listed(self, to: str, since: datetime | None) -> Sequence[Sms] | Failure:
        """The newest messages to a number.

        Args:
            to: E.164.
            since: Only those sent since the begin of this instant's day (UTC); one that waits in
                Twilio's queue may have no such date yet. None: all.
        """
        after = (
            unset if since is None else since.astimezone(UTC).replace(hour=0, minute=0, second=0)
        )
        return self._tried(
            lambda: [
                _sms(one) for one in self._messages.list(to=to, date_sent_after=after, limit=NEWEST)
            ],
            unanswered,
            unheard,
        )

    @cached_property
    def _messages(self) -> Any:
        seconds = self.timeout.total_seconds()
        limits = Limits(
            connect_seconds=min(seconds, 5.0), silence_seconds=seconds, total_seconds=2 * seconds
        )
        client = Client(
            self.account_sid,
            self.auth_token.get_secret_value(),
            http_client=Transport(limits, self.clock),
        )
        client.edge = client.region = None  # it takes them from the environment
        client.api.base_url = self.base_url
        return client.api.v2010.account.messages

    def _tried(
        self,
        ask: Callable[[], T],
        refusal: Callable[[int, int | None], Failure],
        broken: Callable[[str, bool], Failure],
    ) -> T | Failure:
        """What was asked for, or what came instead; a foreign error ends here with all its texts.

        Args:
            ask: Asks by the SDK.
            refusal: What a status and Twilio's code mean.
            broken: What it means that the exchange broke off, by what happened and whether Twilio
                may have seen it.
        """
        host = urlsplit(self.base_url).hostname or "Twilio"
        try:
            return ask()
        except Refused as error:
            return refusal(error.status, error.code)
        except _NETWORK as error:
            told, made = meaning(host, error)
            return broken(f"Twilio gave no answer: {told}", made)
        except _ODD:
            return broken("Twilio sent an answer that cannot be read", True)


def _sms(message: Any) -> Sms:
    """What the SDK read.

    Raises:
        Unreadable: It is no message.
    """
    if not isinstance(message.sid, str) or not _SID.fullmatch(message.sid):
        raise Unreadable
    segments = str(message.num_segments or "")
    return Sms(
        message.sid,
        str(message.status),
        str(message.to or ""),
        str(message.body or ""),
        message.error_code if isinstance(message.error_code, int) else None,
        # A messaging service says 0 until it has chosen a sender.
        int(segments) or None if re.fullmatch("[0-9]{1,3}", segments) else None,
        _dollars(message.price, message.price_unit),
        message.date_created,
        message.date_sent,
    )


def _dollars(price: object, unit: object) -> Decimal | None:
    """A price is negative: what the account is charged."""
    if price is None or str(unit).upper() != "USD":
        return None
    try:
        dollars = abs(Decimal(str(price)))
    except InvalidOperation:
        return None
    return dollars if dollars.is_finite() else None
