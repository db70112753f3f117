"""Articles, stories and verdicts in a test's database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fintech_pipeline.clock import KnownBy
from fintech_pipeline.errors import ProviderError
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.article_store import ArticleStore, ToldArticle
from fintech_pipeline.news.articles import RawArticle, content_hash
from fintech_pipeline.news.collection import FoundArticle
from fintech_pipeline.news.matching import Match
from fintech_pipeline.sentiment.score_store import ScoreStore
from fintech_pipeline.sentiment.scores import Label, SentimentScore, Text, Verdict
from fintech_pipeline.sentiment.scoring import Judged, Passed, Pending
from fintech_pipeline.storage.database import Database

FIRST = datetime(2026, 3, 2, 14, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GOOD = SentimentScore(0.5, Label.POSITIVE, 0.8, "it rose", "local-a", 0)
BAD = SentimentScore(-0.25, Label.NEGATIVE, 0.6, "it fell")
FOLLOWED = [
    Instrument("AAPL", "Apple Inc.", ("Apple",), "XNAS", "USD"),
    Instrument("KO", "The Coca-Cola Company", ("Coca-Cola",)),
]


@dataclass
class Newsroom:
    """Writes as the pipeline does; articles are numbered from 1, a minute apart."""

    database: Database
    written: int = field(default=0)

    def __post_init__(self) -> None:
        InstrumentStore(self.database).seed(FOLLOWED)

    def article(
        self,
        headline: str = "",
        symbols: Sequence[str] = ("AAPL",),
        *,
        story: int | None = None,
        provider: str = "wire",
        relevance: float = 1.0,
        known_by: KnownBy = KnownBy.LIVE,
        **changes: Any,
    ) -> int:
        """Stores one, as a story of its own or of one there is; its id, which is its number."""
        self.written += 1
        at = FIRST + (self.written - 1) * MINUTE
        raw = RawArticle(
            **{
                "provider_id": f"id-{self.written}",
                "headline": headline or f"Headline {self.written}",
                "summary": "",
                "outlet": "Ledger",
                "url": "https://ledger.example/1",
                "published_at": at - MINUTE,
                **changes,
            }
        )
        matches = tuple(Match(symbol, relevance, "a test") for symbol in symbols)
        one = FoundArticle(raw, provider, content_hash(raw), matches, at, at, known_by)
        with self.database.transaction() as connection:
            told = ToldArticle(one, one.key if story is None else story)
            ArticleStore(self.database).write(connection, [told])
        return self.written

    def judged(
        self,
        article: int,
        verdict: Verdict,
        model: str,
        symbol: str = "AAPL",
        *,
        preferred: str = "",
        because: ProviderError | None = None,
        same_as: int | None = None,
        at: datetime = FIRST + 60 * MINUTE,
    ) -> None:
        """Stores what a model said, in place of the preferred one where that has a reason."""
        text = Pending(Text(article, symbol, (symbol,), "", ""), 1, FIRST)
        passed = () if because is None else (Passed(preferred, because),)
        one = Judged(text, verdict, model, same_as, passed)
        with self.database.transaction() as connection:
            ScoreStore(self.database).write(connection, [one], preferred or model, at)
