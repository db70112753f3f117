"""Gemini as a configuration composes it: within the shared ledger, looked at by the doctor."""

import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from fintech_pipeline.cli.main import fintech
from fintech_pipeline.clock import utc_now
from fintech_pipeline.errors import ConfigurationError, NotConfigured, QuotaExhausted, Rationed
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.quota.tables import provider_calls
from fintech_pipeline.sentiment.scores import NotAsked, SentimentScore, Text
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.storage.database import Database
from fintech_pipeline.vendors import gemini_model
from tests.vendors.gemini_standin import DATED, MODEL, GeminiStandIn, too_many
from tests.vendors.standin import KEY, standing_in

pytestmark = pytest.mark.usefixtures("no_authorities")
CONFIGURED = """
name = "judged"
[pipeline]
starts_on = 2025-11-03
[market]
providers = ["simulated"]
[news]
providers = ["simulated"]
[sentiment]
models = ["gemini", "local"]
[sentiment.gemini]
key = "${GEMINI_API_KEY}"
base_url = "${GEMINI}"
texts_per_request = 5
concurrency = 1
[quota.gemini]
per_minute = 0
per_day = 2
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
mic = "XSIM"
"""
TEXTS = [Text(n, "AAPL", ("Apple",), f"Apple beats estimates, part {n}", "") for n in range(20)]


@pytest.fixture
def vendor() -> Iterator[GeminiStandIn]:
    standing = GeminiStandIn()
    with standing_in(standing) as standing.url:
        yield standing


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "judged.toml"
    written.write_text(CONFIGURED)
    return written


@pytest.fixture
def settings(vendor: GeminiStandIn, file: Path) -> Settings:
    return load_settings(file, {"GEMINI_API_KEY": KEY, "GEMINI": vendor.url})


def test_the_ledger_grants_each_request_and_its_day_ends_the_asking(
    settings: Settings, vendor: GeminiStandIn, database: Database
) -> None:
    verdicts = gemini_model(settings, Ledger(database), utc_now).score(TEXTS)
    assert [isinstance(one, SentimentScore) for one in verdicts] == [True] * 10 + [False] * 10
    last = verdicts[-1]
    assert isinstance(last, NotAsked)
    assert isinstance(last.error, Rationed)
    assert len(vendor.requests) == 2
    with database.transaction() as connection:
        rows = connection.execute(sa.select(provider_calls.c.provider, provider_calls.c.state))
        assert [tuple(row) for row in rows] == [("gemini", "made")] * 2


def test_a_budget_of_which_requests_under_way_hold_all_is_spent_when_they_have_settled(
    file: Path, vendor: GeminiStandIn, database: Database
) -> None:
    text = file.read_text().replace("concurrency = 1", "concurrency = 4")
    file.write_text(text.replace("per_day = 2", "per_day = 0\nusd_per_day = 0.06"))
    settings = load_settings(file, {"GEMINI_API_KEY": KEY, "GEMINI": vendor.url})
    vendor.seconds = 0.05
    verdicts = gemini_model(settings, Ledger(database), utc_now).score(TEXTS)
    assert all(isinstance(one, SentimentScore) for one in verdicts)
    # Two requests may set as much aside as there is.
    assert (len(vendor.requests), vendor.at_once) == (4, 2)


def test_the_vendors_word_of_a_spent_day_holds_for_every_process(
    settings: Settings, vendor: GeminiStandIn, database: Database
) -> None:
    vendor.refuses[1] = too_many(None, "GenerateRequestsPerDayPerProjectPerModel")
    gemini_model(settings, Ledger(database), utc_now).score(TEXTS)
    (verdict, *_) = gemini_model(settings, Ledger(database), utc_now).score(TEXTS)
    assert isinstance(verdict, NotAsked)
    assert isinstance(verdict.error, QuotaExhausted)
    assert len(vendor.requests) == 1


def test_without_a_key_there_is_no_model(file: Path, database: Database) -> None:
    text = file.read_text().replace('["gemini", "local"]', '["local"]')
    file.write_text(text.partition("[sentiment.gemini]")[0] + text[text.index("[[watchlist]]") :])
    with pytest.raises(NotConfigured, match=r"sentiment\.gemini\.key"):
        gemini_model(load_settings(file, {}), Ledger(database), utc_now)


@pytest.mark.parametrize(
    ("key", "told", "code"),
    [
        (KEY, f"gemini: sentiment (1 of 2); answers now. Model {MODEL}, key set: 2 a day", 0),
        ("wrong", "FAIL gemini: sentiment (1 of 2); Gemini refuses the key (HTTP 400)", 1),
    ],
)
def test_the_doctor_asks_for_the_models_card(
    file: Path, vendor: GeminiStandIn, database: Database, key: str, told: str, code: int
) -> None:
    environment = {"GEMINI_API_KEY": key, "GEMINI": vendor.url, "DATABASE_URL": database.url}
    done = CliRunner().invoke(
        fintech,
        ["--config", str(file), "doctor"],
        env={**environment, "COLUMNS": "200", "FINTECH_CONFIG": None},
        catch_exceptions=False,
    )
    assert told in " ".join(done.output.split())
    assert "local: sentiment (2 of 2); judges on this machine." in " ".join(done.output.split())
    assert KEY not in done.output
    assert done.exit_code == code
    assert [request.head.split(" ")[0] for request in vendor.requests] == ["GET"]


def explained(file: Path, vendor: GeminiStandIn, database: Database, *words: str) -> Result:
    """What `fintech sentiment explain` does with the headline and these words."""
    environment = {"GEMINI_API_KEY": KEY, "GEMINI": vendor.url, "DATABASE_URL": database.url}
    return CliRunner().invoke(
        fintech,
        ["--config", str(file), "sentiment", "explain", "Intel falls as AMD soars", *words],
        env={**environment, "COLUMNS": "200", "FINTECH_CONFIG": None},
    )


INTEL = ("--symbol", "INTC", "--name", "Intel")


def test_explain_asks_the_configured_chain_within_the_ledger(
    file: Path, vendor: GeminiStandIn, database: Database
) -> None:
    told = json.loads(explained(file, vendor, database, *INTEL, "--json").stdout)
    assert told["model"].startswith(f"{MODEL}+")
    assert (told["answered_by"], told["stood_in_for"]) == (DATED, [])
    assert "shares" not in told
    with database.transaction() as connection:
        (cost,) = connection.scalars(sa.select(provider_calls.c.cost_usd)).all()
    assert Decimal(told["cost_usd"]) == cost > 0
    asked = [article["symbols"] for article in vendor.questions[0].articles]
    assert [{"symbol": "INTC", "names": ["INTC", "Intel"]}] in asked


def test_explain_says_that_another_model_stands_in_and_why_and_shows_its_words(
    file: Path, vendor: GeminiStandIn, database: Database
) -> None:
    vendor.refuses[1] = too_many(None, "GenerateRequestsPerDayPerProjectPerModel")
    output = explained(file, vendor, database, *INTEL).output
    assert output.startswith("INTC: negative, score -0.")
    assert f"It stands in for {MODEL}+" in output
    assert "it says that its quota of the day is spent" in output
    assert "What speaks for each class" in output


def test_explain_asks_the_one_model_that_is_chosen(
    file: Path, vendor: GeminiStandIn, database: Database
) -> None:
    output = explained(file, vendor, database, *INTEL, "--model", "local").output
    assert "Model local-" in output
    assert vendor.requests == []


def test_explain_tells_a_text_without_a_verdict_from_a_neutral_one(
    file: Path, vendor: GeminiStandIn, database: Database
) -> None:
    vendor.blocks = lambda _: "SAFETY"
    done = explained(file, vendor, database, *INTEL)
    assert done.output.startswith("INTC: unscored: blocked by the vendor: SAFETY")
    assert "score" not in done.output.replace("unscored", "")


def test_explain_needs_a_name_for_a_symbol_that_nobody_follows(
    file: Path, vendor: GeminiStandIn, database: Database
) -> None:
    done = explained(file, vendor, database, "--symbol", "INTC")
    assert isinstance(done.exception, ConfigurationError)
    assert '--name "…"' in str(done.exception)
    assert isinstance(
        explained(file, vendor, database, "--symbol", "in tc").exception, ConfigurationError
    )


def test_the_library_is_imported_by_nothing_that_does_not_ask_gemini() -> None:
    script = (
        "import sys, fintech_pipeline.composition, fintech_pipeline.cli.main\n"
        "sys.exit('google.genai' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
