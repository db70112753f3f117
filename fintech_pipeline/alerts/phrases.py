"""What is said of one alert: its facts as phrases for a person, whatever the channel. Pure.

Names, notes and headlines come from elsewhere, so every text that is shown goes through `tidy`.
"""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from fintech_pipeline.alerts.rules import Metric
from fintech_pipeline.alerts.told import Telling, Told
from fintech_pipeline.alerts.wording import span

SIMULATED = "SIMULATED: a made-up exchange, not a market."
LONGEST = {"subject": 40, "name": 60, "rule": 60, "reason": 300, "why": 140, "note": 500}
"""Letters of each that are shown; a phone shows no more, and nobody can make a message endless."""
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WITHOUT_CENTS = frozenset({"JPY", "KRW"})
_VERBS = {
    Telling.REPEATED: "goes on: ",
    Telling.RESOLVED: "resolved: ",
    Telling.NO_DATA: "has no data: ",
    Telling.ERROR: "could not be read: ",
}
_SAID_ALREADY = ("It goes on: ", "No data: ", "It could not be read: ")
"""How the life cycle begins a reason; the headline says it in its own words."""
_BREAK_ADDRESSES = frozenset(" <>\"'")
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def tidy(text: str, most: int) -> str:
    """A text as one line: no control characters, no turned direction, at most so many letters."""
    kept = "".join(_tidied(letter) for letter in text[: 4 * most])
    line = " ".join(kept.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _tidied(letter: str) -> str:
    if letter in _DIRECTIONS:
        return ""
    category = unicodedata.category(letter)
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    return " " if category in {"Cc", "Zl", "Zp"} else letter


def subject_of(told: Told) -> str:
    """The symbol, or the part of the pipeline."""
    return tidy(told.subject, LONGEST["subject"])


def named_subject(told: Told) -> str:
    """The same with the company's name, where there is one and it says more."""
    name = tidy(told.subject_name, LONGEST["name"])
    subject = subject_of(told)
    return f"{subject} ({name})" if name and name != subject else subject


def rule_of(told: Told) -> str:
    """The rule's name."""
    return tidy(told.rule, LONGEST["rule"])


def reason_of(told: Told) -> str:
    """Why the alert is as it is, as half a sentence: no capital, no full stop."""
    reason = tidy(told.reason, LONGEST["reason"]).removesuffix(".")
    for said in _SAID_ALREADY:
        reason = reason.removeprefix(said)
    if reason[1:2].islower():  # RSI keeps its capitals
        reason = f"{reason[0].lower()}{reason[1:]}"
    return reason


def happened(told: Told) -> str:
    """What happened, after the subject: `: score -0.72 is below -0.60`, ` goes on: …`."""
    verb = _VERBS.get(told.telling)
    return f" {verb}{reason_of(told)}" if verb else f": {reason_of(told)}"


def headline(told: Told) -> str:
    """What happened to whom, a line: `NVDA: score -0.72 is below -0.60, for 1h`."""
    return f"{subject_of(told)}{happened(told)}"


def strength(told: Told, *, said: bool = False) -> str:
    """How strong the signal is: `Strong sell, score -0.72, confidence 81 %`; may be empty.

    Args:
        told: The alert.
        said: Whether the headline stands beside it, so that a score in it is not said again.
    """
    parts = []
    if told.action is not None:
        parts.append(action_of(told))
    if told.score is not None and not (said and told.metric == Metric.SCORE):
        parts.append(f"score {told.score:+.2f}")
    if told.confidence is not None:
        parts.append(f"confidence {told.confidence * 100:.0f} %")
    line = ", ".join(parts)
    return f"{line[:1].upper()}{line[1:]}"


def action_of(told: Told) -> str:
    """The action in words; empty where there is none."""
    return tidy(told.action or "", LONGEST["subject"]).replace("_", " ")


def price_of(told: Told) -> str:
    """The slot's close with its currency: `1,131.20 USD`; empty where there is none."""
    if told.price is None:
        return ""
    return f"{amount(told.price, told.currency)} {tidy(told.currency or '', 3)}".rstrip()


def amount(price: float, currency: str | None) -> str:
    """A price without its currency, with as many decimals as people write there."""
    if currency in WITHOUT_CENTS:
        return f"{price:,.0f}"
    return f"{price:,.2f}" if abs(price) >= 1 else f"{price:.4f}"


def change_of(told: Told) -> str:
    """By how much the price moved since the last session's close: `-4.3 %`; may be empty."""
    return "" if told.change_pct is None else f"{told.change_pct:+.1f} %"


def price_and_change(told: Told) -> str:
    """`131.20 USD, -4.3 % since the last close`; empty where there is no price."""
    change = f"{change_of(told)} since the last close" if told.change_pct is not None else ""
    return ", ".join(part for part in (price_of(told), change) if part)


def whys(told: Told, most: int = 3) -> list[str]:
    """What moved the score most, the strongest first."""
    return [why for why in (tidy(one, LONGEST["why"]) for one in told.why[:most]) if why]


def note_of(told: Told) -> str:
    """The rule's note; empty where there is none, or nothing is left to be reminded of."""
    ended = told.telling is Telling.RESOLVED
    return "" if ended else tidy(told.note, LONGEST["note"])


def course(told: Told, zone: tzinfo) -> str:
    """Since when, or from when to when, in the reader's time, and the slot in UTC."""
    seen = f"{moment(told.at, zone)}{in_utc(told.at, zone)}"
    if told.telling is Telling.TEST:
        return f"Sent at {seen}"
    if told.telling is Telling.RESOLVED:
        lasted = span(told.at - told.since)
        return f"From {moment(told.since, zone)} to {_again(told, zone)}, {lasted}"
    if told.since >= told.at:
        return f"Since {seen}"
    return f"Since {moment(told.since, zone)}, seen at {_again(told, zone)}"


def short_course(told: Told, zone: tzinfo) -> str:
    """The same in a few words: `Since 16:30 CET`, `It lasted 2h`; empty in a test."""
    if told.telling is Telling.TEST:
        return ""
    if told.telling is Telling.RESOLVED:
        return f"It lasted {span(told.at - told.since)}"
    today = told.at.astimezone(zone).date() == told.since.astimezone(zone).date()
    return f"Since {clock_time(told.since, zone) if today else moment(told.since, zone)}"


def _again(told: Told, zone: tzinfo) -> str:
    """The end of a span: the day only where it is another."""
    same = told.at.astimezone(zone).date() == told.since.astimezone(zone).date()
    shown = clock_time(told.at, zone) if same else moment(told.at, zone)
    return f"{shown}{in_utc(told.at, zone)}"


def moment(instant: datetime, zone: tzinfo) -> str:
    """An instant as the reader's clock shows it: `Mon 30 Nov, 16:30 CET`."""
    local = instant.astimezone(zone)
    day = f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]}"
    return f"{day}, {clock_time(instant, zone)}"


def clock_time(instant: datetime, zone: tzinfo) -> str:
    """The time of day alone: `16:30 CET`; `13:30 UTC-03` where the zone's time has no name."""
    local = instant.astimezone(zone)
    name = local.tzname() or ""
    return f"{local:%H:%M} {f'UTC{name}' if name[:1] in {'+', '-'} else name}".rstrip()


def in_utc(instant: datetime, zone: tzinfo) -> str:
    """The same in UTC, in brackets, as commands and pages name a slot; empty where it is that."""
    if instant.astimezone(zone).tzname() == "UTC":
        return ""
    return f" ({instant.astimezone(UTC):%H:%M} UTC)"


def page_of(address: str | None) -> str:
    """A page's address; empty where there is none, or where it would not survive in a text."""
    whole = address is not None and address.isascii() and address.isprintable()
    return address if address and whole and not set(address) & _BREAK_ADDRESSES else ""


def listed(names: Iterable[str], most: int) -> str:
    """Names in a row, and how many more there are: `NVDA, AAPL and 3 more`."""
    every = list(dict.fromkeys(names))
    if len(every) <= most:
        return ", ".join(every)
    return f"{', '.join(every[:most])} and {len(every) - most} more"
