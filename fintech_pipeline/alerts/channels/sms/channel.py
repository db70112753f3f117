"""The channel `sms`: by Twilio, at most once each, within the day's budget.

A message that may have been sent is never sent again: `find` asks Twilio, by the mark at its end.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from pydantic import SecretStr

from fintech_pipeline.alerts.channels.channel import Receipt
from fintech_pipeline.alerts.channels.sms.callbacks import reported
from fintech_pipeline.alerts.channels.sms.refusals import Failure
from fintech_pipeline.alerts.channels.sms.segments import segments
from fintech_pipeline.alerts.channels.sms.statuses import receipt
from fintech_pipeline.alerts.channels.sms.text import MOST_SEGMENTS, carries, sms_text
from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.told import Message
from fintech_pipeline.clock import Clock, utc_now
from fintech_pipeline.errors import (
    DeliveryError,
    NotConfigured,
    OverBudget,
    ProviderError,
    QuotaExhausted,
    Retryable,
    StorageError,
)
from fintech_pipeline.quota.calls import Call, Usage
from fintech_pipeline.quota.granting import Granted

if TYPE_CHECKING:
    from fintech_pipeline.alerts.channels.sms.asking import Asking

T = TypeVar("T")
TWILIO = "https://api.twilio.com"
SMS, STATUS, SEARCH = "SMS", "SMS status", "SMS search"
"""The purposes that stand in the ledger."""
CLOCKS_APART = timedelta(minutes=5)
"""How far Twilio's clock and ours may be apart."""


@dataclass(frozen=True, eq=False)
class SmsChannel:
    """Sends SMS by Twilio.

    Attributes:
        account_sid: The account.
        auth_token: Its token; also signs the callbacks.
        sender: A number, the name of a sender, or a messaging service (`MG…`).
        text_of: The short text of a message.
        granted: Asked before each request, and told what came of it.
        usd_per_segment: What an SMS costs at most; so much of the day's budget is set aside.
        base_url: Where Twilio is asked.
        timeout: For an answer.
        clock: The present.
        callback_url: Where Twilio reports what becomes of a message; None: it is only asked.
        most_segments: How many SMS a message may be at most; a longer text is cut.
    """

    account_sid: str
    auth_token: SecretStr = field(repr=False)
    sender: str
    text_of: Callable[[Message], str]
    granted: Granted
    usd_per_segment: Decimal
    base_url: str = TWILIO
    timeout: timedelta = timedelta(seconds=20)
    clock: Clock = utc_now
    callback_url: str | None = None
    most_segments: int = MOST_SEGMENTS
    name: ChannelName = field(default=ChannelName.SMS, init=False)
    repeatable: bool = field(default=False, init=False)
    # Where the process dies, what was given to it and not sent yet may have been, for all we know.
    together: int = field(default=1, init=False)

    def send(
        self, messages: Sequence[Message]
    ) -> Iterator[tuple[Message, Receipt | DeliveryError]]:
        """Sends the messages, each once, and says of each what became of it.

        What the day's budget holds no more is `OverBudget`: tomorrow it would be stale.
        """
        for message in messages:
            try:
                yield message, self._sent(message)
            except DeliveryError as error:
                yield message, error

    def status(self, vendor_id: str) -> Receipt:
        """What has become of a message since.

        Raises:
            Retryable: Twilio does not say now.
            Rejected: It knows no such message.
        """
        call = Call(self._path(f"/{vendor_id}"), {}, STATUS)
        return receipt(self._asked(call, lambda: self.asking.fetch(vendor_id)), self.clock())

    def find(self, contact: Contact, delivery_id: int, since: datetime) -> Receipt | None:
        """Whether Twilio has a message that may have been sent, and what became of it.

        Args:
            contact: Whom it was for.
            delivery_id: Its number.
            since: When the attempt began (UTC). None of an earlier one is taken for it: another
                database may have used the same number.

        Returns:
            None where Twilio does not list it. In the first minutes that means nothing: a request
            may still be on its way into its books.

        Raises:
            Retryable: Twilio does not say now.
        """
        earliest = since - CLOCKS_APART
        # By date as far back as needed; then the newest, for one that waits has no date yet.
        for after in (earliest, None):
            call = Call(self._path(), {}, SEARCH)
            for sms in self._asked(call, lambda: self.asking.listed(contact.address, after)):  # noqa: B023
                made_since = sms.created_at is None or sms.created_at >= earliest
                if made_since and carries(sms.body, delivery_id):
                    return receipt(sms, self.clock())
        return None

    def callback(self, form: Mapping[str, str], signature: str, url: str) -> tuple[str, Receipt]:
        """What Twilio reports of a message by itself, in any order and more than once.

        Args:
            form: What was posted.
            signature: The header X-Twilio-Signature.
            url: The whole address that Twilio was given, with its query.

        Returns:
            Twilio's number of the message, and how far it has come.

        Raises:
            Rejected: Twilio did not sign it, or it is about no message.
        """
        sms = reported(form, signature, url, self.auth_token)
        return sms.sid, receipt(sms, self.clock())

    @cached_property
    def asking(self) -> "Asking":
        """The way to Twilio; made when it is first needed, because the SDK is slow."""
        from fintech_pipeline.alerts.channels.sms.asking import Asking

        return Asking(
            self.account_sid,
            self.auth_token,
            self.sender,
            self.base_url,
            self.timeout,
            self.clock,
            self.callback_url,
        )

    def _sent(self, message: Message) -> Receipt:
        body = sms_text(self.text_of(message), message.delivery_id, self.most_segments)
        count = segments(body)
        call = Call(self._path(), {}, SMS, most_usd=self.usd_per_segment * count)
        sms = self._asked(
            call,
            lambda: self.asking.create(message.contact.address, body),
            lambda sms: Usage(cost_usd=self.usd_per_segment * (sms.segments or count)),
        )
        came = receipt(sms, self.clock())
        return came if came.segments else _counted(came, count)

    def _asked(
        self,
        call: Call,
        ask: Callable[[], T | Failure],
        used: Callable[[T], Usage] = lambda _: Usage(),
    ) -> T:
        """Asks, where it is granted, and tells the ledger what came of it.

        Raises:
            DeliveryError: What it came to instead.
        """
        try:
            with self.granted(call) as outcome:
                came = ask()
                if not isinstance(came, Failure):
                    outcome.usage = used(came)
                    return came
                outcome.error, outcome.made = came.ledger, came.made
                outcome.usage = Usage() if came.free else None
        except ProviderError as error:
            raise _not_granted(call, error) from None
        except StorageError as error:
            raise Retryable(f"Nothing was asked of Twilio: {error}") from None
        raise came.error

    def _path(self, below: str = "") -> str:
        return f"/2010-04-01/Accounts/{self.account_sid}/Messages{below}.json"


def _counted(came: Receipt, count: int) -> Receipt:
    return Receipt(
        came.progress, came.told, came.vendor_id, count, came.cost_usd, came.ends_contact
    )


def _not_granted(call: Call, error: ProviderError) -> DeliveryError:
    """Why nothing was asked: what costs has its day's end by our own count, the rest passes."""
    if call.most_usd and isinstance(error, QuotaExhausted | NotConfigured):
        return OverBudget(f"The day's SMS budget is spent: {error}")
    return Retryable(str(error))
