"""A deliverer that is killed at any step: no message is lost, no SMS arrives twice."""

from datetime import timedelta
from pathlib import Path

import pytest

from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.delivery import Deliverer
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.clock import utc_now
from fintech_pipeline.storage.database import Database
from tests.faults.delivering import Mailbox, Posting, Step, killed
from tests.storage.outgoing import Outgoing

ENDS = {Progress.SENT, Progress.DELIVERED, Progress.FAILED}
MESSAGES = 3
# How often the first message arrives of a mail whose deliverer was killed there, and what an SMS
# came to.
AFTERWARDS = {
    Step.HELD: (1, Progress.DELIVERED),
    Step.BEGUN: (1, Progress.FAILED),
    Step.SENDING: (2, Progress.DELIVERED),
    Step.SENT: (2, Progress.DELIVERED),
    Step.RECORDED: (2, Progress.DELIVERED),
    Step.COMMITTED: (1, Progress.DELIVERED),
}


@pytest.fixture
def outgoing(database: Database) -> Outgoing:
    return Outgoing(database, utc_now())


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "mailbox")


def settled(outgoing: Outgoing, channel: Posting, numbers: list[int]) -> list[Progress]:
    """What the messages come to when another deliverer goes on."""
    deliverer = Deliverer(outgoing.database, {channel.name: channel}, outgoing.clock)
    for _ in range(30):
        deliverer.drain_channel(channel.name)
        outgoing.passes(minutes=1)
    return [outgoing.progress(number) for number in numbers]


@pytest.mark.parametrize("step", Step)
def test_a_mail_arrives_once_or_again_as_the_same_message(
    outgoing: Outgoing, mailbox: Mailbox, step: Step
) -> None:
    anna = outgoing.person()
    numbers = [outgoing.plan(anna[ChannelName.EMAIL])[0] for _ in range(MESSAGES)]
    url = outgoing.database.url
    killed(url, ChannelName.EMAIL, mailbox, step, outgoing.now)
    came = settled(outgoing, Posting(ChannelName.EMAIL, mailbox), numbers)
    assert set(came) == {Progress.SENT}
    taken = mailbox.taken()
    assert set(taken) == set(numbers)
    assert taken.count(numbers[0]) == AFTERWARDS[step][0]


@pytest.mark.parametrize("step", Step)
def test_an_sms_never_arrives_twice_and_comes_to_an_end(
    outgoing: Outgoing, mailbox: Mailbox, step: Step
) -> None:
    anna = outgoing.person()
    numbers = [outgoing.plan(anna[ChannelName.SMS])[0] for _ in range(MESSAGES)]
    killed(outgoing.database.url, ChannelName.SMS, mailbox, step, outgoing.now)
    came = settled(outgoing, Posting(ChannelName.SMS, mailbox), numbers)
    assert set(came) <= ENDS
    taken = mailbox.taken()
    assert len(taken) == len(set(taken))
    assert came[0] is AFTERWARDS[step][1]
    # What the other side has is never said to have failed, nor the other way round.
    arrived = {n for n, one in zip(numbers, came, strict=True) if one is not Progress.FAILED}
    assert arrived == set(taken)


@pytest.mark.parametrize("channel", [ChannelName.EMAIL, ChannelName.SMS])
def test_one_that_is_killed_again_and_again_still_comes_to_an_end(
    outgoing: Outgoing, mailbox: Mailbox, channel: ChannelName
) -> None:
    anna = outgoing.person()
    numbers = [outgoing.plan(anna[channel])[0] for _ in range(MESSAGES)]
    for step in (Step.HELD, Step.BEGUN, Step.RECORDED, Step.HELD):
        if any(outgoing.progress(number) is Progress.PLANNED for number in numbers):
            killed(outgoing.database.url, channel, mailbox, step, outgoing.now)
        outgoing.now += timedelta(seconds=30)
    came = settled(outgoing, Posting(channel, mailbox), numbers)
    assert set(came) <= ENDS
