"""Cursors: what they hold comes back whole, and what nothing stores is none."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from json import dumps

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.api.paging import Key, cursor_of, instant_of, microseconds, place_of
from fintech_pipeline.api.problems import Refusal


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_in_a_cursor_comes_back_to_the_microsecond(at: datetime) -> None:
    assert instant_of(microseconds(at)) == at


@pytest.mark.parametrize("key", ["a\x00b", "\ud800", "a\udfff", 2**63, -(2**63)])
def test_what_the_database_cannot_hold_is_no_place(key: Key) -> None:
    with pytest.raises(Refusal, match="none of this list"):
        place_of(_escaped(key), type(key))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60))
def test_any_text_that_can_be_stored_is_a_place(text: str) -> None:
    assert place_of(cursor_of(text), str) == (text,)


def _escaped(key: Key) -> str:
    """As somebody writes it by hand: JSON's escapes need no letter that UTF-8 lacks."""
    return urlsafe_b64encode(dumps([key]).encode()).decode().rstrip("=")
