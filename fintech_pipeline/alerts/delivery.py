"""The deliverer: sends all that is due, each channel by itself, whatever becomes of the others."""

import contextlib
import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

from fintech_pipeline.alerts import fates
from fintech_pipeline.alerts.channel_calls import Answer, answers, asked
from fintech_pipeline.alerts.channel_circuit import ChannelCircuit
from fintech_pipeline.alerts.channels.channel import Channel
from fintech_pipeline.alerts.fates import Fate
from fintech_pipeline.alerts.outbox import Outbox
from fintech_pipeline.alerts.outbox_rows import Parcel
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import Ambiguous, DeliveryError, Retryable, StorageError
from fintech_pipeline.storage.database import Database
from fintech_pipeline.telemetry.traces import tracing

MOST_ASKED = 20
"""Of so many messages a vendor is asked before the next are sent."""
LACKING: Mapping[ChannelName, str] = {
    ChannelName.EMAIL: "No mail server is configured: set alerts.smtp.",
    ChannelName.SMS: "No SMS vendor is configured: set alerts.twilio.",
}
LOG = logging.getLogger("fintech.deliver")
_UNSENT = "The database went away before it was sent; it is tried again."
_STOPPED = "The deliverer was stopped before it was sent; it is sent again."


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one message, for whoever watches.

    Attributes:
        at: When (UTC).
        channel: Which way it went.
        person: Whom it was for.
        what: What it told: rules and subjects.
        fate: What became of it.
    """

    at: datetime
    channel: ChannelName
    person: str
    what: str
    fate: Fate


@dataclass
class Deliverer:
    """Sends what is due.

    Several may work on one database: a message is held by one of them at a time.

    Attributes:
        database: Where the outbox is.
        channels: The configured ways; a message that has none waits and says why.
        clock: The present.
        give_up: For how long a message is tried.
        tell: Is given each message that something became of.
        jitter: Gives numbers from 0 to 1.
        stopped: Once it is set nothing new is begun.
    """

    database: Database
    channels: Mapping[ChannelName, Channel]
    clock: Clock
    give_up: timedelta = timedelta(hours=24)
    tell: Callable[[Line], None] = lambda _: None
    jitter: Callable[[], float] = random.random
    stopped: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self._outbox = Outbox(self.database)
        self._circuits = {name: ChannelCircuit() for name in ChannelName}
        self._known: dict[ChannelName, list[tuple[Parcel, Fate]]] = {n: [] for n in ChannelName}

    def drain(self) -> int:
        """Sends all that is due now, the channels side by side.

        Returns:
            How many messages something became of.

        Raises:
            StorageError: The database is away; what is known is kept and written the next time.
        """
        with ThreadPoolExecutor(len(ChannelName), "deliver") as pool:
            return sum(pool.map(self.drain_channel, ChannelName))

    def drain_channel(self, name: ChannelName) -> int:
        """The same for one channel; never called for one by two threads at once."""
        count = self.write_known(name)
        channel = self.channels.get(name)
        if channel is None:
            lacking = LACKING.get(name, "It is not configured.")
            count += self._wait(name, lacking, repeatable=name is not ChannelName.SMS)
            return count + self._ask(name, None)
        circuit = self._circuits[name]
        while not self.stopped.is_set() and not circuit.paused(self.clock()):
            sent = self._send_batch(channel, circuit)
            count += sent
            if not sent:
                break
        if circuit.paused(self.clock()):
            count += self._wait(name, circuit.why, repeatable=channel.repeatable)
        return count + self._ask(name, channel)

    def _send_batch(self, channel: Channel, circuit: ChannelCircuit) -> int:
        """Sends some messages that are due; gives their number."""
        most = 1 if circuit.on_trial else channel.together
        done: list[tuple[Parcel, Fate]] = []
        begun: list[Parcel] = []
        try:
            with self.database.transaction() as connection:
                parcels = self._outbox.claim(
                    connection, channel.name, self.clock(), most, repeatable=channel.repeatable
                )
                sendable, done = self._sorted(parcels)
                begun, over = self._begin(channel.name, sendable)
                done += over
                done += self._sent(channel, circuit, begun)
                written = self._outbox.record(connection, done, self.clock())
        except StorageError:
            # The hold is lost, and with it the right to say that nothing happened.
            tried = {parcel.delivery_id for parcel in begun}
            self._known[channel.name] += [one for one in done if one[0].delivery_id in tried]
            raise
        self._tell(written)
        return len(parcels)

    def _sorted(self, parcels: Sequence[Parcel]) -> tuple[list[Parcel], list[tuple[Parcel, Fate]]]:
        """The messages that may be sent, and what becomes of the others."""
        sendable: list[Parcel] = []
        done: list[tuple[Parcel, Fate]] = []
        for parcel in parcels:
            case, fate = parcel.case, None
            if parcel.open_attempt:
                fate = fates.killed(case, self.clock())
            if fate is None and not parcel.message.told:
                fate = fates.empty()
            if fate is None and parcel.unreachable:
                fate = fates.unreachable(case, parcel.unreachable)
            if fate is None:
                sendable.append(parcel)
            else:
                done.append((parcel, fate))
        return sendable, done

    def _begin(
        self, name: ChannelName, parcels: Sequence[Parcel]
    ) -> tuple[list[Parcel], list[tuple[Parcel, Fate]]]:
        if not parcels:
            return [], []
        now = self.clock()
        try:
            return self._outbox.begin(parcels, now)
        except StorageError:
            # It may be written that they are being tried; that they were not is known here alone.
            for parcel in parcels:
                mine = parcel.begun(now)
                self._known[name].append((mine, self._after(mine, Retryable(_UNSENT))))
            raise

    def _sent(
        self, channel: Channel, circuit: ChannelCircuit, begun: Sequence[Parcel]
    ) -> Iterator[tuple[Parcel, Fate]]:
        """Sends, and gives what becomes of each message as soon as it is known."""
        waiting = {parcel.delivery_id: parcel for parcel in begun}
        failures, why = 0, ""
        for message, answer in answers(channel, [parcel.message for parcel in begun]):
            parcel = waiting.pop(message.delivery_id, None)
            if parcel is None:
                continue
            if isinstance(answer, Retryable | Ambiguous):
                failures, why = failures + 1, str(answer)
            fate = self._after(parcel, answer)
            self._trace(parcel, fate)
            yield parcel, fate
            if self.stopped.is_set() and channel.repeatable:
                break
        circuit.heard(failures, len(begun) - len(waiting) - failures, why, self.clock())
        for parcel in waiting.values():
            yield parcel, Fate(parcel.case.progress, _STOPPED, due_at=self.clock())

    def _trace(self, parcel: Parcel, fate: Fate) -> None:
        """A span in the trace of what is told, from when it was begun."""
        now, message = self.clock(), parcel.message
        tracing.done(
            f"deliver {parcel.case.channel}",
            parcel.case.begun_at or now,
            now,
            slot_at=message.told[0].at,
            symbol=message.told[0].subject,
            outcome=str(fate.progress),
            attempt=parcel.case.tries,
        )

    def _after(self, parcel: Parcel, answer: Answer) -> Fate:
        return fates.after_sending(parcel.case, answer, self.clock(), self.give_up, self.jitter())

    def write_known(self, name: ChannelName) -> int:
        """Writes what became of messages while the database was away; gives their number.

        Raises:
            StorageError: It still is.
        """
        known, count = self._known[name], 0
        while known:
            parcel, fate = known[0]
            try:
                written = self._outbox.record_afterwards(parcel, fate, self.clock())
            except StorageError as error:
                if error.__cause__ is None or not _refused(error):
                    raise
                LOG.warning("What became of message %d is lost: %s", parcel.delivery_id, error)
                written = None
            known.pop(0)
            if written is not None:
                self._tell([written])
                count += 1
        return count

    def _wait(self, name: ChannelName, why: str, *, repeatable: bool) -> int:
        """Says of what waits for a channel why it does, and gives up what waited too long."""
        now = self.clock()
        self._outbox.explain(name, why, now)
        with self.database.transaction() as connection:
            late = self._outbox.late(
                connection, name, now, MOST_ASKED, repeatable=repeatable, give_up=self.give_up
            )
            done = [(parcel, self._given_up(parcel, why, now)) for parcel in late]
            written = self._outbox.record(connection, done, now)
        self._tell(written)
        return sum(fate.progress is not parcel.case.progress for parcel, fate in written)

    def _given_up(self, parcel: Parcel, why: str, now: datetime) -> Fate:
        if parcel.open_attempt and (fate := fates.killed(parcel.case, now)) is not None:
            return fate
        given_up = fates.overdue(parcel.case, why, now, self.give_up)
        return given_up or fates.waits(parcel.case, why, now, now)

    def _ask(self, name: ChannelName, channel: Channel | None) -> int:
        """Asks the vendor what became of messages."""
        count = 0
        while not self.stopped.is_set():
            with self.database.transaction() as connection:
                parcels = self._outbox.to_ask(
                    connection, name, self.clock(), MOST_ASKED, repeatable=False
                )
                done = [(parcel, self._heard(channel, parcel)) for parcel in parcels]
                written = self._outbox.record(connection, done, self.clock())
            news = [
                (parcel, fate) for parcel, fate in written if fate.progress != parcel.case.progress
            ]
            self._tell(news)
            count += len(news)
            if len(parcels) < MOST_ASKED:
                break
        return count

    def _heard(self, channel: Channel | None, parcel: Parcel) -> Fate:
        answer = asked(channel, parcel)
        now, case = self.clock(), parcel.case
        fate = fates.after_asking(case, answer, now)
        if fate is None or case.progress.passes(fate.progress):
            told = str(answer) if isinstance(answer, DeliveryError) else fates.LISTENED
            return Fate(case.progress, told, asked_next_at=fates.ask_again(case.since, now))
        return fate

    def _tell(self, written: Sequence[tuple[Parcel, Fate]]) -> None:
        for parcel, fate in written:
            message = parcel.message
            what = ", ".join(dict.fromkeys(f"{one.rule} {one.subject}" for one in message.told))
            with contextlib.suppress(OSError):  # nobody reads any more
                self.tell(Line(self.clock(), parcel.case.channel, message.person, what, fate))


def _refused(error: StorageError) -> bool:
    """Whether the database refused the very row, and will again."""
    state = getattr(getattr(error.__cause__, "orig", None), "sqlstate", None) or ""
    return state[:2] in {"22", "23"}
