"""The sentiment of a symbol over HTTP: articles as points, and what the signals saw of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from fintech_pipeline.signals.basis_store import Basis, BasisStore
from fintech_pipeline.signals.strategy_files import load_strategy
from fintech_pipeline.storage.database import Database
from tests.api.living import serving_api
from tests.storage.settled_past import Past

FIRST = datetime(2026, 3, 2, 14, tzinfo=UTC)
PATH = "/api/v1/instruments/AAPL/sentiment"
MARKUP = "<img src=x onerror=alert(1)> & </script> \u202eApple"
NEWS = '[{"name": "news", "value": %s, "weight": 1, "contribution": 0.1, "figure": 0.1}]'


@dataclass(frozen=True)
class News:
    """Articles in a database, and how more come in."""

    database: Database

    def run(self, statement: str, **values: object) -> sa.CursorResult[tuple[int]]:
        with self.database.transaction() as connection:
            return connection.execute(sa.text(statement), values)

    def tell(self, minute: int, relevance: float = 1.0, headline: str = "Apple rises") -> int:
        """Stores an article of AAPL and returns its id."""
        known_at = FIRST + timedelta(minutes=minute)
        article: int = self.run(
            """WITH story AS (INSERT INTO fintech.stories (headline, first_known_at)
                VALUES (:headline, :at) RETURNING id)
            INSERT INTO fintech.articles (provider, provider_id, content_hash, headline, summary,
                outlet, url, story_id, published_at, observed_at, known_at, known_by)
            SELECT 'p', :key, :key, :headline, '', 'Reuters', '', id, :at, :at, :at, 'live'
            FROM story RETURNING id""",
            headline=headline,
            at=known_at,
            key=f"{minute} {headline}",
        ).scalar_one()
        self.run(
            "INSERT INTO fintech.article_symbols VALUES (:id, 'AAPL', :relevance, 'name')",
            id=article,
            relevance=relevance,
        )
        return article

    def score(self, article: int, score: float, model: str = "gemini-1", why: str = "so") -> None:
        self.run(
            """INSERT INTO fintech.sentiment_scores (article_id, symbol, model_version, score,
                label, confidence, reason, scored_at)
            VALUES (:id, 'AAPL', :model, :score, 'neutral', 0.75, :why, :at)""",
            id=article,
            model=model,
            score=score,
            why=why,
            at=FIRST,
        )


@pytest.fixture
def news(database: Database) -> News:
    Past(database).follow("AAPL", "KO")
    models = ("gemini-1", "local-1")
    basis = Basis(load_strategy("balanced"), models, timedelta(hours=12), {})
    with database.transaction() as connection:
        BasisStore(database).basis_id(connection, basis)
    return News(database)


def test_articles_are_points_with_their_score_headline_and_story(news: News) -> None:
    later = news.tell(9, 0.5)
    sooner = news.tell(3, headline=MARKUP)
    news.tell(5)
    news.score(later, -0.5)
    news.score(sooner, 0.25, why=MARKUP)
    with serving_api(news.database) as api:
        answer = api.get(PATH)
        span = api.get(f"{PATH}?from=2026-03-02T14:04:00Z&to=2026-03-02T14:09:00Z").document
        other = api.get(PATH.replace("AAPL", "ko")).document
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    points = answer.document["articles"]
    assert points["article_id"] == [sooner, later]
    assert points["known_at"] == ["2026-03-02T14:03:00Z", "2026-03-02T14:09:00Z"]
    assert points["headline"] == [MARKUP, "Apple rises"]
    assert points["reason"] == [MARKUP, "so"]
    assert (points["score"], points["relevance"]) == ([0.25, -0.5], [1.0, 0.5])
    assert points["confidence"] == [0.75, 0.75]
    assert points["outlet"] == ["Reuters", "Reuters"]
    assert len(set(points["story_id"])) == 2
    assert (points["left_out"], points["without_score"]) == (0, 1)
    assert span["articles"]["article_id"] == [later]
    assert (other["symbol"], other["articles"]["article_id"]) == ("KO", [])


def test_of_too_many_articles_the_most_relevant_are_drawn(news: News) -> None:
    wanted = []
    for minute, relevance in enumerate((0.1, 0.9, 0.3, 0.8, 0.2)):
        article = news.tell(minute, relevance)
        news.score(article, 0.1)
        if relevance > 0.5:
            wanted.append(article)
    with serving_api(news.database) as api:
        drawn = api.get(f"{PATH}?points=2").document["articles"]
    assert (drawn["article_id"], drawn["left_out"]) == (wanted, 3)


def test_the_score_is_the_one_that_signals_use(news: News) -> None:
    both, stood_in, second, gave_up = (news.tell(minute) for minute in range(4))
    news.score(both, 0.1, "local-1")
    news.score(both, 0.2, "gemini-1")
    news.score(stood_in, 0.3, "local-1")
    news.score(stood_in, 0.4, "gemini-1")
    news.run(
        "INSERT INTO fintech.stand_ins VALUES (:id, 'AAPL', 'gemini-1', 'local-1', 'quota', :at)",
        id=stood_in,
        at=FIRST,
    )
    news.score(second, 0.5, "local-1")
    news.score(second, 0.6, "unknown-9")
    news.score(gave_up, 0.7, "local-1")
    news.run(
        "INSERT INTO fintech.unscored VALUES (:id, 'AAPL', 'gemini-1', 'blocked', :at)",
        id=gave_up,
        at=FIRST,
    )
    with serving_api(news.database) as api:
        drawn = api.get(PATH).document["articles"]
    assert drawn["article_id"] == [both, stood_in, second]
    assert drawn["score"] == [0.2, 0.3, 0.5]
    assert drawn["model_version"] == ["gemini-1", "local-1", "local-1"]
    assert drawn["stands_in_for"] == [None, "gemini-1", None]
    assert drawn["without_score"] == 1


def test_the_reading_of_each_slot_is_what_its_signal_saw(news: News) -> None:
    past, half_hour = Past(news.database), timedelta(minutes=30)
    for slot, components in enumerate((NEWS % 0.2, "[]", NEWS % -0.9, NEWS % 0.1, NEWS % 0.3)):
        past.judge("AAPL", FIRST + slot * half_hour, components=components)
    past.judge("AAPL", FIRST, components=NEWS % 0.25, revision=2)
    with serving_api(news.database) as api:
        whole = api.get(PATH).document["readings"]
        some = api.get(f"{PATH}?points=2").document["readings"]
    assert whole["value"] == [0.25, None, -0.9, 0.1, 0.3]
    assert whole["slot_at"][1] == "2026-03-02T14:30:00Z"
    assert (whole["articles"], whole["stories"], whole["left_out"]) == ([0] * 5, [0] * 5, 0)
    # Of each stretch the farthest from 0.
    assert (some["value"], some["left_out"]) == ([-0.9, 0.3], 3)


def test_a_symbol_that_nobody_knows_and_a_span_that_ends_before_it_starts_are_refused(
    news: News,
) -> None:
    with serving_api(news.database) as api:
        unknown = api.get(PATH.replace("AAPL", "NOPE"))
        backwards = api.get(f"{PATH}?from=2026-03-02T14:00:00Z&to=2026-03-01T14:00:00Z")
        fifty_years = api.get(f"{PATH}?from=1976-03-02T14:00:00Z&to=2026-03-02T14:00:00Z")
    assert (unknown.status, backwards.status, fifty_years.status) == (404, 422, 200)
