"""What can be subscribed to, as brokers and the AsyncAPI document call it."""

from dataclasses import dataclass
from typing import Any

from fintech_pipeline.publishing.cloud_events import Kind
from fintech_pipeline.publishing.contents import (
    AlertChanged,
    CloudEventOf,
    OutcomeSettled,
    SignalMade,
)


@dataclass(frozen=True, slots=True)
class Channel:
    """One kind of what is published.

    Attributes:
        title: Its name.
        description: When something comes.
        schema: What a message holds.
    """

    title: str
    description: str
    schema: Any


class SignalEvent(CloudEventOf[SignalMade]):
    """A signal was made."""


class AlertEvent(CloudEventOf[AlertChanged]):
    """An alert has changed."""


class OutcomeEvent(CloudEventOf[OutcomeSettled]):
    """An outcome was settled."""


CHANNELS = {
    Kind.SIGNAL: Channel(
        "signals",
        "fintech.signal.made: every signal of a live slot, a message a symbol and strategy.",
        SignalEvent,
    ),
    Kind.ALERT: Channel(
        "alerts",
        "fintech.alert.CHANGE: pending, fired, resolved and so on, a message a change.",
        AlertEvent,
    ),
    Kind.OUTCOME: Channel(
        "outcomes",
        "fintech.outcome.settled: what came after a live signal, a message a horizon.",
        OutcomeEvent,
    ),
}
"""By what they are about."""


def destination(name: str) -> str:
    """What the exchange or the topic of a configuration is called, whichever broker it is.

    Made-up data has another configuration, and so another destination, than real data.
    """
    return f"fintech.{name}"
