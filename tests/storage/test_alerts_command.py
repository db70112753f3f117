"""`fintech alerts` as a person and a program use it, on a real database."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from fintech_pipeline.alerts.tables import alert_events, alerts, contacts, decided_slots
from fintech_pipeline.cli.main import fintech
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.storage.database import Database
from tests.storage.alert_rows import contact_id, event, message, open_alert, pending, untold

CONFIG = """
name = "mine"
[pipeline]
starts_on = 2025-03-03
[market]
providers = ["files"]
[market.files]
folder = "bars"
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
tags = ["core"]
[[watchlist]]
symbol = "KO"
name = "The Coca-Cola Company"
"""
RULES = """
[people.anna]
time_zone = "Europe/Berlin"
quiet_hours = "22:00-07:00"
email = "anna@example.com"
sms = "+4915112345678"
apprise = "ntfy://hunter2@example.com/topic"

[rules.good]
metric = "score"
above = 0.6
clear = 0.4
notify = ["anna"]
repeat = "4h"

[rules.core]
metric = "action"
to = "any"
tags = ["core"]
severity = "critical"
notify = ["anna by email"]
"""
# Whole seconds, so that what is printed is what is stored.
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
Tells = Callable[..., str]


@pytest.fixture
def tells(database: Database, tmp_path: Path) -> Tells:
    """What `fintech alerts` prints; a file of rules is written first where one is given."""
    (tmp_path / "mine.toml").write_text(CONFIG)

    def run(*words: str, rules: str | None = None, fails: type[Exception] | None = None) -> str:
        file = tmp_path / "rules.toml"
        if rules is not None:
            file.write_text(rules)
        told = [str(file) if word == "rules.toml" else word for word in words]
        environment = {"DATABASE_URL": database.url, "COLUMNS": "160", "FINTECH_CONFIG": None}
        command = ["--config", str(tmp_path / "mine.toml"), "alerts", *told]
        if fails is not None:
            with pytest.raises(fails) as caught:
                CliRunner().invoke(
                    fintech, command, env=environment, standalone_mode=False, catch_exceptions=False
                )
            return str(caught.value)
        done = CliRunner().invoke(fintech, command, env=environment, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run


@pytest.fixture
def applied(tells: Tells) -> Tells:
    tells("apply", "-f", "rules.toml", "--by", "lena", rules=RULES)
    return tells


def data(told: str) -> Any:
    """The JSON of what was printed; warnings stand after it."""
    return json.JSONDecoder().raw_decode(told)[0]


def fired(database: Database, subject: str = "AAPL", rule: str = "good") -> int:
    with database.transaction() as connection:
        return open_alert(connection, rule, subject, NOW)


def test_a_file_is_applied_and_shown_as_a_difference(tells: Tells) -> None:
    told = tells("apply", "-f", "rules.toml", rules=RULES)
    assert "+ person anna" in told
    assert "    quiet_hours   22:00-07:00" in told
    assert "+ rule core\n    metric        action\n    to            any\n" in told
    assert "1 person added, 2 rules added." in told
    assert "No email leaves: the configuration has no mail server, [alerts.smtp]." in told
    again = tells("apply", "-f", "rules.toml")
    assert "Nothing changes; what is stored is what the file says." in again
    changed = tells("apply", "-f", "rules.toml", "--dry-run", rules=RULES.replace("0.6", "0.7"))
    assert "~ rule good\n    above         0.6 → 0.7\n1 rule changed.\n" in changed
    assert "Nothing was changed: this was a dry run." in changed
    assert "0.6" in tells("list", "--rules")


def test_a_file_with_mistakes_changes_nothing_and_tells_each(applied: Tells) -> None:
    broken = RULES.replace("0.6", "6").replace('"any"', '"everything"')
    told = applied("apply", "-f", "rules.toml", rules=broken, fails=ConfigurationError)
    assert told.splitlines() == [
        "rules.toml, rule good: above = 6 never fires: score lies between -1 and 1.",
        'rules.toml, rule core: to can\'t be "everything"; there is strong_sell, sell, hold, buy,'
        " strong_buy.",
        "Nothing was changed.",
    ]
    assert "0.6" in applied("list", "--rules")


def test_a_program_gets_the_difference(applied: Tells, database: Database) -> None:
    alert = fired(database)
    only = RULES.partition("[rules.good]")[0] + "[rules.core]" + RULES.partition("[rules.core]")[2]
    document = data(applied("apply", "-f", "rules.toml", "--by", "lena", "--json", rules=only))
    assert document == {
        "dry_run": False,
        "changes": [{"kind": "rule", "name": "good", "did": "removed", "keys": []}],
        "ended": [
            {
                "alert_id": alert,
                "rule": "good",
                "subject": "AAPL",
                "reason": "Its rule was removed by lena.",
            }
        ],
    }


def test_no_command_shows_the_secret_of_an_apprise_address(
    tells: Tells, database: Database
) -> None:
    told = tells("apply", "-f", "rules.toml", rules=RULES)
    told += tells("list", "--people") + tells("list", "--people", "--json")
    with database.transaction() as connection:
        alert = open_alert(connection, "good", "AAPL", NOW)
        number = event(connection, alert, "e", NOW)
        message(connection, number, contact_id(connection, "anna", "apprise"), NOW)
    told += tells("why", str(alert)) + tells("why", str(alert), "--json") + tells("history")
    told += tells("apply", "-f", "rules.toml", "--json", rules=RULES.replace("topic", "other"))
    assert "ntfy://…" in told
    assert "hunter2" not in told


def test_what_a_rule_names_and_nobody_has_is_a_warning(tells: Tells) -> None:
    rules = RULES.replace("above = 0.6", 'above = 0.6\nsymbols = ["TSLA", "AAPL"]')
    rules = rules.replace('"core"', '"chips"').replace("ntfy://hunter2@", "ntfy://${NTFY_TOKEN}@")
    told = tells("apply", "-f", "rules.toml", rules=rules)
    assert (
        "Warning: The rule good names TSLA, which nobody follows; `fintech watchlist add TSLA`"
        in told
    )
    assert "Warning: The rule core names the tag chips, which no symbol carries;" in told
    assert "anna's Apprise address uses ${NTFY_TOKEN}, which is not set here;" in told


def test_the_list_shows_what_is_open_first(applied: Tells, database: Database) -> None:
    assert "No alert is open, and none ended in the last day." in applied("list")
    first, second = fired(database), fired(database, "KO")
    with database.transaction() as connection:
        connection.execute(sa.update(alerts).where(alerts.c.id == second).values(resolved_at=NOW))
    applied("ack", str(first), "--by", "ben")
    applied("silence", "--symbol", "aapl", "--for", "2h")
    told = applied("list")
    assert told.index("AAPL") < told.index("KO")
    assert "firing, acknowledged by ben, silence 1" in told
    assert "score +0.72" in told
    assert f"ended {NOW:%H:%MZ}" in told
    assert "1 open;" in told
    document = data(applied("list", "--json"))["alerts"]
    assert [(one["alert_id"], one["silenced_by"]) for one in document] == [
        (first, 1),
        (second, None),
    ]
    assert document[0]["started_at"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"


def test_rules_and_people_are_shown_as_they_are_meant(applied: Tells) -> None:
    told = applied("list", "--rules")
    assert "score above +0.60" in told
    assert "not above +0.40" in told
    assert "tag core" in told
    people = applied("list", "--people")
    assert "email anna@example.com" in people
    assert "22:00-07:00" in people
    document = data(applied("list", "--rules", "--people", "--json"))
    assert document["rules"][0]["definition"]["clear"] == 0.4
    assert document["people"][0]["contacts"][1]["address"] == "+4915112345678"


def test_an_alert_is_acknowledged_once_by_whoever_is_first(
    applied: Tells, database: Database
) -> None:
    alert = fired(database)
    assert applied("ack", str(alert), "--by", "ben", "--comment", "on it.") == (
        f"The alert {alert} (good, AAPL) is acknowledged by ben; nobody is told of it again, only"
        " of its end.\n"
    )
    assert "was acknowledged by ben at " in applied("ack", str(alert), "--by", "anna")
    with database.transaction() as connection:
        told = connection.execute(
            sa.select(alert_events.c.reason).where(alert_events.c.event == "acknowledged")
        )
        assert told.scalars().all() == ["ben has acknowledged it: on it."]
        connection.execute(sa.update(alerts).values(resolved_at=NOW, acknowledged_by=None))
    assert "ended at " in applied("ack", str(alert), fails=ConfigurationError)


def test_a_number_that_is_mistyped_acknowledges_nothing(applied: Tells, database: Database) -> None:
    alert = fired(database)
    told = applied("ack", str(alert), "999", fails=ConfigurationError)
    assert told == "There is no alert 999; `fintech alerts list` shows them."
    with database.transaction() as connection:
        assert connection.scalar(sa.select(alerts.c.acknowledged_by)) is None


def test_a_silence_is_made_shown_and_ended(applied: Tells, database: Database) -> None:
    alert = fired(database)
    told = applied(
        "silence", "--rule", "good", "--for", "2h", "--comment", "earnings", "--by", "ben"
    )
    assert told.startswith("Silence 1 on rule good, until ")
    assert "it covers 1 open alert now." in told
    assert "earnings" in applied("silences")
    told = applied("silence", "--until-resolved", str(alert))
    assert told.startswith(f"Silence 2 on alert {alert}, until it has ended; it covers 1 open")
    assert [one["silence_id"] for one in data(applied("silences", "--json"))["silences"]] == [1, 2]
    assert applied("unsilence", "1") == "The silence 1 on rule good has ended.\n"
    with database.transaction() as connection:
        connection.execute(sa.update(alerts).values(resolved_at=NOW))
    assert applied("silences") == "Nothing is silenced.\n"
    assert "ended at " in applied("unsilence", "1", fails=ConfigurationError)
    told = applied("silence", "--severity", "critical", "--tag", "core", "--for", "1d 12h")
    assert told.startswith("Silence 3 on tag core, severity critical, until ")
    assert "it covers 0 open alerts now." in told
    assert "There is no silence 9" in applied("unsilence", "9", fails=ConfigurationError)
    told = applied("silence", "--until-resolved", str(alert), fails=ConfigurationError)
    assert "there is nothing to silence" in told
    told = applied("silence", "--rule", "god", "--for", "2h", fails=ConfigurationError)
    assert told == "There is no rule god; did you mean good."


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Say what is silenced: "),
        (["--symbol", "AAPL"], "Say for how long, such as --for 2h"),
        (["--until-resolved", "1", "--for", "2h"], "--until-resolved names one alert and its end"),
        (["--symbol", "AAPL", "--for", "2 days"], "is no span of time; write it like 45m, 2h or"),
        (["--symbol", "AAPL", "--for", "0m"], "is not between a minute and a year"),
    ],
)
def test_a_silence_of_everything_or_without_an_end_is_refused(
    tells: Tells, words: list[str], told: str
) -> None:
    assert told in tells("silence", *words, fails=Exception)


def test_the_story_of_an_alert_says_who_was_told_and_who_was_not(
    applied: Tells, database: Database
) -> None:
    alert = fired(database)
    with database.transaction() as connection:
        email = contact_id(connection, "anna", "email")
        sms = contact_id(connection, "anna", "sms")
        begun = connection.scalars(sa.select(alert_events.c.id)).one()
        sent = message(connection, begun, email, NOW)
        untold(connection, begun, sms, "It is quiet for anna until 05:00Z.")
        again = event(connection, alert, "repeated", NOW + timedelta(minutes=1))
        waiting = message(connection, again, email, NOW, "planned", "")
    told = applied("why", str(alert))
    assert f"Alert {alert}: good, AAPL, warning" in told
    assert "and still open" in told
    assert "fired: Score +0.72 is above +0.60." in told
    assert (
        f"    anna, email anna@example.com: message {sent}, sent {NOW:%Y-%m-%d %H:%MZ}. The mail"
        " server accepted it." in told
    )
    assert "anna, sms +4915112345678: not told. It is quiet for anna until 05:00Z." in told
    assert f"message {waiting}, waits, due {NOW:%Y-%m-%d %H:%MZ}." in told
    assert applied("why", "good", "aapl") == told
    document = data(applied("why", str(alert), "--json"))
    assert [one["event"] for one in document["events"]] == ["fired", "repeated"]
    assert document["events"][0]["notices"][1]["delivery_id"] is None
    history = applied("history", "--rule", "good", "--symbol", "aapl")
    assert f"anna by email: message {sent}, sent" in history
    assert "Nothing happened" in applied("history", "--rule", "core")


def test_why_a_rule_is_quiet_about_a_symbol(applied: Tells, database: Database) -> None:
    with database.transaction() as connection:
        pending(connection, "good", "KO", NOW)
        connection.execute(
            sa.insert(decided_slots).values(
                slot_at=NOW, decided_at=NOW, signal_id=1, told="16:00Z: nothing changed."
            )
        )
    assert "It is pending since " in applied("why", "good", "KO")
    calm = applied("why", "good", "AAPL")
    assert "good has no open alert about AAPL." in calm
    assert "It is calm: the rule waits for score above +0.60." in calm
    assert "The newest slot that was decided is 16:00Z: nothing changed." in calm
    assert "The rule is not about it: it names the tag core." in applied("why", "core", "KO")
    assert "Nobody follows it; `fintech watchlist add` does." in applied("why", "good", "TSLA")
    assert "There is no rule x;" in applied("why", "x", "KO", fails=ConfigurationError)
    assert "There is no alert 7;" in applied("why", "7", fails=ConfigurationError)
    assert "Name an alert by its number, or a rule" in applied("why", "good", fails=Exception)
    document = data(applied("why", "good", "KO", "--json"))
    assert document["standing"]["phase"] == "pending"


def test_a_disabled_contact_is_shown_and_enabled(applied: Tells, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(
            sa.update(contacts)
            .where(contacts.c.channel == "sms")
            .values(disabled_at=NOW, disabled_because="The number has opted out.")
        )
    assert "disabled: The number has opted out." in applied("list", "--people")
    assert "`fintech alerts enable anna --channel sms` sends there again." in applied(
        "apply", "-f", "rules.toml"
    )
    assert applied("enable", "anna", "--channel", "sms") == (
        "anna is reached by sms +4915112345678 again.\n"
    )
    assert "disabled" not in applied("list", "--people")


def test_history_tells_why_a_message_did_not_arrive(applied: Tells, database: Database) -> None:
    alert = fired(database)
    with database.transaction() as connection:
        email = contact_id(connection, "anna", "email")
        begun = connection.scalars(sa.select(alert_events.c.id)).one()
        message(connection, begun, email, NOW, "failed", "There is no such user.")
        again = event(connection, alert, "repeated", NOW + timedelta(minutes=1))
        message(connection, again, email, NOW, "planned", "The mail server is full.")
    history = " ".join(applied("history").replace("│", " ").split())
    assert "message 1, failed. There is no such user." in history
    assert f"waits, due {NOW:%Y-%m-%d %H:%MZ}. The mail server is full." in history


def test_more_history_than_is_shown_is_said(applied: Tells, database: Database) -> None:
    alert = fired(database)
    with database.transaction() as connection:
        for minute in range(55):
            event(connection, alert, "repeated", NOW - timedelta(minutes=minute))
    assert "These are the newest 50; --json has them all." in applied("history")
    assert len(data(applied("history", "--json"))["events"]) == 56
