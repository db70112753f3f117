"""Rules tried on what is stored: what each would have done."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from fintech_pipeline.alerts.board import BoardInputs, read_board
from fintech_pipeline.alerts.evaluation import by_clock
from fintech_pipeline.alerts.lifecycle import CALM, step
from fintech_pipeline.alerts.rules import Rule, StoredRule
from fintech_pipeline.alerts.trial import Trial, tried
from fintech_pipeline.clock import Clock, Window, slot_at_or_before, slots_of
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.orchestration.alerting import look_of
from fintech_pipeline.settings import Settings
from fintech_pipeline.signals.strategy import Strategy
from fintech_pipeline.storage.database import Database

USUAL_DAYS = 30
"""A month: "would have fired 14 times last month"."""


class Past(Protocol):
    """What a trial reads, and no more of a `Pipeline`: no provider, no model.

    Attributes:
        settings: The configuration.
        database: Signals and news.
        clock: The present.
        instruments: The watchlist.
        bars: Bars.
        actions: Splits and dividends.
        strategy: The primary one, whose signals rules are about.
    """

    @property
    def settings(self) -> Settings: ...  # noqa: D102  # see the attributes
    @property
    def database(self) -> Database: ...  # noqa: D102
    @property
    def clock(self) -> Clock: ...  # noqa: D102
    @property
    def instruments(self) -> InstrumentStore: ...  # noqa: D102
    @property
    def bars(self) -> BarStore: ...  # noqa: D102
    @property
    def actions(self) -> ActionStore: ...  # noqa: D102
    @property
    def strategy(self) -> Strategy: ...  # noqa: D102


def try_rules(past: Past, rules: Sequence[Rule], days: int = USUAL_DAYS) -> list[Trial]:
    """What the rules would have done over the last days, from bars, signals and news as stored now.

    Rules about the pipeline itself have no such history, and are left out.

    Args:
        past: What is stored.
        rules: The rules, stored or not.
        days: How far back.

    Raises:
        StorageError: The database is away.
    """
    # What is tried is looked at, whether or not it is switched on.
    numbered = [
        StoredRule(number, 1, replace(rule, enabled=True))
        for number, rule in enumerate(rules)
        if rule.metric.of_symbols
    ]
    now, instruments = past.clock(), past.instruments.watched()
    after = timedelta(minutes=past.settings.minutes_after_slot)
    end = slot_at_or_before(now - after)
    slots = slots_of(Window(end - timedelta(days=days), end))
    if not numbered or not instruments or not slots:
        return []
    keys = {one.rule.key for one in numbered}
    seen_at = {slot: slot + after for slot in slots}
    board = read_board(_inputs(past), keys, instruments, seen_at)
    looks = (look_of(board, row, instruments) for row in range(len(board.slots)))
    return tried(numbered, looks)


def look_now(past: Past, rule: Rule, instrument: Instrument) -> str:
    """What a rule that is calm finds of a symbol at the newest slot, a sentence.

    Raises:
        StorageError: The database is away.
    """
    now = past.clock()
    slot = slot_at_or_before(now - timedelta(minutes=past.settings.minutes_after_slot))
    board = read_board(_inputs(past), {rule.key}, [instrument], {slot: now})
    reading = look_of(board, 0, [instrument]).reading(rule.key, 0)
    return f"At {slot:%Y-%m-%d %H:%MZ}: {step(rule, CALM, reading, slot, by_clock).reason}"


def _inputs(past: Past) -> BoardInputs:
    return BoardInputs(past.database, past.bars, past.actions, past.strategy)
