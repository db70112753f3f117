"""`fintech deliver` as a person runs it: real processes, a real mail server, an SMS vendor."""

import asyncio
import json
import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.clock import utc_now
from fintech_pipeline.storage.database import connect
from tests.faults.conftest import CONFIGURATION, WATCHED, Command, Drill, free_port
from tests.storage.outgoing import Outgoing
from tests.vendors.standin import standing_in
from tests.vendors.twilio_standin import ACCOUNT, SENDER, TOKEN, TwilioStandIn

EMAIL, SMS, CONSOLE = ChannelName.EMAIL, ChannelName.SMS, ChannelName.CONSOLE
LEAVES = """
[quota.twilio]
per_second = 50
usd_per_day = 100

[alerts.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "watch@example.com"

[alerts.twilio]
account_sid = "{account}"
auth_token = "{token}"
sender = "{sender}"
base_url = "{url}"
"""
RULES = """
[people.ada]
console = true
[rules.any-score]
metric = "score"
above = -0.99
notify = ["ada"]
"""
STARTED = "Alerts leave by"
SECONDS = 180.0
MAILS, TEXTS = 150, 50
STOP_SECONDS = 30.0


@dataclass
class MailServer:
    """Takes mails, and holds its answers while it is told to."""

    mails: list[tuple[str, bytes]] = field(default_factory=list)
    holds: threading.Event = field(default_factory=threading.Event)

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content)
        self.mails.append((str(mail["Message-ID"]), envelope.content))
        while self.holds.is_set():
            await asyncio.sleep(0.02)
        return "250 OK"


@dataclass
class World:
    """A drill whose alerts leave by two peers on the loopback."""

    drill: Drill
    outgoing: Outgoing
    mail_server: MailServer
    twilio: TwilioStandIn

    def deliverer(self) -> Command:
        """A `fintech deliver` that has begun its work."""
        command = self.drill.start("deliver")
        until(lambda: STARTED in command.said() or command.process.poll() is not None)
        assert STARTED in command.said(), command.said()
        return command

    def ended(self, numbers: list[int]) -> bool:
        return all(self.outgoing.progress(one) is not Progress.PLANNED for one in numbers)

    @property
    def marks(self) -> Counter[str]:
        """How many SMS the vendor took for each of our numbers."""
        bodies = [body for (_, body), n in self.twilio.taken.items() for _ in range(n)]
        return Counter(re.findall(r"\[d\d+\]$", body)[0] for body in bodies)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def world(drill: Drill) -> Iterator[World]:
    mail_server, twilio = MailServer(), TwilioStandIn()
    port = free_port()
    controller = Controller(mail_server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with standing_in(twilio) as url:
            leaves = LEAVES.format(port=port, url=url, account=ACCOUNT, token=TOKEN, sender=SENDER)
            watched = WATCHED.format(symbol="AAPL")
            drill.config.write_text(CONFIGURATION + leaves + watched, "utf-8")
            drill.run("deliver", "--once")  # makes the database
            with drill.opened() as connection:
                where = connection.info
                database = connect(f"postgresql://{where.user}@/{where.dbname}?host={where.host}")
                yield World(drill, Outgoing(database, utc_now()), mail_server, twilio)
                database.close()
                mail_server.holds.clear()
                for command in drill.commands:
                    command.signalled(signal.SIGTERM)
                    command.ended(STOP_SECONDS)
    finally:
        controller.stop()


def test_two_of_them_one_killed_in_the_middle_lose_nothing_and_double_no_sms(
    world: World,
) -> None:
    outgoing = world.outgoing
    anna = outgoing.person()
    mails = [outgoing.plan(anna[EMAIL])[0] for _ in range(MAILS)]
    texts = [outgoing.plan(anna[SMS])[0] for _ in range(TEXTS)]
    first = world.drill.start("deliver")
    until(lambda: len(world.mail_server.mails) >= 3 and len(world.twilio.messages) >= 3)
    world.mail_server.holds.set()
    held = len(world.mail_server.mails)
    until(lambda: len(world.mail_server.mails) > held)
    os.killpg(first.process.pid, signal.SIGKILL)
    first.process.wait()
    world.mail_server.holds.clear()
    second, third = world.deliverer(), world.deliverer()
    until(lambda: world.ended([*mails, *texts]))
    for command in (second, third):
        begun = time.monotonic()
        command.process.send_signal(signal.SIGTERM)
        assert command.ended(STOP_SECONDS) == 0, command.said()
        assert time.monotonic() - begun < STOP_SECONDS
        assert command.said().splitlines()[-1] == "No alert leaves any more."
    assert {outgoing.progress(one) for one in mails} == {Progress.SENT}
    by_id: dict[str, set[bytes]] = {}
    for message_id, content in world.mail_server.mails:
        by_id.setdefault(message_id, set()).add(content)
    assert len(by_id) == MAILS  # an id of its own for each, and no second one for any
    assert len(world.mail_server.mails) > MAILS  # the kill made some go again
    assert {len(contents) for contents in by_id.values()} == {1}
    assert max(world.marks.values()) == 1
    came = {one: outgoing.progress(one) for one in texts}
    assert set(came.values()) <= {Progress.ACCEPTED, Progress.SENT, Progress.UNKNOWN}
    known = {f"[d{one}]" for one, progress in came.items() if progress is not Progress.UNKNOWN}
    assert known <= set(world.marks)


def test_a_line_tells_what_became_of_each_message_and_no_address(world: World) -> None:
    anna = world.outgoing.person()
    (by_console,) = world.outgoing.plan(anna[CONSOLE])
    (by_email,) = world.outgoing.plan(anna[EMAIL])
    # Nobody sits at a terminal here, so JSON would be written.
    with world.drill.config.open("a", encoding="utf-8") as config:
        config.write('\n[logs]\nformat = "human"\n')
    said = world.drill.run("deliver", "--once")
    assert world.outgoing.progress(by_console) is Progress.SENT
    assert world.outgoing.progress(by_email) is Progress.SENT
    assert "Alert for anna" in said
    line = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ email to anna, crash S2: sent\. "
    assert re.search(line, said, re.MULTILINE)
    assert "anna@example.com" not in said


def test_where_nobody_sits_at_a_terminal_each_message_is_a_line_of_json(world: World) -> None:
    world.outgoing.plan(world.outgoing.person()[EMAIL])
    said = world.drill.run("deliver", "--once")
    (told,) = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert (told["channel"], told["person"], told["came"]) == ("email", "anna", "sent")
    assert (told["logger"], told["level"]) == ("fintech.deliver", "info")
    assert "anna@example.com" not in said


def test_what_goes_wrong_is_a_line_of_json_as_well(world: World, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES, "utf-8")
    world.drill.run("deliver", "--once", "--rules", str(rules))
    rules.write_text("[people", "utf-8")
    command = world.drill.start("deliver", "--once", "--rules", str(rules))
    assert command.ended(STOP_SECONDS) == 0
    (told,) = [json.loads(line) for line in command.said().splitlines()]
    assert told["event"].endswith("The rules that are stored go on.")
    assert (told["logger"], told["level"]) == ("fintech.deliver", "warning")


def test_what_is_being_sent_at_the_end_is_heard_of(world: World) -> None:
    anna = world.outgoing.person()
    command = world.deliverer()
    world.mail_server.holds.set()
    (number,) = world.outgoing.plan(anna[EMAIL])
    until(lambda: world.mail_server.mails)
    command.process.send_signal(signal.SIGTERM)
    time.sleep(1)
    world.mail_server.holds.clear()
    assert command.ended(STOP_SECONDS) == 0
    assert world.outgoing.progress(number) is Progress.SENT
    assert len(world.mail_server.mails) == 1
