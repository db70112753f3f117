"""The key is shown to the vendor and to nobody else, whatever happens."""

import inspect
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
import urllib3

from fintech_pipeline.errors import PipelineError, ProviderError, QuotaExhausted, Unavailable
from fintech_pipeline.quota.access import KeyPlace
from fintech_pipeline.quota.caller import Caller
from fintech_pipeline.quota.calls import Answer, Call
from fintech_pipeline.quota.circuit import Circuit
from fintech_pipeline.quota.tables import provider_calls, quotas
from fintech_pipeline.storage.database import Database
from tests.vendors.conftest import IN_HEADER, IN_QUERY, KEY, MakeCaller, SteppingClock
from tests.vendors.loopback import hangs, resets, says, self_signed, sends, serving
from tests.vendors.standin import Does

CALL = Call("/query", {"symbol": "AAPL"}, "daily bars")
FORMS = [KEY, "k3y%2Bof%2Fours%3DS3CRET", "S3CRET"]
REPLIES: dict[str, Does] = {
    "hangs": hangs,
    "resets": resets,
    "half": sends(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
    "no HTTP": sends(b"SSH-2.0-OpenSSH\r\n\r\n"),
    "odd headers": sends(b"HTTP/1.1 500 Odd\r\nodd S3CRET line\r\n: x\r\nA\r\n\r\n"),
    "redirects to itself": says(status="302 Found", Location=f"/{KEY}?apikey={KEY}"),
    "busy": says(status="503 Service Unavailable"),
    "slow down": says(status="429 Too Many Requests", Retry_After="90"),
    "quotes the key": says(f"Your key {KEY} is spent".encode(), "403 Forbidden", X_Key=KEY),
}


def quoting(answer: Answer) -> ProviderError | None:
    """A careless adapter: it passes on what the vendor said."""
    if b"spent" in answer.body:
        text = f"{answer.body.decode()} {answer.headers}"
        return QuotaExhausted(text, SteppingClock()())
    return None


def related(error: BaseException | None) -> Iterator[BaseException]:
    if error is not None:
        yield error
        yield from related(error.__cause__)
        yield from related(error.__context__)


def everything_told(
    error: BaseException, caller: Caller, caplog: pytest.LogCaptureFixture, database: Database
) -> str:
    """All texts in which a key could come to light, tracebacks with their local names included."""
    told = [repr(caller), str(caller), repr(caller.access), repr(caller.session.headers)]
    for one in related(error):
        told += [repr(one), str(one), repr(one.args), repr(vars(one))]
        frames = traceback.TracebackException.from_exception(one, capture_locals=True)
        # The tests' own frames hold the key.
        told += [
            f"{frame.name} {frame.locals}"
            for frame in frames.stack
            if "/tests/" not in frame.filename
        ]
        told += list(frames.format_exception_only())
    for record in caplog.records:
        told += [record.getMessage(), repr(vars(record))]
    with database.transaction() as connection:
        for table in (provider_calls, quotas):
            told.append(str(connection.execute(sa.select(table)).all()))
    return "\n".join(told)


def outcome_of(caller: Caller) -> BaseException:
    with pytest.raises(PipelineError) as caught:
        caller.ask(CALL, quoting)
    return caught.value


@pytest.mark.parametrize("place", [IN_QUERY, IN_HEADER], ids=["query", "header"])
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_the_key_comes_to_light_nowhere(
    make_caller: MakeCaller,
    database: Database,
    caplog: pytest.LogCaptureFixture,
    place: KeyPlace,
    reply: Does,
) -> None:
    # The Kubernetes client, which other tests use, turns urllib3 down for the whole process.
    caplog.set_level(logging.DEBUG, "urllib3")
    with caplog.at_level(logging.DEBUG), serving(reply) as vendor:
        caller = make_caller(vendor.url, place=place, circuit=Circuit(failures=9))
        told = everything_told(outcome_of(caller), caller, caplog, database)
    # It was shown to the vendor, and the log was written.
    assert any(form in vendor.requests[0] for form in FORMS)
    assert "127.0.0.1" in caplog.text
    assert not [form for form in FORMS if form in told]


@pytest.mark.parametrize("place", [IN_QUERY, IN_HEADER], ids=["query", "header"])
def test_the_key_stays_hidden_where_no_connection_stands(
    make_caller: MakeCaller,
    database: Database,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    place: KeyPlace,
) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        serving(hangs, certificate=self_signed(tmp_path / "vendor.pem")) as vendor,
    ):
        for url in (vendor.url, "http://127.0.0.1:1", "https://vendor.invalid"):
            caller = make_caller(url, place=place, circuit=Circuit(failures=9))
            told = everything_told(outcome_of(caller), caller, caplog, database)
            assert not [form for form in FORMS if form in told]


def test_an_error_comes_without_cause_and_context(make_caller: MakeCaller) -> None:
    with serving(resets) as vendor:
        error = outcome_of(make_caller(vendor.url))
    assert (error.__cause__, error.__context__) == (None, None)


def test_a_short_key_is_a_word_and_stays_in_the_answer(make_caller: MakeCaller) -> None:
    with serving(says(b"a demo of demos")) as vendor:
        answer = make_caller(vendor.url, key="demo").ask(CALL, quoting)
    assert answer.body == b"a demo of demos"


def foreign_errors() -> list[type[Exception]]:
    """Every error that the two libraries have."""
    roots = (requests.RequestException, urllib3.exceptions.HTTPError)
    found = [*vars(requests.exceptions).values(), *vars(urllib3.exceptions).values()]
    classes = {one for one in found if inspect.isclass(one) and issubclass(one, roots)}
    ours = {one for one in classes if not issubclass(one, Warning)}
    return sorted(
        {*ours, OSError, TimeoutError, ConnectionResetError}, key=lambda one: one.__name__
    )


@pytest.mark.parametrize("foreign", foreign_errors(), ids=lambda one: one.__name__)
def test_every_foreign_error_is_translated_and_tells_no_key(
    make_caller: MakeCaller, foreign: type[Exception]
) -> None:
    class Failing(requests.adapters.HTTPAdapter):
        def send(
            self, request: requests.PreparedRequest, *_: object, **__: object
        ) -> requests.Response:
            error = foreign.__new__(foreign)
            error.args = (f"at {request.url}",)
            raise error

    caller = make_caller("https://vendor.example", circuit=Circuit(failures=9))
    caller.session.mount("https://", Failing())
    error = outcome_of(caller)
    assert type(error) is Unavailable
    assert not [form for form in FORMS if form in repr(list(related(error)))]
