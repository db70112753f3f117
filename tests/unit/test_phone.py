"""Phone numbers as people write them, and what can be none."""

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.alerts.phone import discreet, phone_number

E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("+4915112345678", "+4915112345678"),
        ("+49 151 1234-5678", "+4915112345678"),
        ("+49 (0) 151 12345678", "+4915112345678"),
        (" +1 (212) 555-2368 ", "+12125552368"),
        ("+44 7400 123456", "+447400123456"),
        ("+81 90-1234-5678", "+819012345678"),
        ("+61 412 345 678", "+61412345678"),
        ("＋４９ 151 12345678", "+4915112345678"),
    ],
)
def test_a_number_is_stored_in_one_form_however_it_was_written(written: str, stored: str) -> None:
    assert phone_number(written) == stored


@pytest.mark.parametrize(
    ("written", "because"),
    [
        ("", "write it with its country"),
        ("0151 12345678", "write it with its country"),
        ("+", "write it with its country"),
        ("call me", "write it with its country"),
        ("+call me", "write it with its country"),
        ("+999 1234567", "no country has that code"),
        ("+49 151", "too few digits"),
        ("+1 212 555 23", "too few digits"),
        ("+1 212 555 2368 9999", "too many digits"),
        ("+1 555 2368", "perhaps its area code is missing"),
        ("+1 012 555 2368", "none that begins like this"),
        ("+1 212 555 2368 ext. 12", "an SMS reaches no extension"),
    ],
)
def test_what_can_be_no_number_is_refused_with_a_sentence(written: str, because: str) -> None:
    with pytest.raises(ValueError, match="is no phone number") as caught:
        phone_number(written)
    told = str(caught.value)
    assert because in told
    assert told.endswith(".")
    assert "\n" not in told


@given(st.text(max_size=30) | st.from_regex(r"\+[0-9 ()-]{0,18}", fullmatch=True))
def test_any_text_is_a_number_of_one_form_or_a_sentence(text: str) -> None:
    try:
        told = phone_number(text)
    except ValueError as error:
        told = str(error)
    assert E164.fullmatch(told) or "is no phone number" in told
    assert not E164.fullmatch(told) or phone_number(told) == told


def test_every_countrys_mobile_numbers_are_taken() -> None:
    mobile = phonenumbers.PhoneNumberType.MOBILE
    examples = [
        phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        for region in phonenumbers.SUPPORTED_REGIONS
        if (example := phonenumbers.example_number_for_type(region, mobile))
    ]
    assert len(examples) > 200
    assert [phone_number(number) for number in examples] == examples


def test_a_sentence_shows_no_whole_number() -> None:
    assert discreet("+4915112345678") == "+49…78"
    assert discreet("+12125552368") == "+1…68"
    assert discreet("nobody") == "…dy"
