"""How a message reads: its subject line, its text, and its short form for an SMS. Pure.

The most important comes first, a line each, for a phone. A message is a function of what was told
when it was decided, so that the same message sent again reads the same; the one exception is the
line that says it is late.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from fintech_pipeline.alerts import phrases
from fintech_pipeline.alerts.message_blocks import Block, blocks_of, commands, counted, marks
from fintech_pipeline.alerts.phrases import SIMULATED, listed, subject_of
from fintech_pipeline.alerts.told import LATE, Links, Message, Telling, Told

LONGEST_SUBJECT = 150
LONGEST_SHORT = 300
NO_LINKS = Links()
MOST_IN_FULL, MOST_LISTED = 5, 20
"""Alerts that are told in full, and those that get a line; the rest is counted."""


def subject_line(message: Message) -> str:
    """What an inbox and a lock screen show, one line of at most 150 letters."""
    blocks = blocks_of(message)
    told = blocks[0].headline
    if len(blocks) > 1:
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
    if is_late(message, now):
        newest = max(one.at for one in message.told)
        found.append(f"Late: this tells of {phrases.moment(newest, zone)}. Look before you act.")
    if all(one.telling is Telling.TEST for one in message.told):
        found.append("This is a test: no rule fired.")
    return found


def is_late(message: Message, now: datetime | None) -> bool:
    """Whether it leaves long after what it tells of."""
    return (now or message.created_at) - max(one.at for one in message.told) > LATE


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
    for block in blocks[:MOST_IN_FULL]:
        told = block_lines(block, zone) if block.market_wide else alert_lines(block.first, zone)
        parts.append([*told, *what_to_do(block, links)])
    if len(blocks) > MOST_IN_FULL:
        parts.append(["Also:", *(f"- {line}" for line in also(blocks, links))])
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def also(blocks: Sequence[Block], links: Links) -> list[str]:
    """The blocks that are not told in full, a line each, and where the last of them are."""
    rest = blocks[MOST_IN_FULL:]
    lines = [block.headline for block in rest[:MOST_LISTED]]
    if (more := len(rest) - MOST_LISTED) > 0:
        where = f"{links.public_url}/alerts" if links.public_url else "fintech alerts list"
        lines.append(f"and {more} more: {where}")
    return lines


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
    lines += [f"- {member_line(one)}" for one in block.members[:MOST_LISTED]]
    if (more := len(block.members) - MOST_LISTED) > 0:
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
    if not block.market_wide and (page := phrases.page_of(links.signal(told))):
        lines.append(f"Signal: {page}")
    if not block.market_wide and told.alert_id and (page := phrases.page_of(links.alert(told))):
        lines.append(f"Alert: {page}")
    return [*lines, *(f"{what}: {command}" for what, command in commands(block))]


def short_text(
    message: Message,
    zone: tzinfo,
    now: datetime | None = None,
    links: Links = NO_LINKS,
    most: int = LONGEST_SHORT,
) -> str:
    """The message in a few sentences, the most important first.

    Args:
        message: The message.
        zone: The reader's time zone.
        now: When it leaves; None where that is when it was decided.
        links: Where pages are.
        most: Letters; a sentence that does not fit is left out, the first is cut.
    """
    blocks = blocks_of(message)
    sentences = list(_short(message, blocks, zone, now, links))
    last = next((f"To silence: {command}" for _, command in commands(blocks[0])), "")
    room = most - (len(last) + 1 if last else 0)
    text = phrases.tidy(sentences[0], room)
    for sentence in sentences[1:]:
        if len(text) + 1 + len(sentence) <= room:
            text = f"{text} {sentence}"
    return f"{text} {last}".rstrip()


def _short(
    message: Message,
    blocks: Sequence[Block],
    zone: tzinfo,
    now: datetime | None,
    links: Links,
) -> Iterator[str]:
    """Sentences, the most important first."""
    first, told = blocks[0], blocks[0].first
    yield " ".join([*(f"{mark}." for mark in marks(message)), f"{first.headline}."])
    if is_late(message, now):
        yield f"Late, this tells of {phrases.moment(told.at, zone)}."
    if len(blocks) > 1:
        yield f"Also {listed((block.label for block in blocks[1:]), 5)}."
    if first.market_wide:
        yield f"{listed((_with_change(one) for one in first.members), 4)}."
    else:
        yield from (f"{part}." for part in _facts(told) if part)
    if course := phrases.short_course(told, zone):
        yield f"{course}."
    if not first.market_wide and (page := phrases.page_of(links.signal(told))):
        yield page
    if note := phrases.note_of(told):
        yield note


def _facts(told: Told) -> Iterator[str]:
    yield phrases.strength(told, said=True)
    yield ", ".join(part for part in (phrases.price_of(told), phrases.change_of(told)) if part)
    yield from (f"{why[:1].upper()}{why[1:]}" for why in phrases.whys(told, 1))


def _with_change(told: Told) -> str:
    return f"{phrases.subject_of(told)} {phrases.change_of(told)}".rstrip()
