"""News surprise: how the tone now differs from the symbol's usual one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.sentiment.aggregation import MAX_ARTICLE_SHARE, ScoredArticle, aggregate

AT = datetime(2025, 5, 1, 14, tzinfo=UTC)


def scored(article_id: int, value: float, age_hours: float = 0.0) -> ScoredArticle:
    known_at = AT - timedelta(hours=age_hours)
    return ScoredArticle(article_id, article_id, f"{article_id}.com", known_at, 1.0, value, 1.0)


def surprise(*articles: ScoredArticle) -> tuple[float, float] | None:
    found = aggregate(articles, AT)
    assert found is not None
    return found.surprise


def test_two_stories_say_nothing_of_what_is_usual() -> None:
    assert surprise(scored(1, 0.9), scored(2, -0.9, 90.0)) is None


def test_good_news_after_bad_days_is_a_surprise_by_hand() -> None:
    # Weights now 1, 1/4 and 1/4 (two half-lives), usually 1 each; n = 1.5 is believed by 1.5 / 3.5.
    found = surprise(scored(1, 0.8), scored(2, -0.4, 24.0), scored(3, -0.4, 24.0))
    difference = (0.8 - 0.1 - 0.1) / 1.5 - 0.0
    assert found == pytest.approx((difference * 1.5 / 3.5, difference), abs=1e-6)


def test_a_symbol_that_is_always_praised_is_no_news() -> None:
    assert surprise(*(scored(n, 0.7, 20.0 * n) for n in range(5))) == (0.0, 0.0)


def test_old_news_alone_is_hardly_a_surprise() -> None:
    fresh = surprise(scored(1, 0.9), scored(2, -0.9, 40.0), scored(3, -0.9, 40.0))
    faded = surprise(scored(1, 0.9, 60.0), scored(2, -0.9, 100.0), scored(3, -0.9, 100.0))
    assert fresh is not None
    assert faded is not None
    assert abs(faded[0]) < 0.1 * fresh[0]


articles = st.lists(
    st.builds(
        ScoredArticle,
        article_id=st.integers(1, 1000),
        story_id=st.integers(1, 8),
        outlet=st.sampled_from(["a.com", "b.com", "c.com", "d.com"]),
        known_at=st.integers(0, 120).map(lambda hours: AT - timedelta(hours=hours)),
        relevance=st.floats(0.1, 1.0),
        value=st.floats(-1, 1),
        confidence=st.floats(0, 1),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda article: article.article_id,
)


@given(articles)
def test_it_is_bounded_and_believed_no_more_than_the_news_itself(
    several: list[ScoredArticle],
) -> None:
    found = aggregate(several, AT)
    assert found is not None
    if found.surprise is not None:
        value, difference = found.surprise
        assert -1.0 <= value <= 1.0
        assert abs(value) <= abs(difference) + 1e-6
        assert value * difference >= 0.0


@given(articles)
def test_the_order_of_the_articles_changes_nothing(several: list[ScoredArticle]) -> None:
    assert aggregate(several[::-1], AT) == aggregate(several, AT)


def test_one_headline_moves_it_no_further_than_the_news() -> None:
    usual = [scored(n, 0.0, 50.0 + n) for n in range(2, 9)]
    moved = surprise(*usual, scored(1, 1.0))
    assert moved is not None
    assert 0.2 < moved[0] <= MAX_ARTICLE_SHARE
