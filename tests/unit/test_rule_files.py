"""A file of people and rules is checked as a whole, and all that is wrong is told at once."""

from datetime import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.alerts.people import Contact, Person, QuietHours
from fintech_pipeline.alerts.person_definition import definition_of_person, read_person
from fintech_pipeline.alerts.rule_definition import read_rule
from fintech_pipeline.alerts.rule_files import RuleFile, read_rule_file
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.errors import ConfigurationError

PROJECT = Path(__file__).resolve().parents[2]
GOOD = """
[people.anna]
time_zone = "Europe/Berlin"
quiet_hours = "22:00-07:00"
email = ["anna@example.com", "anna.work@example.com"]
sms = "+49 151 1234-5678"
apprise = "${ANNA_NTFY_URL}"
console = true
sms_per_day = 10

[rules.good]
metric = "score"
above = 0.6
notify = ["anna by email"]
"""
ANNA = Person(
    "anna",
    (
        Contact(ChannelName.EMAIL, "anna@example.com"),
        Contact(ChannelName.EMAIL, "anna.work@example.com"),
        Contact(ChannelName.SMS, "+4915112345678"),
        Contact(ChannelName.APPRISE, "${ANNA_NTFY_URL}"),
        Contact(ChannelName.CONSOLE, ""),
    ),
    "Europe/Berlin",
    QuietHours(time(22), time(7)),
    10,
)


def file_of(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "rules.toml"
    path.write_bytes(text.encode(encoding))
    return path


def read(folder: Path, text: str) -> RuleFile:
    return read_rule_file(file_of(folder, text))


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(folder, text)
    return str(caught.value).splitlines()


def mistakes_of(definition: dict[str, Any], name: str = "anna") -> list[str]:
    person, mistakes = read_person("anna", name, definition)
    assert (person is None) == bool(mistakes)
    return [mistake.removeprefix("anna: ") for mistake in mistakes]


def test_a_file_names_people_and_rules(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    assert found.people == (ANNA,)
    assert [rule.name for rule in found.rules] == ["good"]


def test_a_file_may_begin_with_a_mark_and_end_its_lines_as_windows_does(tmp_path: Path) -> None:
    windows = GOOD.replace("\n", "\r\n")
    assert read_rule_file(file_of(tmp_path, windows, "utf-8-sig")) == read(tmp_path, GOOD)


@pytest.mark.parametrize("name", ["examples/rules.toml", "fintech_pipeline/demo_rules.toml"])
def test_the_files_that_ship_are_right(name: str) -> None:
    found = read_rule_file(PROJECT / name)
    assert found.people
    assert found.rules


def test_all_mistakes_of_a_file_are_told_at_once_each_with_its_place(tmp_path: Path) -> None:
    assert refused(
        tmp_path,
        """
        [poeple.x]
        [people.anna]
        sms = "0151 1234"
        [people.ben]
        email = "ben@example.com"
        [rules.a]
        metric = "score"
        above = 7
        notify = ["ben", "carl"]
        [rules.b]
        metric = "score"
        above = 0.5
        notify = ["ben by sms", "bne", "anna"]
        """,
    ) == [
        'rules.toml: "poeple" is not a key; did you mean people.',
        'rules.toml, person anna: sms: "0151 1234" is no phone number: write it with its country,'
        " like +4915112345678.",
        "rules.toml, rule a: above = 7 never fires: score lies between -1 and 1.",
        'rules.toml, rule a: notify names "carl", who is not there; there is anna, ben.',
        "rules.toml, rule b: notify names ben by sms, but ben has only email; write sms = … under"
        " [people.ben].",
        'rules.toml, rule b: notify names "bne", who is not there; did you mean ben.',
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "rules.toml is empty; write a person, [people.NAME], and a rule, [rules.NAME]."),
        ("# only this", "rules.toml is empty; write a person, [people.NAME], and a rule, "),
        ("people = 5", "rules.toml: people must be tables like [people.NAME]."),
        ("[rules]\na = 5", "rules.toml, rule a: it must be a table, which begins with [rules.a]."),
        ("[rules.a", "rules.toml is not valid TOML: "),
        ("[rules.a]\nfor = 5\nfor = 6", "rules.toml is not valid TOML: "),
        ("a = " + "[" * 5000, "rules.toml is not valid TOML: "),
        ("a = " + "1" * 5000, "rules.toml is not valid TOML: "),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, text: str, told: str) -> None:
    (line,) = refused(tmp_path, text)
    assert line.startswith(told)


@pytest.mark.parametrize("key", ["above", "most_per_day", "for", "note", "symbols"])
def test_a_number_too_great_to_be_written_out_is_told_as_one(key: str) -> None:
    _, mistakes = read_rule("x", "x", {"metric": "score", "notify": "anna", key: 16**5000})
    assert any("not so great a number" in one for one in mistakes)


@pytest.mark.parametrize(
    "written",
    [
        {"apprise": {"url": "ntfys://u:hunter2@h/t"}},
        {"apprise": [5, "ntfys://u:hunter2@h/t"]},
        {"apprise": "ntfys://u:hunter2@h/t of mine"},
        {"email": "ntfys://u:hunter2@h/t"},
        {"sms": "ntfys://u:hunter2@h/t"},
        {"console": "ntfys://u:hunter2@h/t"},
    ],
)
def test_a_secret_in_the_wrong_place_is_not_shown(written: dict[str, Any]) -> None:
    (told,) = mistakes_of(written)
    assert "hunter2" not in told


def test_what_would_command_a_terminal_is_not_repeated() -> None:
    _, mistakes = read_rule("x", "x", {"metric": "score", "above": 0, "notify": "\x1b[2J"})
    assert mistakes
    assert all(one.isprintable() for one in mistakes)


def test_a_rule_without_any_people_says_to_write_them_first(tmp_path: Path) -> None:
    (line,) = refused(tmp_path, '[rules.a]\nmetric = "score"\nabove = 0.5\nnotify = "anna"')
    assert line.endswith('notify names "anna", who is not there; write [people.NAME] first.')


def test_a_file_that_is_not_there_a_folder_and_bytes_are_told(tmp_path: Path) -> None:
    for path, told in (
        (tmp_path / "none.toml", "There is no file "),
        (tmp_path, "is not a file; name a TOML file of rules."),
        (file_of(tmp_path, GOOD, "utf-16"), "is not UTF-8 text; save it as UTF-8."),
    ):
        with pytest.raises(ConfigurationError) as caught:
            read_rule_file(path)
        assert told in str(caught.value)


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ({}, 'there is no way to reach them; write email = "…", sms, apprise or console.'),
        ({"console": False}, 'there is no way to reach them; write email = "…", sms, '),
        ({"emial": "a@b.c"}, '"emial" is not a key; did you mean email.'),
        ({"email": "anna"}, 'email: "anna" is no mail address; write it like "anna@example.com".'),
        ({"email": "a@b.c\nBcc: d@e.f"}, "email: "),
        ({"email": ["a@b.c", "a@b.c"]}, "email has the same address twice."),
        ({"sms": "+491"}, 'sms: "+491" is no phone number: '),
        ({"sms": ["+4915112345678", "+49 151 12345678"]}, "sms has the same address twice."),
        ({"sms": 49}, 'sms must be a list like ["…", "…"], not 49.'),
        ({"console": "yes"}, 'console must be true or false, not "yes".'),
        (
            {"console": True, "time_zone": "europe/berln"},
            'time_zone: "europe/berln" is no time zone; did you mean Europe/Berlin.',
        ),
        ({"console": True, "time_zone": "../etc/passwd"}, "time_zone: "),
        (
            {"console": True, "quiet_hours": "22:00"},
            'quiet_hours must be like "22:00-07:00", not "22:00".',
        ),
        ({"console": True, "quiet_hours": "25:00-07:00"}, "quiet_hours must be like "),
        (
            {"console": True, "quiet_hours": "07:00-07:00"},
            "quiet_hours 07:00-07:00 have no length; leave them out for none.",
        ),
        ({"console": True, "quiet_hours": "00:00-24:00"}, "quiet_hours 00:00-24:00 have no "),
        (
            {"console": True, "sms_per_day": 5},
            "sms_per_day is there, but no sms; write the number, or leave it out.",
        ),
        ({"sms": "+4915112345678", "sms_per_day": 0}, "sms_per_day must be a whole number from "),
    ],
)
def test_a_mistake_about_a_person_is_one_sentence(definition: dict[str, Any], told: str) -> None:
    (mistake,) = mistakes_of(definition)
    assert mistake.startswith(told)


@pytest.mark.parametrize("address", ["topic-of-mine", "${NTFY", "${N TFY}", "ntfy://a b", "${}"])
def test_what_is_no_apprise_address_is_told_without_being_shown(address: str) -> None:
    (mistake,) = mistakes_of({"apprise": address})
    assert mistake == (
        'apprise: it is no Apprise address; write it like "ntfy://topic", a secret in it as'
        ' "${NAME}".'
    )


def test_an_apprise_address_keeps_the_name_of_its_secret() -> None:
    for address in ("ntfys://${TOKEN}@example.com/topic", "${ANNA_NTFY_URL}"):
        person, _ = read_person("anna", "anna", {"apprise": address})
        assert person is not None
        assert person.contacts == (Contact(ChannelName.APPRISE, address),)


def test_quiet_hours_may_end_at_midnight() -> None:
    person, _ = read_person("anna", "anna", {"console": True, "quiet_hours": "20:00 – 24:00"})
    assert person is not None
    assert person.quiet == QuietHours(time(20), time(0))


def test_a_person_written_down_is_the_same_when_read_again() -> None:
    assert read_person("anna", "anna", definition_of_person(ANNA)) == (ANNA, [])


KEYS = ["time_zone", "quiet_hours", "email", "sms", "apprise", "console", "sms_per_day", "x"]
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.lists(st.text(), max_size=3)
)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES), st.text(max_size=5))
def test_whatever_is_written_of_a_person_is_read_or_told(
    definition: dict[str, Any], name: str
) -> None:
    person, mistakes = read_person("anna", name, definition)
    assert (person is None) == bool(mistakes)
    assert all(mistake.startswith("anna: ") and mistake.endswith(".") for mistake in mistakes)
