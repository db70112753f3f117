"""SMS on a real ledger: the day's budget holds for all processes, and what nobody took is free."""

import socket
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import sqlalchemy as sa

from fintech_pipeline.alerts.channels.channel import Receipt
from fintech_pipeline.errors import Ambiguous, OverBudget, Retryable
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.granting import Granting
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.quota.spending import Spending, spending
from fintech_pipeline.quota.tables import provider_calls
from fintech_pipeline.storage.database import Database, connect
from tests.vendors.sms_asking import accepted, channel, message, outcome, refused
from tests.vendors.twilio_standin import Turn, TwilioStandIn, refusal

BUDGET = Allowance(usd_per_day=Decimal("0.25"))


def granting(database: Database, allowance: Allowance = BUDGET) -> Granting:
    return Granting(Ledger(database, sleep=lambda _: None), "twilio", allowance)


def spent(database: Database) -> Spending:
    return spending(Ledger(database), "twilio", BUDGET)


def test_beyond_the_days_budget_no_sms_leaves_and_questions_are_still_asked(
    twilio: TwilioStandIn, database: Database
) -> None:
    ours = channel(twilio.url, granting(database))
    sids = [accepted(ours, message(number)).vendor_id for number in range(5)]
    error = refused(ours, message(5))
    assert type(error) is OverBudget
    told = str(error)
    assert told.startswith("The day's SMS budget is spent: twilio may be asked again at ")
    assert "$0.25 of the $0.25 a day (quota.twilio.usd_per_day) are spent or set aside" in told
    assert len(twilio.messages) == 5
    assert ours.status(sids[0] or "").vendor_id == sids[0]
    assert spent(database).usage.cost_usd == Decimal("0.25")
    assert {one.purpose: one.calls for one in spent(database).purposes} == {
        "SMS": 5,
        "SMS status": 1,
    }


def test_however_many_deliverers_send_at_once_the_budget_is_never_passed(
    twilio: TwilioStandIn, database: Database
) -> None:
    channels = [channel(twilio.url, granting(database)) for _ in range(4)]
    for one in channels:
        one.asking.listed("+12125550111", None)  # the SDK is imported before there are threads
    with ThreadPoolExecutor(4) as pool:
        came = list(
            pool.map(lambda number: outcome(channels[number % 4], message(number)), range(16))
        )
    assert sum(isinstance(one, Receipt) for one in came) == 5
    assert sum(isinstance(one, OverBudget) for one in came) == 11
    assert set(twilio.taken.values()) == {1}
    assert len(twilio.messages) == 5


def test_what_may_have_been_sent_counts_as_spent_and_what_was_not_taken_does_not(
    twilio: TwilioStandIn, database: Database
) -> None:
    ours = channel(twilio.url, granting(database))
    twilio.turns = [Turn(refusal(500, 20500, "no")), Turn(refusal(429, 20429, "no"))]
    assert type(refused(ours, message(1))) is Ambiguous
    assert type(refused(ours, message(2))) is Retryable
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"
    assert type(refused(channel(nobody, granting(database)), message(3))) is Retryable
    query = sa.select(provider_calls.c.state, provider_calls.c.told, provider_calls.c.cost_usd)
    with database.transaction() as connection:
        rows = connection.execute(query.order_by(provider_calls.c.id)).tuples().all()
    assert rows == [
        ("made", "Unavailable", Decimal("0.05")),
        ("refused", "RateLimited", Decimal(0)),
        ("refunded", "Unavailable", Decimal(0)),
    ]


def test_twilio_is_left_alone_for_a_while_once_it_failed_five_times_in_a_row(
    twilio: TwilioStandIn, database: Database
) -> None:
    ours = channel(twilio.url, granting(database, Allowance()))
    twilio.turns = [Turn(refusal(503, 20503, "no"))] * 5
    for number in range(5):
        assert type(refused(ours, message(number))) is Ambiguous
    error = refused(ours, message(5))
    assert type(error) is Retryable
    assert "twilio is left alone until" in str(error)
    assert len(twilio.requests) == 5


def test_a_person_who_cannot_be_reached_is_no_failure_of_twilios(
    twilio: TwilioStandIn, database: Database
) -> None:
    twilio.numbers[message().contact.address] = (21614, "no mobile number")
    ours = channel(twilio.url, granting(database, Allowance()))
    for number in range(6):
        refused(ours, message(number))
    assert len(twilio.requests) == 6
    assert spent(database).standing.failures == 0


def test_one_a_second_is_kept(twilio: TwilioStandIn, database: Database) -> None:
    slept: list[float] = []
    ledger = Ledger(database, sleep=slept.append)
    ours = channel(twilio.url, Granting(ledger, "twilio", Allowance(per_second=1)))
    for number in range(3):
        accepted(ours, message(number))
    assert len(slept) == 2
    assert slept[-1] > 1  # the third waits for the second, which nobody here really waited for


def test_without_a_ledger_nothing_is_sent(twilio: TwilioStandIn) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    away = connect(f"postgresql://nobody@127.0.0.1:{port}/nothing")
    error = refused(channel(twilio.url, granting(away)), message())
    away.close()
    assert type(error) is Retryable
    assert str(error).startswith("Nothing was asked of Twilio: ")
    assert not twilio.requests
