"""What a message tells of an alert: the facts of the moment it was decided, nothing later. Pure.

They are stored with the decision, so that a message that is sent again is the same message.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo

from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.rules import Severity


class Telling(StrEnum):
    """Why a person is told of an alert."""

    FIRED = "fired"
    REPEATED = "repeated"
    RESOLVED = "resolved"
    NO_DATA = "no_data"
    ERROR = "error"
    ESCALATED = "escalated"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one alert.

    Attributes:
        alert_id: The alert's number, by which it is acknowledged; 0 in a test.
        telling: Why it is told.
        rule: The rule's name.
        severity: How much it matters.
        subject: The symbol, or the part of the pipeline, or the provider.
        subject_name: The company's name; empty where the subject is no symbol.
        reason: Why the alert is as it is, a sentence with the value and the threshold.
        at: The slot, or the instant of the look (UTC).
        since: When its condition began to hold (UTC).
        metric: What the rule looks at.
        value: The value; None where there is none.
        note: The rule's note.
        price: The slot's close; None where the subject is no symbol, like the five that follow.
        change_pct: Since the last close of the session before.
        currency: Of the price, ISO 4217.
        score: The signal's score.
        action: The signal's action.
        confidence: The signal's confidence.
        why: What moved the score most, phrases, the strongest first.
        strategy: The label of the strategy that made the signal.
        of_symbols: How many symbols the rule is about.
        simulated: Whether it is made up.
    """

    alert_id: int
    telling: Telling
    rule: str
    severity: Severity
    subject: str
    subject_name: str
    reason: str
    at: datetime
    since: datetime
    metric: str
    value: float | None
    note: str = ""
    price: float | None = None
    change_pct: float | None = None
    currency: str | None = None
    score: float | None = None
    action: str | None = None
    confidence: float | None = None
    why: tuple[str, ...] = ()
    strategy: str = ""
    of_symbols: int = 1
    simulated: bool = False

    def stored(self) -> dict[str, Any]:
        """As JSON knows it."""
        # Not `asdict`, which copies everything and takes twenty times as long.
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return values | {"at": self.at.isoformat(), "since": self.since.isoformat()}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """From what `stored` gave; a key of a later version is left alone."""
        values = {field.name: stored[field.name] for field in fields(cls) if field.name in stored}
        values |= {
            "telling": Telling(values["telling"]),
            "severity": Severity(values["severity"]),
            "at": datetime.fromisoformat(values["at"]),
            "since": datetime.fromisoformat(values["since"]),
            "why": tuple(values.get("why", ())),
        }
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one contact: what the outbox holds and a channel sends.

    Attributes:
        delivery_id: Its number; with it a message is recognised at the other side.
        person: Whom it is for.
        contact: Where it goes.
        created_at: When it was decided (UTC).
        told: What it tells, the most severe first; at least one.
        answers: The number of the message that told the beginning of the same alert to the same
            contact; None where it is the first.
        instead_of: Why it goes this way and not the one the rule names, a sentence; empty where it
            goes the rule's way.
        time_zone: The person's, by its IANA name; instants are told in it.
        answered_at: When the message that it answers was decided (UTC); None where it is the first.
    """

    delivery_id: int
    person: str
    contact: Contact
    created_at: datetime
    told: tuple[Told, ...]
    answers: int | None = None
    instead_of: str = ""
    time_zone: str = "UTC"
    answered_at: datetime | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which its reader reads instants."""
        return ZoneInfo(self.time_zone)

    @property
    def severity(self) -> Severity:
        """The greatest of what it tells."""
        return max((one.severity for one in self.told), key=lambda severity: severity.rank)

    @property
    def simulated(self) -> bool:
        """Whether any of it is made up."""
        return any(one.simulated for one in self.told)


@dataclass(frozen=True, slots=True)
class Links:
    """Where pages are.

    Attributes:
        public_url: The dashboard's address, without a slash at the end; None where there is none.
    """

    public_url: str | None = None

    def signal(self, told: Told) -> str | None:
        """The page of the signal behind an alert; None where there is no address or no signal."""
        if self.public_url is None or told.score is None:
            return None
        return f"{self.public_url}/signals/{told.subject}/{told.at:%Y-%m-%dT%H:%MZ}"

    def alert(self, told: Told) -> str | None:
        """The alert's own page."""
        return f"{self.public_url}/alerts/{told.alert_id}" if self.public_url else None


MARKET_WIDE_SYMBOLS = 5
"""A rule that tells of at least so many symbols at once, and of a third of its own, tells of a move
of the whole market: its members are one block of the message."""
MARKET_WIDE_SHARE = 1 / 3
LATE = timedelta(minutes=90)
"""A message that leaves later than this after what it tells of says so."""
