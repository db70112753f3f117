"""Whether a later headline of a story says again what an earlier one said."""

from datetime import UTC, datetime, timedelta

import pytest

from fintech_pipeline.news.retelling import RETOLD_WITHIN, retells

AT = datetime(2025, 5, 20, 14, tzinfo=UTC)
FIRST = "AI chip startup FuriosaAI reportedly turns down $800M acquisition offer from Meta"


def later(headline: str, hours: float = 1.0, first: str = FIRST, *names: str) -> bool:
    return retells(headline, AT + timedelta(hours=hours), first, AT, names)


@pytest.mark.parametrize(
    "headline",
    [
        FIRST,
        "Korean AI chip startup FuriosaAI rejects Meta’s $800 million offer - report",
        "Source: South Korean chip startup FuriosaAI rejected an $800M offer (J. Doe/Paper)",
    ],
)
def test_the_same_event_in_other_words_is_retold(headline: str) -> None:
    assert later(headline)


def test_what_comes_later_reports_what_has_happened_since() -> None:
    best = "Apple has best day since 1998 on Trump's 90-day tariff pause"
    drops = "Apple drops 4% after notching best day since 1998"
    assert later(drops, 11, best)
    assert not later(drops, 18, best)
    assert later(FIRST, RETOLD_WITHIN / timedelta(hours=1))
    assert not later(FIRST, RETOLD_WITHIN / timedelta(hours=1) + 0.01)


def test_another_turn_of_the_story_in_other_words_is_none() -> None:
    first = "Trump Threatens 25% Tariffs on Apple If iPhones Not Made in US"
    assert not later("Why Trump's newest tariff threat against Apple is misguided", 1, first)


def test_nobody_retells_what_is_known_only_later() -> None:
    assert not later(FIRST, -0.001)
    assert later(FIRST, 0.0)


def test_a_headline_without_a_telling_word_retells_only_itself() -> None:
    assert later("It is what it is", 1, "It is what it is")
    assert not later("It is what it is", 1, FIRST)
    assert not later("", 1, FIRST)


def test_that_both_name_the_company_says_nothing() -> None:
    first = "Apple Inc. wins a record order from the navy"
    probe = "Regulator opens a fraud probe into Apple Inc. navy order"
    assert later(probe, 1, first)
    assert not later(probe, 1, first, "AAPL", "Apple Inc.")
    retold = "Apple wins record navy order"
    assert later(retold, 1, first, "AAPL", "Apple Inc.")
