"""The gemini model against a stand-in over HTTP: what is kept, asked again, told and paid for."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr

from fintech_pipeline.errors import (
    Malformed,
    NotConfigured,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Rationed,
    StorageError,
    Unauthorized,
    Unavailable,
)
from fintech_pipeline.quota.calls import Usage
from fintech_pipeline.sentiment.models.gemini.controls import MISLED
from fintech_pipeline.sentiment.models.gemini.model import GeminiModel
from fintech_pipeline.sentiment.models.gemini.pricing import Prices
from fintech_pipeline.sentiment.scores import Label, NotAsked, SentimentScore, Text, Unscored
from tests.vendors import loopback
from tests.vendors.gemini_asking import NOW, Grants
from tests.vendors.gemini_standin import (
    DATED,
    MODEL,
    GeminiStandIn,
    Question,
    Verdict,
    bad_key,
    refused,
    too_many,
)
from tests.vendors.standin import KEY, Does, Reply, standing_in


@dataclass
class Scoring:
    """The model, the vendor behind it, and what was granted and slept."""

    model: GeminiModel
    vendor: GeminiStandIn
    grants: Grants
    slept: list[float]

    @property
    def sizes(self) -> list[int]:
        """How many texts each request asked of, the two controls not counted."""
        return [question.texts - 2 for question in self.vendor.questions]


pytestmark = pytest.mark.usefixtures("no_authorities")


@pytest.fixture
def scoring() -> Iterator[Scoring]:
    vendor, grants, slept = GeminiStandIn(), Grants(), list[float]()
    with standing_in(vendor) as vendor.url:
        model = GeminiModel(
            SecretStr(KEY),
            MODEL,
            grants,
            Prices(Decimal("0.30"), Decimal("2.50")),
            vendor.url,
            texts_per_request=10,
            concurrency=1,
            timeout=timedelta(seconds=5),
            clock=lambda: NOW,
            chance=random.Random(7),  # noqa: S311
            sleep=slept.append,
        )
        yield Scoring(model, vendor, grants, slept)


def texts(count: int, symbol: str = "AAPL", headline: str = "Apple beats estimates") -> list[Text]:
    return [Text(n, symbol, ("Apple",), f"{headline}, part {n}", "") for n in range(count)]


def test_every_text_gets_its_verdict_and_the_parts_add_up_to_what_was_paid(
    scoring: Scoring,
) -> None:
    asked = [
        *texts(12),
        Text(50, "INTC", ("Intel",), "Chip maker falls", ""),
        Text(50, "AMD", ("AMD",), "Chip maker falls", ""),
        Text(51, "AMD", ("AMD",), "A day in the park", ""),
    ]
    verdicts = scoring.model.score(asked)
    scores = [one for one in verdicts if isinstance(one, SentimentScore)]
    assert [one.label for one in scores] == [Label.POSITIVE] * 12 + [Label.NEGATIVE] * 2 + [
        Label.NEUTRAL
    ]
    assert {one.answered_by for one in scores} == {DATED}
    assert scoring.model.version == f"{MODEL}+p1"
    usages = [outcome.usage for _, outcome in scoring.grants.given if outcome.usage]
    assert len(usages) == 2
    assert sum(one.tokens for one in scores) == sum(u.tokens_in + u.tokens_out for u in usages)
    assert sum(one.cost_usd for one in scores) == scoring.grants.cost > 0
    for call, outcome in scoring.grants.given:
        assert outcome.usage is not None
        assert outcome.usage.cost_usd <= call.most_usd
        assert call.purpose == "sentiment"
    assert {symbol for call, _ in scoring.grants.given for symbol in call.symbols} == {
        "AAPL",
        "AMD",
        "INTC",
    }


def test_an_article_of_two_symbols_is_sent_once(scoring: Scoring) -> None:
    scoring.model.score([replace(one, symbol=s) for one in texts(3) for s in ("AAPL", "MSFT")])
    (question,) = scoring.vendor.questions
    assert [len(article["symbols"]) for article in question.articles].count(2) == 3


def test_nothing_is_asked_for_nothing(scoring: Scoring) -> None:
    assert scoring.model.score([]) == []
    assert scoring.vendor.requests == []


def cuts_off(question: Question, verdicts: list[Verdict]) -> str:
    text = json.dumps(verdicts)
    return text if question.texts <= 5 else text[: len(text) // 2]


def test_of_a_cut_off_answer_the_good_part_is_kept_and_the_rest_asked_in_smaller_pieces(
    scoring: Scoring,
) -> None:
    scoring.vendor.writes = cuts_off
    scoring.vendor.finish = lambda q: "STOP" if q.texts <= 5 else "MAX_TOKENS"
    verdicts = scoring.model.score(texts(10))
    assert all(isinstance(one, SentimentScore) for one in verdicts)
    first, *pieces = scoring.sizes
    assert first == 10
    assert all(size < 4 for size in pieces)
    assert sum(pieces) < 10


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"writes": lambda *_: ""}, "the answer was empty"),
        ({"writes": lambda *_: "Sorry."}, "the answer could not be read"),
        ({"says": lambda *_: []}, "the answer said nothing of it"),
        ({"writes": lambda *_: "", "finish": lambda _: "SAFETY"}, "blocked by the vendor: SAFETY"),
        ({"blocks": lambda _: "PROHIBITED_CONTENT"}, "blocked by the vendor: PROHIBITED_CONTENT"),
        (
            {"writes": lambda *_: "[", "finish": lambda _: "MAX_TOKENS"},
            "the answer was cut off (MAX_TOKENS)",
        ),
    ],
)
def test_what_fails_twice_is_unscored_with_its_reason_and_asked_no_third_time(
    scoring: Scoring, change: dict[str, Callable[..., object]], why: str
) -> None:
    for name, does in change.items():
        setattr(scoring.vendor, name, does)
    assert scoring.model.score(texts(8)) == [Unscored(why)] * 8
    assert scoring.sizes == [8, 2, 2, 2, 2]
    assert scoring.grants.cost > 0, "what brought nothing is paid for too"


def test_one_text_that_blocks_its_request_takes_few_others_with_it(scoring: Scoring) -> None:
    def blocks(question: Question) -> str | None:
        return "SAFETY" if any("part 4" in a["headline"] for a in question.articles) else None

    scoring.vendor.blocks = blocks
    verdicts = scoring.model.score(texts(10))
    unscored = [n for n, one in enumerate(verdicts) if isinstance(one, Unscored)]
    assert 4 in unscored
    assert len(unscored) <= 3


def test_a_verdict_that_cannot_be_is_asked_for_once_more(scoring: Scoring) -> None:
    def says(question: Question, verdicts: list[Verdict]) -> list[Verdict]:
        wrong = {"score": -0.9} if question.number == 1 else {}
        return [
            {**one, **wrong} if "part 3" in headline(question, one) else one for one in verdicts
        ]

    scoring.vendor.says = says
    verdicts = scoring.model.score(texts(6))
    assert all(isinstance(one, SentimentScore) for one in verdicts)
    assert scoring.sizes == [6, 1]


def headline(question: Question, verdict: Verdict) -> str:
    return next(str(a["headline"]) for a in question.articles if a["id"] == verdict["id"])


def test_an_answer_that_misjudges_the_controls_is_not_believed(scoring: Scoring) -> None:
    scoring.vendor.says = lambda _, verdicts: [
        {**one, "label": "positive", "score": 1} for one in verdicts
    ]
    assert scoring.model.score(texts(4)) == [Unscored(MISLED)] * 4


def test_the_ids_differ_from_request_to_request(scoring: Scoring) -> None:
    scoring.model.score(texts(20))
    ids = [a["id"] for question in scoring.vendor.questions for a in question.articles]
    assert len(set(ids)) == len(ids) == 24


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


def errors(verdicts: list[object]) -> set[type[ProviderError]]:
    assert all(isinstance(one, NotAsked) for one in verdicts), verdicts
    found = [one.error for one in verdicts if isinstance(one, NotAsked)]
    for error in found:
        assert KEY not in f"{error!s}{error!r}"
        assert str(error).endswith(".")
    return {type(error) for error in found}


def test_a_day_that_is_spent_ends_the_asking_and_says_until_when(scoring: Scoring) -> None:
    scoring.vendor.refuses[2] = too_many("3s", "GenerateRequestsPerDayPerProjectPerModel")
    verdicts = scoring.model.score(texts(50))
    assert all(isinstance(one, SentimentScore) for one in verdicts[:10])
    assert errors(list(verdicts[10:])) == {QuotaExhausted}
    assert len(scoring.vendor.requests) == 2
    error = scoring.grants.given[1][1].error
    assert isinstance(error, QuotaExhausted)
    assert error.resets_at == datetime(2026, 11, 28, 8, 0, tzinfo=UTC)


def test_a_key_that_is_refused_is_asked_with_once(scoring: Scoring) -> None:
    scoring.vendor.refuses = {n: bad_key() for n in range(1, 9)}
    assert errors(list(scoring.model.score(texts(50)))) == {Unauthorized}
    assert len(scoring.vendor.requests) == 1


def test_a_model_that_is_not_there_names_the_setting(scoring: Scoring) -> None:
    model = replace(scoring.model, model="gemini-1.0-gone")
    (verdict, *_) = model.score(texts(30))
    assert isinstance(verdict, NotAsked)
    assert isinstance(verdict.error, NotConfigured)
    assert "sentiment.gemini.model" in str(verdict.error)
    assert len(scoring.vendor.requests) == 1


def test_our_own_budget_ends_the_asking_before_the_vendor_is_asked(scoring: Scoring) -> None:
    scoring.grants.most = 2
    verdicts = scoring.model.score(texts(50))
    assert errors(list(verdicts[20:])) == {Rationed}
    assert len(scoring.vendor.requests) == 2


def test_what_failed_and_can_be_asked_no_more_is_not_asked_rather_than_unscored(
    scoring: Scoring,
) -> None:
    scoring.vendor.writes = lambda *_: ""
    scoring.grants.most = 1
    assert errors(list(scoring.model.score(texts(5)))) == {Rationed}


def test_a_short_pause_is_kept_and_the_request_repeated(scoring: Scoring) -> None:
    scoring.vendor.refuses[1] = too_many("7s")
    assert all(isinstance(one, SentimentScore) for one in scoring.model.score(texts(5)))
    (slept,) = scoring.slept
    assert 7 <= slept <= 8
    assert [type(outcome.error) for _, outcome in scoring.grants.given] == [RateLimited, type(None)]


def test_a_pause_too_long_to_wait_for_ends_the_asking(scoring: Scoring) -> None:
    scoring.vendor.refuses[1] = too_many("48s")
    assert errors(list(scoring.model.score(texts(50)))) == {RateLimited}
    assert scoring.slept == []
    assert len(scoring.vendor.requests) == 1


def test_an_outage_is_tried_three_times_and_then_told(scoring: Scoring) -> None:
    busy = refused(503, "UNAVAILABLE", "The model is overloaded.")
    scoring.vendor.refuses = dict.fromkeys((1, 2, 3), busy)
    verdicts = scoring.model.score(texts(20))
    assert errors(list(verdicts[:10])) == {Unavailable}
    assert all(isinstance(one, SentimentScore) for one in verdicts[10:])
    assert len(scoring.slept) == 2


@pytest.mark.parametrize(
    ("does", "kind"),
    [
        (loopback.hangs, Unavailable),
        (loopback.resets, Unavailable),
        (loopback.drips, Unavailable),
        (loopback.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}"), Unavailable),
        (loopback.sends(b"nonsense\r\n\r\n"), Unavailable),
        (loopback.says(b"<html>log in</html>"), Malformed),
        (loopback.says(b"\xff\xfe{"), Malformed),
        (loopback.says(b'{"answer": 42}'), Malformed),
        (loopback.says(status="302 Found", Location="https://elsewhere.example/"), Malformed),
        (Reply(b"x" * 5_000_000), Malformed),
        (refused(400, "INVALID_ARGUMENT", "Request payload size exceeds the limit"), Malformed),
    ],
)
def test_whatever_the_wire_does_is_one_of_our_errors(
    scoring: Scoring, does: Does, kind: type[ProviderError]
) -> None:
    scoring.vendor.refuses = dict.fromkeys(range(1, 20), does)
    model = replace(scoring.model, timeout=timedelta(seconds=0.3))
    assert errors(list(model.score(texts(1)))) == {kind}
    assert all(outcome.made for _, outcome in scoring.grants.given)


def test_a_vendor_that_cannot_be_reached_has_not_been_asked(scoring: Scoring) -> None:
    model = replace(scoring.model, base_url="http://127.0.0.1:9")
    assert errors(list(model.score(texts(1)))) == {Unavailable}
    assert not any(outcome.made for _, outcome in scoring.grants.given)


def test_a_ledger_that_is_away_stops_the_asking(scoring: Scoring) -> None:
    scoring.grants.most, scoring.grants.error = 1, StorageError("The database is away.")
    with pytest.raises(StorageError):
        scoring.model.score(texts(50))
    assert len(scoring.vendor.requests) == 1


def test_no_more_requests_run_at_a_time_than_is_set(scoring: Scoring) -> None:
    scoring.vendor.seconds = 0.03
    model = replace(scoring.model, concurrency=3)
    assert len(model.score(texts(90))) == 90
    assert scoring.vendor.at_once == 3
    assert len(scoring.vendor.requests) == 9


def test_what_was_used_counts_as_the_most_where_the_vendor_does_not_say(scoring: Scoring) -> None:
    scoring.vendor.usage = False
    scores = [one for one in scoring.model.score(texts(3)) if isinstance(one, SentimentScore)]
    ((call, outcome),) = scoring.grants.given
    assert outcome.usage is None
    assert sum(one.cost_usd for one in scores) == call.most_usd


@pytest.mark.parametrize(
    ("status", "usage"), [(400, Usage()), (429, Usage()), (503, Usage()), (504, None)]
)
def test_a_refusal_of_the_vendors_own_costs_nothing(
    scoring: Scoring, status: int, usage: Usage | None
) -> None:
    scoring.vendor.refuses = dict.fromkeys(range(1, 9), refused(status, "REFUSED", "No."))
    scoring.model.score(texts(1))
    assert {one.usage for _, one in scoring.grants.given} == {usage}


def test_the_key_comes_from_the_settings_alone_and_shows_itself_nowhere(
    scoring: Scoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, "another-key")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9")
    model = replace(scoring.model)
    assert isinstance(model.score(texts(1))[0], SentimentScore)
    (request,) = scoring.vendor.requests
    assert request.headers["x-goog-api-key"] == KEY
    assert KEY not in repr(model) + repr(model.asking) + request.path


def test_the_probe_asks_for_the_models_card(scoring: Scoring) -> None:
    scoring.model.probe()
    (request,) = scoring.vendor.requests
    assert request.head.startswith(f"GET /v1beta/models/{MODEL} ")
    with pytest.raises(NotConfigured):
        replace(scoring.model, model="gone").probe()
