"""Texts that no model has judged, for Prometheus."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from prometheus_client.metrics_core import Metric

from fintech_pipeline.storage.database import SCHEMA
from fintech_pipeline.telemetry.families import gauge

LOOKED_BACK = timedelta(days=2)
"""What is older than this moves no signal that a person would still look at."""
_UNSCORED = sa.text(f"""
    SELECT count(*) FILTER (WHERE given_up), count(*) FILTER (WHERE NOT given_up)
    FROM (
        SELECT EXISTS (
            SELECT FROM {SCHEMA}.unscored AS u
            WHERE (u.article_id, u.symbol) = (s.article_id, s.symbol)
                AND u.model_version = ANY(:versions)
        ) AS given_up
        FROM {SCHEMA}.articles AS a
        JOIN {SCHEMA}.article_symbols AS s ON s.article_id = a.id
        WHERE a.known_at > :since AND a.known_at <= :now
            AND NOT EXISTS (
                SELECT FROM {SCHEMA}.sentiment_scores AS c
                WHERE (c.article_id, c.symbol) = (s.article_id, s.symbol)
                    AND c.model_version = ANY(:versions)
            )
    ) AS texts
""")  # noqa: S608  # the schema is a constant


def sentiment_families(
    connection: sa.Connection, model_versions: tuple[str, ...], now: datetime
) -> list[Metric]:
    """What is measured of the scores: how many texts of the last two days have none.

    Args:
        connection: Reads.
        model_versions: The models whose scores count.
        now: The present (UTC).
    """
    values = {"versions": list(model_versions), "since": now - LOOKED_BACK, "now": now}
    given_up, waiting = connection.execute(_UNSCORED, values).one()
    return [
        gauge(
            "unscored_texts",
            "Articles of two days without a score, by symbol: they wait, or were given up.",
            ("state",),
            [(("waiting",), waiting), (("given_up",), given_up)],
        )
    ]
