"""The text of an SMS: what it counts as, how it is cut, and what becomes of other alphabets."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fintech_pipeline.alerts.channels.sms.segments import (
    BASIC,
    EXTENSION,
    is_gsm_7,
    marked,
    segments,
)
from fintech_pipeline.alerts.channels.sms.text import carries, in_gsm_7, mark_of, sms_text
from fintech_pipeline.alerts.message import short_text
from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.alerts.told import Message, Telling, Told

# The default alphabet as the table of 3GPP TS 23.038 has it, septet by septet, sixteen a line.
TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
# The extension table: what follows an escape.
EXTENDED = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
GSM_7 = st.text(st.sampled_from(sorted(BASIC | EXTENSION)), max_size=500)
ANYTHING = st.text(max_size=300) | GSM_7 | st.text(st.sampled_from("ab [€株😀"), max_size=400)


def septets(text: str) -> bytes | None:
    """The text as it goes over the air in GSM-7; None where it cannot."""
    codes = {character: bytes([code]) for code, character in enumerate(TABLE)}
    codes |= {character: bytes([0x1B, code]) for code, character in EXTENDED.items()}
    del codes["\x1b"]
    if any(character not in codes for character in text):
        return None
    return b"".join(codes[character] for character in text)


def on_the_air(text: str) -> list[str]:
    """The text of each message, divided as a phone's network divides it and read again."""
    encoded = septets(text)
    if encoded is not None:
        places = _ends(len(encoded), 160, 153, lambda place: encoded[place - 1] == 0x1B)
        return [_read(encoded[begin:end]) for begin, end in places]
    units = text.encode("utf-16-be")
    places = _ends(len(units) // 2, 70, 67, lambda place: 0xD8 <= units[2 * place - 2] <= 0xDB)
    return [units[2 * begin : 2 * end].decode("utf-16-be") for begin, end in places]


def _ends(
    length: int, single: int, joined: int, inside: Callable[[int], bool]
) -> list[tuple[int, int]]:
    """Where each message begins and ends; never at a place that is inside of a pair."""
    if length <= single:
        return [(0, length)]
    places, begin = [], 0
    while begin < length:
        end = min(begin + joined, length)
        end -= 1 if end < length and inside(end) else 0
        places.append((begin, end))
        begin = end
    return places


def _read(encoded: bytes) -> str:
    told, codes = "", iter(encoded)
    for code in codes:
        told += EXTENDED[next(codes)] if code == 0x1B else TABLE[code]
    return told


def test_the_alphabet_is_the_published_one() -> None:
    assert len(TABLE) == 128
    assert set(TABLE) - {"\x1b"} == BASIC
    assert set(EXTENDED.values()) == EXTENSION


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 6, 1),
        ("a" * 152 + "€" + "a" * 153, 3),  # the escape pair would be divided: 307 septets
        ("a" * 151 + "€" + "a" * 153, 2),
        ("ä" * 160, 1),
        ("ç" * 71, 2),
        ("株" * 70, 1),
        ("株" * 71, 2),
        ("株" * 134, 2),
        ("株" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),
        ("😀" * 67, 3),  # 134 units, but 33 pairs a segment
        ("a" * 152 + "“", 3),  # Twilio's own example of one stray quote
    ],
)
def test_a_text_counts_as_so_many_sms(text: str, count: int) -> None:
    assert segments(text) == count


@given(ANYTHING)
def test_the_count_is_that_of_dividing_what_goes_over_the_air(text: str) -> None:
    parts = on_the_air(text)
    assert segments(text) == len(parts)
    assert "".join(parts) == text


@given(ANYTHING, st.integers(1, 10**12), st.integers(1, 4))
def test_a_cut_text_is_never_too_long_and_keeps_its_mark_and_its_begin(
    text: str, number: int, most: int
) -> None:
    mark = f"[d{number}]"
    told = marked(text, mark, most)
    assert segments(told) <= most
    assert len(on_the_air(told)) <= most
    assert told.endswith(mark)
    kept = told.removesuffix(mark).rstrip(" ")
    if kept != text.strip():
        assert text.strip().startswith(kept.removesuffix("..."))
        assert segments(f"{text.strip()} {mark}") > most


@given(st.text(st.sampled_from("abcdefg [€"), min_size=200, max_size=900), st.integers(1, 3))
def test_little_is_cut_from_a_text_of_letters_that_is_too_long(text: str, most: int) -> None:
    solid = "x" + text.replace(" ", "-") + "x"
    told = marked(solid, "[d7]", most)
    assert (
        told == f"{solid} [d7]"
        or len(septets(told) or b"") >= (160 if most == 1 else 153 * most - most) - 2
    )


def test_a_text_is_cut_between_words_and_no_half_link_is_left() -> None:
    link = "https://watch.example/signals/AAPL/2026-11-27T20:30Z"
    told = marked(f"{'Apple rises. ' * 10}{link} and more and more", "[d12]", 1)
    assert told == f"{'Apple rises. ' * 10}".rstrip() + "... [d12]"


def test_what_gsm_7_has_is_kept_and_the_rest_takes_its_likeness() -> None:
    assert in_gsm_7("Häagen & Peña: 5 € [à ~ß]") == "Häagen & Peña: 5 € [à ~ß]"
    assert in_gsm_7("“Don’t” – 3.1× the usual…") == '"Don\'t" - 3.1x the usual...'
    assert in_gsm_7("Škoda, Façade, Łódź") == "Skoda, Facade, Lodz"
    assert in_gsm_7("a\u0308 n\u0303") == "ä ñ"
    assert in_gsm_7("BUY → 5\u202f% `now`\t!") == "BUY -> 5 % 'now' !"
    assert in_gsm_7("−4.2 %") == "-4.2 %"
    assert "株" not in in_gsm_7("株")
    assert in_gsm_7("\x00\x1b\x7f\ud800") == ""


def test_every_code_point_becomes_gsm_7() -> None:
    strays = [code for code in range(0x110000) if not is_gsm_7(in_gsm_7(chr(code)))]
    assert strays == []


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_any_text_is_sent_in_the_cheap_alphabet_and_found_by_its_mark(text: str) -> None:
    told = sms_text(text, 4711)
    assert septets(told) is not None
    assert segments(told) <= 3
    assert carries(told, 4711)
    assert carries(f"Sent from your Twilio trial account - {told}\n", 4711)
    assert not carries(told, 471)
    assert not carries(told, 14711)
    assert unicodedata.is_normalized("NFC", told)


def test_a_mark_inside_a_text_is_no_mark() -> None:
    assert not carries(f"Apple {mark_of(5)} rises {mark_of(6)}", 5)


def test_an_alert_reads_as_two_sms_at_most() -> None:
    at = datetime(2026, 11, 27, 20, 30, tzinfo=UTC)
    told = Told(
        12,
        Telling.FIRED,
        "big moves",
        Severity.CRITICAL,
        "SAP.DE",
        "SAP SE – Übergröße",
        "price −5.2 % in 1d is below −5 %",
        at,
        at,
        "price_change_pct",
        -5.2,
        price=203.4,
        change_pct=-5.2,
        currency="EUR",
        score=0.72,
        action="strong_buy",
        confidence=0.8,
        why=("“surprise” in the news", "volume 3.1× the usual"),
        simulated=True,
    )
    contact = Contact(ChannelName.SMS, "+4915112345678")
    sent = sms_text(short_text(Message(98, "anna", contact, at, (told,)), UTC), 98)
    assert segments(sent) == 2
    assert sent.startswith("SIMULATED. Critical. SAP.DE: price -5.2 % in 1d is below -5 %.")
    assert "Strong buy, score +0.72" in sent
    assert '"surprise" in the news' in sent
    assert sent.endswith("To silence: fintech alerts ack 12 [d98]")
