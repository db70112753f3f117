"""A text judged on demand, by the analyzer where there is one and else by the API itself."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

from pydantic import SecretStr

from fintech_pipeline.api.asking_analyzer import RemoteAnalyzer
from fintech_pipeline.api.limits import Limits
from fintech_pipeline.api.own_analyzer import OwnAnalyzer
from fintech_pipeline.errors import QuotaExhausted
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.sentiment.scores import NotAsked, Unscored
from fintech_pipeline.storage.database import Database
from tests.api.asking import GOOD, LOCAL, NOW, Answer, Client, Held, Says, serving
from tests.api.living import serving_api

PATH = "/api/v1/analyze"
TOKEN = "a-token-of-forty-letters"  # noqa: S105  # made up
AMD = {"text": "Intel falls as AMD soars", "symbol": "AMD", "names": ["AMD"]}
SPENT = NotAsked(QuotaExhausted("The day is spent.", NOW + timedelta(hours=9)))


@contextlib.contextmanager
def asking(
    database: Database, port: int, token: str | None = None, patience_seconds: float = 20
) -> Iterator[Client]:
    """The API, with an analyzer at that port."""
    secret = None if token is None else SecretStr(token)
    remote = RemoteAnalyzer(f"http://127.0.0.1:{port}/", secret, patience_seconds)
    with serving_api(database, analyzer=remote) as api:
        yield api


@contextlib.contextmanager
def answering(reply: bytes) -> Iterator[int]:
    """A port where something answers every connection with these bytes."""

    def serve() -> None:
        while True:
            try:
                wire, _ = listener.accept()
            except OSError:
                return
            with wire:
                wire.settimeout(5)
                wire.recv(65536)
                wire.sendall(reply)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(6)


def http(status: str, body: bytes, *headers: str) -> bytes:
    head = "\r\n".join((f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers))
    return f"{head}\r\nConnection: close\r\n\r\n".encode() + body


def test_the_api_itself_says_what_the_analyzer_says(database: Database) -> None:
    with serving() as analyzer, asking(database, analyzer.port) as by_analyzer:
        told = by_analyzer.ask(AMD, path=PATH)
    with serving_api(database) as by_itself:
        own = by_itself.ask(AMD, path=PATH)
    assert (told.status, own.status) == (200, 200)
    assert told.document == own.document
    assert own.document["label"] == "positive"
    assert own.document["model"]["version"] == LOCAL.version


def test_the_analyzer_is_shown_its_token(database: Database) -> None:
    with serving(token=TOKEN) as analyzer, asking(database, analyzer.port, TOKEN) as api:
        assert api.ask(GOOD, path=PATH).status == 200


def test_an_analyzer_that_refuses_the_api_does_not_send_people_to_log_in(
    database: Database,
) -> None:
    with serving(token=TOKEN) as analyzer:
        for token in (None, "another-token-of-ours"):
            with asking(database, analyzer.port, token) as api:
                answer = api.ask(GOOD, path=PATH)
            assert answer.status == 502
            assert "set the same ANALYZER_TOKEN for both" in answer.detail
            assert TOKEN not in answer.detail


def test_the_names_of_a_followed_symbol_are_those_that_are_stored(database: Database) -> None:
    InstrumentStore(database).add(Instrument("ZZZ", "Zebra Holdings", ("Zebra", "x" * 101)))
    model = Says(Unscored("nothing"))
    with serving(model) as analyzer, asking(database, analyzer.port) as api:
        answer = api.ask({"text": "Zebra soars", "symbol": "zzz", "names": ["Zeb"]}, path=PATH)
    assert answer.document["unscored"] == "nothing"
    (text,) = model.asked
    assert text.names == ("ZZZ", "Zeb", "Zebra Holdings", "Zebra")


def test_a_symbol_that_nobody_follows_has_to_be_named(database: Database) -> None:
    question = {"text": "NVDA soars", "symbol": "NVDA"}
    with serving() as analyzer, asking(database, analyzer.port) as api:
        told = api.ask(question, path=PATH)
    with serving_api(database) as by_itself:
        own = by_itself.ask(question, path=PATH)
    assert told.status == own.status == 422
    assert told.detail == own.detail
    assert told.detail.startswith("NVDA is not on the watchlist, so give the names")


def test_a_spent_quota_is_passed_on_with_its_time(database: Database) -> None:
    with serving(Says(SPENT)) as analyzer, asking(database, analyzer.port) as api:
        told = api.ask(AMD, path=PATH)
    own_analyzer = OwnAnalyzer((Says(SPENT),), {}, Limits(), lambda: NOW)
    with serving_api(database, analyzer=own_analyzer) as by_itself:
        own = by_itself.ask(AMD, path=PATH)
    for answer in (told, own):
        assert (answer.status, answer.headers["retry-after"]) == (503, "32400")
        assert answer.detail == "The day is spent."


def test_too_many_questions_at_the_analyzer_are_passed_on_as_such(database: Database) -> None:
    few = Limits(per_minute=10)
    with serving(limits=few) as analyzer, asking(database, analyzer.port) as api:
        answers = [api.ask(AMD, path=PATH) for _ in range(2)]
    assert [one.status for one in answers] == [200, 429]
    assert int(answers[1].headers["retry-after"]) > 0


def test_a_dead_analyzer_is_told_in_a_sentence_and_stops_nothing_else(database: Database) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with asking(database, port) as api:
        dead = api.ask(AMD, path=PATH)
        assert api.get("/api/v1/articles").status == 200
    assert (dead.status, dead.headers["retry-after"]) == (503, "10")
    assert dead.detail.startswith("The analyzer can't be reached; ask again soon")


def good_body() -> bytes:
    with serving() as analyzer:
        return analyzer.ask(AMD).body


def test_an_analyzer_that_restarts_is_asked_again(database: Database) -> None:
    with contextlib.ExitStack() as first:
        analyzer = first.enter_context(serving())
        with asking(database, analyzer.port) as api:
            before = api.ask(AMD, path=PATH).status
            first.close()
            between = api.ask(AMD, path=PATH).status
            with _again(analyzer.port):
                after = api.ask(AMD, path=PATH).status
    assert (before, between, after) == (200, 503, 200)


@contextlib.contextmanager
def _again(port: int) -> Iterator[None]:
    body = good_body()
    with socket.create_server(("127.0.0.1", port)) as listener:

        def serve() -> None:
            wire, _ = listener.accept()
            with wire:
                wire.recv(65536)
                wire.sendall(http("200 OK", body, "Content-Type: application/json"))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield
        thread.join(5)


def test_an_analyzer_that_is_slow_holds_nobody_for_long(database: Database) -> None:
    model = Held()
    with serving(model) as analyzer, asking(database, analyzer.port, None, 0.5) as api:
        began = time.monotonic()
        answer = api.ask(AMD, path=PATH)
        took = time.monotonic() - began
        model.let.set()
    assert (answer.status, answer.headers["retry-after"]) == (503, "10")
    assert "did not answer within" in answer.detail
    assert took < 5


STRANGE = {
    "a web page": http("200 OK", b"<html>hello</html>"),
    "another JSON": http("200 OK", b'{"label": "positive"}'),
    "no HTTP path": http("404 Not Found", b'{"detail": "Not Found"}'),
    "a redirection": http("302 Found", b"", "Location: http://127.0.0.1:1/"),
    "an endless answer": http("200 OK", b" " * 100_000),
    "packed wrongly": http("200 OK", b"not gzip", "Content-Encoding: gzip"),
}


BROKEN = {"nothing": b"", "ssh": b"SSH-2.0-OpenSSH\r\n", "cut off": http("200 OK", b"{")[:-1]}


def test_what_is_no_analyzer_is_never_believed(database: Database) -> None:
    for what, reply in STRANGE.items():
        with answering(reply) as port, asking(database, port) as api:
            answer: Answer = api.ask(AMD, path=PATH)
        assert answer.status == 502, what
        assert answer.detail.endswith("; check the address."), what


def test_a_connection_that_breaks_is_told_as_an_analyzer_that_is_away(database: Database) -> None:
    for what, reply in BROKEN.items():
        with answering(reply) as port, asking(database, port) as api:
            answer = api.ask(AMD, path=PATH)
        assert answer.status == 503, what
        assert answer.detail.startswith("The analyzer can't be reached"), what


def test_a_failure_of_the_analyzer_is_told_as_its_own(database: Database) -> None:
    failed = http(
        "500 Internal Server Error",
        b'{"title": "", "status": 500, "detail": "It failed."}',
        "Content-Type: application/problem+json",
    )
    with answering(failed) as port, asking(database, port) as api:
        answer = api.ask(AMD, path=PATH)
    assert (answer.status, answer.detail) == (502, "The analyzer failed: It failed.")


NO_QUESTIONS: list[object] = [
    {"text": "", "symbol": "AMD"},
    {"text": "x", "symbol": "A" * 300},
    {"text": "x" * 1001, "symbol": "AMD"},
    {"text": "x", "symbol": "AMD", "model": "gemini"},
    {"text": "x"},
    [],
]


def test_a_question_that_is_none_is_refused_before_anybody_is_asked(database: Database) -> None:
    model = Says(Unscored("nothing"))
    own = OwnAnalyzer((model,), {}, Limits(), lambda: NOW)
    with serving_api(database, analyzer=own) as api:
        assert {api.ask(one, path=PATH).status for one in NO_QUESTIONS} == {422}
    assert model.asked == []


def test_a_headline_with_markup_is_judged_as_the_text_it_is(database: Database) -> None:
    hostile = "<script>alert(1)</script> AMD soars \u202e{{7*7}} \u0000"
    with serving() as analyzer, asking(database, analyzer.port) as api:
        answer = api.ask({**AMD, "text": hostile}, path=PATH)
    assert answer.status == 200
    assert b"<script>" not in answer.body
