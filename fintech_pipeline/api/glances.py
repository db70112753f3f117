"""The first glance: what the newest stored rows tell of every symbol that is followed.

One query over all slices' tables, an index probe a symbol; the rows become what is shown in
`api/overview.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.strategy import Strategy
from fintech_pipeline.storage.database import SCHEMA

SPARKS = 48
"""How many closes a sparkline has."""
NEWS_SPAN = timedelta(days=1)
SPARK_SPAN = timedelta(days=21)
"""How old a close of a sparkline may be; a bound, so that few partitions are looked at."""

_GLANCES = sa.text(f"""
    WITH recent AS MATERIALIZED (
        SELECT about.symbol, about.article_id, article.story_id, article.known_at
        FROM {SCHEMA}.articles AS article
        JOIN {SCHEMA}.article_symbols AS about ON about.article_id = article.id
        WHERE article.known_at > :news_from AND article.known_at <= :now
    ), told AS (
        SELECT symbol, count(DISTINCT story_id) AS stories FROM recent GROUP BY symbol
    ), felt AS (
        SELECT DISTINCT ON (recent.symbol) recent.symbol, recent.known_at, verdict.score,
            verdict.label
        FROM recent
        JOIN {SCHEMA}.sentiment_scores AS verdict USING (article_id, symbol)
        ORDER BY recent.symbol, recent.known_at DESC, verdict.scored_at DESC
    ), firing AS (
        SELECT subject AS symbol, count(*) AS alerts
        FROM {SCHEMA}.alerts WHERE resolved_at IS NULL GROUP BY subject
    )
    SELECT i.symbol, i.name, i.mic, i.currency, i.tags,
        spark.close AS spark_close, spark.closed_at AS spark_closed_at, spark.provider,
        day.close AS day_close, day.closed_at AS day_closed_at, day.provider AS day_provider,
        quote.price, quote.as_of_at, quote.previous_close, quote.provider AS quote_provider,
        signal.slot_at, signal.score, signal.action, signal.confidence, signal.action_before,
        felt.score AS sentiment, felt.label, felt.known_at, told.stories, firing.alerts
    FROM {SCHEMA}.watchlist AS followed
    JOIN {SCHEMA}.instruments AS i USING (symbol)
    LEFT JOIN LATERAL (
        SELECT array_send(array_agg(close)) AS close, array_send(array_agg(closed_at)) AS closed_at,
            (array_agg(provider))[1] AS provider
        FROM (
            SELECT close, closed_at, provider FROM {SCHEMA}.bars
            WHERE symbol = i.symbol AND interval = '{Interval.HALF_HOUR}' AND opened_at < :now
                AND opened_at > :sparks_from
            ORDER BY opened_at DESC LIMIT {SPARKS}
        ) AS rows
    ) AS spark ON true
    LEFT JOIN LATERAL (
        SELECT array_send(array_agg(close)) AS close, array_send(array_agg(closed_at)) AS closed_at,
            (array_agg(provider))[1] AS provider
        FROM (
            SELECT close, closed_at, provider FROM {SCHEMA}.bars
            WHERE symbol = i.symbol AND interval = '{Interval.DAY}' AND opened_at < :now
            ORDER BY opened_at DESC LIMIT 2
        ) AS rows
    ) AS day ON true
    LEFT JOIN LATERAL (
        SELECT price, as_of_at, previous_close, provider FROM {SCHEMA}.quotes
        WHERE symbol = i.symbol AND as_of_at <= :now
        ORDER BY as_of_at DESC LIMIT 1
    ) AS quote ON true
    LEFT JOIN LATERAL (
        -- One probe for both: the second of them is the slot before.
        SELECT (array_agg(slot_at))[1] AS slot_at, (array_agg(score))[1] AS score,
            (array_agg(action))[1] AS action, (array_agg(confidence))[1] AS confidence,
            (array_agg(action))[2] AS action_before
        FROM (
            SELECT DISTINCT ON (slot_at) slot_at, score, action, confidence FROM {SCHEMA}.signals
            WHERE symbol = i.symbol AND interval = :interval AND strategy = :strategy
                AND slot_at <= :now
            ORDER BY slot_at DESC, revision DESC LIMIT 2
        ) AS rows
    ) AS signal ON true
    LEFT JOIN told ON told.symbol = i.symbol
    LEFT JOIN felt ON felt.symbol = i.symbol
    LEFT JOIN firing ON firing.symbol = i.symbol
    WHERE followed.removed_at IS NULL
    ORDER BY i.symbol
""")  # noqa: S608  # every name in it is a constant of this module

_SPLITS = sa.text(f"""
    SELECT symbol, ex_at, value FROM {SCHEMA}.corporate_actions
    WHERE kind = 'split' AND ex_at > :since AND ex_at <= :now ORDER BY ex_at
""")  # noqa: S608  # the schema is a constant


@dataclass(frozen=True, slots=True)
class Glances:
    """What is stored.

    Attributes:
        symbols: Those that are followed, by symbol, each with its newest rows; columns as
            `spark_close` are what `storage.columns` reads, the newest first.
        splits: Those of the last weeks, in order of time.
    """

    symbols: Sequence[sa.Row[Any]]
    splits: Sequence[sa.Row[Any]]


def read_glances(connection: sa.Connection, strategy: Strategy, now: datetime) -> Glances:
    """The newest rows of every symbol followed, in two queries.

    Args:
        connection: Reads.
        strategy: Whose signals.
        now: The present (UTC); nothing later is read.
    """
    values = {
        "now": now,
        "sparks_from": now - SPARK_SPAN,
        "news_from": now - NEWS_SPAN,
        "interval": str(strategy.interval),
        "strategy": strategy.label,
    }
    rows = connection.execute(_GLANCES, values).all()
    splits = connection.execute(_SPLITS, {"since": now - SPARK_SPAN, "now": now}).all()
    return Glances(rows, splits)
