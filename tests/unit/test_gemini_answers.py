"""Reading Gemini's answers: the good part is kept, the rest says why, nothing is made up."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.errors import Malformed
from fintech_pipeline.sentiment.models.gemini.answers import Reading, Tokens, read
from fintech_pipeline.sentiment.models.gemini.prompt import Pair
from fintech_pipeline.sentiment.scores import Label, SentimentScore

A, B, C = ("aaaa", "AAPL"), ("bbbb", "AAPL"), ("bbbb", "MSFT")
ASKED: tuple[Pair, ...] = (A, B, C)


def verdict(pair: Pair, **changed: Any) -> dict[str, Any]:
    told = {"id": pair[0], "symbol": pair[1], "reason": "Record profit.", "label": "positive"}
    return {**told, "score": 0.7, "confidence": 0.9, **changed}


def reading(text: str | list[Any], finish: str | None = "STOP", **more: Any) -> Reading:
    said = text if isinstance(text, str) else json.dumps(text)
    parts = [{"text": "I think…", "thought": True}, {"text": said}] if said else []
    candidate = {"content": {"parts": parts, "role": "model"}, "finishReason": finish}
    payload = {"candidates": [candidate], "modelVersion": "gemini-9-2026-10", **more}
    return read(json.dumps(payload).encode(), ASKED, "gemini-9")


def test_a_good_answer_is_read_with_who_gave_it_and_what_it_used() -> None:
    usage = {"promptTokenCount": 100, "candidatesTokenCount": 20, "thoughtsTokenCount": 5}
    found = reading([verdict(A), verdict(B), verdict(C)], usageMetadata=usage)
    score = SentimentScore(0.7, Label.POSITIVE, 0.9, "Record profit.", "gemini-9-2026-10")
    assert found.scores == {A: score, B: score, C: score}
    assert found.failures == {}
    assert found.tokens == Tokens(100, 25)


def test_tokens_that_are_only_in_the_total_are_paid_for_too() -> None:
    usage = {"promptTokenCount": 100, "candidatesTokenCount": 20, "totalTokenCount": 150}
    assert reading([verdict(A)], usageMetadata=usage).tokens == Tokens(100, 50)


@pytest.mark.parametrize(
    "usage", [None, {}, [], {"promptTokenCount": "7"}, {"promptTokenCount": -1}]
)
def test_what_was_used_is_unknown_rather_than_wrong(usage: object) -> None:
    assert reading([verdict(A)], usageMetadata=usage).tokens is None


@pytest.mark.parametrize("cut", range(1, 8))
def test_of_an_answer_that_was_cut_off_what_is_whole_is_kept(cut: int) -> None:
    whole = json.dumps([verdict(A), verdict(B), verdict(C)])
    found = reading(whole[: -len(json.dumps(verdict(C))) - cut], "MAX_TOKENS")
    assert A in found.scores
    assert found.failures[C] == "the answer was cut off (MAX_TOKENS)"


@pytest.mark.parametrize(
    ("text", "finish", "more", "why"),
    [
        ("", "STOP", {}, "the answer was empty"),
        ("", "MAX_TOKENS", {}, "the answer was cut off (MAX_TOKENS)"),
        ("", "SAFETY", {}, "blocked by the vendor: SAFETY"),
        ("", "RECITATION", {}, "blocked by the vendor: RECITATION"),
        ("", "SOMETHING_NEW", {}, "the vendor ended the answer (SOMETHING_NEW)"),
        ("", None, {"promptFeedback": {"blockReason": "OTHER"}}, "blocked by the vendor: OTHER"),
        ("I can't judge these.", "STOP", {}, "the answer could not be read"),
        ('[{"id": oops', "STOP", {}, "the answer could not be read"),
        ("[]", "STOP", {}, "the answer said nothing of it"),
        ("[" * 100_000, "STOP", {}, "the answer could not be read"),
    ],
)
def test_what_is_said_of_nothing_has_its_exact_reason(
    text: str, finish: str | None, more: dict[str, Any], why: str
) -> None:
    found = reading(text, finish, **more)
    assert found.scores == {}
    assert found.failures == dict.fromkeys(ASKED, why)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"score": 7}, "no number in [-1, 1]"),
        ({"score": "0.7"}, "no number in [-1, 1]"),
        ({"score": True}, "no number in [-1, 1]"),
        ({"score": None}, "no number in [-1, 1]"),
        ({"score": float("nan")}, "no number in [-1, 1]"),
        ({"score": float("inf")}, "no number in [-1, 1]"),
        ({"score": 10**400}, "no number in [-1, 1]"),
        ({"confidence": 1.01}, "no number in [0, 1]"),
        ({"confidence": "high"}, "no number in [0, 1]"),
        ({"label": "very positive"}, "none of positive, neutral and negative"),
        ({"label": ["positive"]}, "none of positive, neutral and negative"),
        ({"score": -0.7}, "contradicts itself: positive with a score of -0.7"),
        ({"score": 0}, "contradicts itself: positive with a score of 0"),
        ({"label": "neutral"}, "contradicts itself: neutral with a score of 0.7"),
    ],
)
def test_a_verdict_that_cannot_be_is_none_and_harms_no_other(
    changed: dict[str, Any], why: str
) -> None:
    found = reading([verdict(A), verdict(B, **changed), verdict(C)])
    assert set(found.scores) == {A, C}
    assert found.failures[B].endswith(why)
    assert found.invalid == {B}


def test_what_was_not_asked_is_not_heard() -> None:
    strange = [verdict(("zzzz", "AAPL")), verdict(("aaaa", "MSFT")), verdict(("bbbb", "aapl"))]
    found = reading([*strange, verdict(A), 7, None, [verdict(B)], "text"])
    assert set(found.scores) == {A}
    assert found.failures == dict.fromkeys((B, C), "the answer said nothing of it")


def test_swapped_ids_are_noticed_where_the_symbols_differ() -> None:
    found = reading([verdict(("bbbb", "AAPL")), verdict(("aaaa", "MSFT"))])
    assert set(found.scores) == {B}
    assert set(found.failures) == {A, C}


def test_a_verdict_given_twice_counts_once_or_not_at_all() -> None:
    found = reading([verdict(A), verdict(A), verdict(B), verdict(B, score=0.2), verdict(C)])
    assert set(found.scores) == {A, C}
    assert found.failures[B] == "the answer judged it twice, and not alike"


def test_a_reason_is_a_short_line_without_markup_or_addresses() -> None:
    told = "<script>x</script> see https://evil.example/a?b or www.bad.com\n\u202e" + "y" * 500
    (score,) = reading([verdict(A, reason=told)]).scores.values()
    assert score.reason.startswith("x see … or … y")
    assert len(score.reason) <= 160
    assert not set("<>{}[]`") & set(score.reason)
    (silent,) = reading([verdict(A, reason=None)]).scores.values()
    assert silent.reason == "no reason given"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"error": {}}', b"\xff", b"1"])
def test_what_is_no_answer_of_the_vendors_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        read(body, ASKED, "gemini-9")


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "symbol", "score", "label", "parts", "text", "content"]), inner
        )
    ),
    max_leaves=12,
)


@given(anything, anything, anything)
def test_whatever_comes_every_pair_has_a_legal_score_or_a_reason(
    candidate: Any, verdicts: Any, usage: Any
) -> None:
    whole = {"content": {"parts": [{"text": json.dumps(verdicts)}]}, "finishReason": candidate}
    for tree in (candidate, [candidate], [whole]):
        body = json.dumps({"candidates": tree, "usageMetadata": usage}).encode()
        found = read(body, ASKED, "gemini-9")
        assert set(found.scores) | set(found.failures) == set(ASKED)
        assert not set(found.scores) & set(found.failures)
        assert all(found.failures.values())
