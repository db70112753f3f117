"""Random scenarios of alerts, drawn from a seed: rules, people, a path of scores, and faults.

A scenario says everything that happens but how long the machine takes for it. Pure.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from fintech_pipeline.alerts.lifecycle import Kind, Reading
from fintech_pipeline.alerts.people import Contact, Person, QuietHours
from fintech_pipeline.alerts.rules import (
    ChannelName,
    Metric,
    Recipient,
    Rule,
    Scope,
    Severity,
)

T = TypeVar("T")
START = datetime(2026, 3, 27, 19, 0, tzinfo=UTC)
"""Two nights before Europe's clocks are put forward."""
SLOT = timedelta(minutes=30)
SYMBOLS = ("AAPL", "KO", "META", "TSM")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo")
NIGHTS = (None, None, QuietHours(time(22), time(7)), QuietHours(time(20), time(23, 30)))
THRESHOLD, CLEAR = 0.6, 0.4
LEVELS = (0.2, 0.5, 0.7, 0.9)
MINUTES = (0, 0, 0, 30, 60)
JUMPS = tuple(timedelta(minutes=minutes) for minutes in (-600, -90, -4, -0.1, 0.2, 7, 120, 900))
WAITS = tuple(timedelta(seconds=seconds) for seconds in (0.5, 3, 8, 70, 320, 700))


class SmsFault(StrEnum):
    """What becomes of one request to the SMS vendor."""

    TIME_OUT = "no answer in time, and not taken"
    TIME_OUT_TAKEN = "taken, and no answer in time"
    CUT = "cut off, and not taken"
    CUT_TAKEN = "taken, and cut off"
    BROKEN = "503, and not taken"
    BROKEN_TAKEN = "taken, and 500"
    BUSY = "429"


class MailFault(StrEnum):
    """What becomes of one mail."""

    CUT = "cut off before it is taken"
    CUT_TAKEN = "taken, and cut off"
    TIME_OUT_TAKEN = "taken, and no answer in time"
    BUSY = "451"
    REFUSED = "554"


class DatabaseFault(StrEnum):
    """What becomes of the database while something works on it."""

    CONNECTIONS_LOST = "every connection is lost"
    RESTART = "killed and started again"


class Senders(StrEnum):
    """Who drains the outbox."""

    ONE = "one deliverer"
    TWO = "two deliverers at once"
    KILLED = "a deliverer that is killed at a moment"
    KILLED_BY_PEER = "a deliverer that is killed when its message has been taken"
    TWO_ONE_KILLED = "two deliverers at once, one of which is killed at a moment"


@dataclass(frozen=True, slots=True)
class Sending:
    """One time that the outbox is drained.

    Attributes:
        wait: How long nothing happens before.
        jump: How far the clock is moved before, forward or back.
        senders: Who drains it.
        moment: At which statement, commit or message who is to be killed is.
        database: What becomes of the database meanwhile.
        database_after: How long after the beginning, in seconds of the machine.
    """

    wait: timedelta
    jump: timedelta = timedelta(0)
    senders: Senders = Senders.ONE
    moment: int = 0
    database: DatabaseFault | None = None
    database_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot: what is found of each symbol, how it is decided, and how it is told.

    Attributes:
        readings: Of each symbol.
        killed_at: At which statement or commit whoever decides it is killed first; None: never.
        database: What becomes of the database during the decision.
        database_after: How long after its beginning, in seconds of the machine.
        sms: What becomes of the next requests to the SMS vendor; None where nothing bad does.
        mail: The same of the next mails.
        sendings: How it is told.
    """

    readings: tuple[Reading, ...]
    killed_at: int | None
    database: DatabaseFault | None
    database_after: float
    sms: tuple[SmsFault | None, ...]
    mail: tuple[MailFault | None, ...]
    sendings: tuple[Sending, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that happens.

    Attributes:
        seed: What it is drawn from; also what the vendor says later is.
        people: Who is told.
        opted_out: Numbers that the SMS vendor refuses.
        rules: By which rules.
        symbols: Of what.
        slots: One after the other.
    """

    seed: int
    people: tuple[Person, ...]
    opted_out: frozenset[str]
    rules: tuple[Rule, ...]
    symbols: tuple[str, ...]
    slots: tuple[Slot, ...]

    @property
    def restarts(self) -> bool:
        """Whether the database is killed in it."""
        faults = [slot.database for slot in self.slots]
        faults += [one.database for slot in self.slots for one in slot.sendings]
        return DatabaseFault.RESTART in faults

    def slot_at(self, number: int) -> datetime:
        """When the slot is (UTC)."""
        return START + number * SLOT

    def told(self) -> str:
        """The scenario, a line for each thing that goes wrong."""
        lines = [f"seed {self.seed}: {len(self.rules)} rules, {len(self.people)} people"]
        for number, slot in enumerate(self.slots):
            at = f"slot {number}"
            if slot.killed_at is not None:
                lines.append(f"{at}: its decision is killed at moment {slot.killed_at}")
            if slot.database:
                lines.append(f"{at}: during its decision the database: {slot.database}")
            lines += [f"{at}: SMS: {fault}" for fault in slot.sms if fault]
            lines += [f"{at}: mail: {fault}" for fault in slot.mail if fault]
            for sending in slot.sendings:
                said = [f"after {sending.wait}", str(sending.senders)]
                said += [f"at moment {sending.moment}"] if "KILLED" in sending.senders.name else []
                said += [f"the clock jumps by {sending.jump}"] if sending.jump else []
                said += [f"the database: {sending.database}"] if sending.database else []
                lines.append(f"{at}: {', '.join(said)}")
        return "\n".join(lines)


def scenario(seed: int) -> Scenario:
    """The scenario of a seed; always the same."""
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    symbols = SYMBOLS[: rng.randint(1, len(SYMBOLS))]
    people = tuple(_person(rng, number) for number in range(rng.randint(1, 3)))
    numbers = [
        contact.address
        for person in people
        for contact in person.contacts
        if contact.channel is ChannelName.SMS
    ]
    opted_out = frozenset(number for number in numbers if rng.random() < 0.1)
    rules = tuple(_rule(rng, number, people, symbols) for number in range(rng.randint(1, 3)))
    count = rng.randint(4, 9)
    paths = [_path(rng, count) for _ in symbols]
    # One thing that goes wrong is told apart best; everything at once finds what nobody thought of.
    harm = rng.choice((0.1, 0.3, 0.6))
    slots = tuple(
        _slot(rng, tuple(path[number] for path in paths), harm) for number in range(count)
    )
    return Scenario(seed, people, opted_out, rules, symbols, slots)


def _person(rng: random.Random, number: int) -> Person:
    contacts = []
    kinds = rng.choice(("email", "sms", "both", "both", "both"))
    if kinds != "sms":
        contacts.append(Contact(ChannelName.EMAIL, f"person{number}@example.org"))
    if kinds != "email":
        contacts.append(Contact(ChannelName.SMS, f"+1212555010{number + 1}"))
    return Person(
        f"person{number}",
        tuple(contacts),
        rng.choice(ZONES),
        rng.choice(NIGHTS),
        rng.choice((None, None, None, 2, 5)),
    )


def _rule(
    rng: random.Random, number: int, people: tuple[Person, ...], symbols: tuple[str, ...]
) -> Rule:
    named = rng.sample(people, rng.randint(1, len(people)))
    everything = rng.random() < 0.7
    return Rule(
        f"rule{number}",
        Metric.SCORE,
        Scope(everything=True) if everything else Scope(symbols=(rng.choice(symbols),)),
        above=True,
        threshold=THRESHOLD,
        clear=rng.choice((CLEAR, THRESHOLD)),
        hold=timedelta(minutes=rng.choice(MINUTES)),
        clear_hold=timedelta(minutes=rng.choice(MINUTES)),
        severity=rng.choice(tuple(Severity)),
        recipients=tuple(Recipient(person.name) for person in named),
        repeat=rng.choice((None, timedelta(minutes=30), timedelta(minutes=60))),
        most_per_day=rng.choice((None, None, 3)),
        tells_resolved=rng.random() < 0.7,
        tells_no_data=rng.random() < 0.4,
    )


def _path(rng: random.Random, count: int) -> list[Reading]:
    """Scores that stay for a while, with slots at which there is nothing to judge by."""
    found, level = [], rng.choice(LEVELS)
    for _ in range(count):
        if rng.random() < 0.5:
            level = rng.choice(LEVELS)
        kind = rng.choices((Kind.VALUE, Kind.NO_DATA, Kind.HELD), weights=(0.86, 0.08, 0.06))[0]
        found.append(Reading(kind, level if kind is Kind.VALUE else None))
    return found


def _slot(rng: random.Random, readings: tuple[Reading, ...], harm: float) -> Slot:
    return Slot(
        readings,
        rng.randrange(40) if rng.random() < harm / 2 else None,
        _database(rng, harm),
        rng.uniform(0, 0.05),
        tuple(_maybe(rng, tuple(SmsFault), harm) for _ in range(rng.randint(0, 5))),
        tuple(_maybe(rng, tuple(MailFault), harm) for _ in range(rng.randint(0, 4))),
        tuple(_sending(rng, harm) for _ in range(rng.randint(1, 3))),
    )


def _maybe(rng: random.Random, faults: tuple[T, ...], harm: float) -> T | None:
    return rng.choice(faults) if rng.random() < harm else None


def _database(rng: random.Random, harm: float) -> DatabaseFault | None:
    if rng.random() >= harm / 4:
        return None
    # A restart takes as long as the rest of a scenario.
    return rng.choices(tuple(DatabaseFault), weights=(0.85, 0.15))[0]


def _sending(rng: random.Random, harm: float) -> Sending:
    senders = Senders.ONE
    if rng.random() < harm:
        senders = rng.choice(tuple(Senders)[1:])
    return Sending(
        rng.choice(WAITS),
        rng.choice(JUMPS) if rng.random() < harm / 3 else timedelta(0),
        senders,
        rng.randrange(60),
        _database(rng, harm),
        rng.uniform(0, 0.08),
    )
