"""Sentiment scores, the texts that got none, and who stood in for whom, in Postgres."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from fintech_pipeline.clock import Window
from fintech_pipeline.market.instrument_store import instruments
from fintech_pipeline.news.article_store import article_symbols, articles
from fintech_pipeline.sentiment.scores import Label, NotAsked, SentimentScore, Text, Unscored
from fintech_pipeline.sentiment.scoring import Judged, Pending
from fintech_pipeline.storage.database import SCHEMA, Database, instant, metadata
from fintech_pipeline.storage.events import Event, Topic, announce


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
    sa.Column("answered_by", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("tokens", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("cost_usd", sa.Numeric, nullable=False, server_default=sa.text("0")),
    # The article that was asked in this one's place.
    sa.Column("same_as", sa.BigInteger),
    # From when the score may be used, where it came after the ticks that would have used it.
    sa.Column("known_at", instant),
    _of_article_and_symbol(),
    sa.ForeignKeyConstraint(
        ["same_as", "symbol", "model_version"],
        [f"sentiment_scores.{name}" for name in ("article_id", "symbol", "model_version")],
        name="fk_sentiment_scores_same_as",
    ),
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

stand_ins = sa.Table(
    "stand_ins",
    metadata,
    *_key_columns(),
    sa.Column("stood_in_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("stood_in_at", instant, nullable=False),
    sa.ForeignKeyConstraint(
        ["article_id", "symbol", "stood_in_by"],
        [f"sentiment_scores.{name}" for name in ("article_id", "symbol", "model_version")],
        name="fk_stand_ins_stood_in_by",
    ),
)
"""Which texts another model scored in place of `model_version`, and why that was not asked."""


@dataclass(frozen=True, slots=True)
class ScoreStore:
    """Reads and writes sentiment scores."""

    database: Database

    def pending(self, model_version: str, window: Window) -> list[Pending]:
        """The texts known in the window that this model has yet to judge, as they became known.

        Not those it scored or gave up on, nor those on which another stood in for it.
        """
        done = [
            sa.exists().where(
                table.c.article_id == article_symbols.c.article_id,
                table.c.symbol == article_symbols.c.symbol,
                table.c.model_version == model_version,
            )
            for table in (sentiment_scores, unscored, stand_ins)
        ]
        query = _texts().where(
            articles.c.known_at >= window.start,
            # Included, because a slot counts what is known at the slot itself.
            articles.c.known_at <= window.end,
            *(~exists for exists in done),
        )
        with self.database.transaction() as connection:
            return [_pending(row) for row in connection.execute(query)]

    def told(self, model_version: str, stories: Iterable[int]) -> list[Judged]:
        """What the model was asked and said of these stories, as it became known."""
        query = (
            _texts()
            .add_columns(*(sentiment_scores.c[name] for name in VERDICT))
            .join(
                sentiment_scores,
                sa.and_(
                    sentiment_scores.c.article_id == article_symbols.c.article_id,
                    sentiment_scores.c.symbol == article_symbols.c.symbol,
                ),
            )
            .where(
                articles.c.story_id.in_(set(stories)),
                sentiment_scores.c.model_version == model_version,
                sentiment_scores.c.same_as.is_(None),
            )
        )
        with self.database.transaction() as connection:
            return [
                Judged(_pending(row), score_of(row), model_version)
                for row in connection.execute(query)
            ]

    def write(
        self,
        connection: sa.Connection,
        judged: Sequence[Judged],
        preferred_version: str,
        at: datetime,
        late_before: datetime | None = None,
    ) -> None:
        """Stores each verdict once; a text without one stands in `unscored`.

        Args:
            connection: The transaction.
            judged: Who was asked in another's place comes with that other, or after it.
            preferred_version: For whom another may have stood in.
            at: Now (UTC).
            late_before: The score of a text that was known by then has waited and is known from now
                on; None where none has.
        """
        scores, failures, stood_in = [], [], []
        # First who was asked: who shares the verdict refers to it.
        for one in sorted(judged, key=lambda one: one.same_as is not None):
            article_id, symbol = one.pending.key
            key = {"article_id": article_id, "symbol": symbol, "model_version": one.model_version}
            match one.verdict:
                case SentimentScore():
                    late = late_before is not None and one.pending.known_at <= late_before
                    values = {**_values(one.verdict), "known_at": at if late else None}
                    scores.append({**key, **values, "same_as": one.same_as, "scored_at": at})
                    if one.refused is not None:
                        why = {"reason": str(one.refused), "stood_in_at": at}
                        by = {"model_version": preferred_version, "stood_in_by": one.model_version}
                        stood_in.append({**key, **by, **why})
                case Unscored():
                    failures.append({**key, "reason": one.verdict.reason, "tried_at": at})
                case NotAsked():
                    pass
        for table, rows in (
            (sentiment_scores, scores),
            (unscored, failures),
            (stand_ins, stood_in),
        ):
            if rows:
                connection.execute(insert(table).on_conflict_do_nothing(), rows)
        _announce(connection, judged, scores, failures)

    def known(
        self, connection: sa.Connection, model_version: str, window: Window
    ) -> list[datetime]:
        """When each text of the window became known that this model scored, or another for it."""
        # Each begins with the window, not with all that the model ever scored.
        scored_by = (
            sa.select(articles.c.known_at, table.c.article_id, table.c.symbol)
            .join_from(articles, table, table.c.article_id == articles.c.id)
            .where(
                table.c.model_version == model_version,
                articles.c.known_at >= window.start,
                articles.c.known_at <= window.end,
            )
            for table in (sentiment_scores, stand_ins)
        )
        return list(connection.scalars(sa.union(*scored_by)))

    def scored(
        self, symbols: Sequence[str], model_versions: Sequence[str], window: Window
    ) -> pa.Table:
        """The scored articles known in the window, each under the first model that scored it.

        Who stood in for the first model keeps its word, whatever the models after it are now: a
        slot that is judged again sees what it saw. What the first model was asked and gave up on
        has no score, even if another once gave it one.

        Returns:
            `symbol, article_id, story_id, outlet, known_at, relevance, score, confidence,
            model_version, scored_from`, by symbol, known_at and article; the last says from when a
            score that came late may be used, and is null for any other.
        """
        query = f"""
            SELECT DISTINCT ON (l.symbol, a.known_at, a.id)
                l.symbol, a.id AS article_id, a.story_id, a.outlet, a.known_at,
                l.relevance, s.score, s.confidence, s.model_version,
                s.known_at AS scored_from
            FROM {SCHEMA}.articles AS a
            JOIN {SCHEMA}.article_symbols AS l ON l.article_id = a.id
            LEFT JOIN {SCHEMA}.stand_ins AS t
                ON t.article_id = l.article_id AND t.symbol = l.symbol
                AND t.model_version = {{first}}
            JOIN {SCHEMA}.sentiment_scores AS s
                ON s.article_id = l.article_id AND s.symbol = l.symbol
                AND (s.model_version = ANY({{models}}) OR s.model_version = t.stood_in_by)
            LEFT JOIN {SCHEMA}.unscored AS u
                ON u.article_id = l.article_id AND u.symbol = l.symbol
                AND u.model_version = {{first}} AND s.model_version <> {{first}}
            WHERE l.symbol = ANY({{symbols}})
                AND (u.article_id IS NULL OR s.model_version = t.stood_in_by)
                AND a.known_at >= {{start}} AND a.known_at <= {{end}}
            ORDER BY l.symbol, a.known_at, a.id, (s.model_version = t.stood_in_by) DESC NULLS LAST,
                array_position({{models}}, s.model_version)
        """  # noqa: S608  # the schema is a constant, the values are quoted by Database.arrow
        return self.database.arrow(
            query,
            {
                "symbols": list(symbols),
                "models": list(model_versions),
                "first": model_versions[0],
                "start": window.start,
                "end": window.end,
            },
        )


VERDICT = ("score", "label", "confidence", "reason", "answered_by", "tokens", "cost_usd")
"""In the order of `SentimentScore`."""


def _texts() -> sa.Select[Any]:
    """Every text with what is asked about it, as it became known."""
    return (
        sa.select(
            articles.c.id,
            article_symbols.c.symbol,
            instruments.c.name,
            instruments.c.aliases,
            articles.c.headline,
            articles.c.summary,
            articles.c.story_id,
            articles.c.known_at,
        )
        .join_from(articles, article_symbols, article_symbols.c.article_id == articles.c.id)
        .join(instruments, instruments.c.symbol == article_symbols.c.symbol)
        .order_by(articles.c.known_at, articles.c.id, article_symbols.c.symbol)
    )


def _pending(row: sa.Row[Any]) -> Pending:
    names = (row.symbol, row.name, *row.aliases)
    text = Text(row.id, row.symbol, names, row.headline, row.summary)
    return Pending(text, row.story_id, row.known_at)


def score_of(row: sa.Row[Any]) -> SentimentScore:
    """The score in a row that has the columns of `VERDICT`."""
    return SentimentScore(
        row.score,
        Label(row.label),
        row.confidence,
        row.reason,
        row.answered_by,
        row.tokens,
        row.cost_usd,
    )


def _values(score: SentimentScore) -> dict[str, object]:
    return {
        "score": score.value,
        "label": str(score.label),
        "confidence": score.confidence,
        "reason": score.reason,
        "answered_by": score.answered_by,
        "tokens": score.tokens,
        "cost_usd": score.cost_usd,
    }


def _announce(
    connection: sa.Connection,
    judged: Sequence[Judged],
    scores: Sequence[Mapping[str, Any]],
    failures: Sequence[Mapping[str, Any]],
) -> None:
    """Tells those who follow live that texts were judged."""
    if not scores and not failures:
        return
    known = [one.pending.known_at for one in judged]
    told = {
        "symbols": sorted({row["symbol"] for row in (*scores, *failures)}),
        "scored": len(scores),
        "unscored": len(failures),
        "from_at": min(known).isoformat(),
        "to_at": max(known).isoformat(),
    }
    announce(connection, [Event(Topic.SENTIMENT, told)])
