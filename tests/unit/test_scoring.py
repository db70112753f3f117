"""The chain of models, and one call for a story told by many."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.errors import ProviderError, Rationed, Unavailable
from fintech_pipeline.sentiment.scores import (
    Label,
    NotAsked,
    SentimentScore,
    Text,
    Unscored,
    Verdict,
)
from fintech_pipeline.sentiment.scoring import (
    Judged,
    Passed,
    Pending,
    ask,
    score_texts,
    stand_in,
)

AT = datetime(2025, 5, 20, 14, tzinfo=UTC)
GOOD = SentimentScore(0.5, Label.POSITIVE, 0.8, "it rose", "v-2026", 80, Decimal("0.0004"))
FREE = SentimentScore(-0.2, Label.NEGATIVE, 0.4, "it fell")
SPENT = Rationed("the budget is spent", AT)
STORY = "Apple beats expectations with record iPhone sales in China"


@dataclass
class Model:
    """Says what it is told to say of each text, and remembers what it was asked."""

    version: str
    says: Callable[[Text], Verdict]
    costs: bool = True
    asked: list[int] = field(default_factory=list)

    def score(self, texts: Sequence[Text]) -> list[Verdict]:
        self.asked += [text.article_id for text in texts]
        return [self.says(text) for text in texts]


def waits(
    article_id: int, headline: str = STORY, *, story: int = 1, hours: float = 0.0, symbol: str = "A"
) -> Pending:
    text = Text(article_id, symbol, (symbol, "Apple"), headline, "")
    return Pending(text, story, AT + timedelta(hours=hours))


def ten_outlets() -> list[Pending]:
    return [waits(n, f"{STORY} - Outlet {n}", hours=n / 10) for n in range(10, 0, -1)]


def by_article(judged: Sequence[Judged]) -> dict[int, Judged]:
    assert len({one.pending.key for one in judged}) == len(judged)
    return {one.pending.text.article_id: one for one in judged}


def test_a_story_told_by_ten_outlets_is_one_call() -> None:
    model = Model("dear", lambda _: GOOD)
    found = by_article(ask(model, ten_outlets()))
    assert model.asked == [1]
    assert found[1].verdict == GOOD
    assert found[1].same_as is None
    for n in range(2, 11):
        score = found[n].verdict
        assert isinstance(score, SentimentScore)
        assert (score.value, score.reason, score.answered_by) == (0.5, "it rose", "v-2026")
        assert (score.tokens, score.cost_usd, found[n].same_as) == (0, Decimal(0), 1)


def test_a_model_that_costs_nothing_reads_every_text() -> None:
    model = Model("free", lambda _: FREE, costs=False)
    ask(model, ten_outlets())
    assert model.asked == list(range(10, 0, -1))


def test_stories_symbols_and_later_turns_are_asked_apart() -> None:
    model = Model("dear", lambda _: GOOD)
    ask(
        model,
        [
            waits(1),
            waits(2, symbol="B"),
            waits(3, story=2),
            waits(4, hours=13),
            waits(5, "Apple shares slump as China sales disappoint"),
        ],
    )
    assert sorted(model.asked) == [1, 2, 3, 4, 5]


def test_what_an_earlier_run_asked_is_not_asked_again() -> None:
    model = Model("dear", lambda _: GOOD)
    told = [Judged(waits(1), GOOD, "dear")]
    found = by_article(ask(model, [waits(7, hours=1), waits(8, hours=20)], told))
    assert model.asked == [8]
    assert found[7].same_as == 1


def test_where_the_first_telling_got_no_verdict_the_next_is_asked() -> None:
    model = Model("dear", lambda text: Unscored("blocked") if text.article_id < 3 else GOOD)
    found = by_article(ask(model, ten_outlets()))
    assert model.asked == [1, 2, 3]
    assert (found[1].verdict, found[2].verdict) == (Unscored("blocked"), Unscored("blocked"))
    assert {found[n].same_as for n in range(4, 11)} == {3}


def test_beyond_the_budget_the_next_model_stands_in_and_says_why() -> None:
    dear = Model("dear", lambda _: NotAsked(SPENT))
    free = Model("free", lambda _: FREE, costs=False)
    found = stand_in([free], ask(dear, ten_outlets()))
    assert dear.asked == [1]
    assert len(free.asked) == 10
    assert {(one.verdict, one.model_version, one.refused) for one in found} == {
        (FREE, "free", SPENT)
    }


def test_what_a_model_was_asked_and_could_not_judge_goes_to_nobody_else() -> None:
    dear = Model("dear", lambda _: Unscored("blocked"))
    free = Model("free", lambda _: FREE, costs=False)
    (one,) = stand_in([free], ask(dear, [waits(1)]))
    assert (one.verdict, one.model_version, one.refused) == (Unscored("blocked"), "dear", None)
    assert free.asked == []


@pytest.mark.parametrize("last", [NotAsked(Unavailable("down")), Unscored("too long")])
def test_a_text_that_nobody_scored_waits_for_the_first_model(last: Verdict) -> None:
    chain = [Model("dear", lambda _: NotAsked(SPENT)), Model("free", lambda _: last)]
    (one,) = score_texts(chain, [waits(1)])
    assert (one.verdict, one.model_version, one.refused) == (NotAsked(SPENT), "dear", None)
    assert [passed.model_version for passed in one.passed] == (
        ["dear", "free"] if isinstance(last, NotAsked) else ["dear"]
    )


def test_who_stands_in_names_each_that_could_not_be_asked_before_it() -> None:
    away = Unavailable("down")
    chain = [
        Model("dear", lambda _: NotAsked(SPENT)),
        Model("away", lambda _: NotAsked(away)),
        Model("free", lambda _: FREE, costs=False),
    ]
    (one,) = score_texts(chain, [waits(1)])
    assert (one.verdict, one.model_version, one.refused) == (FREE, "free", SPENT)
    assert one.passed == (Passed("dear", SPENT), Passed("away", away))


def test_a_model_that_answers_for_another_number_of_texts_is_believed_in_nothing() -> None:
    class Short(Model):
        def score(self, texts: Sequence[Text]) -> list[Verdict]:
            return super().score(texts)[1:]

    with pytest.raises(ProviderError, match="short gave 1 verdicts for 2 texts"):
        ask(Short("short", lambda _: FREE, costs=False), [waits(1), waits(2)])


WAITING = st.lists(
    st.builds(
        waits,
        st.integers(1, 30),
        st.sampled_from([STORY, f"{STORY} - Ledger", "Apple loses appeal over unpaid taxes"]),
        story=st.integers(1, 2),
        hours=st.floats(0, 40),
        symbol=st.sampled_from("AB"),
    ),
    max_size=14,
    unique_by=lambda one: one.key,
)
VERDICTS = st.sampled_from([GOOD, Unscored("blocked"), NotAsked(SPENT)])


@given(WAITING, st.dictionaries(st.integers(1, 30), VERDICTS))
def test_every_text_is_judged_once_and_shares_only_what_was_known_before_it(
    pending: list[Pending], says: dict[int, Verdict]
) -> None:
    model = Model("dear", lambda text: says.get(text.article_id, GOOD))
    judged = ask(model, pending)
    assert sorted(one.pending.key for one in judged) == sorted(one.key for one in pending)
    paid = {one.pending.key: one for one in judged if one.same_as is None}
    for one in judged:
        if one.same_as is not None:
            first = paid[one.same_as, one.pending.text.symbol]
            assert first.pending.known_at <= one.pending.known_at
            assert first.pending.story_id == one.pending.story_id
            assert isinstance(first.verdict, SentimentScore)
