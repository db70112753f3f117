"""Articles, the stories they tell and the symbols they concern, in Postgres."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.clock import Window
from fintech_pipeline.news.articles import VendorSentiment
from fintech_pipeline.news.collection import FoundArticle
from fintech_pipeline.storage.database import SCHEMA, Database, instant, metadata

stories = sa.Table(
    "stories",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("headline", sa.Text, nullable=False),
    sa.Column("first_known_at", instant, nullable=False),
    sa.Index("ix_stories_first_known_at_id", "first_known_at", "id"),
)

articles = sa.Table(
    "articles",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("provider_id", sa.Text, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False, unique=True),
    sa.Column("headline", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("outlet", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("story_id", sa.BigInteger, sa.ForeignKey("stories.id"), nullable=False, index=True),
    sa.Column("published_at", instant, nullable=False),
    sa.Column("observed_at", instant, nullable=False),
    sa.Column("known_at", instant, nullable=False, index=True),
    sa.Column("known_by", sa.Text, nullable=False),
    sa.UniqueConstraint("provider", "provider_id"),
    sa.Index("ix_articles_known_at_id", "known_at", "id"),
    sa.Index("ix_articles_outlet_known_at_id", "outlet", "known_at", "id"),
    sa.Index(
        "ix_articles_words",
        sa.text("to_tsvector('simple'::regconfig, headline)"),
        postgresql_using="gin",
    ),
)

article_symbols = sa.Table(
    "article_symbols",
    metadata,
    sa.Column("article_id", sa.BigInteger, sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("symbol", sa.Text, sa.ForeignKey("instruments.symbol"), primary_key=True),
    sa.Column("relevance", sa.Double, nullable=False),
    sa.Column("matched_by", sa.Text, nullable=False),
    sa.Index("ix_article_symbols_symbol_article_id", "symbol", "article_id"),
)

vendor_sentiments = sa.Table(
    "vendor_sentiments",
    metadata,
    sa.Column("article_id", sa.BigInteger, primary_key=True),
    sa.Column("symbol", sa.Text, primary_key=True),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("relevance", sa.Double, nullable=False),
    sa.Column("observed_at", instant, nullable=False),
    sa.ForeignKeyConstraint(
        ["article_id", "symbol"], ["article_symbols.article_id", "article_symbols.symbol"]
    ),
    sa.CheckConstraint("score BETWEEN -1 AND 1 AND relevance BETWEEN 0 AND 1", name="bounded"),
)
"""What the vendors' own models say; no signal uses it, it is there to be compared with ours."""


@dataclass(frozen=True, slots=True)
class RecentArticle:
    """A stored article, as far as telling stories needs it."""

    article_id: int
    story_id: int
    headline: str
    outlet: str
    symbols: frozenset[str]
    known_at: datetime


@dataclass(frozen=True, slots=True)
class ToldArticle:
    """A new article and the story it tells.

    Attributes:
        found: The article.
        story: The id of a stored story, or the key of the article of the same batch that began it
            (its own where it begins one).
    """

    found: FoundArticle
    story: int | str


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """A stored article as a person reads it."""

    article_id: int
    headline: str
    outlet: str
    url: str
    known_at: datetime
    story_id: int


@dataclass(frozen=True, slots=True)
class ArticleStore:
    """Reads and writes articles."""

    database: Database

    def unknown(
        self, connection: sa.Connection, found: Sequence[FoundArticle]
    ) -> list[FoundArticle]:
        """Those that are not stored yet, under their own provider or another.

        Until the transaction ends no other run decides the same: a tick asks yesterday's news again
        while a backfill may work on yesterday.
        """
        if not found:
            return []
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('fintech articles'))"))
        hashes = sa.select(articles.c.content_hash).where(
            articles.c.content_hash.in_([item.content_hash for item in found])
        )
        known_hashes = set(connection.scalars(hashes))
        ids: dict[str, list[str]] = defaultdict(list)
        for item in found:
            ids[item.provider].append(item.article.provider_id)
        # As the index has it, the provider first.
        of_providers = (
            sa.and_(articles.c.provider == provider, articles.c.provider_id.in_(own))
            for provider, own in ids.items()
        )
        pairs = sa.select(articles.c.provider, articles.c.provider_id).where(sa.or_(*of_providers))
        known_ids = {(row.provider, row.provider_id) for row in connection.execute(pairs)}
        fresh: dict[tuple[str, str], FoundArticle] = {}
        for item in found:
            key = (item.provider, item.article.provider_id)
            if item.content_hash not in known_hashes and key not in known_ids:
                fresh.setdefault(key, item)
        return list(fresh.values())

    def recent(self, connection: sa.Connection, window: Window) -> list[RecentArticle]:
        """The stored articles known in the window, by known_at."""
        symbols = sa.func.array_agg(article_symbols.c.symbol).label("symbols")
        query = (
            sa.select(
                articles.c.id,
                articles.c.story_id,
                articles.c.headline,
                articles.c.outlet,
                symbols,
                articles.c.known_at,
            )
            .join(article_symbols, article_symbols.c.article_id == articles.c.id)
            .where(articles.c.known_at >= window.start, articles.c.known_at <= window.end)
            .group_by(articles.c.id)
            .order_by(articles.c.known_at, articles.c.id)
        )
        return [
            RecentArticle(
                row.id,
                row.story_id,
                row.headline,
                row.outlet,
                frozenset(row.symbols),
                row.known_at,
            )
            for row in connection.execute(query)
        ]

    def write(self, connection: sa.Connection, told: Sequence[ToldArticle]) -> None:
        """Stores new articles with their stories and symbols, in the given order."""
        if not told:
            return
        founders = [item for item in told if item.story == item.found.key]
        story_ids: dict[int | str, int] = {}
        if founders:
            rows = [
                {"headline": f.found.article.headline, "first_known_at": f.found.known_at}
                for f in founders
            ]
            insertion = sa.insert(stories).returning(stories.c.id, sort_by_parameter_order=True)
            ids = connection.scalars(insertion, rows)
            story_ids = {f.story: story for f, story in zip(founders, ids, strict=True)}
        rows = [_article_row(item, story_ids) for item in told]
        insertion = sa.insert(articles).returning(articles.c.id, sort_by_parameter_order=True)
        article_ids = list(connection.scalars(insertion, rows))
        matches = [
            {
                "article_id": article_id,
                "symbol": match.symbol,
                "relevance": match.relevance,
                "matched_by": match.matched_by,
            }
            for article_id, item in zip(article_ids, told, strict=True)
            for match in item.found.matches
        ]
        connection.execute(sa.insert(article_symbols), matches)

    def keep_sentiments(
        self,
        connection: sa.Connection,
        provider: str,
        sentiments: Sequence[VendorSentiment],
        observed_at: datetime,
    ) -> None:
        """Stores a vendor's own scores of its articles, once, for the symbols they concern here.

        Args:
            connection: The transaction, in which the articles stand already.
            provider: Whose articles and scores they are.
            sentiments: The scores; one of an article that is not stored is left out.
            observed_at: When they came (UTC).
        """
        if not sentiments:
            return
        statement = sa.text(f"""
            INSERT INTO {SCHEMA}.vendor_sentiments
                (article_id, symbol, score, label, relevance, observed_at)
            SELECT a.id, l.symbol, told.score, told.label, told.relevance, :observed_at
            FROM unnest(
                CAST(:ids AS text[]), CAST(:symbols AS text[]), CAST(:scores AS float8[]),
                CAST(:labels AS text[]), CAST(:relevances AS float8[])
            ) AS told(provider_id, symbol, score, label, relevance)
            JOIN {SCHEMA}.articles AS a
                ON a.provider = :provider AND a.provider_id = told.provider_id
            JOIN {SCHEMA}.article_symbols AS l
                ON l.article_id = a.id AND l.symbol = told.symbol
            ON CONFLICT DO NOTHING
        """)  # noqa: S608  # the schema is a constant
        values = {
            "provider": provider,
            "observed_at": observed_at,
            "ids": [one.provider_id for one in sentiments],
            "symbols": [one.symbol for one in sentiments],
            "scores": [one.score for one in sentiments],
            "labels": [one.label for one in sentiments],
            "relevances": [one.relevance for one in sentiments],
        }
        connection.execute(statement, values)

    def summaries(self, article_ids: Sequence[int]) -> dict[int, ArticleSummary]:
        """The articles of these ids."""
        with self.database.transaction() as connection:
            return article_summaries(connection, article_ids)


def article_summaries(
    connection: sa.Connection, article_ids: Collection[int]
) -> dict[int, ArticleSummary]:
    """The articles of these ids."""
    if not article_ids:
        return {}
    query = sa.select(
        articles.c.id,
        articles.c.headline,
        articles.c.outlet,
        articles.c.url,
        articles.c.known_at,
        articles.c.story_id,
    ).where(articles.c.id.in_(article_ids))
    return {row.id: ArticleSummary(*row) for row in connection.execute(query)}


def _article_row(item: ToldArticle, story_ids: Mapping[int | str, int]) -> dict[str, object]:
    article = item.found.article
    return {
        "provider": item.found.provider,
        "provider_id": article.provider_id,
        "content_hash": item.found.content_hash,
        "headline": article.headline,
        "summary": article.summary,
        "outlet": article.outlet,
        "url": article.url,
        "story_id": story_ids.get(item.story, item.story),
        "published_at": article.published_at,
        "observed_at": item.found.observed_at,
        "known_at": item.found.known_at,
        "known_by": str(item.found.known_by),
    }
