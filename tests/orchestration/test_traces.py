"""From tick to delivery one trace, whichever processes worked, in OTLP as a collector takes it."""

import http.server
import socket
import threading
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from fintech_pipeline.alerts.channels.console.channel import ConsoleChannel
from fintech_pipeline.alerts.delivery import Deliverer
from fintech_pipeline.alerts.rule_files import rule_file_of
from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.told import Links
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.alerting import decide_slots
from fintech_pipeline.telemetry.traces import Tracing, tracing
from tests.orchestration.conftest import Runs, SetClock

SLOT_AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
RULES = """
[people.ada]
console = true
[rules.any-score]
metric = "score"
above = -0.99
notify = ["ada"]
"""


class Collector:
    """Takes spans over HTTP, as any collector of OpenTelemetry does."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.path.partition("?")[0] == "/v1/traces"
                asked = ExportTraceServiceRequest.FromString(body)
                for resource in asked.resource_spans:
                    for scope in resource.scope_spans:
                        collector.spans += scope.spans
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def named(self, name: str) -> list[Span]:
        return [one for one in self.spans if one.name == name]


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def traced(collector: Collector) -> Iterator[Collector]:
    tracing.start(collector.endpoint, "demo")
    yield collector
    tracing.stop()


def attributes(span: Span) -> dict[str, object]:
    return {
        one.key: getattr(one.value, str(one.value.WhichOneof("value"))) for one in span.attributes
    }


def test_a_tick_its_alerts_and_its_messages_are_one_trace(
    simulated: Pipeline, runs: Runs, clock: SetClock, traced: Collector
) -> None:
    RuleStore(simulated.database).apply(
        rule_file_of("rules.toml", tomllib.loads(RULES)), "Ada", SLOT_AT
    )
    clock.now = SLOT_AT + timedelta(minutes=2)
    run_id = runs.of(simulated).tick(SLOT_AT)
    decide_slots(simulated)
    # Another process sends: nothing is handed to it but what the database holds.
    tracing.stop()
    tracing.start(traced.endpoint, "demo")
    clock.now += timedelta(seconds=5)
    console = ConsoleChannel(StringIO(), Links(), clock)
    deliverer = Deliverer(simulated.database, {ChannelName.CONSOLE: console}, clock)
    assert deliverer.drain() >= 1
    tracing.stop()

    of_slot = {"slot", "market_bars", "news_articles", "article_sentiment", "trading_signals"}
    names = [one.name for one in traced.spans]
    assert set(names) >= of_slot | {"decide alerts", "deliver console"}
    assert len({one.trace_id for one in traced.spans}) == 1
    (root,) = traced.named("slot")
    assert not root.parent_span_id
    assert root.start_time_unix_nano == SLOT_AT.timestamp() * 1e9
    assert attributes(root)["run"] == run_id
    above = [one for one in traced.spans if one.name != "slot"]
    assert {one.parent_span_id for one in above if one.name in of_slot} == {root.span_id}
    (sent,) = traced.named("deliver console")
    assert attributes(sent)["outcome"] == "sent"


def test_two_slots_are_two_traces_and_another_process_gives_the_same_ids(
    collector: Collector,
) -> None:
    for _ in range(2):
        own = Tracing()
        own.start(collector.endpoint, "demo")
        for slot_at in (SLOT_AT, SLOT_AT + timedelta(minutes=30)):
            with own.span("a step", slot_at):
                pass
        own.stop()
    assert len(collector.spans) == 4
    assert len({one.trace_id for one in collector.spans}) == 2


def test_an_error_is_told_by_its_class_and_not_by_its_words(collector: Collector) -> None:
    own = Tracing()
    own.start(collector.endpoint, "demo")
    with pytest.raises(ValueError, match="the key"), own.span("ask", SLOT_AT):
        raise ValueError("the key is hunter2")
    own.stop()
    (span,) = collector.spans
    assert attributes(span)["error.type"] == "ValueError"
    assert b"hunter2" not in span.SerializeToString()


def test_without_an_endpoint_nothing_is_recorded_and_nothing_imported(collector: Collector) -> None:
    own = Tracing()
    own.start(None, "demo")
    with own.span("a step", SLOT_AT) as more:
        more["rows"] = 3
    own.done("a message", SLOT_AT, SLOT_AT, SLOT_AT)
    own.slot_done(SLOT_AT, SLOT_AT)
    own.stop()
    assert not collector.spans


@pytest.mark.parametrize("path", ["", "/", "/v1/traces", "/v1/traces/", "/?key=1"])
def test_an_address_may_hold_the_path_of_traces_already(collector: Collector, path: str) -> None:
    own = Tracing()
    own.start(collector.endpoint + path, "demo")
    with own.span("a step", SLOT_AT):
        pass
    own.stop()
    assert [one.name for one in collector.spans] == ["a step"]


def test_a_collector_that_never_answers_holds_up_the_end_of_a_process_for_seconds_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        own = Tracing()
        own.start(f"http://127.0.0.1:{silent.getsockname()[1]}/prefix/", "demo")
        with own.span("a step", SLOT_AT):
            pass
        began = time.monotonic()
        own.stop()
    assert time.monotonic() - began < 15


def test_a_collector_that_is_away_fails_nothing_and_holds_nobody_up() -> None:
    own = Tracing()
    own.start("http://127.0.0.1:9", "demo")
    began = time.monotonic()
    with own.span("a step", SLOT_AT):
        pass
    assert time.monotonic() - began < 1
    own.stop()
    assert time.monotonic() - began < 15
