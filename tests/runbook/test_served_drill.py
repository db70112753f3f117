"""The runbook's entries about messages, events, the database and the API, tried on `fintech up`.

What is broken is real: processes that stand still, a broker and a database that are stopped, an
address that a mail server refuses, a transaction that nobody ends. Nothing is planted.
"""

import json
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from fintech_pipeline.storage.database import connect
from fintech_pipeline.storage.events import Event, Topic, announce
from tests.events.rabbit import Rabbit, running_rabbit
from tests.runbook.served import READER, WRONG, Watch, processes_of, starved, watch_in
from tests.runbook.watching import Watched, prometheus, until
from tests.vendors.mail_server import receiving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("whole systems"),
    pytest.mark.timeout(900),
]
SILENT, OUTBOX, EVENTS = "FintechDaemonSilent", "FintechOutboxStuck", "FintechEventsStuck"
LATE, OFTEN_LATE, FAIL = "FintechMessagesLate", "FintechMessagesOftenLate", "FintechMessagesFail"
BEHIND, DELAYED, SCARCE = (
    "FintechReplicaBehind",
    "FintechStreamDelayed",
    "FintechConnectionsScarce",
)
AWAY, FAILS, SLOW = "FintechDatabaseAway", "FintechApiFails", "FintechApiSlow"
UNMEASURED = "FintechNotMeasured"
PAGE = "/api/v1/instruments/KO"
ROUTE = "/api/v1/instruments/{symbol}"


@pytest.fixture(scope="module")
def rabbit() -> Iterator[Rabbit]:
    with running_rabbit() as node:
        yield node


@pytest.fixture(scope="module")
def watch(rabbit: Rabbit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    with receiving() as inbox:
        inbox.refuses[WRONG] = "451 4.3.2 Try again later"
        with watch_in(tmp_path_factory.mktemp("served"), rabbit, inbox) as made:
            yield made


@pytest.fixture(scope="module")
def watched(watch: Watch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with prometheus(tmp_path_factory.mktemp("prometheus"), watch.api) as made:
        yield made


def test_what_stands_still_is_told(watch: Watch, watched: Watched) -> None:
    watch.part("deliver").send_signal(signal.SIGSTOP)
    watch.rabbit.stop()
    watched.broke(OUTBOX, EVENTS, LATE, OFTEN_LATE)
    watch.drill.run("tick")
    # The daemon decides alerts, so that it stands still only once it has.
    until(lambda: watched.ask("sum(fintech_alerts_open) > 0"), "no alert of the watch fires")
    watch.daemon().send_signal(signal.SIGSTOP)
    watched.broke(SILENT)
    watched.await_fired(SILENT, OUTBOX, EVENTS, LATE, OFTEN_LATE)


def test_a_broker_that_is_there_again_gets_all_events(watch: Watch, watched: Watched) -> None:
    said = watch.drill.run("events", "status")
    assert "events wait, the oldest of" in said
    assert "nothing is: " in said, "since when, and what is wrong"
    doctor = watch.drill.start("doctor")
    assert doctor.ended(120) == 1
    assert "FAIL  events: RabbitMQ at" in doctor.said(), doctor.said()
    watched.mended(EVENTS)
    watch.rabbit.start()
    watched.await_gone(EVENTS)
    assert "wait" not in watch.drill.run("events", "status")


def test_due_messages_are_sent_from_anywhere_and_none_twice(watch: Watch, watched: Watched) -> None:
    watch.drill.run("deliver", "--once")
    assert [mail["To"] for mail in watch.inbox.mails] == [READER]
    # The deliverer is no longer to blame: the other side refuses, and history says so.
    said = history(watch)
    assert "ada by email: message 1, sent" in said
    assert "451 4.3.2 Try again later" in said
    assert OUTBOX in watched.firing()


def test_what_waits_is_sent_by_itself_and_what_failed_is_told(
    watch: Watch, watched: Watched
) -> None:
    watched.mended(OUTBOX, LATE, OFTEN_LATE)
    watched.broke(FAIL)
    watch.inbox.refuses[WRONG] = "550 5.1.1 No such user here"
    watch.part("deliver").kill()  # `up` starts it again
    until(lambda: watch.served.command.said().count("Alerts leave by") == 2, "no deliverer")
    watched.await_gone(OUTBOX, LATE)
    watched.await_fired(FAIL)
    assert "failed" in history(watch)
    assert "550 5.1.1 No such user here." in history(watch)
    assert [mail["To"] for mail in watch.inbox.mails] == [READER], "nothing is sent twice"


def test_an_address_that_is_right_ends_that_messages_fail(watch: Watch, watched: Watched) -> None:
    watched.mended(FAIL)
    watch.tell(READER, READER)
    watched.await_gone(FAIL)


def history(watch: Watch) -> str:
    """What `fintech alerts history` says, without the lines of its table."""
    return " ".join(watch.drill.run("alerts", "history").replace("│", " ").split())


def test_a_daemon_that_hangs_is_ended_and_up_starts_it_again(
    watch: Watch, watched: Watched
) -> None:
    watched.mended(SILENT)
    watch.daemon().kill()
    until(lambda: "Dagster stopped by itself" in watch.served.command.said(), "up is blind", 60)
    watched.await_gone(SILENT)


def test_who_holds_the_database_up_is_found_and_ended(watch: Watch, watched: Watched) -> None:
    (startup,) = [one for one in processes_of(watch.replica) if "startup" in one.cmdline()[0]]
    with ExitStack() as sessions:
        startup.send_signal(signal.SIGSTOP)
        sessions.callback(startup.send_signal, signal.SIGCONT)
        _announce_and_forget(watch.drill.url, sessions)
        for _ in range(72):
            many = psycopg.connect(watch.drill.url, application_name="somebody's report")
            sessions.callback(many.close)
        watched.broke(BEHIND, DELAYED, SCARCE)
        watched.await_fired(BEHIND, DELAYED, SCARCE)
        status, ready = watch.asked("/readyz")
        assert (status, ready["status"]) == (200, "degraded")
        assert "The live stream is delayed" in str(ready["reasons"])
        assert "behind; reads go to the primary." in str(ready["reasons"])
        with watch.database() as session:
            (who, state, count) = session.execute(
                "SELECT application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2"
                " ORDER BY 3 DESC"
            ).fetchall()[0]
            assert (who, state, count) == ("somebody's report", "idle", 72)
            standings = session.execute(
                "SELECT state, replay_lsn < sent_lsn FROM pg_stat_replication"
            ).fetchall()
            assert standings == [("streaming", True)], "connected, and not replaying"
            (oldest, _, query) = session.execute(
                "SELECT pid, xact_start, query FROM pg_stat_activity ORDER BY xact_start"
            ).fetchall()[0]
            assert query == "NOTIFY fintech_events"
            session.execute("SELECT pg_terminate_backend(%s)", (oldest,))
    watched.mended(BEHIND, DELAYED, SCARCE)
    watched.await_gone(BEHIND, DELAYED, SCARCE)
    until(lambda: watch.asked("/readyz")[1]["status"] == "ready", "it stays degraded", 30)


def _announce_and_forget(url: str, sessions: ExitStack) -> None:
    """Tells something, as any writer of the watch does, in a transaction that is never ended."""
    database = connect(url)
    sessions.callback(database.close)
    forgotten = database.engine.connect()
    sessions.callback(forgotten.invalidate)
    announce(forgotten, [Event(Topic.RULES, {})])


def test_a_replica_that_is_away_is_told_as_well(watch: Watch, watched: Watched) -> None:
    halted = processes_of(watch.replica)
    for one in halted:
        one.send_signal(signal.SIGSTOP)
    try:
        watched.broke(BEHIND)
        watched.await_fired(BEHIND)
    finally:
        for one in halted:
            one.send_signal(signal.SIGCONT)
    watched.mended(BEHIND)
    watched.await_gone(BEHIND)


def test_a_starved_database_makes_the_api_slow(watch: Watch, watched: Watched) -> None:
    latency = (
        "histogram_quantile(0.95, sum by (le, route) "
        "(rate(fintech_api_request_duration_seconds_bucket[6s])))"
    )
    with starved(watch, 1.5), watch.crowd(PAGE):
        watched.broke(SLOW)
        watched.await_fired(SLOW)
        by_route = {one["metric"]["route"]: float(one["value"][1]) for one in watched.ask(latency)}
        assert by_route[ROUTE] > 1, "Latency by route, as Grafana asks"
    watched.mended(SLOW)
    with watch.crowd(PAGE):
        watched.await_gone(SLOW)


def test_a_database_that_is_stopped_is_told_and_all_goes_on_once_it_is_there(
    watch: Watch, watched: Watched
) -> None:
    watch.stop_database()
    with watch.crowd(PAGE):
        watched.broke(AWAY, FAILS, DELAYED)
        watched.await_fired(AWAY, FAILS, DELAYED)
        assert watch.asked(PAGE)[0] == 503
        assert watch.asked("/readyz")[0] == 503
        log = (watch.drill.folder / ".fintech" / "drill" / "dagster" / "api.log").read_text("utf-8")
        assert f"GET {PAGE} 503" in log, "which route"
        assert "can't be reached" in log, "which sentence"
        watched.mended(AWAY, FAILS, DELAYED)
        watch.start_database()
        watched.await_gone(AWAY, FAILS, DELAYED)
    assert watch.asked(PAGE)[0] == 200


def test_that_up_is_not_there_is_told_and_that_it_is_again(watch: Watch, watched: Watched) -> None:
    watched.broke(UNMEASURED)
    watch.down()
    watched.await_fired(UNMEASURED)
    where = f"http://127.0.0.1:{watched.port}/api/v1/targets"
    with urllib.request.urlopen(where, timeout=10) as answer:  # the loopback
        (target,) = json.load(answer)["data"]["activeTargets"]
    assert "connection refused" in target["lastError"]
    watched.mended(UNMEASURED)
    watch.up()
    watched.await_gone(UNMEASURED)


def test_afterwards_nothing_fires(watched: Watched) -> None:
    watched.await_gone(OFTEN_LATE, seconds=300)
    # Whoever starts in the last minutes of a half hour has a first tick that is late.
    until(lambda: watched.firing() <= {"FintechTickLate"}, f"{watched.firing()} fire", 60)
