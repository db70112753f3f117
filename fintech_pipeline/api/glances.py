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

_KEPT = f"SELECT close, closed_at, provider FROM {SCHEMA}.bars AS kept"  # noqa: S608  # a constant
# What stood in a bar's place then, as `signals.evidence` has it: only what replaced another
# version became known later than its first.
_KEPT_THEN = f"""
    SELECT version.close, version.closed_at, version.provider FROM {SCHEMA}.bars AS kept
    CROSS JOIN LATERAL (
        SELECT kept.close, kept.closed_at, kept.provider, kept.known_at, NULL AS replaced_at
        WHERE kept.known_at <= :seen_at
        UNION ALL
        SELECT close, closed_at, provider, known_at, replaced_at FROM {SCHEMA}.bar_revisions AS old
        WHERE (old.symbol, old.interval, old.opened_at)
                = (kept.symbol, kept.interval, kept.opened_at)
            AND kept.known_at > :seen_at AND old.known_at <= :seen_at
        ORDER BY known_at DESC, replaced_at DESC NULLS FIRST LIMIT 1
    ) AS version
"""  # noqa: S608  # the schema is a constant


@dataclass(frozen=True, slots=True)
class _Standing:
    """Parts of the query that differ between the present and the past."""

    bars: str
    closed: str
    quoted: str
    revisions: str
    judged: str
    best: str
    firing: str


_PRESENT = _Standing(
    bars=_KEPT,
    closed="true",
    quoted="true",
    revisions="true",
    judged="true",
    best="verdict.scored_at DESC",
    firing="resolved_at IS NULL",
)
_PAST = _Standing(
    bars=_KEPT_THEN,
    closed="version.closed_at <= :now",
    quoted="observed_at <= :seen_at",
    revisions="revision = 1",
    # Of what nobody followed then, what was said of it first.
    judged="(verdict.scored_at <= :seen_at OR recent.known_by = 'backfill')",
    best="verdict.scored_at <= :seen_at DESC,"
    " abs(extract(epoch FROM verdict.scored_at - :seen_at)), verdict.model_version",
    firing="started_at <= :now AND (resolved_at IS NULL OR resolved_at > :now)",
)


def _query(of: _Standing) -> sa.TextClause:
    """What is looked at, now or then."""
    return sa.text(f"""
    WITH recent AS MATERIALIZED (
        SELECT about.symbol, about.article_id, article.story_id, article.known_at,
            article.known_by
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
        WHERE {of.judged}
        ORDER BY recent.symbol, recent.known_at DESC, {of.best}
    ), firing AS (
        SELECT subject AS symbol, count(*) AS alerts
        FROM {SCHEMA}.alerts WHERE {of.firing} GROUP BY subject
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
            {of.bars}
            WHERE kept.symbol = i.symbol AND kept.interval = '{Interval.HALF_HOUR}'
                AND kept.opened_at < :now AND kept.opened_at > :sparks_from AND {of.closed}
            ORDER BY kept.opened_at DESC LIMIT {SPARKS}
        ) AS rows
    ) AS spark ON true
    LEFT JOIN LATERAL (
        SELECT array_send(array_agg(close)) AS close, array_send(array_agg(closed_at)) AS closed_at,
            (array_agg(provider))[1] AS provider
        FROM (
            {of.bars}
            WHERE kept.symbol = i.symbol AND kept.interval = '{Interval.DAY}'
                AND kept.opened_at < :now AND {of.closed}
            ORDER BY kept.opened_at DESC LIMIT 2
        ) AS rows
    ) AS day ON true
    LEFT JOIN LATERAL (
        SELECT price, as_of_at, previous_close, provider FROM {SCHEMA}.quotes
        WHERE symbol = i.symbol AND as_of_at <= :now AND {of.quoted}
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
                AND slot_at <= :now AND {of.revisions}
            ORDER BY slot_at DESC, revision DESC LIMIT 2
        ) AS rows
    ) AS signal ON true
    LEFT JOIN told ON told.symbol = i.symbol
    LEFT JOIN felt ON felt.symbol = i.symbol
    LEFT JOIN firing ON firing.symbol = i.symbol
    WHERE followed.removed_at IS NULL
    ORDER BY i.symbol
""")  # noqa: S608  # every name in it is a constant of this module


_GLANCES, _GLANCES_THEN = _query(_PRESENT), _query(_PAST)
_SPLITS = sa.text(f"""
    SELECT symbol, ex_at, value FROM {SCHEMA}.corporate_actions
    WHERE kind = 'split' AND ex_at > :since AND ex_at <= :now ORDER BY ex_at
""")  # noqa: S608  # the schema is a constant
_SPLITS_THEN = sa.text(f"""
    SELECT symbol, ex_at, value FROM (
        SELECT DISTINCT ON (symbol, ex_on) symbol, ex_at, value FROM (
            SELECT symbol, kind, ex_on, ex_at, value, known_at,
                CAST(NULL AS timestamptz) AS replaced_at
            FROM {SCHEMA}.corporate_actions
            UNION ALL
            SELECT symbol, kind, ex_on, ex_at, value, known_at, replaced_at
            FROM {SCHEMA}.corporate_action_revisions
        ) AS versions
        WHERE kind = 'split' AND ex_at > :since AND ex_at <= :now AND known_at <= :seen_at
        ORDER BY symbol, ex_on, known_at DESC, replaced_at DESC NULLS FIRST
    ) AS known ORDER BY ex_at
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
    return _read(connection, (_GLANCES, _SPLITS), _values(strategy, now))


def read_past_glances(
    connection: sa.Connection, strategy: Strategy, at: datetime, seen_at: datetime
) -> Glances:
    """The rows that were the newest at a past slot; of signals the first revisions.

    What is followed is what is followed now. What came later, or corrected what was known, is
    left out.

    Args:
        connection: Reads.
        strategy: Whose signals.
        at: The slot (UTC).
        seen_at: When the slot's tick had brought what there was (UTC); a bar or a split that
            became known later was not seen.
    """
    values = {**_values(strategy, at), "seen_at": seen_at}
    return _read(connection, (_GLANCES_THEN, _SPLITS_THEN), values)


def _values(strategy: Strategy, now: datetime) -> dict[str, Any]:
    return {
        "now": now,
        "sparks_from": now - SPARK_SPAN,
        "since": now - SPARK_SPAN,
        "news_from": now - NEWS_SPAN,
        "interval": str(strategy.interval),
        "strategy": strategy.label,
    }


def _read(
    connection: sa.Connection, queries: tuple[sa.TextClause, sa.TextClause], values: dict[str, Any]
) -> Glances:
    glances, splits = (connection.execute(query, values).all() for query in queries)
    return Glances(glances, splits)
