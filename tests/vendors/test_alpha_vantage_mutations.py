"""Whatever arrives, Alpha Vantage's parsers give domain objects or `Malformed`, and quickly."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fintech_pipeline.errors import Malformed, ProviderError
from fintech_pipeline.market.bars import CorporateAction, Interval, RawBars
from fintech_pipeline.market.providers.alpha_vantage.actions import (
    Actions,
    parse_dividends,
    parse_splits,
)
from fintech_pipeline.market.providers.alpha_vantage.bars import parse_daily, parse_intraday
from fintech_pipeline.market.providers.alpha_vantage.quotes import (
    parse_bulk_quotes,
    parse_global_quote,
)
from fintech_pipeline.market.quality import screen
from fintech_pipeline.market.quotes import Quote
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.quota.alpha_vantage import refusal_by
from fintech_pipeline.quota.calls import Answer
from tests.vendors.alpha_vantage_standin import PER_DAY, notice, series, table

NEW_YORK = calendar_of("XNYS")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
LONGEST_SECONDS = 1.0
ROW = (10.0, 12.0, 9.0, 11.0, 1000.0)
DAYS = dict.fromkeys(["2025-11-24", "2025-11-25", "2025-11-26", "2025-11-28"], ROW)
HALVES = {f"2025-11-28 {hour:02d}:30:00": ROW for hour in range(9, 13)}
QUOTE = {
    "01. symbol": "IBM",
    "05. price": "121.7400",
    "06. volume": "2528814",
    "07. latest trading day": "2020-05-08",
    "08. previous close": "121.2300",
}
BULK = {"symbol": "IBM", "timestamp": "2024-10-18 19:54:00.879", "close": "232.22", "volume": "47"}
SPLIT = {"effective_date": "2020-08-31", "split_factor": "4.0000"}
DIVIDEND = {"ex_dividend_date": "2024-02-08", "amount": "1.66", "payment_date": "None"}

PARSERS: dict[str, tuple[list[bytes], Callable[[bytes], object]]] = {
    "intraday": (
        [series("IBM", HALVES, "30min"), table(HALVES)],
        lambda payload: parse_intraday(payload, "IBM", "IBM", Interval.HALF_HOUR),
    ),
    "daily": (
        [series("IBM", DAYS, refreshed="2025-11-28 16:00:00"), table(DAYS)],
        lambda payload: parse_daily(payload, "IBM", "IBM", NEW_YORK),
    ),
    "quote": (
        [json.dumps({"Global Quote": QUOTE}).encode()],
        lambda payload: parse_global_quote(payload, "IBM", "IBM", NEW_YORK, NOW),
    ),
    "bulk": (
        [json.dumps({"endpoint": "x", "message": "", "data": [BULK, BULK]}).encode()],
        lambda payload: parse_bulk_quotes(payload, {"IBM": "IBM"}, NOW),
    ),
    "splits": (
        [json.dumps({"symbol": "IBM", "data": [SPLIT, SPLIT]}).encode()],
        lambda payload: parse_splits(payload, "IBM", "IBM", NEW_YORK, NOW),
    ),
    "dividends": (
        [json.dumps({"symbol": "IBM", "data": [DIVIDEND, DIVIDEND]}).encode()],
        lambda payload: parse_dividends(payload, "IBM", "IBM", NEW_YORK, NOW),
    ),
}

_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**30), max_value=10**30),
    st.floats(),
    st.sampled_from(
        ["NaN", "Infinity", "-1", "1e999", "9" * 5_000, "1_000", "٣", "", " ", "None", "0"]
    ),
    st.sampled_from(
        ["0000-00-00", "2025-02-30", "9999-12-31", "0001-01-01", "2025-11-28 25:00:00"]
    ),
    st.text(max_size=20),
    st.sampled_from(["[]", "{}", "[[], [], []]", '{"a": {"b": null}}']).map(json.loads),
)


@st.composite
def _retyped(draw: st.DrawFn, payload: bytes) -> bytes:
    """The payload with some of its values or names replaced, wherever they stand."""
    tree: Any = json.loads(payload)
    for _ in range(draw(st.integers(1, 4))):
        node, depth = tree, draw(st.integers(0, 3))
        while isinstance(node, dict | list) and node:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = draw(st.sampled_from(keys))
            if depth == 0 or not isinstance(node[key], dict | list) or not node[key]:
                if isinstance(node, dict) and draw(st.booleans()):
                    node[draw(st.text(max_size=30))] = node.pop(key)
                else:
                    node[key] = draw(_ODD)
                break
            node, depth = node[key], depth - 1
    return json.dumps(tree).encode("utf-8", "surrogatepass")


@st.composite
def _bent(draw: st.DrawFn, payload: bytes) -> bytes:
    """The payload cut, with bytes replaced or inserted, in another encoding, or nested deeply."""
    place = draw(st.integers(0, len(payload)))
    how = draw(st.integers(0, 7))
    inserted = draw(st.binary(max_size=12))
    if how == 0:
        return payload[:place]
    if how == 1:
        return payload[:place] + inserted + payload[place:]
    if how == 2:
        return payload[:place] + inserted + payload[place + len(inserted) :]
    if how == 3:
        encoding = draw(st.sampled_from(["utf-16", "utf-32", "cp037"]))
        return payload.decode().encode(encoding, "replace")
    if how == 4:
        opening, closing = draw(st.sampled_from([(b"[", b"]"), (b'{"a":', b"}")]))
        count = draw(st.sampled_from([5, 900, 2_000]))
        return opening * count + payload + closing * count
    if how == 5:
        return b"<!DOCTYPE html><html><body>" + payload + b"</body></html>"
    if how == 6:
        digits = draw(st.sampled_from([b"9" * 400, b"9" * 5_000, b"NaN", b"-Infinity", b"1e-400"]))
        return payload.replace(draw(st.sampled_from([b"10.0000", b'"4.0000"', b"11"])), digits)
    return payload.replace(b"\n", draw(st.sampled_from([b"\r", b"\0", b",", b'"'])))


def mutated(payloads: list[bytes]) -> st.SearchStrategy[bytes]:
    told = [payload for payload in payloads if payload.startswith(b"{")]
    return st.one_of(
        st.sampled_from(told).flatmap(_retyped),
        st.sampled_from(payloads).flatmap(_bent),
        st.sampled_from(payloads).flatmap(_bent).flatmap(_bent_if_text),
        st.binary(max_size=200),
    )


def _bent_if_text(payload: bytes) -> st.SearchStrategy[bytes]:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return st.just(payload)
    return _bent(payload)


def is_domain_object(found: object) -> bool:
    if isinstance(found, RawBars):
        screen(found)
        return {len(column) for column in found.columns()} == {len(found)}
    if isinstance(found, Actions):
        return all(isinstance(one, CorporateAction) for one in found.known)
    if isinstance(found, list):
        return all(isinstance(one, Quote) for one in found)
    return found is None or isinstance(found, Quote)


def parsed(parse: Callable[[bytes], object], payload: bytes) -> tuple[object, str]:
    try:
        return parse(payload), ""
    except Malformed as error:
        return None, str(error)


def check(parse: Callable[[bytes], object], payload: bytes) -> None:
    started_at = time.thread_time()
    found, sentence = parsed(parse, payload)
    assert len(sentence) < 200, "a sentence, not the answer"
    assert sentence or is_domain_object(found), found
    refused = refusal_by(lambda: NOW, "IBM")(Answer(200, {}, payload))
    assert refused is None or isinstance(refused, ProviderError)
    assert time.thread_time() - started_at < LONGEST_SECONDS


def throw(name: str, count: int) -> None:
    payloads, parse = PARSERS[name]

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(mutated([*payloads, notice(PER_DAY)]))
    def thrown(payload: bytes) -> None:
        check(parse, payload)

    thrown()


@pytest.mark.parametrize("name", PARSERS)
def test_what_is_as_documented_is_parsed(name: str) -> None:
    payloads, parse = PARSERS[name]
    for payload in payloads:
        found = parse(payload)
        assert found
        assert is_domain_object(found)


@pytest.mark.parametrize("name", PARSERS)
def test_hundreds_of_broken_answers_are_parsed_or_refused(name: str) -> None:
    throw(name, 150)


@pytest.mark.slow
@pytest.mark.parametrize("name", PARSERS)
def test_ten_thousand_broken_answers_are_parsed_or_refused(name: str) -> None:
    throw(name, 10_000)


def test_an_answer_of_many_megabytes_is_refused_at_once() -> None:
    payload = b'{"Meta Data": "' + b"x" * 25_000_000 + b'"}'
    started_at = time.thread_time()
    with pytest.raises(Malformed, match="far more than such an answer has"):
        PARSERS["daily"][1](payload)
    assert time.thread_time() - started_at < LONGEST_SECONDS
