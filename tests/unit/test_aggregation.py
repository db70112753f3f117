"""From scored articles to the news sentiment of one symbol at one instant."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.sentiment.aggregation import (
    MAX_ARTICLE_SHARE,
    NewsSentiment,
    ScoredArticle,
    aggregate,
)

AT = datetime(2025, 5, 1, 14, tzinfo=UTC)


def scored(
    article_id: int,
    value: float,
    *,
    story: int | None = None,
    outlet: str = "x.com",
    age_hours: float = 0.0,
    relevance: float = 1.0,
    confidence: float = 1.0,
    source_weight: float = 1.0,
) -> ScoredArticle:
    return ScoredArticle(
        article_id=article_id,
        story_id=article_id if story is None else story,
        outlet=outlet,
        known_at=AT - timedelta(hours=age_hours),
        relevance=relevance,
        value=value,
        confidence=confidence,
        source_weight=source_weight,
    )


def told_by(outlets: int, value: float, *, story: int, first_id: int) -> list[ScoredArticle]:
    return [
        scored(first_id + n, value, story=story, outlet=f"outlet{n}.com") for n in range(outlets)
    ]


def sentiment(*articles: ScoredArticle) -> NewsSentiment:
    answer = aggregate(articles, AT)
    assert answer is not None
    return answer


def test_no_news_is_not_neutral_news() -> None:
    assert aggregate([], AT) is None


def test_news_known_only_later_is_no_news() -> None:
    assert aggregate([scored(1, 0.9, age_hours=-0.001)], AT) is None


def test_one_fresh_sure_story_is_believed_by_a_third() -> None:
    assert sentiment(scored(1, 0.6)).value == 0.2


def test_after_one_half_life_it_is_believed_by_a_fifth() -> None:
    assert sentiment(scored(1, 0.6, age_hours=12)).value == 0.12


def test_a_doubtful_verdict_is_believed_less() -> None:
    assert sentiment(scored(1, 0.6, confidence=0.5)).value == 0.12


def test_good_and_bad_news_of_equal_weight_cancel_and_lower_the_confidence() -> None:
    answer = sentiment(scored(1, 0.5), scored(2, -0.5))
    assert answer.value == 0.0
    assert (answer.articles, answer.stories) == (2, 2)
    assert answer.confidence == 0.25
    assert sentiment(scored(1, 0.5), scored(2, 0.5)).confidence == 0.5


def test_one_story_told_by_many_is_one_vote_with_more_confidence() -> None:
    once = sentiment(scored(1, 0.9))
    often = sentiment(*told_by(3, 0.9, story=1, first_id=1))
    assert math.isclose(often.value, once.value, abs_tol=1e-6)
    assert once.confidence == 0.333333
    assert often.confidence == 0.51203
    assert (often.articles, often.stories) == (3, 1)


def test_within_a_story_the_more_relevant_article_counts_more() -> None:
    answer = sentiment(scored(1, 0.8, story=1), scored(2, -0.4, story=1, relevance=0.5))
    assert [(c.article_id, c.share) for c in answer.contributions] == [
        (1, 0.177778),
        (2, -0.044444),
    ]
    assert answer.value == 0.133334


def test_with_three_stories_none_carries_more_than_half_of_the_weight() -> None:
    loud = told_by(8, 1.0, story=1, first_id=1)
    quiet = [scored(20, 0.0, confidence=0.5), scored(21, 0.0, confidence=0.5)]
    # Weights 3, 0.5, 0.5 of 4; n = 2, so half is believed: 0.5 x 0.5 instead of 0.5 x 0.75.
    assert math.isclose(sentiment(*loud, *quiet).value, 0.25, abs_tol=1e-5)


def test_with_two_stories_the_cap_does_not_bind() -> None:
    loud = told_by(8, 1.0, story=1, first_id=1)
    # n = 1.5 of 3.5; weights 3 and 0.5.
    value = sentiment(*loud, scored(20, 0.0, confidence=0.5)).value
    assert math.isclose(value, 1.5 / 3.5 * 3 / 3.5, abs_tol=1e-5)


def test_faded_stories_do_not_gag_a_fresh_one() -> None:
    faded = [scored(2, 1.0, age_hours=96), scored(3, 1.0, age_hours=96)]
    assert sentiment(scored(1, -0.9), *faded).value < -0.29


def test_a_reprint_does_not_make_old_news_new() -> None:
    old = scored(1, 0.9, story=1, age_hours=36)
    reprint = scored(2, 0.9, story=1)
    assert sentiment(old).value < sentiment(old, reprint).value < sentiment(reprint).value


def test_a_source_that_is_trusted_less_is_believed_less_and_one_without_trust_not_at_all() -> None:
    assert sentiment(scored(1, 0.6, source_weight=0.5)).value == 0.12
    assert sentiment(scored(1, 0.6, source_weight=0.0)).value == 0.0
    wire, blog = scored(1, 0.8, story=1), scored(2, -0.8, story=1, source_weight=0.25)
    assert sentiment(wire, blog).value == 0.16


def test_one_article_moves_the_value_by_no_more_than_the_cap_however_its_story_is_dressed_up() -> (
    None
):
    hostile = scored(1, 1.0, story=1)
    echoes = [
        scored(n, 1.0, story=1, outlet=f"echo{n}.com", confidence=0.001) for n in range(2, 12)
    ]
    share = sentiment(hostile, *echoes, scored(20, 0.0)).contributions[0].share
    # It comes near to the bound, so the bound is no larger than it must be.
    assert 0.37 < share <= MAX_ARTICLE_SHARE


def test_verdicts_without_any_confidence_move_nothing() -> None:
    answer = sentiment(scored(1, 1.0, confidence=0.0), scored(2, 1.0, confidence=0.0))
    assert (answer.value, answer.confidence, answer.articles) == (0.0, 0.0, 2)


@pytest.mark.parametrize(
    ("relevance", "value", "confidence"),
    [(0.0, 0.0, 0.5), (1.1, 0.0, 0.5), (1.0, 1.1, 0.5), (1.0, math.nan, 0.5), (1.0, 0.0, 1.1)],
)
def test_a_number_outside_its_bounds_is_refused(
    relevance: float, value: float, confidence: float
) -> None:
    with pytest.raises(ValueError, match="article 7"):
        scored(7, value, relevance=relevance, confidence=confidence)


ARTICLES = st.lists(
    st.builds(
        ScoredArticle,
        article_id=st.integers(1, 10**9),
        story_id=st.integers(1, 5),
        outlet=st.sampled_from(["a.com", "b.com", "www.a.com", "C.com", "c.com"]),
        known_at=st.floats(-24, 2000).map(lambda hours: AT - timedelta(hours=hours)),
        relevance=st.floats(0.001, 1.0),
        value=st.floats(-1.0, 1.0),
        confidence=st.floats(0.0, 1.0),
        source_weight=st.sampled_from([0.0, 0.5, 1.0]),
    ),
    max_size=12,
    unique_by=lambda a: a.article_id,
)


@given(ARTICLES)
def test_the_shares_sum_to_the_value_and_all_stays_within_bounds(
    articles: list[ScoredArticle],
) -> None:
    answer = aggregate(articles, AT)
    if answer is None:
        assert all(a.known_at > AT for a in articles)
        return
    assert math.isclose(
        math.fsum(c.share for c in answer.contributions), answer.value, abs_tol=1e-9
    )
    assert -1.0 <= answer.value <= 1.0
    assert 0.0 <= answer.confidence <= 1.0
    assert answer.stories <= answer.articles == len(answer.contributions)


@given(ARTICLES, st.data())
def test_the_order_of_the_articles_does_not_matter(
    articles: list[ScoredArticle], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(articles))
    assert aggregate(shuffled, AT) == aggregate(articles, AT)


@given(ARTICLES)
def test_what_becomes_known_later_changes_nothing(articles: list[ScoredArticle]) -> None:
    known = [a for a in articles if a.known_at <= AT]
    assert aggregate(articles, AT) == aggregate(known, AT)


@given(ARTICLES)
def test_no_article_moves_the_value_by_more_than_the_cap(articles: list[ScoredArticle]) -> None:
    answer = aggregate(articles, AT)
    told = [a.story_id for a in articles if a.known_at <= AT]
    for one in answer.contributions if answer else ():
        most = MAX_ARTICLE_SHARE if told.count(one.story_id) > 1 else 1 / 3
        assert abs(one.share) <= most + 1e-6


@given(ARTICLES, st.floats(0.0, 500.0))
def test_without_news_what_was_said_fades_and_never_grows(
    articles: list[ScoredArticle], hours: float
) -> None:
    # Two stories at most: a third that fades away lifts the cap from the largest.
    few = [a for a in articles if a.story_id <= 2 and a.known_at <= AT]
    now, later = aggregate(few, AT), aggregate(few, AT + timedelta(hours=hours))
    if now is not None and later is not None:
        rounding = 1e-6 * (len(few) + 1)
        assert abs(later.value) <= abs(now.value) + rounding
        assert later.confidence <= now.confidence + rounding


@given(st.floats(-1.0, 1.0), st.floats(0.0, 1.0), st.integers(2, 9), st.floats(0.0, 48.0))
def test_a_story_told_often_is_one_vote_whoever_else_speaks(
    value: float, confidence: float, outlets: int, age_hours: float
) -> None:
    one = scored(1, value, story=1, confidence=confidence, age_hours=age_hours)
    copies = [
        scored(n, value, story=1, confidence=confidence, age_hours=age_hours)
        for n in range(2, outlets + 1)
    ]
    other = scored(99, -0.5, story=2)
    # Of one outlet: not a hair more than once.
    once, often = sentiment(one, other), sentiment(one, *copies, other)
    assert math.isclose(once.value, often.value, abs_tol=1e-5)
    assert math.isclose(once.confidence, often.confidence, abs_tol=1e-5)
    # Of different outlets: heavier, by three at most.
    spread = [replace(copy, outlet=f"outlet{copy.article_id}.com") for copy in copies]
    heavier = sum(c.share for c in sentiment(one, *spread, other).contributions if c.story_id == 1)
    light = sum(c.share for c in once.contributions if c.story_id == 1)
    assert abs(light) - 1e-5 <= abs(heavier) <= 3 * abs(light) + 1e-5
