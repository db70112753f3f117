"""Rules tried on what is stored: what each would have done."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from fintech_pipeline.alerts.board import read_board
from fintech_pipeline.alerts.evaluation import by_clock
from fintech_pipeline.alerts.lifecycle import CALM, step
from fintech_pipeline.alerts.rules import Rule, StoredRule
from fintech_pipeline.alerts.trial import Trial, tried
from fintech_pipeline.clock import Window, slot_at_or_before, slots_of
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.orchestration.alerting import board_inputs, look_of

USUAL_DAYS = 30
"""A month: "would have fired 14 times last month"."""


def try_rules(pipeline: Pipeline, rules: Sequence[Rule], days: int = USUAL_DAYS) -> list[Trial]:
    """What the rules would have done over the last days, from bars, signals and news as stored now.

    Rules about the pipeline itself have no such history, and are left out.

    Args:
        pipeline: Whose history.
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
    now, instruments = pipeline.clock(), pipeline.instruments.watched()
    after = timedelta(minutes=pipeline.settings.minutes_after_slot)
    end = slot_at_or_before(now - after)
    slots = slots_of(Window(end - timedelta(days=days), end))
    if not numbered or not instruments or not slots:
        return []
    keys = {one.rule.key for one in numbered}
    seen_at = {slot: slot + after for slot in slots}
    board = read_board(board_inputs(pipeline), keys, instruments, seen_at)
    looks = (look_of(board, row, instruments) for row in range(len(board.slots)))
    return tried(numbered, looks)


def look_now(pipeline: Pipeline, rule: Rule, instrument: Instrument) -> str:
    """What a rule that is calm finds of a symbol at the newest slot, a sentence.

    Raises:
        StorageError: The database is away.
    """
    now = pipeline.clock()
    slot = slot_at_or_before(now - timedelta(minutes=pipeline.settings.minutes_after_slot))
    board = read_board(board_inputs(pipeline), {rule.key}, [instrument], {slot: now})
    reading = look_of(board, 0, [instrument]).reading(rule.key, 0)
    return f"At {slot:%Y-%m-%d %H:%MZ}: {step(rule, CALM, reading, slot, by_clock).reason}"
