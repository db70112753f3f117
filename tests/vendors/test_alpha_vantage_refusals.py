"""What Alpha Vantage refuses with, in the wordings that people have quoted."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fintech_pipeline.errors import (
    NoData,
    PremiumOnly,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from fintech_pipeline.market.providers.alpha_vantage.refusals import refusal_of
from fintech_pipeline.quota.calls import Answer
from tests.vendors.alpha_vantage_standin import (
    BAD_CALL,
    BAD_KEY,
    PER_DAY,
    PER_SECOND,
    PREMIUM,
    PREMIUM_FEATURE,
    notice,
    series,
    table,
)
from tests.vendors.standin import KEY

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def refused(
    body: bytes, status: int = 200, headers: dict[str, str] | None = None
) -> ProviderError | None:
    return refusal_of(Answer(status, headers or {}, body), "AAPL", NOW)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("burst limit (1 request/s)", RateLimited),
        ("daily limit (25/day)", QuotaExhausted),
        ("daily limit, older wording", QuotaExhausted),
        ("legacy 5/min + 500/day", RateLimited),
        ("legacy (2017-18)", RateLimited),
        ("bad symbol/params", NoData),
    ],
)
def test_every_quoted_notice_is_recognised(
    shared_data: Path, kind: str, error: type[ProviderError]
) -> None:
    file = shared_data / "responses/limit_and_error_messages_quoted.json"
    quoted = {one["kind"]: one for one in json.loads(file.read_text())["alphavantage"]}
    one = quoted[kind]
    assert type(refused(notice(one["text"], one["json_key"]))) is error
    assert type(refused(one["text"].encode())) is error, "as bare text, where CSV was asked for"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (PREMIUM, PremiumOnly),
        (PREMIUM_FEATURE, PremiumOnly),
        (PER_SECOND, RateLimited),
        (PER_DAY, QuotaExhausted),
        (BAD_KEY, Unauthorized),
        (BAD_CALL.format(function="SPLITS"), NoData),
    ],
)
@pytest.mark.parametrize("key", ["Information", "Note", "Error Message"])
def test_a_notice_means_the_same_under_every_key(
    text: str, error: type[ProviderError], key: str
) -> None:
    assert type(refused(notice(text, key))) is error


def test_the_made_up_sample_of_bulk_quotes_is_a_closed_door(shared_data: Path) -> None:
    file = shared_data / "responses/alphavantage_crazzyghost/timeseries_realtimebulkquote.json"
    sample = file.read_bytes()
    assert type(refused(sample)) is PremiumOnly
    assert type(refused(sample.replace(b"[", b"[" + b" " * 9_000, 1))) is PremiumOnly


def test_the_quota_of_the_day_is_full_again_at_midnight_in_new_york() -> None:
    error = refused(notice(PER_DAY))
    assert isinstance(error, QuotaExhausted)
    assert error.resets_at == datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
    in_summer = refusal_of(
        Answer(200, {}, notice(PER_DAY)), "A", datetime(2026, 7, 1, 3, tzinfo=UTC)
    )
    assert isinstance(in_summer, QuotaExhausted)
    assert in_summer.resets_at == datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


def test_the_limit_of_the_second_is_waited_for_and_not_taken_for_the_day_or_the_plan() -> None:
    error = refused(notice(PER_SECOND))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=2)


@pytest.mark.parametrize(
    "text",
    [PER_DAY, f"Your key {KEY} was seen too often.", f"apikey={KEY} is odd", f"{KEY.lower()} no"],
)
def test_no_sentence_quotes_the_key(text: str) -> None:
    error = refused(notice(text))
    assert error is not None
    assert KEY.casefold() not in str(error).casefold()


def test_words_nobody_has_seen_are_told_as_they_are() -> None:
    error = refused(notice("We are moving house this week."))
    assert isinstance(error, Unavailable)
    assert "We are moving house this week." in str(error)


@pytest.mark.parametrize("body", [b"{}", b" {} \n", b"[]"])
def test_an_empty_object_is_no_data_of_the_symbol(body: bytes) -> None:
    error = refused(body)
    assert isinstance(error, NoData)
    assert "AAPL" in str(error)


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, Unauthorized), (403, Unauthorized), (429, RateLimited), (404, Unavailable)]
    + [(status, Unavailable) for status in (302, 500, 502, 503)],
)
def test_an_http_status_is_an_error_of_ours(status: int, error: type[ProviderError]) -> None:
    assert type(refused(b"<html>Bad Gateway</html>", status)) is error


def test_a_pause_the_vendor_names_is_kept() -> None:
    error = refused(b"", 429, {"retry-after": "7"})
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=7)


def test_a_notice_says_more_than_the_status_it_comes_with() -> None:
    assert type(refused(notice(PER_DAY), 429)) is QuotaExhausted


def test_good_answers_are_no_refusals() -> None:
    row = (1.0, 2.0, 0.5, 1.5, 100.0)
    assert refused(series("IBM", {"2025-11-28": row})) is None
    assert refused(table({"2025-11-28": row})) is None
    assert refused(b'{"Global Quote": {}}') is None
    assert refused(b'{"endpoint": "x", "message": "success", "data": []}') is None
