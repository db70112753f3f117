"""`fintech quota` on a real ledger: what a person and a program are told."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fintech_pipeline.cli.main import fintech
from fintech_pipeline.errors import PremiumOnly, Unavailable
from fintech_pipeline.quota.allowances import PLANS, Allowance
from fintech_pipeline.quota.calls import Call, Usage
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.storage.database import Database

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
"""
OWN = "[quota.alpha_vantage]\nper_day = 25\n"
PLAN = PLANS["alpha_vantage"]
DEAR = Decimal("0.15")
NO_MONEY = {"tokens_in": 0, "tokens_out": 0, "cost_usd": "0"}
Tells = Callable[..., str]


@pytest.fixture
def tells(database: Database, tmp_path: Path) -> Tells:
    """What the command prints with this configuration."""

    def run(*words: str, quota: str = "") -> str:
        file = tmp_path / "mine.toml"
        file.write_text(CONFIG + quota)
        environment = {"DATABASE_URL": database.url, "COLUMNS": "80", "FINTECH_CONFIG": None}
        command = ["--config", str(file), "quota", *words]
        done = CliRunner().invoke(fintech, command, env=environment, catch_exceptions=False)
        assert done.exit_code == 0
        return done.output

    return run


def spent(database: Database) -> Ledger:
    ledger = Ledger(database, sleep=lambda _: None)
    bars, news = Call("/", {}, "daily bars"), Call("/", {}, "news", cost=3)
    ledger.settle(ledger.grant("alpha_vantage", PLAN, bars))
    ledger.settle(ledger.grant("alpha_vantage", PLAN, bars), PremiumOnly("no"))
    ledger.settle(ledger.grant("alpha_vantage", Allowance(), news))
    return ledger


def test_a_configuration_without_vendors_is_told_so(tells: Tells) -> None:
    assert "This configuration asks no vendor" in tells()
    assert json.loads(tells("--json")) == {"providers": []}


def test_an_empty_ledger_shows_the_plan_and_that_all_is_left(tells: Tells) -> None:
    told = tells(quota=OWN)
    assert "alpha_vantage" in told
    assert re.search(r"alpha_vantage │ 1 a second │ nothing yet +│ +25 │", told)
    assert re.search(r"│ +│ 25 a day ", told)


def test_a_program_gets_all_of_it(tells: Tells, database: Database) -> None:
    spent(database)
    (found,) = json.loads(tells("--json", quota="[quota.alpha_vantage]\nper_day = 30\n"))[
        "providers"
    ]
    resets_at = datetime.fromisoformat(found.pop("resets_at"))
    assert timedelta(0) < resets_at - datetime.now(UTC) <= timedelta(hours=25)
    wanted: dict[str, Any] = {
        "provider": "alpha_vantage",
        "plan": {
            "per_second": 1,
            "per_minute": None,
            "per_day": 30,
            "reset_zone": "America/New_York",
            "usd_per_day": None,
        },
        "spent": 5,
        **NO_MONEY,
        "left": 25,
        "purposes": [
            {"purpose": "news", "calls": 1, "spent": 3, "without_answer": 0, **NO_MONEY},
            {"purpose": "daily bars", "calls": 2, "spent": 2, "without_answer": 1, **NO_MONEY},
        ],
        "circuit": {"failures": 0, "paused_until": None, "told": None},
    }
    assert found == wanted


def test_each_publisher_of_feeds_stands_by_itself(tells: Tells, database: Database) -> None:
    feeds = """
[news]
providers = ["rss"]
[news.rss]
feeds = ["https://wire.example/a?token=s3cret", "https://wire.example/b", "https://Agency.example/"]
"""
    ledger = Ledger(database, sleep=lambda _: None)
    call = Call("/a", {}, "feed")
    for _ in range(5):
        ledger.settle(ledger.grant("rss wire.example", Allowance(), call), Unavailable("no"))
    found = json.loads(tells("--json", quota=feeds))["providers"]
    assert [(one["provider"], one["spent"], one["circuit"]["failures"]) for one in found] == [
        ("rss wire.example", 5, 5),
        ("rss agency.example", 0, 0),
    ]
    assert "s3cret" not in tells(quota=feeds)


def test_a_person_sees_what_for_what_is_left_and_when_it_is_full_again(
    tells: Tells, database: Database
) -> None:
    spent(database)
    told = tells(quota=OWN)
    assert max(map(len, told.splitlines())) <= 80
    assert re.search(r"│ 3 for news +│ +20 │ \d\d:\d\d", told)
    assert "2 for daily bars, 1 in vain" in told
    assert "5 in all" in told
    assert "left alone" not in told
    assert "in a row" not in told


def test_an_open_circuit_is_told_with_its_end_beneath_the_table(
    tells: Tells, database: Database
) -> None:
    ledger = spent(database)
    for failures in range(5):
        if failures == 3:
            assert tells(quota=OWN).endswith("\nalpha_vantage failed 3 times in a row.\n")
        ledger.settle(
            ledger.grant("alpha_vantage", Allowance(), Call("/", {}, "news")), Unavailable("no")
        )
    told = tells(quota=OWN)
    assert re.search(
        r"\nalpha_vantage is left alone until \d\d:\d\d:\d\dZ: it failed 5 times in a row\.\n$",
        told,
    )
    assert "8 for news, 5 in vain" in told


def test_a_vendor_that_says_itself_that_nothing_is_left_is_believed(
    tells: Tells, database: Database
) -> None:
    spent(database).exhausted("alpha_vantage", datetime.now(UTC) + timedelta(hours=3))
    told = tells(quota=OWN)
    assert re.search(r"│ 3 for news +│ +0 │ \d\d:\d\dZ", told)
    assert re.search(r"\nalpha_vantage says itself .* is spent until \d\d:\d\dZ\.\n$", told)


def test_tokens_and_dollars_of_today_stand_against_the_budget(
    tells: Tells, database: Database
) -> None:
    budget = "[quota.gemini]\nusd_per_day = 0.5\n"
    ledger, plan = Ledger(database, sleep=lambda _: None), Allowance(usd_per_day=Decimal("0.5"))
    call = Call("/", {}, "sentiment", most_usd=Decimal("0.05"))
    ledger.settle(ledger.grant("gemini", plan, call), usage=Usage(30_000, 4_000, Decimal("0.019")))
    ledger.grant("gemini", plan, call)
    told = tells(quota=budget)
    assert max(map(len, told.splitlines())) <= 80
    assert "$0.50 a day" in told
    assert re.search(r"│ \$0\.069 of \$0\.50 +│", told)
    assert "for 34,000 tokens" in told
    (found,) = json.loads(tells("--json", quota=budget))["providers"]
    assert found["plan"]["usd_per_day"] == "0.5"
    assert (found["tokens_in"], found["tokens_out"], found["cost_usd"]) == (30_000, 4_000, "0.069")
    assert found["purposes"][0]["cost_usd"] == "0.069"


def test_sms_stand_there_where_they_are_configured_with_their_dollars_and_without_tokens(
    tells: Tells, database: Database
) -> None:
    token = "of-this-test-alone"  # noqa: S105
    account = f'account_sid = "AC{"0a" * 16}"\nauth_token = "{token}"\n'
    sms = f'[alerts.twilio]\n{account}sender = "+12125550100"\n'
    assert "twilio" not in tells(quota=OWN)
    told = tells(quota=sms)
    assert token not in told
    assert re.search(r"twilio +│ 1 a second +│ nothing yet", told)
    assert "$2.00 a day" in told
    ledger, call = Ledger(database, sleep=lambda _: None), Call("/", {}, "SMS", most_usd=DEAR)
    ledger.settle(ledger.grant("twilio", PLANS["twilio"], call), usage=Usage(cost_usd=DEAR))
    told = tells(quota=sms)
    assert re.search(r"│ 1 for SMS +│", told)
    assert re.search(r"│ \$0\.15 of \$2\.00 +│", told)
    assert "token" not in told
    (found,) = json.loads(tells("--json", quota=sms))["providers"]
    assert (found["provider"], found["cost_usd"], found["left"]) == ("twilio", "0.15", None)
