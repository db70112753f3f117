"""A text is judged for a symbol, by whom can be asked, and never by nobody."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fintech_pipeline.errors import (
    NotConfigured,
    Paused,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    StorageError,
    Unavailable,
)
from fintech_pipeline.sentiment.scores import Label, NotAsked, SentimentScore, Text, Unscored
from tests.api.asking import GOOD, JSON, LOCAL, NOW, Client, Says, serving


@pytest.fixture(scope="module")
def local() -> Iterator[Client]:
    with serving() as client:
        yield client


def test_a_text_is_judged_as_the_pipeline_would_judge_it(local: Client) -> None:
    answer = local.ask(GOOD)
    (own,) = LOCAL.score([Text(1, "AAPL", ("AAPL", "Apple Inc.", "Apple"), GOOD["text"], "")])
    assert isinstance(own, SentimentScore)
    assert answer.status == 200
    assert answer.document == {
        "symbol": "AAPL",
        "label": "positive",
        "score": own.value,
        "confidence": own.confidence,
        "reasons": [own.reason],
        "unscored": None,
        "model": {"version": LOCAL.version, "answered_by": LOCAL.version, "stood_in_for": []},
        "tokens": 0,
        "cost_usd": "0",
    }


def test_a_headline_of_two_companies_is_judged_for_each_apart(local: Client) -> None:
    text = "Intel falls as AMD soars"
    labels = [
        local.ask({"text": text, "symbol": symbol, "names": [name]}).document["label"]
        for symbol, name in (("INTC", "Intel"), ("AMD", "AMD"))
    ]
    assert labels == ["negative", "positive"]


def test_a_symbol_is_understood_as_a_person_types_it(local: Client) -> None:
    assert local.ask({**GOOD, "symbol": " aapl "}).document["symbol"] == "AAPL"


def test_what_is_known_of_a_symbol_and_what_the_client_says_of_it_reach_the_model() -> None:
    model = Says(SentimentScore(0.0, Label.NEUTRAL, 0.5, "nothing"))
    with serving(model) as client:
        client.ask({**GOOD, "summary": "More.", "names": ["Cupertino", "Apple"]})
    (text,) = model.asked
    assert text.names == ("AAPL", "Apple Inc.", "Apple", "Cupertino")
    assert (text.headline, text.summary) == (GOOD["text"], "More.")


def test_an_unknown_symbol_is_refused_unless_it_is_named(local: Client) -> None:
    refused = local.ask({**GOOD, "symbol": "AMD"})
    assert refused.status == 422
    assert refused.detail.startswith("AMD is not on the watchlist, so give the names")
    assert local.ask({**GOOD, "symbol": "AMD", "names": ["AMD"]}).status == 200


def test_what_was_paid_and_who_answered_is_told() -> None:
    score = SentimentScore(
        -0.4, Label.NEGATIVE, 0.8, "cuts", "gemini-3.5-001", 41, Decimal("0.0000123")
    )
    with serving(Says(score), LOCAL) as client:
        told = client.ask(GOOD).document
    assert told["model"] == {
        "version": "gemini-test",
        "answered_by": "gemini-3.5-001",
        "stood_in_for": [],
    }
    assert (told["tokens"], told["cost_usd"]) == (41, "0.0000123")


@pytest.mark.parametrize(
    ("said", "because"),
    [
        (NotAsked(Unavailable("The day's budget is spent.")), "The day's budget is spent."),
        (Unavailable("It is away."), "It is away."),
        (StorageError("db.internal:5432 is away."), "The ledger of calls can't be reached."),
    ],
    ids=["not asked", "raised", "the database is away"],
)
def test_where_a_model_cannot_be_asked_the_next_one_stands_in_and_says_so(
    said: NotAsked | Exception, because: str
) -> None:
    with serving(Says(said), LOCAL) as client:
        answer = client.ask(GOOD)
    assert answer.status == 200
    assert answer.document["label"] == "positive"
    assert answer.document["model"] == {
        "version": LOCAL.version,
        "answered_by": LOCAL.version,
        "stood_in_for": [{"version": "gemini-test", "because": because}],
    }


def test_a_text_without_a_verdict_gets_no_number_and_no_other_models_word() -> None:
    with serving(Says(Unscored("the answer was blocked")), LOCAL) as client:
        answer = client.ask(GOOD)
    told = answer.document
    assert answer.status == 200
    assert told["unscored"] == "the answer was blocked"
    assert told["model"]["version"] == "gemini-test"
    for nothing in ("label", "score", "confidence", "tokens", "cost_usd"):
        assert told[nothing] is None
    assert told["reasons"] == []


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (QuotaExhausted("The day is spent.", NOW + timedelta(hours=9)), "32400"),
        (RateLimited("Too fast.", timedelta(seconds=6.2)), "7"),
        (Paused("It failed too often.", NOW + timedelta(minutes=5)), "300"),
        (QuotaExhausted("The day was spent.", NOW - timedelta(hours=1)), "1"),
        (NotConfigured("The key is missing."), "30"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value,
)
def test_where_nobody_can_be_asked_the_answer_says_why_and_until_when(
    error: ProviderError, seconds: str
) -> None:
    with serving(Says(NotAsked(error))) as client:
        answer = client.ask(GOOD)
    assert (answer.status, answer.headers["retry-after"]) == (503, seconds)
    assert answer.detail == str(error)


def test_of_several_that_cannot_be_asked_the_first_to_be_back_says_when() -> None:
    day = NotAsked(QuotaExhausted("The day is spent.", NOW + timedelta(hours=9)))
    soon = NotAsked(RateLimited("Too fast.", timedelta(seconds=5)))
    with serving(Says(day), Says(soon)) as client:
        answer = client.ask(GOOD)
    assert answer.headers["retry-after"] == "5"
    assert answer.detail == "No provider answered. The day is spent. Too fast."


def test_a_fault_of_ours_is_told_without_a_word_of_the_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fault = ValueError(f"no idea what {GOOD['text']} means")
    with caplog.at_level(logging.INFO), serving(Says(fault)) as client:
        answer = client.ask(GOOD)
        assert client.get("/readyz").status == 200
    assert answer.status == 500
    request_id = answer.headers["x-request-id"]
    assert answer.detail == (
        f"The server failed on this request; its log says where, under {request_id}."
    )
    assert f"ValueError in {request_id}, at" in caplog.text
    assert "asking.py" in caplog.text
    assert GOOD["text"] not in caplog.text


def test_a_request_is_logged_in_one_line_without_what_it_holds(
    local: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        local.ask(GOOD, path="/v1/analyze?text=secret")
        local.get("/a%0Ab" + "c" * 200)
        local.get("/healthz")
    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith("127.0.0.1 POST /v1/analyze 200 ")
    assert second.startswith("127.0.0.1 GET /a%0Abccc")
    assert len(second) < 120
    assert "secret" not in caplog.text
    assert "beats" not in caplog.text


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"{", 400, "The body is not JSON in UTF-8."),
        (b"\xff\xfe", 400, "The body is not JSON in UTF-8."),
        (b"[" * 60_000, 400, "The body is not JSON in UTF-8."),
        (b"", 422, "The body must be a JSON object with a text and a symbol."),
        (b"[]", 422, "The body must be a JSON object with a text and a symbol."),
        (b'{"text": "a"}', 422, "The field symbol is missing."),
        (b'{"symbol": "AAPL"}', 422, "The field text is missing."),
        (b'{"text": " ", "symbol": "AAPL"}', 422, "The field text is wrong: it is empty."),
        (b'{"text": 1, "symbol": "AAPL"}', 422, "The field text is wrong: input should be a valid"),
        (b'{"text": "\\ud800", "symbol": "AAPL"}', 422, "The field text is wrong: input should"),
        (b'{"text": "a", "symbol": "A B"}', 422, "The field symbol is wrong: it is no symbol"),
        (
            b'{"text": "a", "symbol": "AAPL", "x": 1}',
            422,
            "The body has a field that is not known here",
        ),
        (b'{"text": "%s", "symbol": "AAPL"}' % (b"a" * 1001), 422, "The field text is wrong: str"),
        (b'{"text": "a", "symbol": "AAPL", "names": [""]}', 422, "The field names.0 is wrong: it"),
    ],
    ids=repr,
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    local: Client, body: bytes, status: int, told: str
) -> None:
    answer = local.ask(body=body)
    assert (answer.status, answer.detail[: len(told)]) == (status, told)


@settings(max_examples=30, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["text", "symbol", "summary", "names", "other"]), inner
            )
        ),
        max_leaves=8,
    )
)
def test_no_document_makes_it_fail(local: Client, document: object) -> None:
    answer = local.ask(document)
    assert answer.status in {200, 400, 422}
    assert answer.status == 200 or answer.detail.endswith((".", "]"))


def test_every_answer_carries_strict_headers_and_names_no_software(local: Client) -> None:
    for answer in (local.ask(GOOD), local.ask([]), local.get("/nothing"), local.get("/readyz")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        policy = answer.headers["content-security-policy"]
        assert policy == "default-src 'none'; frame-ancestors 'none'"
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


def test_there_is_no_page_of_documentation_but_a_description(local: Client) -> None:
    for path in ("/docs", "/redoc", "/", "/docs/oauth2-redirect"):
        assert local.get(path).detail == "There is nothing at this path."
    described = local.get("/openapi.json").document
    assert set(described["paths"]) == {"/v1/analyze", "/healthz", "/readyz"}
    problems = described["paths"]["/v1/analyze"]["post"]["responses"]
    assert {"413", "415", "422", "429", "503"} <= set(problems)
    for code, told in problems.items():
        (kind,) = told["content"]
        assert kind == ("application/json" if code == "200" else "application/problem+json")
        reference = told["content"][kind]["schema"]["$ref"]
        assert reference.rsplit("/", 1)[1] in described["components"]["schemas"]


def test_the_examples_of_the_description_are_answered(local: Client) -> None:
    examples = local.get("/openapi.json").document["components"]["schemas"]["Question"]["examples"]
    assert len(examples) == 2
    for example in examples:
        assert local.ask(example).status == 200


def test_another_method_is_refused(local: Client) -> None:
    answer = local.get("/v1/analyze")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert answer.detail == "GET is not possible at this path."
    assert local.ask(GOOD, headers={**JSON, "Content-Type": "text/plain"}).status == 415
