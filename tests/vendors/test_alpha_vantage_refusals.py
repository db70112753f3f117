"""What Alpha Vantage refuses with, in the wordings that people have quoted."""

import json
from datetime import datetime, timedelta
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
from fintech_pipeline.quota.alpha_vantage import refusal_by, resets_at, says_no_news
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
from tests.vendors.asking import at
from tests.vendors.standin import KEY

NOW = at("2026-11-24 15:00")


def refused(
    body: bytes, status: int = 200, about: str = "AAPL", now: datetime = NOW
) -> ProviderError | None:
    error = refusal_by(lambda: now, about)(Answer(status, {}, body))
    assert error is None or str(error).endswith((".", "?"))
    return error


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
        ("Invalid inputs. Please refer to the API documentation and try again.", NoData),
        ("The **demo** API key is for demo purposes only.", Unauthorized),
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
    assert error.resets_at == at("2026-11-25 05:00")
    in_summer = refused(notice(PER_DAY), now=at("2026-07-01 03:00"))
    assert isinstance(in_summer, QuotaExhausted)
    assert in_summer.resets_at == at("2026-07-01 04:00")


def test_the_day_ends_at_new_yorks_midnight_also_when_clocks_change() -> None:
    assert resets_at(at("2026-03-07 12:00")) == at("2026-03-08 05:00")
    assert resets_at(at("2026-03-08 12:00")) == at("2026-03-09 04:00")  # summer time began
    assert resets_at(at("2026-11-01 12:00")) == at("2026-11-02 05:00")  # and ended
    assert resets_at(at("2026-11-25 04:59")) == at("2026-11-25 05:00")


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
    assert str(error) == "Alpha Vantage has nothing of AAPL."
    assert str(refused(body, about="")) == "Alpha Vantage has nothing of what was asked for."


def test_a_symbol_that_is_unknown_is_named_and_the_reader_told_what_to_do() -> None:
    told = str(refused(notice("Invalid inputs.")))
    assert told == "Alpha Vantage does not know AAPL, or no longer lists it; check the symbol."


def test_that_there_is_no_news_is_no_refusal() -> None:
    body = notice("No articles found. Please adjust the time range.")
    assert refused(body) is None
    assert says_no_news(body)
    assert not says_no_news(notice(PER_DAY))
    assert not says_no_news(b'{"feed": [{"title": "No articles found"}]}')


@pytest.mark.parametrize("status", [302, 401, 403, 404, 429, 500, 502, 503])
def test_an_http_status_alone_is_for_the_caller_to_tell(status: int) -> None:
    assert refused(b"<html>Bad Gateway, invalid api key</html>", status) is None
    assert refused(b"{}", status) is None


def test_a_notice_says_more_than_the_status_it_comes_with() -> None:
    assert type(refused(notice(PER_DAY), 429)) is QuotaExhausted


def test_good_answers_are_no_refusals() -> None:
    row = (1.0, 2.0, 0.5, 1.5, 100.0)
    assert refused(series("IBM", {"2025-11-28": row})) is None
    assert refused(table({"2025-11-28": row})) is None
    assert refused(b'{"Global Quote": {}}') is None
    assert refused(b'{"endpoint": "x", "message": "success", "data": []}') is None


def test_a_word_beside_data_is_no_refusal() -> None:
    assert refused(b'{"Information": "25 requests per day", "feed": []}') is None
