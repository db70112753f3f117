from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.alerts.message import plain_text, short_text, subject_line
from fintech_pipeline.alerts.message_blocks import blocks_of, counted
from fintech_pipeline.alerts.phrases import LONGEST, clock_time, moment, tidy
from fintech_pipeline.alerts.rules import Severity
from fintech_pipeline.alerts.told import LATE, Telling, Told
from fintech_pipeline.clock import SLOT
from tests.unit.made_messages import (
    AT,
    BERLIN,
    CASES,
    FALLS,
    FIRED,
    FOLDER,
    HOSTILE,
    LINKS,
    NOWHERE,
    RESOLVED,
    TEST,
    as_read,
    fallen,
    message,
)

HOSTILE_TEXT = st.text(max_size=2_000) | st.just(HOSTILE) | st.just("\r\nBcc: x@y\r\n" * 500)


@pytest.mark.parametrize("case", CASES)
def test_a_message_reads_as_it_was_agreed(case: str) -> None:
    assert as_read(case) == (FOLDER / f"{case}.txt").read_text("utf-8")


def test_every_agreed_reading_belongs_to_a_message() -> None:
    assert {file.stem for file in Path(FOLDER).iterdir()} == set(CASES)


def test_what_is_simulated_says_so_before_anything_else() -> None:
    made_up = message(FIRED, replace(FALLS[0], simulated=True))
    assert subject_line(made_up).startswith("SIMULATED")
    assert plain_text(made_up, BERLIN, LINKS).startswith("SIMULATED")
    assert short_text(made_up, BERLIN).startswith("SIMULATED")


@pytest.mark.parametrize(
    ("members", "of_symbols", "blocks"), [(4, 4, 4), (5, 15, 1), (5, 16, 5), (6, 18, 1), (6, 1, 6)]
)
def test_a_move_of_five_symbols_and_a_third_of_the_rule_is_one_block(
    members: int, of_symbols: int, blocks: int
) -> None:
    falls = [fallen(f"S{n}", -4.0, -3.0, n, of_symbols) for n in range(members)]
    assert len(blocks_of(message(*falls))) == blocks


def test_a_block_holds_the_alerts_of_one_rule_told_for_one_reason() -> None:
    ended = [replace(one, telling=Telling.RESOLVED) for one in FALLS]
    other = [replace(one, rule="other") for one in FALLS]
    blocks = blocks_of(message(*FALLS, *ended, *other))
    assert [len(block.members) for block in blocks] == [6, 6, 6]
    assert {(b.first.rule, b.first.telling) for b in blocks} == {
        ("drop", Telling.FIRED),
        ("drop", Telling.RESOLVED),
        ("other", Telling.FIRED),
    }


def test_no_alert_of_a_message_is_lost_in_its_blocks() -> None:
    told = (FIRED, *FALLS, RESOLVED, TEST)
    found = [one for block in blocks_of(message(*told)) for one in block.members]
    assert sorted(map(repr, found)) == sorted(map(repr, told))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ((FIRED,), "1 alert"),
        ((FIRED, FALLS[0]), "2 alerts"),
        ((RESOLVED,), "1 resolved"),
        ((FIRED, RESOLVED, RESOLVED), "1 alert, 2 resolved"),
    ],
)
def test_a_message_counts_what_goes_on_and_what_has_ended(
    told: tuple[Told, ...], words: str
) -> None:
    assert counted(message(*told)) == words


def test_a_message_is_late_from_ninety_minutes_after_what_it_tells() -> None:
    on_time, late = AT + LATE, AT + LATE + timedelta(seconds=1)
    assert "Late" not in plain_text(message(), BERLIN, LINKS, on_time)
    assert "Late" in plain_text(message(), BERLIN, LINKS, late)
    assert "Late" not in short_text(message(), BERLIN, on_time)
    assert "Late" in short_text(message(), BERLIN, late)


def test_the_same_message_reads_the_same_whenever_it_is_sent_in_time() -> None:
    first = plain_text(message(), BERLIN, LINKS, AT)
    assert plain_text(message(), BERLIN, LINKS, AT + timedelta(minutes=80)) == first


def test_what_has_ended_is_not_called_critical_and_asks_for_nothing() -> None:
    text = plain_text(message(RESOLVED), BERLIN, LINKS)
    assert "Critical" not in subject_line(message(RESOLVED))
    assert "fintech alerts" not in text
    assert "Note" not in text


def test_without_a_public_address_no_link_is_made() -> None:
    assert "http" not in plain_text(message(*FALLS, FIRED), BERLIN, NOWHERE)


def test_a_short_message_links_the_signal_where_there_is_room() -> None:
    page = "https://watch.example.com/signals/NVDA/2026-11-30T15:30Z"
    assert page in short_text(message(), BERLIN, links=LINKS)
    assert page not in short_text(message(), BERLIN, links=LINKS, most=160)


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Berlin", "Mon 30 Nov, 16:30 CET"),
        ("America/New_York", "Mon 30 Nov, 10:30 EST"),
        ("Asia/Tokyo", "Tue 1 Dec, 00:30 JST"),
        ("America/Sao_Paulo", "Mon 30 Nov, 12:30 UTC-03"),
        ("UTC", "Mon 30 Nov, 15:30 UTC"),
    ],
)
def test_times_are_the_readers(zone: str, shown: str) -> None:
    assert moment(AT, ZoneInfo(zone)) == shown
    utc_too = "(15:30 UTC)" in plain_text(message(), ZoneInfo(zone), LINKS)
    assert utc_too == (zone != "UTC")


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    assert [clock_time(one, BERLIN) for one in twice] == ["02:30 CEST", "02:30 CET"]


@given(HOSTILE_TEXT, HOSTILE_TEXT, HOSTILE_TEXT)
def test_no_text_of_strangers_breaks_a_line_or_makes_a_message_endless(
    name: str, reason: str, note: str
) -> None:
    told = replace(FIRED, subject_name=name, reason=reason, note=note, why=(note, reason, name))
    hostile = message(told)
    plain = plain_text(hostile, BERLIN, LINKS)
    calm = plain_text(message(replace(told, note="", why=())), BERLIN, LINKS)
    assert len(plain) < 2_500
    assert 0 <= plain.count("\n") - calm.count("\n") <= 2
    for text in (subject_line(hostile), plain.replace("\n", ""), short_text(hostile, BERLIN)):
        assert text.isprintable() or all(ord(letter) > 127 for letter in _unprintable(text))
        text.encode("utf-8")
    assert len(subject_line(hostile)) <= 150
    assert len(short_text(hostile, BERLIN)) <= 300


def _unprintable(text: str) -> list[str]:
    return [letter for letter in text if not letter.isprintable()]


@given(st.integers(1, 40), st.sampled_from(list(Severity)), st.sampled_from(list(Telling)))
def test_a_short_message_keeps_to_its_length_and_says_how_to_silence(
    count: int, severity: Severity, telling: Telling
) -> None:
    told = [
        replace(fallen(f"S{n}", -4.0 - n, -3.0, n, 40), severity=severity, telling=telling)
        for n in range(count)
    ]
    short = short_text(message(*told), BERLIN, AT + timedelta(hours=5), LINKS)
    assert len(short) <= 300
    assert ("To silence: fintech alerts" in short) == (
        telling not in {Telling.RESOLVED, Telling.TEST}
    )


@given(st.text(), st.integers(1, 50))
def test_a_tidy_text_is_one_line_of_at_most_so_many_letters(text: str, most: int) -> None:
    line = tidy(text, most)
    assert len(line) <= most
    assert line == line.strip()
    assert not set(line) & set("\r\n\t\x00\x1b\x85\u2028\u2029\u202e")


def test_a_company_without_a_name_of_its_own_is_named_once() -> None:
    plain = plain_text(message(replace(FIRED, subject_name="NVDA")), BERLIN, LINKS)
    assert plain.startswith("NVDA: ")


def test_small_prices_and_yen_are_written_as_people_do() -> None:
    penny = plain_text(message(replace(FIRED, price=0.08127)), BERLIN, LINKS)
    yen = plain_text(message(replace(FIRED, price=12345.0, currency="JPY")), BERLIN, LINKS)
    assert "0.0813 USD" in penny
    assert "12,345 JPY" in yen


def test_a_note_of_ten_thousand_letters_is_cut() -> None:
    plain = plain_text(message(replace(FIRED, note="A" * 10_000)), BERLIN, LINKS)
    assert plain.count("A") < LONGEST["note"] + 20


def test_what_a_night_has_gathered_of_one_symbol_is_no_move_of_the_market() -> None:
    nightly = [replace(FALLS[0], at=AT + night * SLOT, of_symbols=2) for night in range(6)]
    blocks = blocks_of(message(*nightly))
    assert [block.market_wide for block in blocks] == [False] * 6
