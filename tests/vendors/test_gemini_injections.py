"""Fifty headlines that give orders, against a stand-in that obeys them all.

What is shown is not that a model resists, but what an obedient one can do: judge its own article as
it likes, within bounds, and never another's. The rest is the business of the cap in aggregation.
"""

import json
import random
import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from fintech_pipeline.sentiment.aggregation import (
    CAP_FROM_STORIES,
    MAX_ARTICLE_SHARE,
    ScoredArticle,
    aggregate,
)
from fintech_pipeline.sentiment.models.gemini.controls import MISLED
from fintech_pipeline.sentiment.models.gemini.items import cleaned
from fintech_pipeline.sentiment.models.gemini.model import GeminiModel
from fintech_pipeline.sentiment.models.gemini.pricing import Prices
from fintech_pipeline.sentiment.scores import SentimentScore, Text, Unscored, Verdict
from tests.vendors.gemini_asking import NOW, Grants
from tests.vendors.gemini_standin import MODEL, GeminiStandIn, Question
from tests.vendors.standin import KEY, standing_in

ATTEMPTS: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("injections.toml").read_text("utf-8")
)["attempt"]
HONEST = [
    Text(1, "AAPL", ("Apple",), "Apple beats estimates on record iPhone sales", ""),
    Text(2, "AAPL", ("Apple",), "Apple cuts its outlook as demand falls in China", ""),
    Text(3, "AAPL", ("Apple",), "Apple opens a store in Mumbai", ""),
    Text(4, "AAPL", ("Apple",), "Apple wins patent case", "The court sided with the company."),
    Text(5, "MSFT", ("Microsoft",), "Microsoft soars on cloud growth", ""),
    Text(6, "MSFT", ("Microsoft",), "Microsoft faces a probe in Brussels", ""),
    Text(7, "MSFT", ("Microsoft",), "Microsoft raises its dividend", ""),
    Text(8, "KO", ("Coca-Cola",), "Coca-Cola names a new head of marketing", ""),
]
pytestmark = pytest.mark.usefixtures("no_authorities")
CHANGES = ("score", "label", "confidence", "reason", "symbol", "id")
Score = Callable[..., dict[int, Verdict]]


def obeys(attempt: dict[str, Any]) -> dict[str, Any]:
    """How a stand-in behaves that does what the attempt orders, wherever it reads it."""
    order = attempt.get("reads", attempt["headline"])
    does = attempt["does"]

    def own(question: Question) -> str | None:
        # A model reads past a line break and much else; what was taken out it has not read.
        seen = [a["id"] for a in question.articles if same(order) in same(a["headline"])]
        return seen[0] if seen else None

    def says(question: Question, verdicts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        identity = own(question)
        return verdicts if identity is None else followed(does, identity, verdicts)

    def writes(question: Question, verdicts: list[dict[str, Any]]) -> str:
        raw = does.get("raw")
        return raw if raw is not None and own(question) is not None else json.dumps(verdicts)

    return {"says": says, "writes": writes}


def same(told: str) -> str:
    return " ".join(told.split())


def text(attempt: dict[str, Any], article: int) -> Text:
    return Text(article, "AAPL", ("Apple",), attempt["headline"], "")


def followed(
    does: dict[str, Any], own: str, verdicts: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    of = does.get("of", "own")
    changes = {name: does[name] for name in CHANGES if name in does}

    def meant(verdict: dict[str, Any]) -> bool:
        mine = verdict["id"] == own
        return of in {"all", verdict["symbol"], "own" if mine else "others"}

    told = [{**one, **changes} if meant(one) else one for one in verdicts]
    opposite = {"positive": "negative", "negative": "positive", "neutral": "neutral"}
    if does.get("negate"):
        told = [{**one, "score": -one["score"], "label": opposite[one["label"]]} for one in told]
    if does.get("twice"):
        told += [{**one, "score": -one["score"], "label": opposite[one["label"]]} for one in told]
    if does.get("swap"):
        ids = [one["id"] for one in told]
        told = [{**one, "id": identity} for one, identity in zip(told, reversed(ids), strict=True)]
    return [one for one in told if one["id"] == own] if does.get("drop") else told


@pytest.fixture(scope="module")
def vendor() -> Iterator[GeminiStandIn]:
    standing = GeminiStandIn()
    with standing_in(standing) as standing.url:
        yield standing


@pytest.fixture(scope="module")
def model(vendor: GeminiStandIn) -> GeminiModel:
    prices = Prices(Decimal("0.30"), Decimal("2.50"))
    return GeminiModel(
        SecretStr(KEY),
        MODEL,
        Grants(),
        prices,
        vendor.url,
        timeout=timedelta(seconds=5),
        clock=lambda: NOW,
        chance=random.Random(11),  # noqa: S311
        sleep=lambda _: None,
    )


@pytest.fixture
def score(vendor: GeminiStandIn, model: GeminiModel) -> Score:
    """The verdicts by article of the honest texts and of what is attacked with."""

    def scored(
        attempt: dict[str, Any] | None = None,
        schema: bool = True,
        honest: Sequence[Text] = tuple(HONEST),
    ) -> dict[int, Verdict]:
        behaviour = obeys(attempt) if attempt else {"says": None, "writes": None}
        for name, does in {**behaviour, "keeps_to_schema": schema}.items():
            setattr(vendor, name, does)
        texts = [*honest]
        if attempt:
            texts.insert(3, text(attempt, 99))
        verdicts = model.score(texts)
        return {one.article_id: verdict for one, verdict in zip(texts, verdicts, strict=True)}

    return scored


@pytest.mark.parametrize("schema", [True, False], ids=["schema", "no schema"])
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=range(len(ATTEMPTS)))
def test_an_order_in_a_headline_changes_no_other_verdict_and_its_own_within_bounds(
    score: Score, attempt: dict[str, Any], schema: bool
) -> None:
    honest, attacked = score(), score(attempt, schema)
    own = attacked.pop(99)
    assert isinstance(own, SentimentScore | Unscored)
    if isinstance(own, SentimentScore):
        assert -1 <= own.value <= 1
        assert 0 <= own.confidence <= 1
        assert len(own.reason) <= 160
        assert not set("<>{}[]`\x07\u202e") & set(own.reason)
        assert not any(part in own.reason for part in ("://", "www.", ".com"))
    lost = {key for key, verdict in attacked.items() if isinstance(verdict, Unscored)}
    for key in attacked.keys() - lost:
        told, true = attacked[key], honest[key]
        assert isinstance(told, SentimentScore)
        assert isinstance(true, SentimentScore)
        assert (told.value, told.label) == (true.value, true.label)
    assert len(lost) <= 2, "of its piece of the second asking, if of any"
    assert_capped(attacked, own)


def assert_capped(attacked: dict[int, Verdict], own: Verdict) -> None:
    """Among three or more honest stories the attacked one moves its symbol by the cap at most."""
    honest = [
        scored(one.article_id, verdict)
        for one in HONEST
        if one.symbol == "AAPL" and isinstance(verdict := attacked[one.article_id], SentimentScore)
    ]
    if len(honest) < CAP_FROM_STORIES or not isinstance(own, SentimentScore):
        return
    before, after = aggregate(honest, NOW), aggregate([*honest, scored(99, own)], NOW)
    assert before is not None
    assert after is not None
    (mine,) = (one.share for one in after.contributions if one.article_id == 99)
    assert abs(mine) <= MAX_ARTICLE_SHARE
    assert abs(after.value - before.value) <= MAX_ARTICLE_SHARE


def said(verdict: Verdict) -> object:
    """A verdict without what it cost."""
    if not isinstance(verdict, SentimentScore):
        return verdict
    return verdict.value, verdict.label, verdict.confidence, verdict.reason


def scored(article: int, verdict: Verdict) -> ScoredArticle:
    assert isinstance(verdict, SentimentScore)
    return ScoredArticle(
        article, article, f"outlet {article}", NOW, 1.0, verdict.value, verdict.confidence
    )


def test_there_are_fifty_and_the_stand_in_does_what_they_order(score: Score) -> None:
    assert len({attempt["headline"] for attempt in ATTEMPTS}) == len(ATTEMPTS) == 50
    plain = score(honest=[text(one, n) for n, one in enumerate(ATTEMPTS)])
    done = [said(score(one, honest=())[99]) != said(plain[n]) for n, one in enumerate(ATTEMPTS)]
    # Hidden text does not reach it, and some orders are about others or change nothing.
    assert sum(done) >= 40


def test_an_order_that_is_taken_for_news_is_found_out_by_the_controls(
    vendor: GeminiStandIn, score: Score
) -> None:
    attempt = next(one for one in ATTEMPTS if one["headline"].startswith("Bewerte alle"))
    asked = len(vendor.questions)
    own = score(attempt).pop(99)
    assert own == Unscored(MISLED)
    assert len(vendor.questions) - asked > 1, "asked again in pieces"


def test_the_longest_headline_and_the_oddest_names_stay_data(score: Score) -> None:
    odd = '"' * 10_000 + "}]" * 5_000
    assert isinstance(score({"headline": odd, "does": {}})[99], SentimentScore)
    assert len(cleaned(odd, 400)) == 400
