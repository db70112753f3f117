"""One scenario of alerts as it happens, from its first slot until nothing is due any more."""

import contextlib
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa

from fintech_pipeline.alerts.delivery import Deliverer
from fintech_pipeline.alerts.outbox import Outbox
from fintech_pipeline.errors import StorageError
from fintech_pipeline.storage.database import Database, connect
from tests.faults.alert_judge import Evidence, broken
from tests.faults.alert_scenarios import (
    DatabaseFault,
    Scenario,
    Senders,
    Sending,
    Slot,
    SmsFault,
)
from tests.faults.alert_work import (
    PATIENCE_SECONDS,
    Order,
    decide_slot,
    deliverer,
    orders,
    sms_channel,
    store,
)
from tests.faults.alert_world import END_SECONDS, World, ended
from tests.vendors.loopback import hangs, resets
from tests.vendors.twilio_standin import Turn, refusal

CALLBACK = "https://watch.example.org/callbacks/twilio"
MOST_ROUNDS = 150
"""So often the clock is moved to whatever is due next, until nothing is."""
_BROKEN = refusal(503, 20503, "Service unavailable")
TURNS: dict[SmsFault | None, Turn] = {
    None: Turn(),
    SmsFault.TIME_OUT: Turn(hangs),
    SmsFault.TIME_OUT_TAKEN: Turn(takes=True, seconds=2 * PATIENCE_SECONDS),
    SmsFault.CUT: Turn(resets),
    SmsFault.CUT_TAKEN: Turn(resets, takes=True),
    SmsFault.BROKEN: Turn(_BROKEN),
    SmsFault.BROKEN_TAKEN: Turn(refusal(500, 20500, "Internal error"), takes=True),
    SmsFault.BUSY: Turn(refusal(429, 20429, "Too many requests")),
}
FATES = (("sent", None), ("delivered", None), ("undelivered", 30003), ("failed", 30007))


class TrueTime:
    """The time of the world, and a clock that is moved forth and back."""

    def __init__(self, now: datetime) -> None:
        self._now, self._started = now, time.monotonic()
        self.skew = timedelta(0)

    def now(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._started)

    def clock(self) -> datetime:
        """What the clock says."""
        return self.now() + self.skew

    def reach(self, instant: datetime) -> None:
        """Nothing happens until then."""
        if instant > self.now():
            self._now, self._started = instant, time.monotonic()


def lived_through(world: World, drawn: Scenario) -> list[str]:
    """What of the promises a scenario broke, a sentence each."""
    with world.copied(f"alerts_{drawn.seed}") as url:
        if drawn.restarts:
            # A copy hands out numbers of a sequence that its log does not know of, until here.
            world.do("CHECKPOINT")
        life = Life(world, drawn, url)
        try:
            return life.lived()
        finally:
            life.database.close()


class Life:
    """One scenario as it happens."""

    def __init__(self, world: World, drawn: Scenario, url: str) -> None:
        self.world, self.drawn, self.url = world, drawn, url
        self.database: Database = connect(url)
        self._time = TrueTime(drawn.slot_at(0))
        self._rng = random.Random(drawn.seed)  # noqa: S311  # repeatable, not secret
        self._deliverer = self._new_deliverer(self.database)
        self._quiet()
        world.mail.taken.clear()
        world.sms.messages.clear()
        world.sms.numbers = dict.fromkeys(drawn.opted_out, (21610, "It has opted out."))
        world.sms.clock = self._time.now

    def lived(self) -> list[str]:
        """Everything that happens, then what is broken."""
        with self.database.transaction() as connection:
            store(connection, self.drawn)
        for number, slot in enumerate(self.drawn.slots):
            self._time.reach(self.drawn.slot_at(number))
            self._decide(number, slot)
            self.world.sms.turns[:] = [TURNS[fault] for fault in slot.sms]
            self.world.mail.faults[:] = slot.mail
            for sending in slot.sendings:
                self._send(sending)
                self._vendor_goes_on(0.4)
        self._quiet()
        unsettled = self._settle()
        with self.database.transaction() as connection:
            mails, sms = list(self.world.mail.taken), list(self.world.sms.messages.values())
            evidence = Evidence(self.drawn, connection, orders(connection, self.drawn), mails, sms)
            said = self.world.nursery.said()
            return [*unsettled, *broken(evidence), *([said] if said else [])]

    def _quiet(self) -> None:
        """From now on nothing goes wrong."""
        self.world.sms.turns.clear()
        self.world.mail.faults.clear()
        self.world.mail.on_taken = lambda: None

    def _new_deliverer(self, database: Database) -> Deliverer:
        return deliverer(database, self._time.clock, self.world.mail.port, self.world.sms.url)

    def _order(self, fatal: int | None, slot: int | None = None) -> Order:
        now = self._time.clock().isoformat()
        world = self.world
        return Order(self.url, self.drawn.seed, now, world.mail.port, world.sms.url, slot, fatal)

    def _decide(self, number: int, slot: Slot) -> None:
        with self._database_fault(slot.database, slot.database_after):
            if slot.killed_at is not None:
                ended(self.world.nursery.start(self._order(slot.killed_at, number)))
            decided = self._decided(number)
        # The sensor asks again, until it is decided.
        while not decided:
            decided = self._decided(number)

    def _decided(self, number: int) -> bool:
        try:
            decide_slot(self.database, self.drawn, number, self._time.clock)
        except StorageError:
            return False
        return True

    def _send(self, sending: Sending) -> None:
        self._time.reach(self._time.now() + sending.wait)
        self._time.skew += sending.jump
        with self._database_fault(sending.database, sending.database_after):
            if sending.senders is Senders.KILLED_BY_PEER:
                self._killed_by_peer()
                return
            killed = sending.senders in {Senders.KILLED, Senders.TWO_ONE_KILLED}
            other = None
            if sending.senders is not Senders.ONE:
                other = self.world.nursery.start(self._order(sending.moment if killed else None))
            if sending.senders is not Senders.KILLED:
                self._drain()
            if other is not None:
                ended(other)

    def _drain(self) -> None:
        with contextlib.suppress(StorageError):
            self._deliverer.drain()

    def _killed_by_peer(self) -> None:
        """Killed after the peer has taken a message and before it says so."""
        number: list[int] = []
        started = threading.Event()

        def kill() -> None:
            started.wait(END_SECONDS)
            with contextlib.suppress(ProcessLookupError):
                os.kill(number[0], signal.SIGKILL)

        def kill_and_reset(wire: socket.socket) -> None:
            kill()
            resets(wire)

        self.world.mail.on_taken = kill
        self.world.sms.turns[:0] = [Turn(kill_and_reset, takes=True)]
        number.append(self.world.nursery.start(self._order(None)))
        started.set()
        ended(number[0])
        self._quiet()

    @contextlib.contextmanager
    def _database_fault(self, fault: DatabaseFault | None, after: float) -> Iterator[None]:
        if fault is None:
            yield
            return
        failed: list[BaseException] = []

        def strike() -> None:
            time.sleep(after)
            try:
                self._strike(fault)
            except BaseException as error:  # noqa: BLE001  # told by the test
                failed.append(error)

        thread = threading.Thread(target=strike)
        thread.start()
        try:
            yield
        finally:
            thread.join()
        assert not failed, failed

    def _strike(self, fault: DatabaseFault) -> None:
        if fault is DatabaseFault.RESTART:
            self.world.kill()
            return
        self.world.do(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "  # noqa: S608  # a number of ours
            f"WHERE datname = 'alerts_{self.drawn.seed}'"
        )

    def _vendor_goes_on(self, share: float) -> None:
        """Messages move on at the vendor, which reports it late, twice, and in any order."""
        reports: list[tuple[str, str]] = []
        for sid, message in list(self.world.sms.messages.items()):
            if message["status"] in {"queued", "sent"} and self._rng.random() < share:
                status, code = self._rng.choice(FATES)
                self.world.sms.moves(sid, status, code)
                told = ["sent", status] if code is None else [status]
                reports += [(sid, one) for one in told * self._rng.randint(0, 2)]
        self._rng.shuffle(reports)
        for sid, status in reports:
            form, signature = self.world.sms.reports(sid, CALLBACK, status)
            channel = sms_channel(self._time.clock, self.world.sms.url)
            vendor_id, receipt = channel.callback(form, signature, CALLBACK)
            with contextlib.suppress(StorageError):
                Outbox(self.database).hear(vendor_id, receipt, self._time.clock())

    def _settle(self) -> list[str]:
        """Lets the clock reach whatever is due next, until nothing is."""
        for _ in range(MOST_ROUNDS):
            self._vendor_goes_on(0.7)
            self._drain()
            with self.database.transaction() as connection:
                due = connection.execute(sa.text(_NEXT)).scalar()
            if due is None:
                return []
            self._time.reach(due - self._time.skew + timedelta(seconds=1))
        return [f"After {MOST_ROUNDS} rounds something is still due, at {due}"]


_NEXT = """
    SELECT min(CASE progress WHEN 'planned' THEN due_at ELSE asked_next_at END)
    FROM fintech.deliveries WHERE progress = 'planned' OR asked_next_at IS NOT NULL
"""
