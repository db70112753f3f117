"""How a message reads: its subject line, its text, and its short form for an SMS. Pure.

The most important comes first, a line each, for a phone. A message is a function of what was told
when it was decided, so that the same message sent again reads the same; the one exception is the
line that says it is late.
"""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from fintech_pipeline.alerts import phrases
from fintech_pipeline.alerts.message_blocks import Block, blocks_of, commands, counted, marks
from fintech_pipeline.alerts.phrases import SIMULATED, headline, listed, subject_of
from fintech_pipeline.alerts.told import LATE, Links, Message, Telling, Told

LONGEST_SUBJECT = 150
LONGEST_SHORT = 300
MOST_IN_FULL = 20
"""Alerts that are told in full, and members of a group that are named; the rest is counted."""


def subject_line(message: Message) -> str:
    """What an inbox and a lock screen show, one line of at most 150 letters."""
    blocks = blocks_of(message)
    first = blocks[0]
    if len(blocks) == 1:
        told = first.summary if first.market_wide else headline(first.first)
    else:
        told = f"{counted(message)}: {listed((block.label for block in blocks), 4)}"
    return phrases.tidy(" · ".join([*marks(message), told]), LONGEST_SUBJECT)


def notices(message: Message, zone: tzinfo, now: datetime | None = None) -> list[str]:
    """What has to be known before the rest: made up, another way than usual, late, a test.

    Args:
        message: The message.
        zone: The reader's time zone.
        now: When it leaves; None where that is when it was decided.
    """
    found = [SIMULATED] if message.simulated else []
    if message.instead_of:
        found.append(phrases.tidy(message.instead_of, phrases.LONGEST["reason"]))
    newest = max(one.at for one in message.told)
    if (now or message.created_at) - newest > LATE:
        found.append(f"Late: this tells of {phrases.moment(newest, zone)}. Look before you act.")
    if all(one.telling is Telling.TEST for one in message.told):
        found.append("This is a test: no rule fired.")
    return found


def plain_text(message: Message, zone: tzinfo, links: Links, now: datetime | None = None) -> str:
    """The whole message as text that stands alone.

    Args:
        message: The message.
        zone: The reader's time zone, in which times are told.
        links: Where pages are.
        now: When it leaves; None where that is when it was decided.

    Returns:
        Lines that end in a newline each.
    """
    blocks = blocks_of(message)
    parts = [notices(message, zone, now)]
    if len(blocks) > 1:
        parts.append([f"{counted(message)}."])
    shown = blocks[:MOST_IN_FULL]
    for block in shown:
        told = block_lines(block, zone) if block.market_wide else alert_lines(block.first, zone)
        parts.append([*told, *what_to_do(block, links)])
    if rest := blocks[len(shown) :]:
        parts.append([f"And {len(rest)} more: {more_at(links)}"])
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def alert_lines(told: Told, zone: tzinfo) -> list[str]:
    """One alert, the most important line first."""
    why = "; ".join(phrases.whys(told))
    note = phrases.note_of(told)
    lines = [
        f"{phrases.named_subject(told)}{phrases.happened(told)}.",
        phrases.strength(told),
        phrases.price_and_change(told),
        f"Why: {why}" if why else "",
        phrases.course(told, zone),
        f"Note: {note}" if note else "",
        f"Rule: {origin(told)}",
    ]
    return [line for line in lines if line]


def origin(told: Told) -> str:
    """Which rule tells it, how severe it is, and which strategy judged."""
    strategy = phrases.tidy(told.strategy, phrases.LONGEST["rule"])
    parts = [phrases.rule_of(told), told.severity, f"strategy {strategy}" if strategy else ""]
    return ", ".join(part for part in parts if part)


def block_lines(block: Block, zone: tzinfo) -> list[str]:
    """A move of the whole market: how many, how far, and each member in a line."""
    note = phrases.note_of(block.first)
    lines = [f"{block.summary}.", block.moved]
    lines += [f"- {member_line(one)}" for one in block.members[:MOST_IN_FULL]]
    if (more := len(block.members) - MOST_IN_FULL) > 0:
        lines.append(f"- and {more} more")
    lines += [
        phrases.course(block.first, zone),
        f"Note: {note}" if note else "",
        f"Rule: {origin(block.first)}",
    ]
    return [line for line in lines if line]


def member_line(told: Told) -> str:
    """One of many: `NVDA 131.20 USD, -4.3 %: price -5.1 % in 2h is below -5 %`."""
    figures = ", ".join(part for part in (phrases.price_of(told), phrases.change_of(told)) if part)
    return f"{subject_of(told)} {figures}".rstrip() + f": {phrases.reason_of(told)}"


def what_to_do(block: Block, links: Links) -> list[str]:
    """Where to look, and how to silence it."""
    told = block.first
    lines = []
    if not block.market_wide and (page := links.signal(told)):
        lines.append(f"Signal: {page}")
    if not block.market_wide and told.alert_id and (page := links.alert(told)):
        lines.append(f"Alert: {page}")
    return [*lines, *(f"{what}: {command}" for what, command in commands(block))]


def more_at(links: Links) -> str:
    """Where the rest of a long message is."""
    return f"{links.public_url}/alerts" if links.public_url else "fintech alerts list"


def short_text(
    message: Message, zone: tzinfo, now: datetime | None = None, most: int = LONGEST_SHORT
) -> str:
    """The message in a few sentences, the most important first.

    Args:
        message: The message.
        zone: The reader's time zone.
        now: When it leaves; None where that is when it was decided.
        most: Letters; a sentence that does not fit is left out, the first is cut.
    """
    blocks = blocks_of(message)
    sentences = list(_short(message, blocks, zone, now))
    last = next((f"To silence: {command}" for _, command in commands(blocks[0])), "")
    room = most - (len(last) + 1 if last else 0)
    text = phrases.tidy(sentences[0], room)
    for sentence in sentences[1:]:
        if len(text) + 1 + len(sentence) <= room:
            text = f"{text} {sentence}"
    return f"{text} {last}".rstrip()


def _short(
    message: Message, blocks: tuple[Block, ...], zone: tzinfo, now: datetime | None
) -> Iterator[str]:
    """Sentences, the most important first."""
    first, told = blocks[0], blocks[0].first
    head = first.summary if first.market_wide else headline(told)
    yield " ".join([*(f"{mark}." for mark in marks(message)), f"{head}."])
    if any(line.startswith("Late:") for line in notices(message, zone, now)):
        yield f"Late, this tells of {phrases.moment(told.at, zone)}."
    if len(blocks) > 1:
        yield f"Also {listed((block.label for block in blocks[1:]), 5)}."
    if first.market_wide:
        yield f"{listed((_with_change(one) for one in first.members), 4)}."
    else:
        yield from (f"{part}." for part in _facts(told) if part)
    yield f"Since {phrases.clock_time(told.since, zone)}."
    if note := phrases.note_of(told):
        yield note


def _facts(told: Told) -> Iterator[str]:
    yield phrases.strength(told)
    yield ", ".join(part for part in (phrases.price_of(told), phrases.change_of(told)) if part)
    yield from (f"{why[:1].upper()}{why[1:]}" for why in phrases.whys(told, 1))


def _with_change(told: Told) -> str:
    return f"{subject_of(told)} {phrases.change_of(told)}".rstrip()
