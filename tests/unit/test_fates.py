"""What becomes of a message after each thing that happens to it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.alerts import fates
from fintech_pipeline.alerts.channel_circuit import FAILURES, LONGEST_PAUSE, ChannelCircuit
from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.alerts.fates import Case, Fate
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.errors import (
    Ambiguous,
    ContactEnded,
    DeliveryError,
    OverBudget,
    Rejected,
    Retryable,
)

NOW = datetime(2026, 3, 2, 15, 2, 30, tzinfo=UTC)
DAY = timedelta(days=1)
spans = st.timedeltas(timedelta(0), timedelta(days=3))
shares = st.floats(0, 1)
cases = st.builds(
    Case,
    st.sampled_from(ChannelName),
    st.sampled_from(Severity),
    st.just(Progress.PLANNED),
    st.integers(1, 500),
    spans.map(lambda span: NOW - span),
    st.just(NOW),
    st.booleans(),
    st.booleans(),
)
receipts = st.builds(
    Receipt,
    st.sampled_from([one for one in Progress if one is not Progress.PLANNED]),
    st.text(min_size=1),
)
errors = st.builds(
    lambda kind, told: kind(told),
    st.sampled_from([Rejected, ContactEnded, OverBudget, Ambiguous, Retryable]),
    st.text(min_size=1),
)


def case(
    channel: ChannelName = ChannelName.SMS,
    severity: Severity = Severity.WARNING,
    progress: Progress = Progress.PLANNED,
    since: datetime = NOW,
    *,
    repeatable: bool = False,
) -> Case:
    return Case(channel, severity, progress, 1, since, since, repeatable)


def judged(of: Case, answer: Receipt | DeliveryError) -> Fate:
    return fates.after_sending(of, answer, NOW, DAY, 1.0)


@given(tries=st.integers(1, 10_000), jitter=shares)
def test_a_pause_is_between_half_of_its_length_and_the_whole(tries: int, jitter: float) -> None:
    longest = fates.pause(tries, 1.0)
    assert longest / 2 <= fates.pause(tries, jitter) <= longest <= timedelta(minutes=10)
    assert longest >= timedelta(seconds=5)
    assert fates.pause(tries + 1, 1.0) in {longest * 2, timedelta(minutes=10)}


@given(jitters=st.lists(shares, min_size=300, max_size=300))
def test_whatever_the_jitter_a_message_is_given_up_within_a_pause_of_its_time(
    jitters: list[float],
) -> None:
    now, times = NOW, 0
    for times, jitter in enumerate(jitters, 1):
        of = Case(ChannelName.EMAIL, Severity.INFO, Progress.PLANNED, times, NOW, now, True)
        fate = fates.after_sending(of, Retryable("It is away."), now, DAY, jitter)
        if fate.due_at is None:
            break
        assert fate.due_at > now
        now = fate.due_at
    assert fate.progress is Progress.FAILED
    assert DAY <= now - NOW < DAY + timedelta(minutes=10)
    assert times < 300


@given(of=cases, answer=receipts | errors, jitter=shares)
def test_after_sending_a_message_has_ended_or_something_more_is_due(
    of: Case, answer: Receipt | DeliveryError, jitter: float
) -> None:
    fate = fates.after_sending(of, answer, NOW, DAY, jitter)
    assert (fate.due_at is not None) == (fate.progress is Progress.PLANNED)
    assert fate.ended == (fate.progress in {Progress.SENT, Progress.FAILED, Progress.DELIVERED})
    if of.channel is ChannelName.EMAIL or of.rerouted:
        assert not fate.by_email


@given(of=cases, jitter=shares)
def test_what_may_have_been_sent_is_planned_again_only_where_twice_is_better_than_never(
    of: Case, jitter: float
) -> None:
    fate = fates.after_sending(of, Ambiguous("No answer."), NOW, DAY, jitter)
    assert of.repeatable or fate.progress is Progress.UNKNOWN
    assert of.repeatable == (fates.killed(of, NOW) is None)


@given(text=st.text() | st.text(alphabet="\x00\ud800ab", min_size=2_000))
def test_what_others_say_can_be_stored(text: str) -> None:
    cleaned = fates.clean(text)
    assert "\x00" not in cleaned
    assert len(cleaned) <= fates.LONGEST_TOLD
    cleaned.encode()


@pytest.mark.parametrize(
    ("severity", "by_email"),
    [(Severity.INFO, False), (Severity.WARNING, True), (Severity.CRITICAL, True)],
)
def test_what_was_refused_goes_by_email_where_it_matters(
    severity: Severity, by_email: bool
) -> None:
    fate = judged(case(severity=severity), Rejected("It was filtered."))
    assert fate.progress is Progress.FAILED
    assert fate.by_email == ("It was filtered, so by email." if by_email else "")


def test_a_refused_mail_has_no_other_way() -> None:
    assert not judged(case(ChannelName.EMAIL), Rejected("No such mailbox.")).by_email


def test_a_contact_ends_with_its_reason() -> None:
    assert judged(case(), ContactEnded("It opted out.")).ends_contact == "It opted out."
    assert judged(case(), Rejected("It was filtered.")).ends_contact is None


@pytest.mark.parametrize(
    ("age", "asked_in"),
    [(0, 5), (20, 10), (3_600, 1_800), (10_000, 3_600)],
)
def test_the_vendor_is_asked_less_and_less_often(age: float, asked_in: float) -> None:
    since = NOW - timedelta(seconds=age)
    assert fates.ask_again(since, NOW) - NOW == timedelta(seconds=asked_in)


def test_after_a_day_what_is_known_is_all_that_will_be() -> None:
    taken = case(progress=Progress.ACCEPTED, since=NOW - DAY)
    queued = Receipt(Progress.ACCEPTED, "It is queued.")
    fate = fates.after_asking(taken, queued, NOW)
    assert fate is not None
    assert fate.ended
    assert fate.told == "It is queued. Nothing more was heard in a day."
    away = fates.after_asking(taken, Retryable("It is away."), NOW)
    assert away is not None
    assert away.ended
    assert away.progress is Progress.ACCEPTED


def test_five_failures_in_a_row_pause_a_channel_and_a_success_ends_that() -> None:
    circuit = ChannelCircuit()
    circuit.heard(FAILURES - 1, 0, "It is away.", NOW)
    assert not circuit.paused(NOW)
    circuit.heard(1, 0, "It is away.", NOW)
    assert circuit.paused(NOW)
    assert circuit.on_trial
    later = NOW + timedelta(seconds=5)
    assert not circuit.paused(later)
    circuit.heard(1, 0, "It is away.", later)
    assert circuit.paused(later + timedelta(seconds=9))
    assert not circuit.paused(later + timedelta(seconds=10))
    circuit.heard(0, 1, "", later)
    assert not circuit.on_trial


def test_a_clock_that_is_set_back_ends_a_pause() -> None:
    circuit = ChannelCircuit()
    circuit.heard(FAILURES, 0, "It is away.", NOW)
    assert not circuit.paused(NOW - timedelta(days=1))


@given(rounds=st.integers(1, 50))
def test_no_pause_is_longer_than_two_minutes(rounds: int) -> None:
    circuit = ChannelCircuit()
    for _ in range(rounds):
        circuit.heard(FAILURES, 0, "It is away.", NOW)
    assert circuit.until is not None
    assert circuit.until - NOW <= LONGEST_PAUSE
