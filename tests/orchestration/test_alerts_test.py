"""`fintech alerts test` and what `apply` tells of rules, as a person runs them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.orchestration.judged_past import CONFIG, Past
from tests.orchestration.watching import Watch
from tests.vendors.mail_server import receiving

PEOPLE = """
[people.anna]
email = "anna@example.com"
console = true
"""
RULES = (
    PEOPLE
    + """
[rules.everything]
metric = "score"
above = -0.99
notify = ["anna"]
[rules.never]
metric = "price_change_pct"
window = "2h"
below = -90
notify = ["anna"]
[rules.late]
metric = "lateness_minutes"
above = 30
notify = ["anna"]
"""
)


@pytest.fixture
def command(past: Past, tmp_path: Path) -> Iterator[Watch]:
    """The command on a copy of a past that was judged, three hours later."""
    with receiving() as inbox:
        watch = Watch(tmp_path, past.pipeline.database.url, {}, past.clock)
        watch.configure(f"""{CONFIG}
[alerts.smtp]
host = "127.0.0.1"
port = {inbox.port}
security = "none"
sender = "watch@example.com"
""")
        yield watch


def test_applying_rules_tells_what_they_would_have_done_and_warns_of_one_that_fires_on_everything(
    command: Watch,
) -> None:
    rules = command.folder / "rules.toml"
    rules.write_text(RULES)
    said = command.run("alerts", "apply", "-f", str(rules))
    assert said.exit_code == 0, said
    lines = said.out.splitlines()
    assert "1 person added, 3 rules added." in lines
    [everything, never] = [line for line in lines if "would have fired" in line]
    assert everything.endswith("times in the last 30 days, about 3 of 3 symbols.")
    assert never == (
        "never (price_change_pct below -90 %) would have fired not once in the last 30 days."
    )
    again = command.run("alerts", "apply", "-f", str(rules))
    assert again.out == "Nothing changes; what is stored is what the file says.\n"


def test_a_file_is_tried_before_it_is_applied(command: Watch) -> None:
    rules = command.folder / "rules.toml"
    rules.write_text(RULES)
    said = command.run("alerts", "test", "-f", str(rules), "--days", "2", "--json")
    [everything, never] = json.loads(said.out)["trials"]
    assert {one["subject"] for one in everything["firings"]} == {"AAPL", "KO", "META"}
    assert never["firings"] == []
    assert command.rows("SELECT 1 FROM alert_rules") == []


def test_a_test_message_goes_by_every_way_and_each_says_what_became_of_it(command: Watch) -> None:
    rules = command.folder / "rules.toml"
    rules.write_text(RULES)
    command.run("alerts", "apply", "-f", str(rules))
    said = command.run("alerts", "test", "--to", "anna")
    assert said.exit_code == 0, said
    assert "email anna@example.com: The mail server 127.0.0.1:" in said.out
    assert "Test: this is how alerts reach anna by console." in said.out
    assert "console: Written to the console." in said.out
    assert "SIMULATED" in said.out
    assert command.rows("SELECT 1 FROM deliveries") == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nope",), "There is no rule nope; "),
        (("--to", "bob"), "There is no person bob; "),
        ((), "Name a rule to try, or a person to reach with --to"),
        (("-f", "nowhere.toml"), "nowhere.toml"),
    ],
)
def test_what_is_not_there_is_a_sentence(
    command: Watch, words: tuple[str, ...], sentence: str
) -> None:
    said = command.run("alerts", "test", *words)
    assert said.exit_code == 2, said
    assert sentence in said.err
    assert said.err.count("\n") == 1
