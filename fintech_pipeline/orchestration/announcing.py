"""What the steps tell those who follow live: a step of work is one event, however large it is."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import sqlalchemy as sa

from fintech_pipeline.clock import from_instant64
from fintech_pipeline.market.bar_store import Collected
from fintech_pipeline.news.collection import FoundArticle
from fintech_pipeline.orchestration.work import Work
from fintech_pipeline.storage.events import Event, Topic, announce


def announce_bars(
    connection: sa.Connection, parts: Sequence[Collected], written: int, work: Work
) -> None:
    """Tells that bars are new or changed, in the transaction that wrote them.

    Args:
        connection: The transaction.
        parts: What was collected.
        written: How many rows are new or changed; nothing is told of none.
        work: What collected them.
    """
    series = [part.series for part in parts if len(part.series)]
    if not written or not series:
        return
    told = {
        "symbols": sorted({one.symbol for one in series}),
        "intervals": sorted({str(one.interval) for one in series}),
        "from_at": _told(from_instant64(np.min([one.bars.opened_at[0] for one in series]))),
        "to_at": _told(from_instant64(np.max([one.closed_at[-1] for one in series]))),
        "rows": written,
        "slot_at": work.slot_at and _told(work.slot_at),
        "live": work.live,
    }
    announce(connection, [Event(Topic.BARS, told)])


def announce_news(connection: sa.Connection, fresh: Sequence[FoundArticle], work: Work) -> None:
    """Tells that articles are new, in the transaction that wrote them; nothing of none."""
    if not fresh:
        return
    told = {
        "symbols": sorted({match.symbol for one in fresh for match in one.matches}),
        "from_at": _told(min(one.known_at for one in fresh)),
        "to_at": _told(max(one.known_at for one in fresh)),
        "articles": len(fresh),
        "slot_at": work.slot_at and _told(work.slot_at),
        "live": work.live,
    }
    announce(connection, [Event(Topic.NEWS, told)])


def _told(at: datetime) -> str:
    return at.isoformat()
