"""What a message is made of: alerts that are told together, and what can be done. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from fintech_pipeline.alerts import phrases
from fintech_pipeline.alerts.rules import Severity
from fintech_pipeline.alerts.told import (
    MARKET_WIDE_SHARE,
    MARKET_WIDE_SYMBOLS,
    Message,
    Telling,
    Told,
)


@dataclass(frozen=True, slots=True)
class Block:
    """Alerts that are told together: one, or the members of a move of the whole market.

    Attributes:
        members: The alerts, at least one; of several the strongest first.
    """

    members: tuple[Told, ...]

    @property
    def first(self) -> Told:
        """The only one, or the strongest."""
        return self.members[0]

    @property
    def market_wide(self) -> bool:
        """Whether it tells of many symbols at once."""
        return len(self.members) > 1

    @property
    def summary(self) -> str:
        """What happened to how many of how many, a line."""
        count, rule = len(self.members), phrases.rule_of(self.first)
        ended = " resolved" if self.first.telling is Telling.RESOLVED else ""
        return f"Market-wide{ended}: {count} of {self.first.of_symbols} symbols, rule {rule}"

    @property
    def label(self) -> str:
        """What it is about in a word or two, for a list."""
        ended = " resolved" if self.first.telling is Telling.RESOLVED else ""
        if not self.market_wide:
            return f"{phrases.subject_of(self.first)}{ended}"
        return f"{len(self.members)} symbols by {phrases.rule_of(self.first)}{ended}"

    @property
    def headline(self) -> str:
        """What happened, the one line that is read."""
        if not self.market_wide:
            return phrases.headline(self.first)
        changes = self._changes()
        return f"{self.summary}, median {median(changes):+.1f} %" if changes else self.summary

    @property
    def moved(self) -> str:
        """How far the members moved; empty where no price is known."""
        changes = self._changes()
        if not changes:
            return ""
        return (
            f"Since the last close {min(changes):+.1f} to {max(changes):+.1f} %, "
            f"median {median(changes):+.1f} %"
        )

    def _changes(self) -> list[float]:
        return [one.change_pct for one in self.members if one.change_pct is not None]


def blocks_of(message: Message) -> tuple[Block, ...]:
    """What belongs together, in the message's order.

    Alerts of one rule and slot, told for the same reason, are one block where they are a move of
    the whole market: many, and a large share of the rule's symbols. What quiet hours have gathered
    of a night is no such move.
    """
    groups: dict[tuple[str, Telling, datetime], list[Told]] = {}
    for one in message.told:
        groups.setdefault((one.rule, one.telling, one.at), []).append(one)
    found: list[Block] = []
    for group in groups.values():
        if _is_market_wide(group):
            found.append(Block(tuple(sorted(group, key=_strongest_first))))
        else:
            found.extend(Block((one,)) for one in group)
    order = {id(one): place for place, one in enumerate(message.told)}
    return tuple(sorted(found, key=lambda block: min(order[id(one)] for one in block.members)))


def _is_market_wide(group: list[Told]) -> bool:
    return (
        len(group) >= MARKET_WIDE_SYMBOLS
        and len(group) >= MARKET_WIDE_SHARE * group[0].of_symbols
        and group[0].of_symbols > 1
    )


def _strongest_first(told: Told) -> tuple[float, str]:
    return -abs(told.value or 0.0), told.subject


def marks(message: Message) -> list[str]:
    """What stands before everything else: SIMULATED, a test, critical, escalated."""
    open_ones = [one for one in message.told if one.telling is not Telling.RESOLVED]
    found = ["SIMULATED"] if message.simulated else []
    if any(one.telling is Telling.TEST for one in message.told):
        found.append("Test")
    elif any(one.severity is Severity.CRITICAL for one in open_ones):
        found.append("Critical")
    if any(one.telling is Telling.ESCALATED for one in message.told):
        found.append("Escalated")
    return found


def counted(message: Message) -> str:
    """How many alerts a message tells of, and how many of them have ended."""
    resolved = sum(one.telling is Telling.RESOLVED for one in message.told)
    others = len(message.told) - resolved
    parts = [f"{others} alert{'s' if others > 1 else ''}"] if others else []
    if resolved:
        parts.append(f"{resolved} resolved")
    return ", ".join(parts)


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """What can be typed: what it does, and the command. Nothing for a test or what has ended."""
    told = block.first
    if not told.alert_id or told.telling in {Telling.RESOLVED, Telling.TEST}:
        return
    if block.market_wide:
        yield "To silence", f"fintech alerts silence --rule {phrases.rule_of(told)} --for 4h"
    else:
        yield "To acknowledge", f"fintech alerts ack {told.alert_id}"
        yield "To silence", f"fintech alerts silence --until-resolved {told.alert_id}"
