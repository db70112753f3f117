"""How fresh what is stored about each symbol is, its signal in trading time, for Prometheus."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa
from prometheus_client.metrics_core import Metric

from fintech_pipeline.clock import SLOT, Window, instant64
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.sessions import SessionCalendar, calendar_of
from fintech_pipeline.storage.database import SCHEMA
from fintech_pipeline.telemetry.families import gauge

LONGEST = timedelta(days=10)
"""No exchange pauses longer; a signal that is older counts as this old."""
# One look into an index for each symbol and part.
_NEWEST = sa.text(f"""
    SELECT i.symbol, i.mic, w.added_at, bar.at, article.at, score.at, signal.at
    FROM {SCHEMA}.watchlist AS w
    JOIN {SCHEMA}.instruments AS i USING (symbol)
    LEFT JOIN LATERAL (
        SELECT closed_at AS at FROM {SCHEMA}.bars
        WHERE symbol = w.symbol AND interval = '{Interval.HALF_HOUR}'
        ORDER BY opened_at DESC LIMIT 1
    ) AS bar ON true
    LEFT JOIN LATERAL (
        SELECT a.known_at AS at FROM {SCHEMA}.article_symbols AS s
        JOIN {SCHEMA}.articles AS a ON a.id = s.article_id
        WHERE s.symbol = w.symbol
        ORDER BY s.article_id DESC LIMIT 1
    ) AS article ON true
    LEFT JOIN LATERAL (
        SELECT c.scored_at AS at FROM {SCHEMA}.article_symbols AS s
        JOIN {SCHEMA}.sentiment_scores AS c USING (article_id, symbol)
        WHERE s.symbol = w.symbol
        ORDER BY s.article_id DESC LIMIT 1
    ) AS score ON true
    LEFT JOIN LATERAL (
        SELECT slot_at AS at FROM {SCHEMA}.signals
        WHERE strategy = :strategy AND symbol = w.symbol AND revision = 1
        ORDER BY slot_at DESC LIMIT 1
    ) AS signal ON true
    WHERE w.removed_at IS NULL
""")  # noqa: S608  # the schema is a constant
_PARTS = ("market_bars", "news_articles", "article_sentiment", "trading_signals")


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest that is stored about a followed symbol; None where there is nothing (UTC).

    Attributes:
        symbol: Whose.
        mic: Where it trades.
        added_at: Since when it is followed.
        newest: When its newest bar closed, its newest article became known, the newest article
            with a score was scored, and the slot of its newest signal.
    """

    symbol: str
    mic: str
    added_at: datetime
    newest: tuple[datetime | None, datetime | None, datetime | None, datetime | None]


def newest_of_each(connection: sa.Connection, strategy: str) -> list[Newest]:
    """The newest that is stored about each followed symbol.

    Args:
        connection: Reads.
        strategy: Whose signals, `name-version`.
    """
    rows = connection.execute(_NEWEST, {"strategy": strategy})
    return [Newest(row[0], row[1], row[2], (row[3], row[4], row[5], row[6])) for row in rows]


def freshness_families(found: list[Newest], now: datetime) -> list[Metric]:
    """What is measured of each symbol's freshness; it reads no database, and calendars take long.

    Args:
        found: The newest of each symbol.
        now: The present (UTC).
    """
    return [
        gauge(
            "freshness_seconds",
            "Age of the newest bar, article, score and signal of a symbol.",
            ("asset", "symbol"),
            (
                ((part, one.symbol), max(0.0, (now - at).total_seconds()))
                for one in found
                for part, at in zip(_PARTS, one.newest, strict=True)
                if at is not None
            ),
        ),
        gauge(
            "signal_age_seconds",
            "Age of a symbol's newest signal in trading time, while its exchange trades.",
            ("symbol",),
            (((one.symbol,), age) for one in found if (age := _market_age(one, now)) is not None),
        ),
    ]


def _market_age(one: Newest, now: datetime) -> float | None:
    try:
        return trading_seconds(calendar_of(one.mic), one.newest[-1] or one.added_at, now)
    except ConfigurationError:  # nobody knows its hours, so nobody promises anything of them
        return None


def trading_seconds(calendar: SessionCalendar, since: datetime, now: datetime) -> float | None:
    """For how long an exchange has traded since an instant; None while it does not trade.

    A signal of yesterday's last slot has an age of 0 when the exchange opens, not of a night.

    Args:
        calendar: The exchange's.
        since: The instant (UTC); of what is older than ten days only those count.
        now: The present (UTC).

    Raises:
        ConfigurationError: The calendar does not know these days.
    """
    since = max(min(since, now), now - LONGEST)
    _, started_at, ended_at = calendar.sessions(Window(now - LONGEST, now + SLOT)).trading()
    begin, end = instant64(since), instant64(now)
    if not ((started_at <= end) & (ended_at > end)).any():
        return None
    spans = np.minimum(ended_at, end) - np.maximum(started_at, begin)
    return float(np.maximum(spans, np.timedelta64(0)).sum() / np.timedelta64(1, "s"))
