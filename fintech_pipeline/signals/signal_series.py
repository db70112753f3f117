"""A symbol's signals as columns for a chart: no more rows than it can show, each change kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.signals.signal_reading import Judge
from fintech_pipeline.signals.strategy import COMPONENTS
from fintech_pipeline.storage.database import SCHEMA

# Rows that are left out are read without their components, which are most of what is stored.
_SERIES = sa.text(f"""
    WITH newest AS (
        SELECT DISTINCT ON (slot_at) id, slot_at, action, score FROM {SCHEMA}.signals
        WHERE symbol = :symbol AND interval = :interval AND strategy = :strategy
            AND slot_at >= :start AND slot_at <= :end AND (revision = 1 OR NOT :first)
        ORDER BY slot_at, revision DESC
    ), before AS (
        SELECT action FROM {SCHEMA}.signals
        WHERE symbol = :symbol AND interval = :interval AND strategy = :strategy
            AND slot_at < :start AND (revision = 1 OR NOT :first)
        ORDER BY slot_at DESC, revision DESC LIMIT 1
    ), marked AS (
        SELECT id, slot_at, score,
            action IS DISTINCT FROM lag(action, 1, coalesce((SELECT action FROM before), action))
                OVER by_time AS changed,
            lead(id) OVER by_time IS NULL AS last,
            count(*) OVER () AS total
        FROM newest WINDOW by_time AS (ORDER BY slot_at)
    ), counted AS (
        SELECT *, count(*) FILTER (WHERE changed) OVER () AS changes,
            count(*) FILTER (WHERE changed AND NOT last) OVER () AS to_keep,
            CASE WHEN last THEN 'last' WHEN changed THEN 'change' ELSE 'other' END AS kind
        FROM marked
    ), parted AS (
        SELECT *, CASE kind WHEN 'last' THEN 1
            WHEN 'change' THEN least(to_keep, :points - 1)
            ELSE :points - 1 - least(to_keep, :points - 1) END AS room
        FROM counted
    ), spread AS (
        SELECT *, ntile(CAST(room AS integer)) OVER (PARTITION BY kind ORDER BY slot_at) AS part
        FROM parted WHERE room > 0
    ), ranked AS (
        SELECT *, row_number()
            OVER (PARTITION BY kind, part ORDER BY abs(score) DESC, slot_at) AS place
        FROM spread
    )
    SELECT s.slot_at, s.price, s.score, s.action, s.confidence, s.components,
        ranked.changed, ranked.total, ranked.changes
    FROM ranked JOIN {SCHEMA}.signals AS s USING (id)
    WHERE ranked.place = 1 ORDER BY s.slot_at
""")  # noqa: S608  # the schema is a constant
_READINGS = sa.text(f"""
    WITH told AS (
        SELECT DISTINCT ON (slot_at) slot_at,
            CAST(jsonb_path_query_first(components, '$[*] ? (@.name == "news")')->>'value'
                AS float8) AS value,
            jsonb_array_length(inputs->'articles') AS articles,
            coalesce(CAST(inputs->>'stories' AS integer), 0) AS stories
        FROM {SCHEMA}.signals
        WHERE symbol = :symbol AND interval = :interval AND strategy = :strategy
            AND slot_at >= :start AND slot_at <= :end AND (revision = 1 OR NOT :first)
        ORDER BY slot_at, revision DESC
    ), spread AS (
        SELECT *, ntile(:points) OVER (ORDER BY slot_at) AS part, count(*) OVER () AS total
        FROM told
    ), ranked AS (
        SELECT *, row_number()
            OVER (PARTITION BY part ORDER BY abs(value) DESC NULLS LAST, slot_at) AS place
        FROM spread
    )
    SELECT slot_at, value, articles, stories, total FROM ranked WHERE place = 1 ORDER BY slot_at
""")  # noqa: S608  # the schema is a constant


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a chart is drawn of.

    Attributes:
        judge: Whose signals.
        symbol: Of which symbol.
        start: The first slot (UTC), included.
        end: The last slot (UTC), included.
        points: How many rows at the most.
        first: Whether each slot's signal is drawn as it was first made, and not as it was
            computed again since.
    """

    judge: Judge
    symbol: str
    start: datetime
    end: datetime
    points: int
    first: bool = False

    def values(self) -> dict[str, Any]:
        """What the queries are given."""
        return {
            "symbol": self.symbol,
            "interval": str(self.judge.interval),
            "strategy": self.judge.label,
            "start": self.start,
            "end": self.end,
            "points": self.points,
            "first": self.first,
        }


@dataclass(frozen=True, slots=True)
class SignalSeries:
    """Signals as columns of one length, by slot.

    Where there are more than fit, the last one stays and each change of action; of the others, of
    each stretch of time the one whose score is farthest from 0.

    Attributes:
        slot_at: The slots (UTC).
        price: In the instrument's currency, raw.
        score: In [-1, 1].
        action: What it asks for.
        confidence: In [0, 1].
        changed: Whether the action differs from that of the signal before, drawn or not.
        contributions: What each component adds to the score; None where it is missing. Of a slot
            they add up to its score.
        left_out: How many signals of the span are not drawn.
        changes_left_out: How many of these are a change of action.
    """

    slot_at: list[datetime]
    price: list[float]
    score: list[float]
    action: list[str]
    confidence: list[float]
    changed: list[bool]
    contributions: dict[str, list[float | None]]
    left_out: int
    changes_left_out: int


@dataclass(frozen=True, slots=True)
class ReadingSeries:
    """What the signals saw in the news, as columns of one length, by slot.

    Attributes:
        slot_at: The slots (UTC).
        value: The aggregated sentiment in [-1, 1]; None where there was no scored article.
        articles: How many articles it rests on.
        stories: How many stories these tell.
        left_out: How many slots of the span are not drawn.
    """

    slot_at: list[datetime]
    value: list[float | None]
    articles: list[int]
    stories: list[int]
    left_out: int


def signal_series(connection: sa.Connection, drawn: Drawn) -> SignalSeries:
    """One revision of each slot's signal, at most as many as fit."""
    rows = connection.execute(_SERIES, drawn.values()).all()
    added = [{part["name"]: float(part["contribution"]) for part in r.components} for r in rows]
    there = {name for parts in added for name in parts}
    return SignalSeries(
        [row.slot_at for row in rows],
        [row.price for row in rows],
        [row.score for row in rows],
        [row.action for row in rows],
        [row.confidence for row in rows],
        [row.changed for row in rows],
        {name: [parts.get(name) for parts in added] for name in COMPONENTS if name in there},
        rows[0].total - len(rows) if rows else 0,
        rows[0].changes - sum(row.changed for row in rows) if rows else 0,
    )


def reading_series(connection: sa.Connection, drawn: Drawn) -> ReadingSeries:
    """What each slot's signal saw in the news; of each stretch of time the most extreme."""
    rows = connection.execute(_READINGS, drawn.values()).all()
    return ReadingSeries(
        [row.slot_at for row in rows],
        [row.value for row in rows],
        [row.articles for row in rows],
        [row.stories for row in rows],
        rows[0].total - len(rows) if rows else 0,
    )
