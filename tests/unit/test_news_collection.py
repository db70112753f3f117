"""Collecting news: every provider of the chain is asked, each item is kept once and dated."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.clock import KnownBy, Looks, Sighting, Window, instant64
from fintech_pipeline.errors import ProviderError, Unavailable
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import (
    MAX_HEADLINE,
    MAX_IDENTIFIER,
    RawArticle,
    cleaned,
    content_hash,
    plain_text,
)
from fintech_pipeline.news.collection import NewsCollected, collect_news
from fintech_pipeline.news.provider import NewsAnswer

INSTRUMENTS = [Instrument("AAPL", "Apple Inc."), Instrument("KO", "The Coca-Cola Company")]
START = datetime(2025, 5, 20, 13, 0, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(hours=2))
OBSERVED = START + timedelta(hours=3)
MINUTE = timedelta(minutes=1)


@dataclass
class Wire:
    """A provider that gives what a test hands it, or fails."""

    name: str = "wire"
    given: Sequence[RawArticle] = ()
    problems: list[str] = field(default_factory=list)
    failure: ProviderError | None = None
    usual_delay: timedelta = timedelta(0)
    simulated: bool = False
    asked: list[tuple[list[str], Window]] = field(default_factory=list)
    lacking: dict[str, str] = field(default_factory=dict)

    def articles(self, instruments: Sequence[Instrument], window: Window) -> NewsAnswer:
        self.asked.append(([i.symbol for i in instruments], window))
        if self.failure is not None:
            raise self.failure
        return NewsAnswer(list(self.given), self.problems, lacking=self.lacking)


def article(number: int, headline: str = "", outlet: str = "Ledger", minute: int = 0) -> RawArticle:
    title = headline or f"Apple does thing number {number}"
    return RawArticle(f"id-{number}", title, "", outlet, "", START + minute * MINUTE)


def collect(
    *providers: Wire, live: bool = False, observed_at: datetime = OBSERVED
) -> NewsCollected:
    return collect_news(
        providers,
        INSTRUMENTS,
        WINDOW,
        lambda usual_delay: Sighting(observed_at, live, usual_delay),
    )


def test_every_provider_is_asked_for_every_instrument_and_the_window() -> None:
    one, other = Wire("one", [article(1)]), Wire("other", [article(2)])
    news = collect(one, other)
    assert one.asked == other.asked == [(["AAPL", "KO"], WINDOW)]
    assert [(f.provider, f.article.provider_id) for f in news.found] == [
        ("one", "id-1"),
        ("other", "id-2"),
    ]
    assert news.seen == 2


def test_a_provider_is_asked_for_what_it_usually_shows_within_the_window() -> None:
    daily = Wire("daily", [article(1)], usual_delay=timedelta(hours=24))
    collect(daily)
    assert daily.asked[0][1] == Window(WINDOW.start - timedelta(hours=24), WINDOW.end)


def test_an_article_later_than_a_slow_provider_s_delay_is_known_only_when_it_was_seen() -> None:
    """An earlier tick looked for it after it was due, a day after its publication, in vain."""
    day, looked_at = timedelta(days=1), START + timedelta(hours=26)
    looks = Looks(*(np.array([instant64(looked_at)], dtype="datetime64[us]") for _ in range(2)))
    news = collect_news(
        [Wire(given=[article(1)], usual_delay=day)],
        INSTRUMENTS,
        WINDOW,
        lambda delay: Sighting(looked_at + MINUTE, False, delay, looks, timedelta(hours=24)),
    )
    assert news.found[0].known_at == looked_at + MINUTE


def test_what_two_providers_give_is_kept_once_from_the_first_in_the_chain() -> None:
    again = article(7, "APPLE does: thing number 1")
    news = collect(Wire("one", [article(1)]), Wire("other", [again]))
    assert [f.provider for f in news.found] == ["one"]
    assert news.seen == 2


def test_the_same_headline_of_another_outlet_or_day_is_another_item() -> None:
    given = [
        article(1, "Apple rises"),
        article(2, "Apple rises", outlet="Gazette"),
        article(3, "Apple rises", minute=-24 * 60),
    ]
    assert len(collect(Wire(given=given)).found) == 3


def test_a_failing_provider_is_a_problem_while_another_answers() -> None:
    news = collect(Wire("one", failure=Unavailable("It is down.")), Wire("other", [article(1)]))
    assert len(news.found) == 1
    assert news.problems == ["It is down."]


def test_a_provider_that_answered_in_part_did_not_answer_all_and_says_what_lacks() -> None:
    lacking = {"AAPL": "Spent.", "KO": "It was not asked for.", "SPY": "It was not asked for."}
    news = collect(Wire("half", [article(1)], lacking=lacking), Wire("whole"))
    assert len(news.found) == 1
    assert news.failed == {"half": "AAPL: Spent. KO, SPY: It was not asked for."}
    assert news.answered == {"whole"}


def test_a_provider_that_lacks_more_than_the_window_is_asked_from_there_on() -> None:
    slow, quick = Wire("slow", usual_delay=MINUTE), Wire("quick")
    earlier = {"slow": START - 30 * MINUTE, "quick": START + MINUTE, "gone": START}
    collect_news(
        [slow, quick], INSTRUMENTS, WINDOW, lambda delay: Sighting(OBSERVED, False, delay), earlier
    )
    assert slow.asked[0][1] == Window(START - 31 * MINUTE, WINDOW.end)
    assert quick.asked[0][1] == WINDOW


def test_only_when_all_fail_a_failure_is_raised_that_tells_of_each() -> None:
    failing = [
        Wire("one", failure=Unavailable("First.")),
        Wire("other", failure=Unavailable("Second.")),
    ]
    with pytest.raises(Unavailable, match=r"^No provider answered\. First\. Second\.$"):
        collect(*failing)
    # An answer without an item is an answer.
    assert collect(failing[0], Wire("quiet")).found == []


def test_without_a_provider_there_is_no_news_and_no_error() -> None:
    news = collect()
    assert (news.found, news.seen, news.problems) == ([], 0, [])


def test_a_provider_s_own_problems_are_kept() -> None:
    news = collect(Wire(given=[article(1)], problems=["3 rows lack a time."]))
    assert news.problems == ["3 rows lack a time."]


def test_what_concerns_no_instrument_is_seen_and_not_kept() -> None:
    news = collect(Wire(given=[article(1, "Weather stays fine"), article(2)]))
    assert ([f.article.provider_id for f in news.found], news.seen) == (["id-2"], 2)


def test_an_article_from_the_future_is_left_out() -> None:
    early, late = article(1), replace(article(2), published_at=OBSERVED + MINUTE)
    news = collect(Wire(given=[late, early, replace(article(3), published_at=OBSERVED)]))
    assert [f.article.provider_id for f in news.found] == ["id-1", "id-3"]


def test_a_backfilled_item_is_known_after_the_provider_s_usual_delay() -> None:
    news = collect(Wire(given=[article(1, minute=10)], usual_delay=5 * MINUTE))
    (found,) = news.found
    assert (found.known_at, found.known_by) == (START + 15 * MINUTE, KnownBy.BACKFILL)
    assert found.observed_at == OBSERVED


def test_each_provider_has_its_own_delay_and_what_is_found_stands_by_known_at() -> None:
    slow = Wire("slow", [article(1)], usual_delay=30 * MINUTE)
    news = collect(slow, Wire("fast", [article(2, minute=10)]))
    assert [f.provider for f in news.found] == ["fast", "slow"]


def test_a_live_item_is_known_when_it_was_seen() -> None:
    seen = START + 12 * MINUTE
    news = collect(Wire(given=[article(1, minute=10)]), live=True, observed_at=seen)
    (found,) = news.found
    assert (found.known_at, found.known_by) == (seen, KnownBy.LIVE)


def test_an_empty_headline_is_left_out() -> None:
    assert collect(Wire(given=[article(1, "\x00\u200b \n")])).found == []


@given(st.text(st.characters(codec=None), max_size=60), st.integers(2, 30))
def test_plain_text_is_short_printable_and_stays_as_it_is(text: str, limit: int) -> None:
    plain = plain_text(text, limit)
    assert len(plain) <= limit
    assert plain.encode("utf-8").decode("utf-8") == plain
    assert "\x00" not in plain
    assert plain == " ".join(plain.split())
    assert plain_text(plain, limit) == plain


def test_a_long_identifier_becomes_a_digest_of_all_of_it() -> None:
    one, other = (replace(article(1), provider_id="x" * 5_000 + end) for end in "ab")
    assert cleaned(one).provider_id != cleaned(other).provider_id
    assert len(cleaned(one).provider_id) <= MAX_IDENTIFIER
    assert cleaned(article(1)) == article(1)
    assert cleaned(cleaned(one)) == cleaned(one)


def test_a_hundred_kilobyte_headline_is_cut_and_kept() -> None:
    (found,) = collect(Wire(given=[article(1, "Apple " + "x" * 100_000)])).found
    assert len(found.article.headline) == MAX_HEADLINE
    assert found.content_hash == content_hash(found.article)
