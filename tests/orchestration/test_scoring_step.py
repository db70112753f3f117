"""The scoring step with models that cost: budget, stand-ins, deaths, and what is asked again."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from click.testing import CliRunner

from assets.metadata import sentiment_metadata
from fintech_pipeline.cli.main import fintech
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ProviderError, RateLimited, Rationed, Unavailable
from fintech_pipeline.orchestration import scoring_step
from fintech_pipeline.orchestration.scoring_step import (
    SentimentStep,
    require_scores,
    score_articles,
)
from fintech_pipeline.orchestration.steps import collect_articles, collect_market, compute
from fintech_pipeline.orchestration.work import Work, backfill_work, tick_work
from fintech_pipeline.sentiment.models.local.model import LocalModel
from fintech_pipeline.sentiment.scores import (
    Label,
    NotAsked,
    SentimentScore,
    Text,
    Unscored,
    Verdict,
)
from fintech_pipeline.storage.database import Database
from tests.orchestration.conftest import NOW, Newsroom, SetClock, article, rows

LOCAL = LocalModel()
SLOT_AT = datetime(2026, 1, 20, 10, tzinfo=UTC)
SPENT = Rationed("The budget of gemini is spent.", SLOT_AT + timedelta(hours=9))
DOWN = Unavailable("gemini is down.")
PAID = SentimentScore(0.6, Label.POSITIVE, 0.9, "it rose", "dear-2026", 80, Decimal("0.0004"))
OUTLETS = ["The Ledger", "Morning Wire", "Harbour News"]
STORIES = [
    "{} wins a record order from the navy",
    "Regulator opens a probe into {} over safety claims",
    "{} names a new finance chief after a long search",
]


@dataclass
class Dear:
    """A model that costs: says what it is told to say, and remembers what it was asked."""

    says: Callable[[Text], Verdict] = lambda _: PAID
    version: str = "dear-1"
    costs: bool = True
    asked: list[str] = field(default_factory=list)

    def score(self, texts: Sequence[Text]) -> list[Verdict]:
        verdicts = [self.says(text) for text in texts]
        self.asked += [
            text.headline
            for text, verdict in zip(texts, verdicts, strict=True)
            if not isinstance(verdict, NotAsked)
        ]
        return verdicts


@dataclass
class Desk:
    """A pipeline with a day's news and a chain of models."""

    pipeline: Pipeline
    clock: SetClock

    def scores(self, *models: Dear | LocalModel, slot_at: datetime = SLOT_AT) -> SentimentStep:
        """Scores the slot, two and a half minutes after it."""
        self.clock.now = slot_at + (NOW - SLOT_AT)
        return score_articles(replace(self.pipeline, models=models), self.work(slot_at))

    def signals(self, *models: Dear | LocalModel, slot_at: datetime = SLOT_AT) -> int:
        """How many signals of the slot are new or differ."""
        collect_market(self.pipeline, self.work(slot_at))
        return compute(replace(self.pipeline, models=models), self.work(slot_at)).written

    def work(self, slot_at: datetime) -> Work:
        return tick_work(slot_at, self.clock.now, "run")

    def told(self, query: str) -> list[tuple[object, ...]]:
        return [tuple(row.values()) for row in rows(self.pipeline, query)]


@pytest.fixture
def desk(simulated: Pipeline, clock: SetClock) -> Desk:
    name = simulated.instruments.watched()[0].name
    stock = [
        article(f"{headline.format(name)} - {outlet}", SLOT_AT - timedelta(minutes=minutes))
        for minutes, headline in enumerate(STORIES, 1)
        for outlet in OUTLETS
    ]
    pipeline = replace(simulated, news_providers=[Newsroom(stock)])
    # Known when the tick at 10:02:30 collects them, so in the half hour that ends at 10:30.
    desk = Desk(pipeline, clock)
    collect_articles(pipeline, desk.work(SLOT_AT))
    return desk


SLOTS = """SELECT state, rows, reasons FROM fintech.slots WHERE asset = 'article_sentiment'
    ORDER BY slot_at"""
STAND_INS = "SELECT DISTINCT model_version, stood_in_by, reason FROM fintech.stand_ins"
SCORES = """SELECT model_version, count(*) AS texts, count(same_as) AS shared,
    sum(tokens) AS tokens, sum(cost_usd)::text AS cost_usd
    FROM fintech.sentiment_scores GROUP BY 1 ORDER BY 1"""


def test_nine_articles_of_three_stories_are_three_calls_and_none_again(desk: Desk) -> None:
    dear = Dear()
    step = desk.scores(dear)
    assert len(dear.asked) == 3
    assert desk.told(SCORES) == [("dear-1", 9, 6, 240, "0.0012")]
    assert desk.scores(dear).judged == []
    later = desk.scores(dear, slot_at=SLOT_AT + timedelta(minutes=30))
    assert (later.judged, len(dear.asked)) == ([], 3)
    shown = sentiment_metadata([step])
    assert (shown["dagster/row_count"], shown["took the verdict on their story"]) == (9, 6)
    assert "| dear-1 | dear-2026 | 9 |" in str(getattr(shown["models"], "value", ""))


def test_a_backfill_asks_nothing_that_a_tick_asked(desk: Desk) -> None:
    dear = Dear()
    desk.scores(dear)
    pipeline = replace(desk.pipeline, models=(dear,))
    for work in backfill_work([SLOT_AT.date()], SLOT_AT + timedelta(hours=5), "backfill"):
        assert score_articles(pipeline, work).judged == []
    assert len(dear.asked) == 3


def test_a_changed_model_is_a_new_version_beside_the_old(desk: Desk) -> None:
    new = Dear(lambda _: replace(PAID, value=0.1), "dear-2")
    desk.scores(Dear())
    desk.scores(new)
    assert len(new.asked) == 3
    assert [row[:2] for row in desk.told(SCORES)] == [("dear-1", 9), ("dear-2", 9)]


def test_beyond_the_budget_another_stands_in_for_good(desk: Desk) -> None:
    dear, free = Dear(lambda _: NotAsked(SPENT)), LocalModel()
    step = desk.scores(dear, free)
    assert desk.told(STAND_INS) == [("dear-1", free.version, str(SPENT))]
    assert desk.told(SLOTS) == [("done", 0, {})]
    shown = sentiment_metadata([step])
    assert (shown["stood in"], shown["waiting"]) == (9, 0)
    assert desk.signals(dear, free) > 0
    # With money again the slot still reads what it read.
    again = Dear()
    assert desk.scores(again, free).judged == []
    assert (again.asked, desk.signals(again, free)) == ([], 0)


def test_a_plans_minute_is_waited_out_before_another_stands_in(desk: Desk) -> None:
    slept: list[float] = []
    ledger = replace(desk.pipeline.ledger, sleep=slept.append)
    desk.pipeline = replace(desk.pipeline, ledger=ledger)
    minute = NotAsked(RateLimited("Not this minute.", timedelta(seconds=52)))
    dear = Dear(lambda text: PAID if "probe" in text.headline or slept else minute)
    desk.scores(dear, LocalModel())
    assert (slept, len(dear.asked)) == ([52.0], 3)
    assert desk.told(STAND_INS) == []
    assert [row[:2] for row in desk.told(SCORES)] == [("dear-1", 9)]


def test_a_minute_that_does_not_end_and_a_long_pause_are_not_waited_for(desk: Desk) -> None:
    slept: list[float] = []
    ledger = replace(desk.pipeline.ledger, sleep=slept.append)
    desk.pipeline = replace(desk.pipeline, ledger=ledger)
    hour = NotAsked(RateLimited("Not this hour.", timedelta(hours=1)))
    minute = NotAsked(RateLimited("Not this minute.", timedelta(seconds=52)))
    free = LocalModel()
    desk.scores(Dear(lambda text: hour if "probe" in text.headline else minute), free)
    assert slept == [52.0]
    told = "SELECT reason, count(*) FROM fintech.stand_ins GROUP BY 1 ORDER BY 1"
    assert desk.told(told) == [("Not this hour.", 3), ("Not this minute.", 6)]


def test_why_says_of_each_score_who_gave_it_and_that_it_is_a_stand_ins(
    desk: Desk, database: Database
) -> None:
    dear, free = Dear(lambda text: NotAsked(SPENT) if "probe" in text.headline else PAID), LOCAL
    desk.scores(dear, free)
    assert desk.signals(dear, free) > 0
    symbol = desk.pipeline.instruments.watched()[0].symbol
    environment = {"DATABASE_URL": database.url, "COLUMNS": "200", "FINTECH_CONFIG": None}
    told = " ".join(CliRunner().invoke(fintech, ["why", symbol], env=environment).output.split())
    assert told.count("positive +0.60: it rose") == 6
    assert told.count("(stand-in): ") == 3
    assert f"Scores: 6 by dear-1, 3 by {free.version}." in told
    assert f"3 of {free.version} stand in for dear-1: {SPENT}" in told
    asked = ["signals", "show", "--json"]
    document = json.loads(CliRunner().invoke(fintech, asked, env=environment).stdout)
    (signal,) = [one for one in document["signals"] if one["symbol"] == symbol]
    by_model = {one["sentiment"]["model"]: one["sentiment"] for one in signal["articles"]}
    assert by_model["dear-1"]["stands_in_for"] is None
    assert by_model["dear-1"]["answered_by"] == "dear-2026"
    assert by_model[free.version]["stands_in_for"] == {"version": "dear-1", "because": str(SPENT)}


def test_what_cannot_be_judged_stands_unscored_with_its_reason(desk: Desk) -> None:
    dear = Dear(lambda text: Unscored("blocked") if "probe" in text.headline else PAID)
    step = desk.scores(dear, LocalModel())
    assert desk.told("SELECT count(*), max(reason) FROM fintech.unscored") == [(3, "blocked")]
    assert [row[:2] for row in desk.told(SCORES)] == [("dear-1", 6)]
    assert sentiment_metadata([step])["unscored"] == 3
    assert desk.scores(dear, LocalModel()).judged == []


def test_where_nobody_can_be_asked_the_slot_lacks_it_and_a_later_one_makes_it_good(
    desk: Desk,
) -> None:
    dear = Dear(lambda _: NotAsked(DOWN))
    step = desk.scores(dear)
    assert desk.told(SLOTS) == [("partial", 0, {"dear-1": "gemini is down."})]
    with pytest.raises(ProviderError, match=r"^gemini is down\.$"):
        require_scores([step])
    dear.says = lambda _: PAID
    require_scores([desk.scores(dear, slot_at=SLOT_AT + timedelta(minutes=30))])
    assert desk.told(SLOTS) == [("done", 0, {}), ("done", 9, {})]


def test_a_slot_that_was_judged_while_texts_waited_gives_the_same_bits_when_they_are_scored(
    desk: Desk,
) -> None:
    away, back = Dear(lambda _: NotAsked(DOWN)), Dear()
    desk.scores(away)
    assert desk.signals(away) > 0
    news = """SELECT slot_at, count(*) FROM fintech.signals
        WHERE jsonb_array_length(inputs->'articles') > 0 GROUP BY 1"""
    assert desk.told(news) == []
    later = SLOT_AT + timedelta(minutes=30)
    assert len(desk.scores(back, slot_at=later).judged) == 9
    assert desk.signals(back) == 0, "of the slot that had no scores"
    assert desk.signals(back, slot_at=later) > 0
    assert [row[0] for row in desk.told(news)] == [later]


def test_a_spent_budget_alone_fails_no_run_and_a_part_is_a_success(desk: Desk) -> None:
    require_scores([desk.scores(Dear(lambda _: NotAsked(SPENT)))])
    assert desk.told(SLOTS) == [("partial", 0, {"dear-1": str(SPENT)})]
    dear = Dear(lambda text: NotAsked(DOWN) if "probe" in text.headline else PAID)
    require_scores([desk.scores(dear)])
    assert desk.told(SLOTS) == [("partial", 0, {"dear-1": "gemini is down."})]


def test_who_dies_after_paying_pays_for_nothing_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring_step, "TEXTS_AT_ONCE", 3)
    dear = Dear()

    def dies(_: Text) -> Verdict:
        if len(dear.asked) == 2:
            raise KeyboardInterrupt
        return PAID

    dear.says = dies
    with pytest.raises(KeyboardInterrupt):
        desk.scores(dear)
    assert [row[:3] for row in desk.told(SCORES)] == [("dear-1", 6, 4)]
    assert desk.told(SLOTS) == []
    next_run = Dear()
    desk.scores(next_run)
    assert len(next_run.asked) == 1
    assert desk.told(SLOTS) == [("done", 0, {})]
