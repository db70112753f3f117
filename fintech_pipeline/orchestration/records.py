"""What a step says of each slot: how much of what was due is there now."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from types import MappingProxyType

from fintech_pipeline.clock import SLOT, Window, from_instant64, slot_at_or_before, slots_of
from fintech_pipeline.market.collection import NOT_GIVEN
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.orchestration.slots import Fallback, SlotRecord
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


class StoredBars:
    """Which slots symbols have a bar of, as it stands after a step has written.

    Args:
        closes: The symbol, the close and the provider of each bar of the work's window.
        before: When the last bar before the window opened (UTC), by symbol, where there is one.
    """

    def __init__(
        self, closes: Sequence[tuple[str, datetime, str]], before: Mapping[str, datetime]
    ) -> None:
        self._slots: dict[str, list[datetime]] = defaultdict(list)
        self._providers: dict[tuple[str, datetime], str] = {}
        for symbol, at in before.items():
            self._slots[symbol].append(slot_at_or_before(at) + SLOT)
        for symbol, close, provider in sorted(closes):
            slot = _slot_of(close)
            self._slots[symbol].append(slot)
            self._providers[symbol, slot] = provider

    def provider(self, symbol: str, slot: datetime) -> str | None:
        """Who gave the slot's bar; None where there is none."""
        return self._providers.get((symbol, slot))

    def has(self, symbol: str, slot: datetime) -> bool:
        """Whether the symbol has the slot's bar."""
        return self._last(symbol, slot) == slot

    def lack(self, symbol: str, slot: datetime) -> str:
        """What there is to say of a slot's bar that is not there: since when there is none."""
        last = self._last(symbol, slot)
        return f"{NO_BAR} since {last:%Y-%m-%d %H:%MZ}" if last else NO_BAR

    def _last(self, symbol: str, slot: datetime) -> datetime | None:
        slots = self._slots[symbol]
        place = bisect_right(slots, slot)
        return slots[place - 1] if place else None


def bar_records(
    instruments: Sequence[Instrument],
    work: Work,
    stored: StoredBars,
    told: Mapping[str, Sequence[str]],
    chain: Sequence[str] = (),
    passed_over: Mapping[str, str] = MappingProxyType({}),
) -> list[SlotRecord]:
    """Which symbols have the bar of each slot, of those that were in session, and whose it is.

    Args:
        instruments: Who is followed.
        work: Whose slots.
        stored: What is there now.
        told: What the providers said of symbols; it explains those that lack a bar.
        chain: The providers in order; a bar of any but the first is a fallback.
        passed_over: Why earlier ones did not serve a symbol now.
    """
    due: dict[datetime, list[str]] = defaultdict(list)
    for instrument in sorted(instruments, key=attrgetter("symbol")):
        for slot in calendar_of(instrument.mic).slots(work.window):
            due[from_instant64(slot)].append(instrument.symbol)
    records = []
    for slot in [work.slot_at] if work.slot_at is not None else sorted(due):
        lacking = [symbol for symbol in due[slot] if not stored.has(symbol, slot)]
        reasons = {
            symbol: "; ".join([*told.get(symbol, ()), stored.lack(symbol, slot)])
            for symbol in lacking
        }
        served = ((symbol, stored.provider(symbol, slot)) for symbol in due[slot])
        fallbacks = {
            symbol: Fallback(provider, passed_over.get(symbol, NOT_GIVEN))
            for symbol, provider in served
            if provider is not None and provider in chain[1:]
        }
        there = len(due[slot]) - len(lacking)
        records.append(SlotRecord(slot, there, len(due[slot]), reasons, fallbacks))
    return records


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
