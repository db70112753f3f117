"""What a decision stores, and whom it tells: once, again, at the end, or not, and why."""

import math
import re
from datetime import time, timedelta

import pytest
import sqlalchemy as sa

from fintech_pipeline.alerts.measures import Why
from fintech_pipeline.alerts.people import QuietHours
from fintech_pipeline.alerts.rules import Metric, MetricKey, Recipient, Scope, Severity
from fintech_pipeline.alerts.silences import Silence
from fintech_pipeline.errors import StorageError
from fintech_pipeline.storage.database import Database
from tests.storage.deciding import PACE, SLOT, START, Desk, score_rule


@pytest.fixture
def desk(database: Database) -> Desk:
    """Anna, by email, and one rule of hers."""
    made = Desk(database)
    made.hire("anna", {"email": "anna@example.com"})
    made.rule(score_rule())
    return made


def test_an_alert_is_told_once_while_it_goes_on_and_once_when_it_ends(desk: Desk) -> None:
    desk.look(0.7, 0.1, 0.2)
    desk.sent()
    desk.look(0.8, 0.1, 0.2)
    desk.look(0.4, 0.1, 0.2)
    desk.look(0.6, 0.1, 0.2)
    desk.look(0.2, 0.1, 0.2)
    assert desk.told() == [("fired", "AAPL"), ("resolved", "AAPL")]
    [alert] = desk.rows("SELECT subject, started_at, resolved_at FROM {s}.alerts")
    assert alert == ("AAPL", START, START + 4 * SLOT)
    assert desk.rows("SELECT 1 FROM {s}.alert_standings") == []


def test_a_new_rise_after_the_end_is_a_new_alert(desk: Desk) -> None:
    for score in (0.7, 0.2, 0.7):
        desk.look(score, 0.0, 0.0)
        desk.sent()
    assert desk.told() == [("fired", "AAPL"), ("resolved", "AAPL"), ("fired", "AAPL")]
    assert len(desk.rows("SELECT id FROM {s}.alerts")) == 2


def test_what_a_person_is_told_of_one_slot_is_one_message(desk: Desk) -> None:
    desk.rule(score_rule("very_high", threshold=0.8, severity=Severity.CRITICAL))
    outcome = desk.look(0.9, 0.7, 0.9)
    assert outcome.messages == 1
    assert len({message for _, _, message, _ in desk.tellings()}) == 1
    assert len(desk.told()) == 5
    [(severity, due_at)] = desk.rows("SELECT severity, due_at FROM {s}.deliveries")
    assert severity == "critical"
    assert due_at == START + timedelta(seconds=22)


def test_people_and_channels_get_a_message_each(desk: Desk) -> None:
    desk.hire("ben", {"email": "ben@example.com", "sms": "+4915112345678"})
    desk.rule(score_rule(recipients=(Recipient("anna"), Recipient("ben"))))
    assert desk.look(0.7, 0.0, 0.0).messages == 3


def test_a_person_who_does_not_exist_is_no_hindrance_for_the_others(desk: Desk) -> None:
    desk.rule(score_rule(recipients=(Recipient("nobody"), Recipient("anna"))))
    assert desk.look(0.7, 0.0, 0.0).messages == 1


def test_the_repeat_interval_is_kept_and_counts_from_when_the_last_message_left(
    desk: Desk,
) -> None:
    desk.rule(score_rule(repeat=timedelta(hours=1)))
    for _ in range(6):
        desk.look(0.7, 0.0, 0.0)
        desk.sent()
    # The first left 22 s after its slot: an hour later is not yet the slot two after it.
    repeated = desk.rows("SELECT at FROM {s}.alert_events WHERE event = 'repeated' ORDER BY at")
    assert [row[0] for row in repeated] == [START + 3 * SLOT]


def test_a_slot_that_is_decided_for_more_symbols_tells_once_what_goes_on(desk: Desk) -> None:
    desk.hire("ben", {"email": "ben@example.com"})
    desk.rule(score_rule(repeat=SLOT, recipients=(Recipient("anna"), Recipient("ben"))))
    desk.look(0.7, 0.0, 0.0)
    desk.sent()
    [ben] = desk.people["ben"].contacts
    with desk.database.transaction() as connection:
        late = "UPDATE fintech.deliveries SET accepted_at = :at WHERE contact_id = :ben"
        values = {"at": START + timedelta(seconds=40), "ben": ben.contact_id}
        connection.execute(sa.text(late), values)
    desk.look(0.7, 0.0, 0.0, after=timedelta(seconds=30))
    desk.looks -= 1
    desk.look(0.7, 0.0, 0.0, after=timedelta(seconds=50), only={"AAPL"})
    assert desk.told() == [("fired", "AAPL"), ("fired", "AAPL"), ("repeated", "AAPL")]


def test_while_a_message_waits_its_alert_is_not_repeated(desk: Desk) -> None:
    desk.rule(score_rule(repeat=timedelta(hours=1)))
    for _ in range(6):
        desk.look(0.7, 0.0, 0.0)
    assert desk.told() == [("fired", "AAPL")]


def test_an_acknowledged_alert_is_not_repeated_but_its_end_is_told(desk: Desk) -> None:
    desk.rule(score_rule(repeat=timedelta(minutes=30)))
    desk.look(0.7, 0.0, 0.0)
    desk.sent()
    desk.acknowledge()
    for _ in range(4):
        desk.look(0.7, 0.0, 0.0)
    desk.look(0.0, 0.0, 0.0)
    assert desk.told() == [("fired", "AAPL"), ("resolved", "AAPL")]


def silence(**changes: object) -> Silence:
    basic: dict[str, object] = {"rule": "high", "ends_at": START + 2 * SLOT}
    return Silence(1, "anna", "Earnings", START - SLOT, **{**basic, **changes})  # type: ignore[arg-type]  # a test's shorthand


def test_a_silence_hides_an_alert_and_its_end_and_says_why(desk: Desk) -> None:
    desk.silences = [silence()]
    desk.look(0.7, 0.0, 0.0)
    desk.look(0.1, 0.0, 0.0)
    assert desk.told() == []
    fired, resolved = (reason for _, _, _, reason in desk.tellings())
    assert re.fullmatch(r"It is silenced: silence 1 of anna .*Earnings\.", fired)
    assert resolved == "Its beginning was not told here."


def test_when_a_silence_is_over_and_it_still_fires_it_is_told_then(desk: Desk) -> None:
    desk.silences = [silence()]
    desk.look(0.7, 0.0, 0.0)
    desk.look(0.7, 0.0, 0.0)
    assert desk.told() == []
    desk.look(0.7, 0.0, 0.0)
    assert desk.told() == [("fired", "AAPL")]
    desk.look(0.7, 0.0, 0.0)
    assert desk.told() == [("fired", "AAPL")]


def test_the_end_of_an_alert_whose_message_failed_is_not_told(desk: Desk) -> None:
    desk.look(0.7, 0.0, 0.0)
    desk.sent(failed=True)
    desk.look(0.1, 0.0, 0.0)
    assert desk.told() == [("fired", "AAPL")]


def test_quiet_hours_hold_a_message_until_they_end_and_the_end_joins_it(desk: Desk) -> None:
    desk.hire(
        "zoe",
        {"email": "zoe@example.com"},
        zone="Europe/Berlin",
        quiet=QuietHours(time(15), time(17, 30)),
    )
    desk.rule(score_rule(recipients=(Recipient("zoe"),)))
    desk.look(0.7, 0.0, 0.0)
    desk.look(0.1, 0.0, 0.0)
    [(due_at, told)] = desk.rows("SELECT due_at, told FROM {s}.deliveries")
    assert due_at == START + timedelta(hours=1, minutes=30)
    assert told == "zoe's quiet hours end then."
    assert len({message for _, _, message, _ in desk.tellings()}) == 1
    assert desk.told() == [("fired", "AAPL"), ("resolved", "AAPL")]


def test_what_is_critical_rings_through_quiet_hours_and_takes_what_waits_along(
    desk: Desk,
) -> None:
    desk.hire("zoe", {"email": "zoe@example.com"}, quiet=QuietHours(time(0), time(23, 59)))
    desk.rule(score_rule(recipients=(Recipient("zoe"),)))
    desk.rule(
        score_rule(
            "crash", threshold=0.9, recipients=(Recipient("zoe"),), severity=Severity.CRITICAL
        )
    )
    desk.look(0.7, 0.0, 0.0)
    desk.look(0.95, 0.0, 0.0)
    [(due_at,)] = desk.rows("SELECT due_at FROM {s}.deliveries")
    assert due_at == START + SLOT + timedelta(seconds=22)


def test_a_daily_cap_ends_the_messages_of_a_rule_and_the_next_day_tells_what_still_fires(
    desk: Desk,
) -> None:
    desk.rule(score_rule(most_per_day=2, tells_resolved=False))
    for scores in ((0.7, 0, 0), (0.7, 0.7, 0), (0.7, 0.7, 0.7)):
        desk.look(*scores)
        desk.sent()
    assert desk.told() == [("fired", "AAPL"), ("fired", "MSFT")]
    reasons = [reason for _, subject, _, reason in desk.tellings() if subject == "NVDA"]
    assert reasons == ["The rule's 2 messages a day to this contact are used up."]
    desk.looks += 20
    desk.look(0.7, 0.7, 0.7)
    assert desk.told()[-1] == ("fired", "NVDA")


def test_a_daily_cap_counts_what_is_told_late_in_the_day_it_is_told(desk: Desk) -> None:
    desk.rule(score_rule(most_per_day=1, tells_resolved=False))
    desk.silences = [silence(ends_at=START + timedelta(hours=10))]
    desk.look(0.7, 0.0, 0.0)
    desk.looks += 20  # the next day
    desk.look(0.7, 0.0, 0.0)
    desk.sent()
    desk.look(0.7, 0.7, 0.0)
    assert desk.told() == [("fired", "AAPL")]


def test_what_matters_is_planned_for_a_contact_that_has_ended_and_what_does_not_is_not(
    desk: Desk,
) -> None:
    [contact] = desk.people["anna"].contacts
    person = desk.people["anna"]
    ended = type(contact)(contact.channel, contact.address, contact.contact_id, "It opted out.")
    desk.people["anna"] = type(person)(person.name, (ended,))
    # A warning: the deliverer finds another way to the person.
    desk.look(0.7, 0.0, 0.0)
    assert desk.told() == [("fired", "AAPL")]
    desk.rule(score_rule(severity=Severity.INFO))
    desk.look(0.7, 0.7, 0.0)
    [*_, (_, subject, message, reason)] = desk.tellings()
    assert (subject, message) == ("MSFT", None)
    assert reason == "Nothing is sent to this contact: It opted out."


def test_no_data_keeps_an_alert_open_and_is_told_only_where_the_rule_says_so(desk: Desk) -> None:
    desk.look(0.7, 0.0, 0.0)
    desk.sent()
    desk.look(Why.NO_SIGNAL, 0.0, 0.0)
    assert desk.told() == [("fired", "AAPL")]
    [(phase, reason)] = desk.rows("SELECT phase, reason FROM {s}.alert_standings")
    assert phase == "no_data"
    assert reason == "No data: it has no signal at this slot; the alert stays open."
    desk.rule(score_rule(tells_no_data=True))
    desk.look(0.7, Why.NO_SIGNAL, 0.0)
    assert desk.told()[-1] == ("no_data", "MSFT")


def test_a_closed_market_changes_nothing(desk: Desk) -> None:
    desk.look(0.7, 0.0, 0.0)
    desk.sent()
    before = desk.rows("SELECT * FROM {s}.alert_events")
    desk.look(Why.CLOSED, Why.CLOSED, Why.CLOSED)
    assert desk.rows("SELECT * FROM {s}.alert_events") == before


def test_while_its_market_is_closed_nobody_is_told_that_an_alert_goes_on(desk: Desk) -> None:
    desk.rule(score_rule(repeat=timedelta(minutes=30)))
    desk.silences = [silence(subject="MSFT", rule=None)]
    desk.look(0.7, 0.7, 0.0)
    desk.sent()
    for _ in range(4):
        desk.look(Why.CLOSED, Why.CLOSED, Why.CLOSED)
    assert desk.told() == [("fired", "AAPL")]
    desk.look(0.7, 0.7, 0.0)
    assert desk.told() == [("fired", "AAPL"), ("fired", "MSFT"), ("repeated", "AAPL")]


def test_every_change_of_an_action_is_told_also_right_after_another(desk: Desk) -> None:
    desk.rules.clear()
    desk.rule(
        score_rule("moves", metric=Metric.ACTION, threshold=0.0, clear=0.0, tells_resolved=False)
    )
    desk.key = MetricKey(Metric.ACTION, None, True)
    desk.look(1.0, 0.0, 0.0)
    desk.sent()
    desk.look(-2.0, 0.0, 0.0)
    desk.sent()
    desk.look(0.0, 0.0, 0.0)
    assert desk.told() == [("fired", "AAPL"), ("repeated", "AAPL")]
    assert desk.tellings()[-1][3] == "It changed again, and the rule tells every change."


def test_the_end_is_told_since_the_same_moment_as_the_beginning(desk: Desk) -> None:
    desk.rule(score_rule(hold=SLOT))
    for score in (0.7, 0.7, 0.1):
        desk.look(score, 0.0, 0.0)
    told = desk.rows("SELECT told->>'since' FROM {s}.alert_events WHERE told IS NOT NULL")
    assert told == [(START.isoformat(),)] * 2


def test_where_the_clock_was_set_back_an_alert_ends_when_it_began(desk: Desk) -> None:
    desk.look(0.7, 0.0, 0.0)
    desk.looks -= 3
    desk.look(0.1, 0.0, 0.0)
    assert desk.rows("SELECT resolved_at FROM {s}.alerts") == [(START,)]


def test_what_leaves_a_rule_ends_with_that_reason(desk: Desk) -> None:
    desk.look(0.7, 0.7, 0.0)
    desk.sent()
    desk.rule(score_rule(scope=Scope(symbols=("MSFT",))))
    desk.look(0.7, 0.7, 0.0)
    assert desk.told()[-1] == ("resolved", "AAPL")
    desk.rule(score_rule(enabled=False))
    desk.look(0.7, 0.7, 0.0)
    reasons = desk.rows("SELECT reason FROM {s}.alert_events WHERE event = 'resolved' ORDER BY id")
    assert [row[0] for row in reasons] == [
        "AAPL has left the rule high.",
        "The rule high is switched off.",
    ]


def test_a_decision_that_cannot_be_stored_leaves_nothing(desk: Desk) -> None:
    with desk.database.transaction() as connection:
        connection.execute(
            sa.text("ALTER TABLE fintech.alert_notices ADD CHECK (reason NOT LIKE 'It began%')")
        )
    with pytest.raises(StorageError):
        desk.look(0.7, 0.0, 0.0)
    for table in ("alerts", "alert_events", "alert_standings", "deliveries", "alert_notices"):
        assert desk.rows("SELECT 1 FROM {s}." + table) == []  # noqa: S608  # names of ours


def test_a_message_about_the_end_answers_the_one_about_the_beginning(desk: Desk) -> None:
    desk.look(0.7, 0.0, 0.0)
    desk.sent()
    desk.look(0.1, 0.0, 0.0)
    first, second = desk.rows("SELECT id, answers FROM {s}.deliveries ORDER BY id")
    assert first[1] is None
    assert second[1] == first[0]


def test_within_the_group_interval_the_next_message_waits_unless_it_is_critical(
    desk: Desk,
) -> None:
    desk.rule(score_rule("crash", threshold=0.9, severity=Severity.CRITICAL))
    desk.look(0.7, 0.0, 0.0, after=SLOT - timedelta(minutes=2))
    desk.sent()
    desk.look(0.7, 0.7, 0.0, after=timedelta(0))
    [(due_at, told)] = desk.rows("SELECT due_at, told FROM {s}.deliveries WHERE progress='planned'")
    assert due_at == START + SLOT + timedelta(minutes=3, seconds=2)
    assert told == "Messages to one contact are 5m apart."
    desk.look(0.7, 0.7, 0.95, after=-SLOT + timedelta(minutes=1))
    [(due_at, told)] = desk.rows("SELECT due_at, told FROM {s}.deliveries WHERE progress='planned'")
    assert due_at == START + SLOT + timedelta(minutes=1, seconds=2)
    assert told == "Something critical joined it."


def test_an_alert_ends_also_after_the_clock_was_set_back(desk: Desk) -> None:
    desk.rule(score_rule())
    desk.look(0.9, 0.0, 0.0)
    desk.looks = -3
    assert desk.look(0.0, 0.0, 0.0).events == {"resolved": 1}
    assert desk.rows("SELECT resolved_at = started_at FROM {s}.alerts") == [(True,)]


def test_an_infinite_value_is_no_number_and_stops_no_decision(desk: Desk) -> None:
    desk.rule(score_rule())
    assert desk.look(math.inf, 0.9, -math.inf).events == {"error": 1, "fired": 1}


def test_a_clock_that_was_ahead_holds_no_message_up(desk: Desk) -> None:
    desk.rule(score_rule())
    desk.looks = 48 * 365
    desk.look(0.9, 0.0, 0.0)
    desk.sent()
    desk.looks = 1
    desk.look(0.9, 0.9, 0.0)
    rows = desk.rows("SELECT due_at - created_at FROM {s}.deliveries ORDER BY id DESC LIMIT 1")
    assert rows == [(PACE.wait + PACE.interval,)]
