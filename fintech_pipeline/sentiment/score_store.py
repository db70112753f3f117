"""Sentiment scores, and the texts that got none, in Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from fintech_pipeline.clock import Window
from fintech_pipeline.market.instrument_store import instruments
from fintech_pipeline.news.article_store import article_symbols, articles
from fintech_pipeline.sentiment.scores import NotAsked, SentimentScore, Text, Unscored, Verdict
from fintech_pipeline.storage.database import SCHEMA, Database, instant, metadata


def _key_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("article_id", sa.BigInteger, primary_key=True),
        sa.Column("symbol", sa.Text, primary_key=True),
        sa.Column("model_version", sa.Text, primary_key=True),
    ]


def _of_article_and_symbol() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["article_id", "symbol"], ["article_symbols.article_id", "article_symbols.symbol"]
    )


sentiment_scores = sa.Table(
    "sentiment_scores",
    metadata,
    *_key_columns(),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("confidence", sa.Double, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("scored_at", instant, nullable=False),
    _of_article_and_symbol(),
    sa.CheckConstraint("score BETWEEN -1 AND 1 AND confidence BETWEEN 0 AND 1", name="bounded"),
)

unscored = sa.Table(
    "unscored",
    metadata,
    *_key_columns(),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("tried_at", instant, nullable=False),
    _of_article_and_symbol(),
)


@dataclass(frozen=True, slots=True)
class ScoreStore:
    """Reads and writes sentiment scores."""

    database: Database

    def pending(self, model_version: str, window: Window) -> list[Text]:
        """The texts known in the window that this model has neither scored nor given up on."""
        done = [
            sa.exists().where(
                table.c.article_id == article_symbols.c.article_id,
                table.c.symbol == article_symbols.c.symbol,
                table.c.model_version == model_version,
            )
            for table in (sentiment_scores, unscored)
        ]
        query = (
            sa.select(
                articles.c.id,
                article_symbols.c.symbol,
                instruments.c.name,
                instruments.c.aliases,
                articles.c.headline,
                articles.c.summary,
            )
            .join(article_symbols, article_symbols.c.article_id == articles.c.id)
            .join(instruments, instruments.c.symbol == article_symbols.c.symbol)
            .where(
                articles.c.known_at >= window.start,
                # Included, because a slot counts what is known at the slot itself.
                articles.c.known_at <= window.end,
                *(~exists for exists in done),
            )
            .order_by(articles.c.id, article_symbols.c.symbol)
        )
        with self.database.transaction() as connection:
            return [
                Text(
                    row.id,
                    row.symbol,
                    (row.symbol, row.name, *row.aliases),
                    row.headline,
                    row.summary,
                )
                for row in connection.execute(query)
            ]

    def write(
        self,
        connection: sa.Connection,
        texts: Sequence[Text],
        verdicts: Sequence[Verdict],
        model_version: str,
        at: datetime,
    ) -> None:
        """Stores each text's verdict, once; a text without one stands in `unscored`."""
        scores, failures = [], []
        for text, verdict in zip(texts, verdicts, strict=True):
            key = {
                "article_id": text.article_id,
                "symbol": text.symbol,
                "model_version": model_version,
            }
            match verdict:
                case SentimentScore():
                    values = {"score": verdict.value, "label": str(verdict.label)}
                    values = {**values, "reason": verdict.reason}
                    scores.append(
                        {**key, **values, "confidence": verdict.confidence, "scored_at": at}
                    )
                case Unscored():
                    failures.append({**key, "reason": verdict.reason, "tried_at": at})
                case NotAsked():
                    pass
        for table, rows in ((sentiment_scores, scores), (unscored, failures)):
            if rows:
                connection.execute(insert(table).on_conflict_do_nothing(), rows)

    def known(
        self, connection: sa.Connection, model_version: str, window: Window
    ) -> list[datetime]:
        """When each text of the window that this model scored became known (UTC)."""
        query = (
            sa.select(articles.c.known_at)
            .join(sentiment_scores, sentiment_scores.c.article_id == articles.c.id)
            .where(
                sentiment_scores.c.model_version == model_version,
                articles.c.known_at >= window.start,
                articles.c.known_at <= window.end,
            )
        )
        return list(connection.scalars(query))

    def scored(
        self, symbols: Sequence[str], model_versions: Sequence[str], window: Window
    ) -> pa.Table:
        """The scored articles known in the window, each under the first model that scored it.

        Returns:
            `symbol, article_id, story_id, outlet, known_at, relevance, score,
            confidence`, by symbol, known_at and article.
        """
        query = f"""
            SELECT DISTINCT ON (l.symbol, a.known_at, a.id)
                l.symbol, a.id AS article_id, a.story_id, a.outlet, a.known_at,
                l.relevance, s.score, s.confidence
            FROM {SCHEMA}.articles AS a
            JOIN {SCHEMA}.article_symbols AS l ON l.article_id = a.id
            JOIN {SCHEMA}.sentiment_scores AS s
                ON s.article_id = l.article_id AND s.symbol = l.symbol
            WHERE l.symbol = ANY({{symbols}}) AND s.model_version = ANY({{models}})
                AND a.known_at >= {{start}} AND a.known_at <= {{end}}
            ORDER BY l.symbol, a.known_at, a.id, array_position({{models}}, s.model_version)
        """  # noqa: S608  # the schema is a constant, the values are quoted by Database.arrow
        return self.database.arrow(
            query,
            {
                "symbols": list(symbols),
                "models": list(model_versions),
                "start": window.start,
                "end": window.end,
            },
        )
