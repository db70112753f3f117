"""What a step says of each slot: how much of what was due is there now."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from fintech_pipeline.clock import SLOT, Window, from_instant64, slot_at_or_before, slots_of
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.orchestration.slots import SlotRecord
from fintech_pipeline.orchestration.work import Work
from fintech_pipeline.signals.computation import Computed
from fintech_pipeline.signals.explanation import LACKS_BAR

NO_BAR = "no bar"
"""All there is to say of a bar that did not come, where its provider says nothing."""


def counted(
    slots: Sequence[datetime],
    known_in: Callable[[Window], Sequence[datetime]],
    failed: Mapping[str, str],
) -> list[SlotRecord]:
    """How many rows became known in the half hour of each slot, whichever run brought them.

    A slot some provider failed for is recorded as partial, with its sentence.
    """
    if not slots:
        return []
    counts = Counter(_slot_of(at) for at in known_in(Window(slots[0] - SLOT, slots[-1])))
    return [SlotRecord(slot, counts[slot], reasons=dict(failed)) for slot in slots]


def why_no_bar(
    instruments: Sequence[Instrument],
    newest: Mapping[str, datetime],
    told: Mapping[str, Sequence[str]],
) -> dict[str, str]:
    """Why a symbol may lack a bar: what its provider said, else since when it has none.

    Args:
        instruments: Who is followed.
        newest: When the last bar before the work's window opened (UTC), where there is one.
        told: What the providers said of symbols.
    """
    since = {symbol: slot_at_or_before(at) + SLOT for symbol, at in newest.items()}
    return {
        symbol: "; ".join(told[symbol])
        if symbol in told
        else f"{NO_BAR} since {since[symbol]:%Y-%m-%d %H:%MZ}"
        if symbol in since
        else NO_BAR
        for symbol in (instrument.symbol for instrument in instruments)
    }


def bar_records(
    instruments: Sequence[Instrument],
    work: Work,
    closes: Sequence[tuple[str, datetime]],
    reasons: Mapping[str, str],
) -> list[SlotRecord]:
    """Which symbols have the bar of each slot, of those that were in session.

    Args:
        instruments: Who is followed.
        work: Whose slots.
        closes: The symbol and the close of each bar that is stored now.
        reasons: Why each symbol may lack a bar.
    """
    due: dict[datetime, set[str]] = defaultdict(set)
    for instrument in instruments:
        for slot in calendar_of(instrument.mic).slots(work.window):
            due[from_instant64(slot)].add(instrument.symbol)
    have: dict[datetime, set[str]] = defaultdict(set)
    for symbol, close in closes:
        have[_slot_of(close)].add(symbol)
    slots = [work.slot_at] if work.slot_at is not None else sorted(due)
    return [
        SlotRecord(
            slot,
            len(have[slot]),
            len(due[slot]),
            {symbol: reasons[symbol] for symbol in sorted(due[slot] - have[slot])},
        )
        for slot in slots
    ]


def _slot_of(instant: datetime) -> datetime:
    """The slot whose half hour ends at or after the instant."""
    return slots_of(Window(instant - timedelta(microseconds=1), instant + SLOT))[0]


def explain_lacking_bars(computed: Computed, told: Mapping[datetime, Mapping[str, str]]) -> None:
    """Says of a symbol without a bar what was said when its bars were collected.

    Args:
        computed: Its reasons are changed.
        told: The reasons of `market_bars` by slot and symbol.
    """
    for slot, skipped in computed.skipped.items():
        for symbol, why in skipped.items():
            more = told.get(slot, {}).get(symbol, NO_BAR)
            if why in LACKS_BAR and more != NO_BAR:
                skipped[symbol] = f"{why.partition(';')[0]}: {more}"
