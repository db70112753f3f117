"""Asking vendors that answer and vendors that misbehave, over real connections."""

import json
import logging
import socket
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from fintech_pipeline.errors import (
    ConfigurationError,
    Malformed,
    NoData,
    NotConfigured,
    Paused,
    PremiumOnly,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from fintech_pipeline.quota.access import Access
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.caller import Caller
from fintech_pipeline.quota.calls import Answer, Call
from fintech_pipeline.quota.circuit import Circuit
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.quota.tables import provider_calls
from fintech_pipeline.storage.database import Database, connect
from tests.vendors.conftest import IN_HEADER, MakeCaller, SteppingClock
from tests.vendors.loopback import (
    Reply,
    bomb,
    drips,
    hangs,
    resets,
    says,
    self_signed,
    sends,
    serving,
)

CALL = Call("/query", {"symbol": "AAPL"}, "daily bars", ("AAPL",))
GOOD = says(b'{"fine": true}', X_Mark="yes")
BUSY = says(status="503 Service Unavailable")


def accepts(_: Answer) -> ProviderError | None:
    return None


def failure(caller: Caller, call: Call = CALL) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        caller.ask(call, accepts)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
    return caught.value


def states(database: Database) -> list[str]:
    query = sa.select(provider_calls.c.state).order_by(provider_calls.c.id)
    with database.transaction() as connection:
        return list(connection.scalars(query))


def test_a_good_answer_comes_back_whole(make_caller: MakeCaller, database: Database) -> None:
    with serving(GOOD) as vendor:
        answer = make_caller(vendor.url).ask(CALL, accepts)
    assert (answer.status, json.loads(answer.body)) == (200, {"fine": True})
    assert answer.headers["x-mark"] == "yes"
    assert states(database) == ["made"]


def test_the_key_stands_where_the_vendor_wants_it(make_caller: MakeCaller) -> None:
    with serving(GOOD) as vendor:
        make_caller(vendor.url + "/v1/").ask(CALL, accepts)
        make_caller(vendor.url, place=IN_HEADER).ask(CALL, accepts)
    in_query, in_header = vendor.requests
    assert in_query.startswith(
        "GET /v1/query?symbol=AAPL&apikey=k3y%2Bof%2Fours%3DS3CRET HTTP/1.1\r\n"
    )
    assert in_header.startswith("GET /query?symbol=AAPL HTTP/1.1\r\n")
    assert "\r\nX-Api-Key: k3y+of/ours=S3CRET\r\n" in in_header


def test_without_a_key_nothing_is_asked(make_caller: MakeCaller, database: Database) -> None:
    with serving(GOOD) as vendor:
        error = failure(make_caller(vendor.url, key=None))
    assert isinstance(error, NotConfigured)
    assert str(error) == "vendor needs a key; set VENDOR_KEY. Nothing was asked."
    assert (vendor.requests, states(database)) == ([], [])


def test_a_vendor_without_keys_is_asked_without_one(make_caller: MakeCaller) -> None:
    with serving(GOOD) as vendor:
        make_caller(vendor.url, place=None, key=None).ask(CALL, accepts)
    assert vendor.requests[0].startswith("GET /query?symbol=AAPL HTTP/1.1\r\n")


@pytest.mark.parametrize("key", ["", "two words", "k3y\n", "schlüssel"])
def test_what_cannot_be_a_key_is_refused_unquoted(key: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^The key of vendor is empty or holds") as caught:
        Access("vendor", "https://vendor.example", IN_HEADER, SecretStr(key))
    assert not key or key.strip() not in str(caught.value)


@pytest.mark.parametrize("url", ["vendor.example", "ftp://vendor", "https://me:pass@vendor", ""])
def test_what_is_no_address_is_refused_unquoted(make_caller: MakeCaller, url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^The address of vendor is not like https"):
        make_caller(url)


def test_a_busy_vendor_is_asked_again_with_a_grant_of_its_own(
    make_caller: MakeCaller, database: Database, clock: SteppingClock
) -> None:
    with serving(BUSY, GOOD) as vendor:
        assert make_caller(vendor.url).ask(CALL, accepts).status == 200
    assert len(vendor.requests) == 2
    assert states(database) == ["made", "made"]
    assert len(clock.slept) == 1
    assert 1 <= clock.slept[0] <= 2


def test_a_vendor_that_stays_busy_is_asked_three_times(
    make_caller: MakeCaller, clock: SteppingClock
) -> None:
    with serving(BUSY) as vendor:
        error = failure(make_caller(vendor.url))
    assert type(error) is Unavailable
    assert str(error) == "vendor answered the call for daily bars with HTTP 503."
    assert len(vendor.requests) == 3
    assert 2 <= clock.slept[1] <= 4


def test_repeating_spends_the_day_and_stops_with_it(make_caller: MakeCaller) -> None:
    with serving(BUSY) as vendor:
        error = failure(make_caller(vendor.url, Allowance(per_day=2)))
    assert isinstance(error, QuotaExhausted)
    assert len(vendor.requests) == 2


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_pause_in_seconds_is_kept(
    make_caller: MakeCaller, clock: SteppingClock, status: str
) -> None:
    with serving(says(status=status, Retry_After="7"), GOOD) as vendor:
        make_caller(vendor.url).ask(CALL, accepts)
    assert len(clock.slept) == 1
    assert 7 <= clock.slept[0] <= 8


def test_a_pause_until_a_date_is_kept(make_caller: MakeCaller, clock: SteppingClock) -> None:
    date = format_datetime(clock() + timedelta(seconds=20), usegmt=True)
    with serving(says(status="429 Too Many Requests", Retry_After=date), GOOD) as vendor:
        make_caller(vendor.url).ask(CALL, accepts)
    assert len(clock.slept) == 1
    assert 15 <= clock.slept[0] <= 21


def test_without_a_word_how_long_the_pause_is_five_seconds(
    make_caller: MakeCaller, clock: SteppingClock
) -> None:
    with serving(says(status="429 Too Many Requests", Retry_After="soon"), GOOD) as vendor:
        make_caller(vendor.url).ask(CALL, accepts)
    assert 5 <= clock.slept[0] <= 6


def test_a_long_pause_is_told_and_holds_for_every_pod(
    make_caller: MakeCaller, database: Database
) -> None:
    with serving(says(status="429 Too Many Requests", Retry_After="3600")) as vendor:
        error = failure(make_caller(vendor.url))
        assert isinstance(error, RateLimited)
        assert error.retry_after == timedelta(hours=1)
        assert "it asks for a pause of 3600 s" in str(error)
        other = connect(database.url)
        assert isinstance(failure(make_caller(vendor.url, ledger=Ledger(other))), Paused)
        other.close()
    assert len(vendor.requests) == 1


def test_a_pause_of_a_year_is_not_believed(make_caller: MakeCaller) -> None:
    with serving(says(status="429 Too Many Requests", Retry_After="31536000")) as vendor:
        error = failure(make_caller(vendor.url))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(hours=6)


@pytest.mark.parametrize(
    ("reply", "kind", "told"),
    [
        (hangs, Unavailable, "vendor gave no answer: 127.0.0.1 fell silent."),
        (resets, Unavailable, "127.0.0.1 ended the connection before its answer was whole."),
        (sends(b""), Unavailable, "127.0.0.1 ended the connection before its answer was whole."),
        (
            sends(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
            Unavailable,
            "127.0.0.1 broke off in the middle of its answer.",
        ),
        (
            sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf"),
            Unavailable,
            "127.0.0.1 broke off in the middle of its answer.",
        ),
        (drips, Unavailable, "vendor was still answering after 1 s."),
        (
            says(b"no gzip", Content_Encoding="gzip"),
            Unavailable,
            "the answer of 127.0.0.1 can't be unpacked.",
        ),
        (sends(b"SSH-2.0-OpenSSH\r\n\r\n"), Unavailable, "ended the connection before"),
        (says(bytes(1_000_001)), Malformed, "an answer of more than 1 MB; it was not read."),
        (bomb(50), Malformed, "an answer of more than 1 MB; it was not read."),
        (
            says(status="302 Found", Location="https://elsewhere.example/login?apikey=leak#x"),
            Malformed,
            "vendor redirects to https://elsewhere.example/login, which is not followed;",
        ),
        (says(status="401 Unauthorized"), Unauthorized, "HTTP 401: it refuses the key, or us"),
        (says(status="404 Not Found"), NoData, "HTTP 404: it has nothing there."),
        (says(status="418 Teapot"), Malformed, "HTTP 418, which is no answer."),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_vendor_that_misbehaves_is_one_sentence_and_was_asked(
    make_caller: MakeCaller, database: Database, reply: Reply, kind: type, told: str
) -> None:
    with serving(reply) as vendor:
        error = failure(make_caller(vendor.url))
    assert type(error) is kind
    assert told in str(error)
    times = 3 if kind is Unavailable else 1
    assert len(vendor.requests) == times
    assert states(database) == ["made" if kind is Unavailable else "refused"] * times


def test_an_answer_as_large_as_allowed_is_read(make_caller: MakeCaller) -> None:
    with serving(says(b"x" * 1_000_000)) as vendor:
        assert len(make_caller(vendor.url).ask(CALL, accepts).body) == 1_000_000


def test_a_certificate_nobody_vouches_for_is_refused_before_anything_is_sent(
    make_caller: MakeCaller, database: Database, tmp_path: Path
) -> None:
    with serving(GOOD, certificate=self_signed(tmp_path / "vendor.pem")) as vendor:
        error = failure(make_caller(vendor.url, Allowance(per_day=1)))
    assert type(error) is Unavailable
    assert "certificate of 127.0.0.1 is not to be trusted (self" in str(error)
    assert str(error).endswith("; nothing was asked.")
    assert vendor.requests == []
    assert states(database) == ["refunded"] * 3


def test_a_port_where_nobody_listens_costs_nothing(
    make_caller: MakeCaller, database: Database
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = failure(make_caller(f"http://127.0.0.1:{port}", Allowance(per_day=1)))
    assert str(error) == (
        "vendor gave no answer: 127.0.0.1 can't be reached (connection refused); nothing was asked."
    )
    assert states(database) == ["refunded"] * 3


def test_a_name_that_nobody_knows_costs_nothing(
    make_caller: MakeCaller, database: Database
) -> None:
    error = failure(make_caller("https://vendor.invalid"))
    assert "the name vendor.invalid is not known here; nothing was asked." in str(error)
    assert states(database) == ["refunded"] * 3


def test_a_failing_vendor_is_left_alone_in_the_middle_of_the_attempts(
    make_caller: MakeCaller,
) -> None:
    with serving(BUSY) as vendor:
        caller = make_caller(vendor.url, circuit=Circuit(failures=2))
        assert isinstance(failure(caller), Paused)
        assert "it failed 2 times in a row; nothing was asked." in str(failure(caller))
    assert len(vendor.requests) == 2


def test_a_refusal_of_the_vendors_own_is_not_repeated(
    make_caller: MakeCaller, database: Database
) -> None:
    with serving(GOOD) as vendor, pytest.raises(PremiumOnly, match=r"^not in our plan\.$"):
        make_caller(vendor.url).ask(CALL, lambda _: PremiumOnly("not in our plan."))
    assert len(vendor.requests) == 1
    assert states(database) == ["refused"]


def test_a_vendor_that_says_its_day_is_spent_is_believed(
    make_caller: MakeCaller, clock: SteppingClock
) -> None:
    spent = QuotaExhausted("vendor says so.", clock() + timedelta(hours=2))
    with serving(GOOD) as vendor:
        with pytest.raises(QuotaExhausted):
            make_caller(vendor.url).ask(CALL, lambda _: spent)
        assert "it says itself that its quota is spent." in str(failure(make_caller(vendor.url)))
    assert len(vendor.requests) == 1


def test_no_cookie_is_kept(make_caller: MakeCaller) -> None:
    with serving(says(Set_Cookie="session=1; Path=/")) as vendor:
        caller = make_caller(vendor.url)
        caller.ask(CALL, accepts)
        caller.ask(CALL, accepts)
    assert "Cookie" not in vendor.requests[1]


def test_a_database_that_is_away_is_one_sentence_and_nothing_is_asked(
    make_caller: MakeCaller,
) -> None:
    away = connect("postgresql://nobody@127.0.0.1:1/none")
    with serving(GOOD) as vendor, pytest.raises(Unreachable, match=r"^The database can't be reach"):
        make_caller(vendor.url, ledger=Ledger(away)).ask(CALL, accepts)
    assert vendor.requests == []
    away.close()


def test_an_answer_is_not_lost_because_the_ledger_went_away_meanwhile(
    make_caller: MakeCaller, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def rename(to: str) -> None:
        names = sorted(["provider_calls", "away"], key=lambda name: name == to)
        with database.transaction() as connection:
            connection.execute(sa.text(f"ALTER TABLE fintech.{names[0]} RENAME TO {names[1]}"))

    def answers(wire: socket.socket) -> None:
        rename("away")
        GOOD(wire)

    with serving(answers) as vendor, caplog.at_level(logging.WARNING):
        assert make_caller(vendor.url).ask(CALL, accepts).status == 200
    assert "The call to vendor was not settled." in caplog.text
    rename("provider_calls")
    assert states(database) == ["granted"]
