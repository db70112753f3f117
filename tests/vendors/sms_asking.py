"""What tests of SMS send, and by which channel."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import SecretStr

from fintech_pipeline.alerts.channels.channel import Receipt
from fintech_pipeline.alerts.channels.sms.channel import SmsChannel
from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.alerts.told import Message, Telling, Told
from fintech_pipeline.errors import DeliveryError
from fintech_pipeline.quota.granting import Granted
from tests.vendors.gemini_asking import Grants
from tests.vendors.twilio_standin import ACCOUNT, SENDER, TOKEN, TwilioStandIn

NUMBER, OTHER = "+4915112345678", "+447400123456"
PER_SEGMENT = Decimal("0.05")
QUICK = timedelta(seconds=0.6)
"""How long a test waits for an answer that does not come."""


def message(
    delivery_id: int = 7, number: str = NUMBER, reason: str = "AAPL: score +0.72 is above +0.60"
) -> Message:
    """A message of one alert; its text is the reason."""
    now = datetime.now(UTC)
    told = Told(
        1,
        Telling.FIRED,
        "strong buys",
        Severity.CRITICAL,
        "AAPL",
        "Apple Inc.",
        reason,
        now,
        now,
        "score",
        0.72,
    )
    return Message(delivery_id, "anna", Contact(ChannelName.SMS, number, 1), now, (told,))


def text_of(message: Message) -> str:
    return message.told[0].reason


def channel(url: str, granted: Granted | None = None, **changes: Any) -> SmsChannel:
    """A channel to a stand-in; everything is granted unless something else is given."""
    values: dict[str, Any] = {
        "account_sid": ACCOUNT,
        "auth_token": SecretStr(TOKEN),
        "sender": SENDER,
        "text_of": text_of,
        "granted": granted or Grants(),
        "usd_per_segment": PER_SEGMENT,
        "base_url": url,
        "timeout": timedelta(seconds=8),
    }
    return SmsChannel(**(values | changes))


def outcome(channel: SmsChannel, sent: Message) -> Receipt | DeliveryError:
    """What becomes of one message."""
    ((of, came),) = channel.send([sent])
    assert of is sent
    return came


def accepted(channel: SmsChannel, sent: Message) -> Receipt:
    came = outcome(channel, sent)
    assert isinstance(came, Receipt)
    return came


def refused(channel: SmsChannel, sent: Message) -> DeliveryError:
    """Why it was not sent: one sentence or two, without a secret."""
    came = outcome(channel, sent)
    assert isinstance(came, DeliveryError)
    told = str(came)
    assert told.endswith(".")
    assert "\n" not in told
    assert TOKEN not in told
    assert sent.contact.address not in told
    assert came.__cause__ is None
    assert came.__context__ is None or came.__suppress_context__
    return came


def bodies(twilio: TwilioStandIn) -> list[str]:
    return [one["body"] for one in twilio.messages.values()]
