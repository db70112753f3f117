"""What a day left in the database, and what an undisturbed run of it would have left."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from fintech_pipeline.clock import utc_now
from fintech_pipeline.composition import open_pipeline
from fintech_pipeline.orchestration.scoring_step import score_articles
from fintech_pipeline.orchestration.steps import collect_articles, collect_market, compute
from fintech_pipeline.orchestration.work import Work, backfill_work, tick_work
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import connect
from fintech_pipeline.storage.schema import migrate
from tests.kubernetes.postgres import Postgres
from tests.kubernetes.running import noon

Rows = dict[str, list[tuple[Any, ...]]]
REACH = timedelta(days=12)
"""More than any look-back of a day, and less than drills lie apart from what it would meet."""
QUERIES = {
    # Natural keys and values, without ids, runs and the instants of the work.
    "bars": "SELECT symbol, interval, opened_at, closed_at, open, high, low, close, volume_shares, "
    "provider, known_at, known_by FROM bars WHERE opened_at",
    "articles": "SELECT a.provider, a.provider_id, a.headline, a.outlet, a.published_at, "
    "a.known_at, a.known_by, s.headline, s.first_known_at FROM articles a "
    "JOIN stories s ON s.id = a.story_id WHERE a.published_at",
    "article_symbols": "SELECT a.provider_id, x.symbol, x.relevance, x.matched_by "
    "FROM article_symbols x JOIN articles a ON a.id = x.article_id WHERE a.published_at",
    "scores": "SELECT a.provider_id, s.symbol, s.model_version, s.score, s.label, s.confidence, "
    "s.reason FROM sentiment_scores s JOIN articles a ON a.id = s.article_id WHERE a.published_at",
    "signals": "SELECT symbol, interval, slot_at, strategy, revision, price, change_pct, score, "
    "action, confidence, components::text, cutoff_at, live FROM signals WHERE slot_at",
    "slots": "SELECT slot_at, asset, state, expected, reasons::text, live, cutoff_at "
    "FROM slots WHERE slot_at",
}


def rows_of(postgres: Postgres, day: date, database: str | None = None) -> Rows:
    """Everything that was collected, scored and judged for a day."""
    start = datetime.combine(day, time(), tzinfo=UTC)
    span = (start - REACH, start + timedelta(days=1))
    url = postgres.url(database)
    with psycopg.connect(url, options="-csearch_path=fintech -ctimezone=UTC") as connection:
        return {
            name: sorted(
                connection.execute(f"{query} BETWEEN %s AND %s".encode(), span).fetchall(), key=repr
            )
            for name, query in QUERIES.items()
        }


def undisturbed(
    postgres: Postgres, configuration: str, day: date, folder: Path, *, whole: bool = False
) -> Rows:
    """What the steps leave of the tick at noon, or of the whole day, in a database of its own."""
    name = f"undisturbed_{day:%Y%m%d}"
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    opened = connect(postgres.url(name))
    migrate(opened)
    opened.close()
    file = folder / f"{name}.toml"
    file.write_text(configuration, "utf-8")
    settings = load_settings(file, environment={"DATABASE_URL": postgres.url(name)})
    now = utc_now()
    works: list[Work] = [tick_work(noon(day), now, name)]
    if whole:
        works = list(backfill_work([day], now, name))
    pipeline = open_pipeline(settings)
    try:
        for step in (collect_market, collect_articles, score_articles, compute):
            for work in works:
                step(pipeline, work)
    finally:
        pipeline.close()
    return rows_of(postgres, day, name)
