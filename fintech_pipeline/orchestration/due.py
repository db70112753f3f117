"""What is due: which asset owes which slots, and which bars a piece of work lacks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from fintech_pipeline.clock import SLOT, Window, from_instant64, slot_at_or_before, slots_of
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.closings import closings
from fintech_pipeline.market.finished import due_sessions
from fintech_pipeline.market.sessions import SessionCalendar, calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.stories import STORY_WINDOW
from fintech_pipeline.orchestration.work import Work
from fintech_pipeline.signals.blocks import action_start, judged_slots
from fintech_pipeline.signals.news_readings import NEWS_HORIZON

MARKET_BARS = "market_bars"
NEWS_ARTICLES = "news_articles"
ARTICLE_SENTIMENT = "article_sentiment"
TRADING_SIGNALS = "trading_signals"
GROUP = "market_watch"
"""One group: Dagster's lineage shows a group of one asset as a closed box."""
ASSETS = (MARKET_BARS, NEWS_ARTICLES, ARTICLE_SENTIMENT, TRADING_SIGNALS)
NEWS_LOOK_BACK = timedelta(hours=24)
"""A tick asks the news of the last day again: vendors publish late, and upserts are idempotent."""

DAY_LOOK_BACK = timedelta(days=140)
"""How far before the first judged day a strategy that judges days sees: 95 sessions and more, of
which the longest look-back needs 66."""
_INSTANT = timedelta(microseconds=1)


def due_slots(asset: str, instruments: Sequence[Instrument], window: Window) -> list[datetime]:
    """The slots of the window that the asset owes: every one of news, the open ones of prices."""
    if asset in {NEWS_ARTICLES, ARTICLE_SENTIMENT}:
        return slots_of(window)
    calendars = {mic: calendar_of(mic) for mic in {i.mic for i in instruments}}
    found = {from_instant64(s) for c in calendars.values() for s in c.slots(window)}
    return sorted(found)


def bars_wanted(
    pipeline: Pipeline, instruments: Sequence[Instrument], work: Work
) -> list[tuple[list[Instrument], Window]]:
    """Which instruments need which window: the work's, and what each lacks of the look-back.

    One lacks what it missed since its last bar, while it was not followed or nothing ran, and all
    of the look-back where it has no bars or only later ones.
    """
    window = work.window
    symbols = [instrument.symbol for instrument in instruments]
    with pipeline.database.transaction() as connection:
        first = pipeline.bars.earliest(connection, symbols, Interval.HALF_HOUR)
        last = pipeline.bars.newest(connection, symbols, Interval.HALF_HOUR, window.start)
    look_back = window.start - pipeline.settings.warm_up
    groups: dict[datetime, list[Instrument]] = defaultdict(list)
    for instrument in instruments:
        calendar, start, symbol = calendar_of(instrument.mic), window.start, instrument.symbol
        if symbol not in last or (not work.live and _trades(calendar, look_back, first[symbol])):
            start = look_back
        elif _trades(calendar, seen := slot_at_or_before(last[symbol]) + SLOT, start):
            start = max(seen, look_back)
        groups[start].append(instrument)
    return [
        (group, Window(_session_start(group, start), window.end))
        for start, group in sorted(groups.items())
    ]


def days_wanted(
    pipeline: Pipeline, work: Work, wanted: Sequence[tuple[list[Instrument], Window]]
) -> list[tuple[list[Instrument], Window]]:
    """Which instruments lack days for the strategies that judge days, and of which windows.

    They are looked for where a day is judged, at a session's close, so that what no provider has
    is asked for once a session, and only before the time whose half hours are collected.

    Args:
        pipeline: With the strategies.
        work: What is judged.
        wanted: Whose half hours are collected, in which windows; days are made of these.
    """
    if all(strategy.interval is not Interval.DAY for strategy in pipeline.strategies):
        return []
    look_back = work.window.start - DAY_LOOK_BACK
    # A slot judges what closes up to its very end.
    judged = Window(work.window.start + _INSTANT, work.window.end + _INSTANT)
    groups: dict[Window, list[Instrument]] = defaultdict(list)
    for group, window in wanted:
        symbols = [instrument.symbol for instrument in group]
        with pipeline.database.transaction() as connection:
            first = pipeline.bars.earliest(connection, symbols, Interval.DAY)
            last = pipeline.bars.newest(connection, symbols, Interval.DAY, window.start)
        for instrument in group:
            calendar, symbol = calendar_of(instrument.mic), instrument.symbol
            if not closings(calendar, judged, timedelta(0)):
                continue
            spans = [(look_back, window.start)]
            if symbol in last:
                after = max(last[symbol] + _INSTANT, look_back)
                spans = [(look_back, first[symbol]), (after, window.start)]
            for start, end in spans:
                if start < end and _whole_sessions(calendar, Window(start, end)):
                    groups[Window(start, end)].append(instrument)
    return [(group, span) for span, group in groups.items()]


def _whole_sessions(calendar: SessionCalendar, window: Window) -> bool:
    """Whether a session opens and closes inside the window."""
    sessions = calendar.sessions(window)
    return bool(due_sessions(sessions, window, window.end, timedelta(0)).any())


def _trades(calendar: SessionCalendar, start: datetime, end: datetime) -> bool:
    """Whether the exchange has a slot after the start, up to and including the end."""
    return start < end and len(calendar.slots(Window(start, end))) > 0


def news_wanted(pipeline: Pipeline, work: Work) -> Window:
    """The news to ask for: the work's, and what its first slot may see and nobody asked for yet."""
    start, end = work.window.start, inputs_end(pipeline, work)
    if work.slot_at is not None:
        start = work.slot_at - NEWS_LOOK_BACK
    newest = pipeline.slots.newest(NEWS_ARTICLES, work.window.start + SLOT)
    if newest and max(pipeline.instruments.followed_since().values(), default=newest) > newest:
        newest = None  # nobody asked for the news of a symbol followed since
    first = news_seen(pipeline, work).start
    start = min(start, max(newest, first) if newest else first)
    # Windows end before their end, and an item of the very slot still counts for it.
    return Window(start, end + _INSTANT)


def news_from(pipeline: Pipeline, work: Work) -> datetime:
    """From when on an article counts for the work's signals (UTC).

    For the rows before its first slot too, whose scores say whether an action still holds.
    """
    starts = [work.window.start]
    for mic in {instrument.mic for instrument in pipeline.instruments.watched()}:
        calendar = calendar_of(mic)
        for interval in {strategy.interval for strategy in pipeline.strategies}:
            slots = judged_slots(calendar, interval, work.window)
            starts += [action_start(calendar, interval, from_instant64(one)) for one in slots[:1]]
    return min(starts) - NEWS_HORIZON


def news_seen(pipeline: Pipeline, work: Work) -> Window:
    """The time before the work whose news it sees.

    What counts, and what may have begun the stories that the oldest of it goes on telling.
    """
    return Window(news_from(pipeline, work) - STORY_WINDOW, work.window.start)


def inputs_end(pipeline: Pipeline, work: Work) -> datetime:
    """Up to when the inputs of the work's last slot may be known: its cutoff (UTC)."""
    return work.now if work.live else work.window.end + pipeline.settings.market.delay


def _session_start(instruments: Sequence[Instrument], start: datetime) -> datetime:
    """The start, moved back to the open of any session it cuts, whose day's bar needs it whole."""
    moment = Window(start, start + timedelta(minutes=1))
    opens = [calendar_of(mic).sessions(moment).opened_at for mic in {i.mic for i in instruments}]
    return min([start, *(from_instant64(o) for column in opens for o in column)])
