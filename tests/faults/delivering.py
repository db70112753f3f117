"""A deliverer in a process of its own that kills itself at a given step, between hold and receipt.

What is forked has opened nothing, and imports nothing any more: it works within milliseconds.
"""

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.alerts.delivery import Deliverer
from fintech_pipeline.alerts.fates import Fate
from fintech_pipeline.alerts.outbox import Outbox
from fintech_pipeline.alerts.outbox_rows import Parcel
from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.told import Message
from fintech_pipeline.storage.database import connect
from tests.faults.forks import FORKS

SECONDS = 60


class Step(StrEnum):
    """Where a deliverer dies."""

    HELD = "once messages are held"
    BEGUN = "once it is written that they are being tried"
    SENDING = "when the first is sent, before anybody knows what became of it"
    SENT = "when all are sent"
    RECORDED = "when it is written what became of them, before the commit"
    COMMITTED = "after the commit"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Mailbox:
    """The other side: a file that outlives whoever writes into it.

    Attributes:
        path: The file, a line for each message that arrived.
    """

    path: Path

    def takes(self, message: Message) -> None:
        with self.path.open("a") as file:
            file.write(f"{message.delivery_id}\n")

    def taken(self) -> list[int]:
        return [int(line) for line in self.path.read_text().split()] if self.path.exists() else []


@dataclass(frozen=True)
class Posting:
    """A channel into a mailbox, which can be asked what it took.

    Attributes:
        name: Which.
        mailbox: The other side.
        step: Where it dies; None for nowhere.
    """

    name: ChannelName
    mailbox: Mailbox
    step: Step | None = None
    together: int = 3

    @property
    def repeatable(self) -> bool:
        return self.name is not ChannelName.SMS

    def send(self, messages: Sequence[Message]) -> Iterator[tuple[Message, Receipt]]:
        for message in messages:
            self.mailbox.takes(message)
            if self.step is Step.SENDING:
                die()
            yield message, self._receipt(message.delivery_id)

    def status(self, vendor_id: str) -> Receipt:
        return Receipt(Progress.DELIVERED, f"{vendor_id} arrived.")

    def find(self, contact: Contact, delivery_id: int, since: datetime) -> Receipt | None:  # noqa: ARG002  # as the Protocol names them
        return self._receipt(delivery_id) if delivery_id in self.mailbox.taken() else None

    def _receipt(self, delivery_id: int) -> Receipt:
        if self.repeatable:
            return Receipt(Progress.SENT, "It was taken.")
        return Receipt(Progress.ACCEPTED, "The vendor took it.", vendor_id=f"SM{delivery_id}")


@dataclass(frozen=True)
class DyingOutbox(Outbox):
    """An outbox whose process dies at a step.

    Attributes:
        step: Which.
    """

    step: Step = Step.HELD

    def claim(
        self,
        connection: sa.Connection,
        channel: ChannelName,
        now: datetime,
        most: int,
        *,
        repeatable: bool,
    ) -> list[Parcel]:
        held = super().claim(connection, channel, now, most, repeatable=repeatable)
        if self.step is Step.HELD or (self.step is Step.COMMITTED and not held):
            die()
        return held

    def begin(
        self, parcels: Sequence[Parcel], now: datetime
    ) -> tuple[list[Parcel], list[tuple[Parcel, Fate]]]:
        begun = super().begin(parcels, now)
        if self.step is Step.BEGUN:
            die()
        return begun

    def record(
        self, connection: sa.Connection, fates: Sequence[tuple[Parcel, Fate]], now: datetime
    ) -> list[tuple[Parcel, Fate]]:
        if self.step is Step.SENT:
            die()
        written = super().record(connection, fates, now)
        if self.step is Step.RECORDED:
            die()
        return written


def _deliver(url: str, name: str, mailbox: str, step: str, now: str) -> None:
    channel = Posting(ChannelName(name), Mailbox(Path(mailbox)), Step(step))
    database, present = connect(url), datetime.fromisoformat(now)
    deliverer = Deliverer(database, {channel.name: channel}, lambda: present)
    deliverer._outbox = DyingOutbox(database, Step(step))
    deliverer.drain_channel(channel.name)


def killed(url: str, name: ChannelName, mailbox: Mailbox, step: Step, now: datetime) -> None:
    """Delivers in a process that dies at the step; returns once it has.

    Args:
        url: The database's libpq address.
        name: The channel.
        mailbox: Where it delivers to.
        step: Where it dies.
        now: What its clock says.
    """
    work = (url, str(name), str(mailbox.path), str(step), now.isoformat())
    process = FORKS.Process(target=_deliver, args=work)
    process.start()
    process.join(SECONDS)
    assert process.exitcode == -signal.SIGKILL, f"it came past {step!r}: {process.exitcode}"
