"""Whatever Twilio's address answers, a message gets an end, and none is sent a second time."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.errors import Ambiguous, DeliveryError, Retryable
from tests.vendors.sms_asking import channel, message, outcome
from tests.vendors.standin import Reply, as_json
from tests.vendors.twilio_standin import Turn, TwilioStandIn

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = {
    "sid": st.just("SM" + "0" * 32) | JSON,
    "status": st.sampled_from(["queued", "failed", "sent", "odd"]) | JSON,
    "num_segments": st.sampled_from(["0", "1", "²", "99"]) | JSON,
    "error_code": st.sampled_from([21610, "30007"]) | JSON,
    "price": st.sampled_from(["-0.0075", "NaN", "free"]) | JSON,
    "price_unit": st.sampled_from(["USD", "eur"]) | JSON,
    "date_created": st.just("Thu, 24 Aug 2023 05:01:45 +0000") | JSON,
    "date_sent": st.just("Thu, 99 Aug 2023 25:01:45 +0000") | JSON,
    "to": st.text(max_size=9) | JSON,
    "body": JSON,
    "code": st.sampled_from([21211, 20003, "21211"]) | JSON,
    "type": JSON,
    "title": JSON,
}
ANSWERS = st.fixed_dictionaries({}, optional=FIELDS) | JSON
STATUSES = st.sampled_from([200, 201, 301, 400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504])
EVERYTHING = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@EVERYTHING
@given(ANSWERS, STATUSES)
@example({"sid": "SM" + "0" * 32, "num_segments": "²"}, 201)
@example({"sid": "SM" + "0" * 32, "price": "NaN", "price_unit": "USD"}, 201)
@example({"type": 1, "title": 2, "status": "429", "code": []}, 500)
@example({"code": 21211}, 408)
@example({"type": "t", "title": "t", "status": 400, "code": 21211}, 500)  # RFC 9457, contradictory
def test_an_answer_of_any_form_ends_a_message_in_one_way(
    twilio: TwilioStandIn, answer: Any, status: int
) -> None:
    twilio.turns, before = [Turn(as_json(answer, status))], len(twilio.requests)
    came = outcome(channel(twilio.url), message())
    assert len(twilio.requests) == before + 1
    told = came.told if isinstance(came, Receipt) else str(came)
    assert told.endswith(".")
    if isinstance(came, Receipt):
        assert status in {200, 201}
        assert came.progress in {Progress.ACCEPTED, Progress.FAILED, Progress.SENT}
        assert came.vendor_id == "SM" + "0" * 32
        assert came.cost_usd is None or came.cost_usd.is_finite()
    else:
        may_be_taken = status < 300 or status >= 500 or status == 408
        assert isinstance(came, Ambiguous) == may_be_taken


@EVERYTHING
@given(st.binary(max_size=40), STATUSES)
def test_bytes_of_any_kind_are_no_message(twilio: TwilioStandIn, body: bytes, status: int) -> None:
    twilio.turns = [Turn(Reply(body, status))]
    assert isinstance(outcome(channel(twilio.url), message()), DeliveryError)


@EVERYTHING
@given(ANSWERS | st.fixed_dictionaries({"messages": st.lists(ANSWERS, max_size=3)}), STATUSES)
def test_an_answer_of_any_form_to_a_question_is_an_answer_or_asked_again(
    twilio: TwilioStandIn, answer: Any, status: int
) -> None:
    ours = channel(twilio.url)
    asks: list[Callable[[], Receipt | None]] = [
        lambda: ours.status("SM" + "0" * 32),
        lambda: ours.find(message().contact, 7, message().created_at),
    ]
    for ask in asks:
        twilio.turns = [Turn(as_json(answer, status))]
        try:
            found = ask()
        except DeliveryError as error:
            told = str(error)
        else:
            told = "Nothing." if found is None else found.told
        assert told.endswith(".")


@pytest.mark.parametrize("status", [400, 401, 404, 409, 429])
def test_a_refusal_without_a_word_is_judged_by_its_status(
    status: int, twilio: TwilioStandIn
) -> None:
    twilio.turns = [Turn(Reply(b"", status))]
    came = outcome(channel(twilio.url), message())
    assert isinstance(came, Retryable) == (status in {401, 404, 429})
