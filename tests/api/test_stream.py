"""The live stream: frames, wishes, resuming, and clients that do not behave."""

import contextlib
import socket
import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from websockets.exceptions import ConnectionClosed

from fintech_pipeline.api.stream import StreamLimits
from fintech_pipeline.storage.database import Database
from fintech_pipeline.storage.event_pruning import prune_events
from fintech_pipeline.storage.events import Event, Topic, announce
from tests.api.asking import Client as Asking
from tests.api.asking import heard
from tests.api.living import NOW
from tests.api.streaming import Api, Client, streaming, tell

QUICK = StreamLimits(heartbeat_seconds=0.2)


def _number(cursor: str) -> int:
    return int(cursor.split("-")[1])


def closing(client: Client, seconds: float = 10) -> tuple[int, str]:
    """How the server ends it, and the sentence it said before."""
    said = ""
    while True:
        try:
            frame = client.frame(seconds)
        except ConnectionClosed as closed:
            return (closed.rcvd.code if closed.rcvd else 1006), said
        said = frame["detail"] if frame["type"] == "refused" else said


def test_what_happens_is_told_at_once_and_in_order(database: Database) -> None:
    with streaming(database) as api, api.following() as client:
        hello = client.frame()
        with database.transaction() as connection:
            announce(
                connection,
                [
                    Event(Topic.NEWS, {"n": 1, "title": "<script>alert(1)</script> “ü” \u2028"}),
                    Event(Topic.BARS, {"n": 2, "symbols": ["AAPL"]}),
                ],
            )
        began = time.monotonic()
        first, second = client.frame(), client.frame()
        took = time.monotonic() - began
    assert hello["type"] == "hello"
    assert hello["simulated"] is True
    assert hello["delayed"] is False
    assert hello["at"] == NOW.isoformat().replace("+00:00", "Z")
    assert set(first) == {"type", "id", "topic", "at", "payload"}
    assert (first["topic"], first["payload"]["n"]) == ("news", 1)
    assert first["payload"]["title"] == "<script>alert(1)</script> “ü” \u2028"
    assert (second["topic"], second["payload"]) == ("bars", {"n": 2, "symbols": ["AAPL"]})
    assert took < 1


def test_what_is_rolled_back_is_told_nobody(database: Database) -> None:
    with streaming(database) as api, api.following() as client:
        client.frame()
        with contextlib.suppress(KeyError), database.transaction() as connection:
            announce(connection, [Event(Topic.BARS, {"n": 1})])
            raise KeyError
        tell(database, 2)
        assert client.numbers(1) == [2]


def test_only_what_is_wished_for_is_told(database: Database) -> None:
    with streaming(database) as api, api.following(topics="bars,alerts", symbols="aapl") as client:
        hello = client.frame()
        tell(database, 1, topic=Topic.NEWS, symbols=["AAPL"])
        tell(database, 2, symbols=["MSFT"])
        tell(database, 3, symbols=["MSFT", "AAPL"])
        tell(database, 4, symbol="AAPL")
        tell(database, 5)
        found = client.numbers(3)
        client.say({"topics": None, "symbols": ["msft"]})
        told = client.frame_of("following")
        tell(database, 6, topic=Topic.NEWS, symbols=["MSFT"])
        tell(database, 7, symbols=["AAPL"])
        tell(database, 8)
        later = client.numbers(2)
    assert (hello["topics"], hello["symbols"]) == (["alerts", "bars"], ["AAPL"])
    assert found == [3, 4, 5]
    assert (told["topics"], told["symbols"]) == (sorted(Topic), ["MSFT"])
    assert later == [6, 8]


def test_who_comes_back_misses_nothing(database: Database) -> None:
    with streaming(database) as api:
        with api.following() as client:
            start = client.frame()["cursor"]
            tell(database, 1, 2)
            seen = client.frame()["id"]
        tell(database, 3)
        with api.following(after=seen) as client:
            assert client.frame()["cursor"] == seen
            assert client.numbers(2) == [2, 3]
    # Another process knows of the past what the database tells it.
    with streaming(database) as api, api.following(after=start) as client:
        client.frame()
        tell(database, 4)
        assert client.numbers(4) == [1, 2, 3, 4]


def test_what_is_older_than_the_memory_is_read_from_the_database(database: Database) -> None:
    with streaming(database) as api, api.following() as client:
        start = client.frame()["cursor"]
    with database.transaction() as connection:
        announce(connection, [Event(Topic.BARS, {"n": n}) for n in range(1_700)])
    with streaming(database) as api, api.following(after=start) as client:
        client.frame()
        tell(database, 1_700)
        assert client.numbers(1_701) == list(range(1_701))


def test_who_was_away_for_too_long_is_told(database: Database) -> None:
    with streaming(database) as api, api.following() as client:
        start = client.frame()["cursor"]
        tell(database, *range(5))
        fresh = [client.frame()["id"] for _ in range(5)][-1]
    with database.transaction() as connection:
        past = sa.text("UPDATE fintech.events SET at = at - :age WHERE payload ->> 'n' <> '4'")
        connection.execute(past, {"age": timedelta(days=4)})
    assert prune_events(database, keep_unpublished=False) == 3
    assert prune_events(database, keep_unpublished=False) == 0
    with streaming(database) as api:
        with api.following(after=start) as client:
            client.frame()
            missed = client.frame()
            tell(database, 5)
            assert client.numbers(1) == [5]
        with api.following(after=fresh) as client:
            client.frame()
            assert client.numbers(1) == [5]
    assert missed["type"] == "missed"
    assert missed["count"] is None
    assert missed["detail"].startswith("What happened since is not kept any more; read everything")


def test_a_cursor_of_another_database_is_told(database: Database) -> None:
    with streaming(database) as api, api.following() as client:
        history, number = client.frame()["cursor"].split("-")
    with streaming(database) as api:
        for after in (f"00000000-{number}", f"{history}-{int(number) + 10**9}"):
            with api.following(after=after) as client:
                client.frame()
                missed = client.frame()
                assert missed["type"] == "missed"
                assert missed["detail"].startswith("The database is another one by now; read")


def test_a_table_that_is_made_anew_is_another_one(database: Database) -> None:
    tell(database, *range(20))
    with streaming(database) as api:
        with api.following() as client:
            before = client.frame()["cursor"]
        with database.transaction() as connection:
            connection.execute(sa.text("TRUNCATE fintech.events RESTART IDENTITY"))
        with api.following(after=before) as client:
            client.frame()
            missed = client.frame_of("missed")
            tell(database, 1)
            assert client.numbers(1) == [1]
    assert missed["detail"].startswith("The database is another one by now; read")


def test_an_announcement_under_way_delays_and_loses_nothing(database: Database) -> None:
    with streaming(database) as api, api.following() as client:
        client.frame()
        with database.transaction() as slow:
            announce(slow, [Event(Topic.BARS, {"n": 1})])
            tell(database, 2, 3)
            with pytest.raises(TimeoutError):
                client.frame(0.5)
        assert client.numbers(3) == [1, 2, 3]


def test_an_announcement_that_is_taken_back_lets_the_others_through_soon(
    database: Database,
) -> None:
    with streaming(database) as api, api.following() as client:
        client.frame()
        with database.engine.connect() as slow:
            transaction = slow.begin()
            savepoint = slow.begin_nested()
            announce(slow, [Event(Topic.BARS, {"n": 1})])
            tell(database, 2)
            with pytest.raises(TimeoutError):
                client.frame(0.2)
            savepoint.rollback()
            assert client.numbers(1) == [2]
            announce(slow, [Event(Topic.BARS, {"n": 3})])
            transaction.rollback()
        tell(database, 4)
        assert client.numbers(1) == [4]


def test_an_announcement_that_is_held_back_for_long_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fintech_pipeline.api.following.DELAYED_SECONDS", 0.3)
    with streaming(database) as api, api.following() as client:
        client.frame()
        with database.transaction() as slow:
            announce(slow, [Event(Topic.BARS, {"n": 1})])
            assert client.frame_of("heartbeat")["delayed"] is True
        assert client.frame_of("heartbeat")["delayed"] is False


@pytest.mark.parametrize("writes", ["SELECT pg_current_xact_id()", "LOCK TABLE fintech.people"])
def test_whoever_announces_nothing_delays_nobody(database: Database, writes: str) -> None:
    with streaming(database) as api, api.following() as client:
        client.frame()
        with database.engine.begin() as other:
            other.execute(sa.text(writes))
            other.execute(sa.text("SELECT pg_advisory_xact_lock_shared(1)"))
            began = time.monotonic()
            tell(database, 1)
            assert client.numbers(1) == [1]
            assert time.monotonic() - began < 1


def test_a_silent_client_hears_that_it_is_connected(database: Database) -> None:
    with streaming(database, QUICK) as api, api.following(topics="alerts") as client:
        hello = client.frame()
        first = client.frame()
        tell(database, 1)
        time.sleep(0.3)
        beats = [client.frame() for _ in range(4)]
    assert first["type"] == "heartbeat"
    assert first["delayed"] is False
    assert {beat["type"] for beat in beats} == {"heartbeat"}
    assert _number(beats[-1]["cursor"]) == _number(hello["cursor"]) + 1


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({"topics": "bars,wars"}, "There is no such topic; there are watchlist, bars,"),
        ({"after": "yesterday"}, "The cursor `after` is none of this stream; leave it out."),
        ({"after": "0" * 8 + "-" + "9" * 19}, "The cursor `after` is none of this stream"),
        ({"symbols": "A" * 300}, "Name at most 500 symbols, each of at most 40 letters."),
        ({"token": "secret"}, "A stream has the parameters topics, symbols and after, and no"),
    ],
)
def test_a_wrong_address_is_told_in_a_sentence(
    database: Database, asked: dict[str, str], detail: str
) -> None:
    with streaming(database) as api, api.following(**asked) as client:
        code, said = closing(client)
    assert code == 1008
    assert said.startswith(detail)


@pytest.mark.parametrize(
    ("sent", "code", "detail"),
    [
        ("not JSON", 1008, "Send a JSON object such as"),
        ("[" * 10_000, 1008, "Send a JSON object such as"),
        ('{"topics": "bars"}', 1008, "Send a JSON object such as"),
        ('{"topics": [["bars"]]}', 1008, "Send a JSON object such as"),
        ('{"topics": ["wars"]}', 1008, "There is no such topic"),
        ('{"rules": []}', 1008, "Send a JSON object such as"),
        ("{}", 1008, "Send a JSON object such as"),
        (b"\x00", 1003, "Send text, not bytes."),
        ("A" * 40_000, 1009, ""),
    ],
)
def test_a_frame_that_nobody_may_send_is_told_in_a_sentence(
    database: Database, sent: str | bytes, code: int, detail: str
) -> None:
    with streaming(database) as api, api.following() as client:
        client.frame()
        client.wire.send(sent)
        closed, said = closing(client)
    assert closed == code
    assert said.startswith(detail)


def test_who_sends_too_much_is_sent_away(database: Database) -> None:
    with streaming(database) as api, api.following() as client:
        client.frame()
        for _ in range(40):
            client.say({"topics": ["bars"]})
        assert closing(client) == (1008, "You send too many frames.")


def test_more_streams_than_the_limit_are_told_to_come_later(database: Database) -> None:
    with streaming(database, StreamLimits(per_caller=2)) as api:
        with api.following() as one, api.following() as two, api.following() as three:
            one.frame(), two.frame()
            assert closing(three)[0] == 1013
        time.sleep(0.2)
        with api.following() as four:
            assert four.frame()["type"] == "hello"


def test_a_stream_ends_with_its_session(database: Database) -> None:
    ends = {"ends_at": NOW - timedelta(seconds=1)}
    with streaming(database, state=ends) as api, api.following() as client:
        assert closing(client) == (1008, "The session has ended; log in again.")


def test_a_client_that_never_reads_slows_nobody_and_is_ended(database: Database) -> None:
    limits = StreamLimits(stall_seconds=1)
    with streaming(database, limits) as api, api.following() as quick, socket.socket() as deaf:
        quick.frame()
        _shake_hands(api, deaf)
        padding = "x" * 50_000
        slowest = 0.0
        for n in range(400):
            began = time.monotonic()
            tell(database, n, padding=padding)
            assert quick.numbers(1) == [n]
            slowest = max(slowest, time.monotonic() - began)
        deadline = time.monotonic() + 15
        while api.stream.callers.total() > 1:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        said = _rest_of(deaf)
        tell(database, 400)
        assert quick.numbers(1) == [400]
    assert slowest < 1
    # The close frame: 1013, and why.
    assert said.endswith((1013).to_bytes(2, "big") + b"You read too slowly.")


def _rest_of(wire: socket.socket) -> bytes:
    """What it would have read at last, had it read, up to the end."""
    wire.settimeout(10)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    end = b""
    while part := wire.recv(1 << 20):
        end = (end + part)[-100:]
    return end


def _shake_hands(api: Api, wire: socket.socket) -> None:
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.connect(("127.0.0.1", api.port))
    wire.sendall(
        b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    deadline = time.monotonic() + 5
    while api.stream.callers.total() < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_client_that_is_overtaken_is_told_what_it_missed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fintech_pipeline.api.event_log.MOST_EVENTS", 50)
    with streaming(database) as api, api.following() as client:
        first = client.frame()["cursor"]
        with database.transaction() as connection:
            announce(connection, [Event(Topic.BARS, {"n": n}) for n in range(400)])
        missed = client.frame_of("missed")
        tell(database, 400)
        assert client.numbers(1) == [400]
        assert missed["count"] == 400
        assert _number(missed["cursor"]) >= _number(first)
        with api.following(after=missed["cursor"]) as again:
            assert again.numbers(401) == list(range(401))
    assert missed["detail"].startswith("You read too slowly; what you missed can be read from")


def test_streams_are_closed_at_the_end_so_that_clients_find_another_server(
    database: Database,
) -> None:
    with streaming(database) as api, api.following() as client:
        client.frame()
        ending = threading.Timer(0.1, lambda: setattr(api.server, "should_exit", True))
        ending.start()
        assert closing(client)[0] == 1012


def test_a_page_is_told_that_this_is_a_stream(database: Database) -> None:
    with streaming(database) as api:
        answer = Asking(api.port).get("/api/v1/stream")
    assert answer.status == 426
    assert answer.detail.startswith("This is a WebSocket: connect with ws:// or wss://")


def test_a_stream_lives_longer_than_a_request_may_take(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fintech_pipeline.api.serving.HEAD_SECONDS", 0.3)
    with streaming(database) as api, api.following() as client:
        client.frame()
        time.sleep(0.6)
        tell(database, 1)
        assert client.numbers(1) == [1]


HANDSHAKE = (
    "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.mark.parametrize(
    ("line", "further"),
    [
        ("POST /api/v1/stream", "Content-Length: 0\r\n"),
        ("GET /api/v1/stream", "".join(f"X-{n}: 1\r\n" for n in range(130))),
        ("GET /api/v1/stream", f"X-Long: {'x' * 9000}\r\n"),
    ],
    ids=["post", "many headers", "a long header"],
)
def test_what_is_no_handshake_is_told_and_holds_no_connection(
    database: Database, line: str, further: str
) -> None:
    with streaming(database) as api, Asking(api.port).wire() as wire:
        wire.settimeout(5)
        wire.sendall(f"{line} HTTP/1.1\r\n{HANDSHAKE}{further}\r\n".encode())
        answer = heard(wire)
        assert wire.recv(1) == b""
    assert answer.status == 400
    assert answer.detail.startswith("A WebSocket is asked for with GET")


def test_a_websocket_elsewhere_is_told_where_the_stream_is(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with streaming(database) as api:
        for path in ("/api/v1/quotas", "/nothing", "/api/v1/stream/"):
            with Asking(api.port).wire() as wire:
                wire.sendall(f"GET {path} HTTP/1.1\r\n{HANDSHAKE}\r\n".encode())
                answer = heard(wire)
            assert answer.status == 404
            assert answer.detail.endswith("the stream is /api/v1/stream.")
    assert "handshake" not in caplog.text
