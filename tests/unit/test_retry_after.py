"""The pause that a Retry-After header asks for, whatever a vendor writes into it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fintech_pipeline.quota.caller import LONGEST_PAUSE, retry_after

NOW = datetime(2026, 11, 6, 8, 49, 37, tzinfo=UTC)
PARTS = st.sampled_from(
    ["Fri", ",", " ", "06", "Nov", "2026", "9999", "0", ":", "08:49:37", "99:99:99", "GMT", "+9999",
     "-0000", "-9959", "\x00", "٣", "1e9", "-1", "Sun, 06 Nov 0001 00:00:00 +2359"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        # The three forms of a date that RFC 9110, 5.6.7, names.
        ("Fri, 06 Nov 2026 08:50:37 GMT", 60),
        ("Friday, 06-Nov-26 08:50:37 GMT", 60),
        ("Fri Nov  6 08:50:37 2026", 60),
        ("Fri, 06 Nov 2026 09:50:37 +0100", 60),
        ("Fri, 06 Nov 2026 08:00:00 GMT", 0),
        ("999999999", 6 * 3600),
        ("Fri, 06 Nov 2099 08:50:37 GMT", 6 * 3600),
    ],
)
def test_seconds_and_dates_are_understood(text: str, seconds: int) -> None:
    assert retry_after(text, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", [None, "", "soon", "-5", "1.5", "9" * 5000, "tomorrow, please"])
def test_what_says_nothing_is_no_pause(text: str | None) -> None:
    assert retry_after(text, NOW) is None


@given(st.text(max_size=60) | st.lists(PARTS, max_size=9).map("".join))
@example("Sun, 06 Nov 0001 00:00:00 +2359")
@example("Fri, 31 Dec 9999 23:59:59 -2359")
def test_no_header_breaks_it_or_asks_for_too_much(text: str) -> None:
    pause = retry_after(text, NOW)
    assert pause is None or timedelta(0) <= pause <= LONGEST_PAUSE


@given(st.integers(0, 6 * 3600))
def test_a_date_means_the_same_as_its_seconds(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert retry_after(format_datetime(NOW + span, usegmt=True), NOW) == span
    assert retry_after(str(seconds), NOW) == span
