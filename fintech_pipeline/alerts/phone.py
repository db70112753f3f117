"""Phone numbers: the one form in which they are stored, shown and dialled. Pure."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from fintech_pipeline.alerts.reading import short

_WITHOUT_COUNTRY = "write it with its country, like +4915112345678"
_SHORT = "it has too few digits for its country; perhaps its area code is missing"
_UNLIKELY = {
    ValidationResult.TOO_SHORT: _SHORT,
    ValidationResult.TOO_LONG: "it has too many digits for its country",
    ValidationResult.INVALID_LENGTH: "no number of its country has so many digits",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: _SHORT,
}


def phone_number(text: str) -> str:
    """The number in E.164 form: `+49 151 1234-5678` is `+4915112345678`.

    Spaces, hyphens and brackets are taken as people write them; the country must be there, because
    nobody knows whose "0151" it is. Whether anybody has the number only the vendor can say.

    Args:
        text: As a person wrote it.

    Raises:
        ValueError: No such number can exist; a sentence says why.
    """
    told = f"{short(' '.join(text.split()))} is no phone number"
    if not text.strip().startswith(("+", "＋")):
        raise ValueError(f"{told}: {_WITHOUT_COUNTRY}.")
    try:
        number = phonenumbers.parse(text, None)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            raise ValueError(f"{told}: no country has that code; {_WITHOUT_COUNTRY}.") from None
        raise ValueError(f"{told}: {_WITHOUT_COUNTRY}.") from None
    if number.extension:
        raise ValueError(f"{told}: an SMS reaches no extension; leave it out.")
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible in _UNLIKELY:
        raise ValueError(f"{told}: {_UNLIKELY[possible]}.")
    if not phonenumbers.is_valid_number(number):
        raise ValueError(f"{told}: its country has none that begins like this.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def discreet(number: str) -> str:
    """The number as a sentence shows it, the country and the last digits: `+49…78`."""
    try:
        country = f"+{phonenumbers.parse(number, None).country_code}"
    except NumberParseException:
        country = ""
    return f"{country}…{number[-2:]}"
