"""Asking vendors that answer and vendors that misbehave, over real connections."""

import json
import logging
import socket
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from fintech_pipeline.errors import (
    ConfigurationError,
    Malformed,
    NoData,
    NotConfigured,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from fintech_pipeline.quota.access import Access
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.storage.database import Database, connect
from tests.vendors.conftest import (
    CALL,
    GOOD,
    IN_HEADER,
    MakeCaller,
    accepts,
    failure,
    states,
)
from tests.vendors.loopback import (
    bomb,
    drips,
    hangs,
    resets,
    says,
    self_signed,
    sends,
    serving,
)
from tests.vendors.standin import Does


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
        (
            says(status="404 Not Found"),
            NoData,
            "HTTP 404: it has nothing there; check its address.",
        ),
        (says(status="418 Teapot"), Malformed, "HTTP 418, which is no answer."),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_vendor_that_misbehaves_is_one_sentence_and_was_asked(
    make_caller: MakeCaller, database: Database, reply: Does, kind: type, told: str
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
