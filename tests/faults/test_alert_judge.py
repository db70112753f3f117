"""The judge of the scenarios notices each promise that is broken, here on purpose."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from fintech_pipeline.alerts import evaluation, fates, lifecycle, planning
from fintech_pipeline.alerts.alert_store import write_notices
from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.alerts.channels.email.mail import Sender
from fintech_pipeline.alerts.channels.email.sending import Line
from fintech_pipeline.alerts.delivery import Deliverer
from fintech_pipeline.alerts.lifecycle import Step
from fintech_pipeline.alerts.rules import ChannelName, Rule
from tests.faults import alert_life
from tests.faults.alert_life import lived_through
from tests.faults.alert_scenarios import scenario
from tests.faults.alert_work import deliverer
from tests.faults.alert_world import World, made_world

Break = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with made_world(tmp_path_factory.mktemp("judged")) as made:
        yield made


def sms_are_sent_again(patch: pytest.MonkeyPatch) -> None:
    def repeating(*given: Any) -> Deliverer:
        made = deliverer(*given)
        object.__setattr__(made.channels[ChannelName.SMS], "repeatable", True)
        return made

    patch.setattr("tests.faults.alert_life.deliverer", repeating)


def mails_get_a_new_name_each_time(patch: pytest.MonkeyPatch) -> None:
    def name(_: Sender, number: int, __: object) -> str:
        return f"<d{number}.{uuid.uuid4().hex}@example.org>"

    patch.setattr(Sender, "message_id", name)


def mails_are_only_said_to_leave(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Line, "send", lambda *_: Receipt(Progress.SENT, "The server took it."))


def messages_go_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Progress, "passes", lambda *_: True)


def nothing_is_escalated(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fates, "_may_go_by_email", lambda _: False)


def everything_is_repeated_at_once(patch: pytest.MonkeyPatch) -> None:
    def repeats(rule: Rule, past: object, _: object) -> bool:
        return rule.repeat is not None and past is not None

    patch.setattr(planning, "_repeats", repeats)


def contacts_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    def some(connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        write_notices(connection, list(rows)[1:])

    patch.setattr("fintech_pipeline.alerts.telling.write_notices", some)


def minimum_durations_are_not_kept(patch: pytest.MonkeyPatch) -> None:
    def hasty(rule: Rule, *rest: Any) -> Step:
        return lifecycle.step(replace(rule, hold=timedelta(0)), *rest)

    patch.setattr(evaluation, "step", hasty)


def messages_are_left_lying(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(alert_life, "MOST_ROUNDS", 1)


@pytest.mark.parametrize(
    ("broken", "told", "seeds"),
    [
        (sms_are_sent_again, "The vendor took SMS", range(3, 15)),
        (mails_get_a_new_name_each_time, "names", range(3, 15)),
        (mails_are_only_said_to_leave, "nobody took it", range(12)),
        (messages_go_back, "back to", range(5, 15)),
        (nothing_is_escalated, "did not go by email", range(12)),
        (everything_is_repeated_at_once, "was told again", range(2, 12)),
        (contacts_are_forgotten, "says nothing of contacts", range(12)),
        (minimum_durations_are_not_kept, "should have", range(12)),
        (messages_are_left_lying, "still due", range(12)),
    ],
)
def test_a_promise_that_is_broken_is_noticed(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    broken: Break,
    told: str,
    seeds: range,
) -> None:
    broken(monkeypatch)
    for seed in seeds:
        if any(told in one for one in lived_through(world, scenario(seed))):
            return
    pytest.fail(f"{broken.__name__} was not noticed")
