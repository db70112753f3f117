"""Nobody can make the analyzer hold more, work more or wait longer than it promises."""

import itertools
import json
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace

import pytest

from fintech_pipeline.api import serving as server
from fintech_pipeline.api.guard import State
from fintech_pipeline.api.limits import Limits
from tests.api.asking import GOOD, JSON, PLENTY, Client, Held, heard, serving

TOKEN = "sixteen-letters-and-more"  # noqa: S105  # of this test
BEARER = {**JSON, "Authorization": f"Bearer {TOKEN}"}
SMALL = replace(PLENTY, body_bytes=1000)
HEAD = b"POST /v1/analyze HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
ASKED = json.dumps(GOOD).encode()


def test_a_body_of_just_the_limit_is_read_and_one_more_byte_is_not() -> None:
    with serving(limits=SMALL) as client:
        assert client.ask(body=ASKED.ljust(1000)).status == 200
        answer = client.ask(body=ASKED.ljust(1001))
        assert answer.status == 413
        assert answer.detail == "The body is longer than 1,000 bytes."
        assert client.ask(GOOD).status == 200


def test_a_body_in_chunks_is_stopped_while_it_is_read() -> None:
    """Nothing tells its length beforehand, and its end never comes."""
    with serving(limits=SMALL) as client, client.wire() as wire:
        wire.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(11):
            wire.sendall(b"64\r\n" + b" " * 100 + b"\r\n")
        answer = heard(wire)
        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert wire.recv(1) == b""


def test_a_body_in_chunks_within_the_limit_is_answered() -> None:
    with serving(limits=SMALL) as client, client.wire() as wire:
        wire.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        for letter in ASKED:
            wire.sendall(b"1\r\n%c\r\n" % letter)
        wire.sendall(b"0\r\n\r\n")
        assert heard(wire).status == 200


def test_who_asks_before_sending_too_much_is_told_before_it_is_sent() -> None:
    with serving(limits=SMALL) as client, client.wire() as wire:
        wire.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 5000\r\n\r\n")
        began = time.monotonic()
        assert heard(wire).status == 413
        assert time.monotonic() - began < 0.9


def test_a_body_that_does_not_come_is_given_up() -> None:
    with serving(limits=replace(PLENTY, body_seconds=0.2)) as client, client.wire() as wire:
        wire.sendall(HEAD + b"Content-Length: 50\r\n\r\n{")
        answer = heard(wire)
        assert answer.status == 408
        assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("first", [b"", b"POST /v1/ana", HEAD], ids=["nothing", "a word", "a line"])
def test_a_head_that_does_not_come_is_given_up(
    first: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.3)
    with serving() as client, client.wire() as wire:
        wire.sendall(first)
        began = time.monotonic()
        wire.settimeout(0.1)
        while time.monotonic() - began < 5:
            try:
                assert wire.recv(100) == b""
                break
            except TimeoutError:
                wire.sendall(b"x" if first == HEAD else b"")
            except ConnectionResetError:
                break
        assert 0.2 < time.monotonic() - began < 3


def test_a_second_request_on_a_connection_may_come_later_than_a_head_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.2)
    with serving() as client, client.wire() as wire:
        for _ in range(2):
            wire.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(ASKED) + ASKED)
            assert heard(wire).status == 200
            time.sleep(0.4)


def test_who_asks_too_often_waits_and_nobody_else_does() -> None:
    with serving(limits=replace(PLENTY, per_minute=30)) as client:
        assert [client.ask(GOOD).status for _ in range(4)] == [200, 200, 200, 429]
        refused = client.ask(GOOD)
        assert refused.detail == "More than 30 requests a minute."
        assert refused.headers["retry-after"] in {"1", "2"}
        assert client.ask(GOOD, source="127.0.0.2").status == 200
        assert client.get("/readyz").status == 200


def test_with_a_token_only_who_knows_it_is_answered() -> None:
    with serving(token=TOKEN) as client:
        assert client.ask(GOOD, headers=BEARER).status == 200
        for wrong in ("", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer é"):
            headers = {**JSON, "Authorization": wrong}
            answer = client.ask(GOOD, headers=headers)
            assert answer.status == 401
            assert TOKEN not in answer.detail
        assert client.get("/openapi.json").status == 401
        assert client.get("/healthz").status == client.get("/readyz").status == 200


def test_without_a_token_a_page_that_gives_its_name_this_address_is_not_answered() -> None:
    with serving() as client:
        for name in ("evil.example:8090", "127.0.0.1.evil.example", ""):
            assert client.ask(GOOD, headers={**JSON, "Host": name}).status == 421
        for name in ("localhost:8090", "127.0.0.1", "[::1]:8090"):
            assert client.ask(GOOD, headers={**JSON, "Host": name}).status == 200


def test_a_form_of_a_web_page_is_not_taken_for_json() -> None:
    with serving() as client:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp"):
            answer = client.ask(GOOD, headers={"Content-Type": kind})
            assert answer.status == 415
            assert "application/json" in answer.detail
        kind = "Application/JSON; charset=utf-8"
        assert client.ask(GOOD, headers={"Content-Type": kind}).status == 200


def test_when_too_many_wait_the_next_are_told_at_once_and_the_others_are_answered() -> None:
    model = Held()
    with serving(model, limits=replace(PLENTY, queue=2)) as client, ThreadPoolExecutor(6) as six:
        asked = [six.submit(client.ask, GOOD) for _ in range(6)]
        refused = [one.result(10) for one in itertools.islice(as_completed(asked, 10), 3)]
        for answer in refused:
            assert (answer.status, answer.headers["retry-after"]) == (503, "1")
            assert answer.detail.startswith("The analyzer has more to score than it can take on")
        assert client.get("/healthz").status == 200
        model.let.set()
        assert sorted(one.result().status for one in asked) == [200] * 3 + [503] * 3


def test_nobody_waits_longer_than_the_queue_allows() -> None:
    model = Held()
    limits = replace(PLENTY, queue_seconds=0.2)
    with serving(model, limits=limits) as client, ThreadPoolExecutor(1) as other:
        first = other.submit(client.ask, GOOD)
        assert model.at_work.acquire(timeout=10)
        assert client.ask(GOOD).status == 503
        model.let.set()
        assert first.result().status == 200


def test_hundreds_at_once_are_all_answered_and_none_waits_long() -> None:
    took: list[float] = []
    lock = threading.Lock()

    def ask(client: Client) -> int:
        began = time.monotonic()
        status = client.ask(GOOD).status
        with lock:
            took.append(time.monotonic() - began)
        return status

    with serving() as client, ThreadPoolExecutor(50) as crowd:
        statuses = list(crowd.map(ask, [client] * 300))
    assert statuses == [200] * 300
    assert statistics.quantiles(took, n=100)[98] < PLENTY.queue_seconds


def test_who_drains_is_not_ready_and_still_answers_but_keeps_no_connection() -> None:
    state = State()
    with serving(state=state) as client:
        assert client.get("/readyz").status == 200
        state.draining = True
        assert client.get("/readyz").detail == "The analyzer is about to end; ask another one."
        assert client.get("/healthz").status == 200
        answer = client.ask(GOOD)
        assert (answer.status, answer.headers["connection"]) == (200, "close")


def test_the_limits_hold_what_the_longest_question_needs() -> None:
    """Every letter of it written as an escape."""
    longest = 6 * (1000 + 4000 + 40) + 20 * (6 * 100 + 4)
    assert longest < Limits().body_bytes
