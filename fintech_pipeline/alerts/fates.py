"""What becomes of a message after each thing that happens to it. Pure.

A message only goes forward (`Progress.passes`). One that was certainly not sent is tried again, at
growing intervals, until it is given up. One that may have been sent is sent again where twice is
better than never; where it is not, the other side is asked what it knows of it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.alerts.wording import span
from fintech_pipeline.errors import (
    Ambiguous,
    ContactEnded,
    DeliveryError,
    OverBudget,
    Rejected,
)

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
FIRST_QUESTION = timedelta(minutes=1)
"""After so long the other side is asked of a message that may have been sent."""
FIRST_LOOK = timedelta(seconds=5)
"""After so long it is asked what became of a message that it has taken."""
LONGEST_LOOK = timedelta(hours=1)
FINDING = timedelta(minutes=10)
"""What the other side's list does not show so long after it may have been sent was never sent."""
LISTENING = timedelta(days=1)
"""So long it is asked; then what is known is all that will be."""
STUCK = timedelta(minutes=10)
"""What is critical and can't be sent for so long goes by email as well."""
LONGEST_TOLD = 1_000
LISTENED = "The vendor took it; it is asked again what became of it."
_MORE_TO_COME = {Progress.ACCEPTED, Progress.UNKNOWN}
_NO_MORE = "Nothing more was heard in a day."


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a message that something happened to.

    Attributes:
        channel: Which way it goes.
        severity: The greatest of what it tells.
        progress: How far it has come.
        tries: How often it was begun, this time included.
        since: When it was first begun, or else due (UTC).
        begun_at: When it was begun last; None where it never was (UTC).
        repeatable: Whether it is sent again where it may have been sent.
        rerouted: Whether another message goes in its place already.
    """

    channel: ChannelName
    severity: Severity
    progress: Progress
    tries: int
    since: datetime
    begun_at: datetime | None
    repeatable: bool
    rerouted: bool = False

    @property
    def matters(self) -> bool:
        """Whether it goes by email where it can't go its own way."""
        return self.severity is not Severity.INFO


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a message.

    Attributes:
        progress: How far it has come.
        told: What happened, a sentence.
        due_at: When it is tried again; None where it is not (UTC).
        asked_next_at: When the other side is asked of it; None where it is not (UTC).
        by_email: Why it goes by email, a sentence; empty where it does not.
        ends_contact: Why nothing goes to the contact any more; None where it may.
        receipt: What the other side said; None where it said nothing good.
    """

    progress: Progress
    told: str
    due_at: datetime | None = None
    asked_next_at: datetime | None = None
    by_email: str = ""
    ends_contact: str | None = None
    receipt: Receipt | None = None

    @property
    def ended(self) -> bool:
        """Whether it has come to its end: nothing more happens by itself."""
        return self.due_at is None and self.asked_next_at is None


def after_sending(
    case: Case,
    answer: Receipt | DeliveryError,
    now: datetime,
    give_up: timedelta,
    jitter: float,
) -> Fate:
    """What becomes of a message that a channel was given.

    Args:
        case: The message.
        answer: What the channel said of it.
        now: The present (UTC).
        give_up: For how long it is tried.
        jitter: A number from 0 to 1 that spreads those that failed together.
    """
    if isinstance(answer, Receipt):
        return received(case, answer, now)
    told = clean(str(answer))
    if isinstance(answer, OverBudget):
        return Fate(Progress.FAILED, told, by_email=_so_by_email(case, told, always=True))
    if isinstance(answer, Rejected):
        ended = told if isinstance(answer, ContactEnded) else None
        email = _so_by_email(case, told)
        return Fate(Progress.FAILED, told, by_email=email, ends_contact=ended)
    if isinstance(answer, Ambiguous) and not case.repeatable:
        return unknown(case, told, now)
    if given_up := overdue(case, told, now, give_up):
        return given_up
    return waits(case, told, now, now + pause(case.tries, jitter))


def received(case: Case, receipt: Receipt, now: datetime) -> Fate:
    """What becomes of a message that the other side speaks of, when it takes it or later."""
    told = clean(receipt.told)
    failed = receipt.progress is Progress.FAILED
    return Fate(
        receipt.progress,
        told,
        asked_next_at=now + FIRST_LOOK if receipt.progress in _MORE_TO_COME else None,
        by_email=_so_by_email(case, told) if failed else "",
        ends_contact=clean(receipt.ends_contact) if receipt.ends_contact else None,
        receipt=receipt,
    )


def unknown(case: Case, told: str, now: datetime) -> Fate:
    """What becomes of a message that may have been sent and is never sent twice."""
    critical = case.severity is Severity.CRITICAL
    why = f"The {_named(case.channel)} may not have arrived, so by email."
    return Fate(
        Progress.UNKNOWN,
        told,
        asked_next_at=now + FIRST_QUESTION,
        by_email=why if critical and _may_go_by_email(case) else "",
    )


def killed(case: Case, now: datetime) -> Fate | None:
    """What becomes of a message whose last attempt has no end; None: it is sent again."""
    if case.repeatable:
        return None
    told = "It may have been sent: whoever sent it was stopped in the middle. The vendor is asked."
    return unknown(case, told, now)


def after_asking(case: Case, answer: Receipt | DeliveryError | None, now: datetime) -> Fate | None:
    """What becomes of a message after the other side was asked of it; None: it is asked again.

    Args:
        case: The message; `since` is when it was taken, or else when it was begun first.
        answer: What the other side says; None where it knows of no such message; an error where it
            could not be asked.
        now: The present (UTC).
    """
    if isinstance(answer, Receipt):
        return _heard(case, received(case, answer, now), now)
    if answer is None and case.progress is Progress.UNKNOWN:
        begun_at = case.begun_at or case.since
        if now - begun_at < FINDING:
            return None
        told = "It was not sent: the vendor knows nothing of it."
        return Fate(Progress.FAILED, told, by_email=_so_by_email(case, told))
    if _goes_on(case, now):
        return None
    if case.progress is Progress.UNKNOWN:
        told = "It may have been sent or not: the vendor could not be asked for a day."
        return Fate(Progress.FAILED, told, by_email=_so_by_email(case, told))
    return Fate(case.progress, f"The vendor took it. {_NO_MORE}")


def overdue(case: Case, why: str, now: datetime, give_up: timedelta) -> Fate | None:
    """That a message is given up; None where it still has time.

    Args:
        case: The message.
        why: Why it was not sent so far, a sentence.
        now: The present (UTC).
        give_up: For how long it is tried.
    """
    if now - case.since < give_up:
        return None
    told = f"Given up after {span(give_up)}: {why}"
    return Fate(Progress.FAILED, told, by_email=_so_by_email(case, told))


def waits(case: Case, why: str, now: datetime, due_at: datetime) -> Fate:
    """What becomes of a message that was not sent and has time; a critical one goes by email too.

    Args:
        case: The message.
        why: Why it was not sent, a sentence.
        now: The present (UTC).
        due_at: When it is tried again (UTC).
    """
    stuck = case.severity is Severity.CRITICAL and now - case.since >= STUCK
    return Fate(
        Progress.PLANNED, why, due_at=due_at, by_email=_so_by_email(case, why) if stuck else ""
    )


def unreachable(case: Case, why: str) -> Fate:
    """What becomes of a message to a contact to which nothing goes any more."""
    return Fate(Progress.FAILED, clean(why), by_email=_so_by_email(case, why))


def empty() -> Fate:
    """What becomes of a message of which another tells everything already."""
    return Fate(Progress.FAILED, "Nothing is left for it to tell: another message tells it.")


def over_limit(most: int) -> Fate:
    """What becomes of an SMS beyond what its person gets in a day."""
    told = f"The day's {most} SMS are used up"
    return Fate(Progress.FAILED, f"{told}.", by_email=f"{told}, so by email.")


def pause(tries: int, jitter: float) -> timedelta:
    """How long to wait after so many tries: doubled each time, capped, and spread.

    Args:
        tries: One or more.
        jitter: From 0 to 1; the pause is between half of its length and the whole.
    """
    doubled = FIRST_PAUSE * int(2 ** min(tries - 1, 20))
    return min(doubled, LONGEST_PAUSE) * (0.5 + jitter / 2)


def ask_again(since: datetime, now: datetime) -> datetime:
    """When the other side is asked next (UTC): after half the time that has passed, within limits.

    Args:
        since: When it took the message.
        now: The present.
    """
    return now + min(max((now - since) / 2, FIRST_LOOK), LONGEST_LOOK)


def clean(text: str) -> str:
    """A text of the other side's as the database takes it, and not longer than a person reads."""
    readable = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return readable if len(readable) <= LONGEST_TOLD else f"{readable[: LONGEST_TOLD - 1]}…"


def _heard(case: Case, fate: Fate, now: datetime) -> Fate:
    if fate.asked_next_at is None:
        return fate
    if _goes_on(case, now):
        return replace(fate, asked_next_at=ask_again(case.since, now))
    return replace(fate, asked_next_at=None, told=f"{fate.told} {_NO_MORE}")


def _goes_on(case: Case, now: datetime) -> bool:
    return now - case.since < LISTENING


def _may_go_by_email(case: Case) -> bool:
    return case.channel is not ChannelName.EMAIL and not case.rerouted


def _so_by_email(case: Case, why: str, *, always: bool = False) -> str:
    if not _may_go_by_email(case) or not (always or case.matters):
        return ""
    return f"{why.rstrip('.')}, so by email."


def _named(channel: ChannelName) -> str:
    return "SMS" if channel is ChannelName.SMS else "message"
