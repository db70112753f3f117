"""Inputs that came only after a signal was written, and count for it all the same.

A bar that nobody looked for in time is known from when it was due. A signal that was written
without it comes out otherwise when it is computed again, until a backfill makes its revision.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.signals.news_readings import NEWS_HORIZON
from fintech_pipeline.storage.database import SCHEMA, Database

_AT_ONCE = 1000
_LOOK_BACK = "CASE s.interval WHEN '1d' THEN interval '3 years' ELSE interval '60 days' END"
"""No block of bars begins earlier before a slot."""
_LATE = sa.text(f"""
    SELECT s.id, s.slot_at, bars.*, actions.*, articles.*, scores.*
    FROM {SCHEMA}.signals AS s
    CROSS JOIN LATERAL (
        SELECT count(*) AS bars, min(opened_at) AS first_bar, max(opened_at) AS last_bar FROM (
            SELECT opened_at, observed_at, known_at, closed_at FROM {SCHEMA}.bars
            WHERE (symbol, interval) = (s.symbol, s.interval)
                AND opened_at BETWEEN s.slot_at - {_LOOK_BACK} AND s.slot_at
            UNION ALL
            SELECT opened_at, observed_at, known_at, closed_at FROM {SCHEMA}.bar_revisions
            WHERE (symbol, interval) = (s.symbol, s.interval)
                AND opened_at BETWEEN s.slot_at - {_LOOK_BACK} AND s.slot_at
        ) AS b
        WHERE b.closed_at <= s.slot_at AND b.known_at <= s.cutoff_at
            AND b.observed_at > s.written_at
    ) AS bars
    CROSS JOIN LATERAL (
        SELECT count(*) AS actions, min(kind) AS action, min(ex_on) AS ex_on
        FROM {SCHEMA}.corporate_actions AS c
        WHERE c.symbol = s.symbol AND c.ex_at BETWEEN s.slot_at - {_LOOK_BACK} AND s.slot_at
            AND c.known_at <= s.cutoff_at AND c.observed_at > s.written_at
    ) AS actions
    CROSS JOIN LATERAL (
        SELECT count(*) AS articles, min(a.known_at) AS first_article
        FROM {SCHEMA}.article_symbols AS l JOIN {SCHEMA}.articles AS a ON a.id = l.article_id
        WHERE l.symbol = s.symbol AND a.known_at BETWEEN s.slot_at - :news_horizon AND s.cutoff_at
            AND a.observed_at > s.written_at
    ) AS articles
    CROSS JOIN LATERAL (
        SELECT count(*) AS scores
        FROM {SCHEMA}.sentiment_scores AS v JOIN {SCHEMA}.articles AS a ON a.id = v.article_id
        WHERE v.symbol = s.symbol AND a.known_at BETWEEN s.slot_at - :news_horizon AND s.cutoff_at
            AND coalesce(v.known_at, a.known_at) <= s.cutoff_at
            AND v.scored_at > s.written_at AND a.observed_at <= s.written_at
    ) AS scores
    WHERE s.id = ANY(:ids)
""")  # noqa: S608  # the schema is a constant


def told_late(database: Database, ids: Collection[int]) -> dict[int, str]:
    """A sentence for each of the signals that lacked an input when it was written."""
    found: dict[int, str] = {}
    wanted = sorted(ids)
    with database.transaction() as connection:
        for first in range(0, len(wanted), _AT_ONCE):
            batch = wanted[first : first + _AT_ONCE]
            values = {"ids": batch, "news_horizon": NEWS_HORIZON}
            for row in connection.execute(_LATE, values).mappings():
                if told := _told(row):
                    found[row["id"]] = told
    return found


def _told(row: Any) -> str:
    parts = []
    if row["bars"]:
        span = _span(row["first_bar"], row["last_bar"])
        parts.append(f"{_count(row['bars'], 'bar')} of {span}")
    if row["actions"]:
        parts.append(f"a {row['action']} of {row['ex_on']}")
    if row["articles"]:
        parts.append(_count(row["articles"], "article"))
    if row["scores"]:
        parts.append(_count(row["scores"], "score"))
    if not parts:
        return ""
    came = "was" if len(parts) == 1 and parts[0].startswith(("1 ", "a ")) else "were"
    day = f"{row['slot_at']:%Y-%m-%d}"
    return (
        f"{' and '.join(parts)} {came} stored after it was written; "
        f"`fintech backfill --from {day} --to {day} --again` makes its revision"
    )


def _span(first: datetime, last: datetime) -> str:
    if first == last:
        return f"{first:%Y-%m-%d %H:%MZ}"
    return f"{first:%Y-%m-%d %H:%MZ} to {last:%Y-%m-%d %H:%MZ}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
