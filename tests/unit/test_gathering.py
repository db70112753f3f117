"""One answer from several calls: what is kept, what is said, when the asking ends."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from fintech_pipeline.errors import Malformed, NoData, ProviderError, QuotaExhausted
from fintech_pipeline.news.articles import RawArticle
from fintech_pipeline.news.gathering import gathered
from fintech_pipeline.news.provider import NewsAnswer

AT = datetime(2026, 11, 24, 10, tzinfo=UTC)
Part = Callable[[], NewsAnswer]


def gives(identifier: str, *symbols: str, problem: str = "") -> Part:
    article = RawArticle(identifier, "T", "", "O", "", AT, frozenset(symbols))
    return lambda: NewsAnswer([article], [problem] if problem else [])


def fails(error: ProviderError) -> Part:
    def part() -> NewsAnswer:
        raise error

    return part


def test_a_part_that_fails_costs_only_itself() -> None:
    answer = gathered({"A": fails(Malformed("broken.")), "B": gives("1")})
    assert [a.provider_id for a in answer.articles] == ["1"]
    assert answer.problems == ["A: broken."]
    assert answer.lacking == {"A": "broken."}


def test_what_the_next_call_would_meet_too_ends_the_asking() -> None:
    spent = QuotaExhausted("spent.", AT)
    answer = gathered({"A": gives("1"), "B": fails(spent), "C": gives("2"), "D": gives("3")})
    assert [a.provider_id for a in answer.articles] == ["1"]
    assert answer.problems == ["B: spent.", "For that reason nothing was asked for C, D."]
    unasked = "It was not asked for."
    assert answer.lacking == {"B": "spent.", "C": unasked, "D": unasked}


def test_without_any_answer_the_error_that_ended_it_is_raised() -> None:
    spent = QuotaExhausted("spent.", AT)
    with pytest.raises(QuotaExhausted):
        gathered({"A": fails(NoData("unknown.")), "B": fails(spent), "C": gives("1")})


def test_nothing_to_ask_is_an_empty_answer() -> None:
    assert gathered({}) == NewsAnswer([])


def test_an_article_that_came_twice_concerns_the_symbols_of_both_and_is_told_once() -> None:
    answer = gathered(
        {"A": gives("1", "AAPL", problem="Late."), "B": gives("1", "MSFT", problem="Late.")}
    )
    (article,) = answer.articles
    assert article.symbols == {"AAPL", "MSFT"}
    assert answer.problems == ["Late."]


def test_what_lacks_of_a_part_that_was_answered_in_part_is_kept() -> None:
    half = NewsAnswer([], lacking={"A": "page 2 failed."})
    assert gathered({"A": lambda: half, "B": gives("1")}).lacking == {"A": "page 2 failed."}
    assert gathered({"B": gives("1")}).lacking == {}
