"""Which articles tell one event."""

import csv
import gzip
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fintech_pipeline.news.stories import (
    STORY_WINDOW,
    Assignment,
    Key,
    StoryMember,
    assign_stories,
    headline_tokens,
    independent_outlets,
)

START = datetime(2025, 5, 1, tzinfo=UTC)


def member(
    key: int,
    headline: str,
    hours: float = 0.0,
    *,
    symbols: str = "AAPL",
    outlet: str = "x.com",
    story: int | None = None,
) -> StoryMember:
    known_at = START + timedelta(hours=hours)
    return StoryMember(key, headline, outlet, frozenset(symbols.split()), known_at, story)


def founders(articles: list[StoryMember]) -> dict[Key, Key | None]:
    return {a.key: a.founder for a in assign_stories(articles, [])}


RETOLD = [
    "AI chip startup FuriosaAI reportedly turns down $800M acquisition offer from Meta",
    "Korean AI chip startup FuriosaAI rejects Meta’s $800 million offer - report",
    "Source: South Korean chip startup FuriosaAI rejected an $800M takeover offer (J. Doe/Paper)",
]


def test_one_event_worded_three_ways_is_one_story() -> None:
    articles = [member(n, text, n) for n, text in enumerate(RETOLD, start=1)]
    assert founders(articles) == {1: 1, 2: 1, 3: 1}


def test_two_events_of_one_company_on_one_day_are_two_stories() -> None:
    articles = [
        member(1, "Apple unveils a cheaper tablet for schools"),
        member(2, "Apple loses appeal over unpaid taxes in Ireland", 1),
    ]
    assert founders(articles) == {1: 1, 2: 2}


def test_articles_without_a_common_symbol_never_meet() -> None:
    text = "Regulator opens antitrust probe into cloud contracts"
    assert founders([member(1, text), member(2, text, 1, symbols="MSFT")]) == {1: 1, 2: 2}
    assert founders([member(1, text, symbols=""), member(2, text, 1, symbols="")]) == {1: 1, 2: 2}


def test_the_same_headline_after_the_window_is_a_new_story() -> None:
    text = "Apple releases urgent security update for all phones"
    hours = STORY_WINDOW / timedelta(hours=1)
    assert founders([member(1, text), member(2, text, hours)]) == {1: 1, 2: 1}
    assert founders([member(1, text), member(2, text, hours + 0.1)]) == {1: 1, 2: 2}


def test_a_stored_article_draws_a_new_one_into_its_story() -> None:
    stored = member(1, RETOLD[0], story=77)
    assigned = assign_stories([member(2, RETOLD[1], 1)], [stored])
    assert [(a.key, a.story, a.founder) for a in assigned] == [(2, 77, None)]
    assert assigned[0].similarity > 0.0


def test_a_later_stored_article_does_not_draw_an_earlier_one() -> None:
    stored = member(1, RETOLD[0], 5, story=77)
    assert assign_stories([member(2, RETOLD[1], 1)], [stored]) == [Assignment(2, None, 2, 0.0)]


def test_a_stored_article_without_a_story_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="carries no story"):
        assign_stories([], [member(1, "Apple rises")])


def test_nothing_new_gives_nothing() -> None:
    assert assign_stories([], []) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Apple cuts prices - The Ledger", "Apple cuts prices | Reuters"),
        ("Apple cutting prices", "Apple cuts price"),
        ("Apple pays $6.5 billion", "Apple pays 6.5bn"),
        ("Sales rise 5 percent", "Sales rise 5%"),
        ("Lilly buys Verve | $LLY $VERV", "Lilly buys Verve"),
        ("Sources: Apple buys Verve (Jane Doe/Paper)", "APPLE BUYS VERVE"),
        ("Apple’s profit in the U.S.", "Apple's profit in the US"),
    ],
)
def test_headlines_that_differ_in_dress_only_have_the_same_tokens(one: str, other: str) -> None:
    assert headline_tokens(one) == headline_tokens(other)


def test_a_short_headline_is_not_taken_for_outlet() -> None:
    assert "verv" in headline_tokens("Lilly - Verve")


def test_outlets_are_counted_once_however_they_are_written() -> None:
    assert independent_outlets(["www.Reuters.com", "reuters.com", "cnbc.com"]) == 2


WORDS = ["apple", "tariff", "phone", "court", "europe", "25%", "fine", "chip", "india", "store"]
ARTICLES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
        st.integers(0, 120),
        st.sampled_from(["AAPL", "MSFT", "AAPL MSFT"]),
    ),
    max_size=14,
).map(
    lambda rows: [
        member(n, " ".join(words), hours, symbols=symbols)
        for n, (words, hours, symbols) in enumerate(rows, start=1)
    ]
)


@settings(deadline=None)
@given(ARTICLES, st.randoms(use_true_random=False))
def test_the_order_in_which_a_batch_is_handed_over_does_not_matter(
    articles: list[StoryMember], random: Random
) -> None:
    shuffled = list(articles)
    random.shuffle(shuffled)
    assert assign_stories(shuffled, []) == assign_stories(articles, [])


@settings(deadline=None)
@given(ARTICLES)
def test_one_batch_and_one_by_one_give_the_same_stories(articles: list[StoryMember]) -> None:
    ordered = sorted(articles, key=lambda m: (m.known_at, int(m.key)))
    stored: list[StoryMember] = []
    groups: dict[Key, set[Key]] = defaultdict(set)
    for new in ordered:
        # As the store does: only what the window can reach is loaded.
        near = [m for m in stored if m.known_at >= new.known_at - STORY_WINDOW]
        (assigned,) = assign_stories([new], near)
        story = assigned.story if assigned.story is not None else 1000 + len(groups)
        groups[story].add(new.key)
        stored.append(
            StoryMember(new.key, new.headline, new.outlet, new.symbols, new.known_at, story)
        )
    batch: dict[Key | None, set[Key]] = defaultdict(set)
    for assigned in assign_stories(articles, []):
        batch[assigned.founder].add(assigned.key)
    assert set(map(frozenset, groups.values())) == set(map(frozenset, batch.values()))


def test_real_headlines_of_three_months_form_stories_of_several_outlets(shared_data: Path) -> None:
    path = shared_data / "news" / "headlines_2025.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    started = time.perf_counter()
    members = [
        StoryMember(
            int(row["id"]),
            row["title"],
            row["site"],
            frozenset(row["queried_tickers"].split("|")),
            datetime.fromisoformat(row["time_utc"]),
        )
        for row in rows
    ]
    assigned = assign_stories(members, [])
    assert time.perf_counter() - started < 6.0
    outlets = defaultdict(list)
    by_key = {m.key: m for m in members}
    for a in assigned:
        outlets[a.founder].append(by_key[a.key].outlet)
    shared = [names for names in outlets.values() if independent_outlets(names) >= 2]
    assert len(assigned) == 6311
    assert 350 < len(shared) < 550
    assert max(map(len, outlets.values())) < 40
