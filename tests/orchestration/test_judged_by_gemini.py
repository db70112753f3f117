"""The whole tick with Gemini's stand-in behind it: what is stored, paid, said and asked again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from fintech_pipeline.clock import newest_past_slot, utc_now
from fintech_pipeline.storage.database import Database
from tests.orchestration.watching import Watch
from tests.vendors.gemini_standin import DATED, GeminiStandIn, too_many
from tests.vendors.standin import KEY, standing_in

CONFIG = """
name = "judged"
[pipeline]
starts_on = {starts_on}
[market]
providers = ["simulated"]
[news]
providers = ["simulated"]
[sentiment]
models = ["gemini", "local"]
[sentiment.gemini]
key = "${{GEMINI_API_KEY}}"
base_url = "{url}"
texts_per_request = 3
concurrency = 1
[quota.gemini]
per_minute = 0
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
aliases = ["Apple"]
mic = "XSIM"
"""
SCORES = """SELECT model_version LIKE 'gemini-%%', answered_by, sum(tokens), sum(cost_usd)
    FROM sentiment_scores GROUP BY 1, 2 ORDER BY 1 DESC"""
LEDGER = "SELECT sum(tokens_in + tokens_out), sum(cost_usd) FROM provider_calls"
STAND_INS = "SELECT count(*), min(reason), max(reason) FROM stand_ins"


@pytest.fixture
def vendor() -> Iterator[GeminiStandIn]:
    standing = GeminiStandIn()
    with standing_in(standing) as standing.url:
        yield standing


@pytest.fixture
def judged(tmp_path: Path, database: Database, vendor: GeminiStandIn) -> Watch:
    watch = Watch(tmp_path, database.url, {"GEMINI_API_KEY": KEY})
    starts_on = (utc_now() - timedelta(days=8)).date()
    watch.configure(CONFIG.format(starts_on=starts_on, url=vendor.url))
    return watch


def test_what_the_vendor_judged_is_paid_for_once_and_the_rest_is_judged_in_its_place(
    judged: Watch, vendor: GeminiStandIn
) -> None:
    slot_at = newest_past_slot(utc_now())
    vendor.refuses[2] = too_many(None, "GenerateRequestsPerDayPerProjectPerModel")
    judged.tick(slot_at)
    assert len(vendor.requests) == 2
    by_gemini, in_its_place = judged.rows(SCORES)
    assert by_gemini[:2] == (True, DATED)
    assert by_gemini[2:] == judged.rows(LEDGER)[0]
    assert by_gemini[3] > 0
    assert in_its_place[2:] == (0, 0)
    [(count, *reasons)] = judged.rows(STAND_INS)
    assert count > 0
    assert all("its quota of the day is spent" in reason for reason in reasons)
    stored = judged.stored()
    judged.tick(slot_at)
    assert len(vendor.requests) == 2
    assert judged.stored()["sentiment_scores"] == stored["sentiment_scores"]


@pytest.mark.slow
def test_a_vendor_that_knows_no_such_model_costs_a_tick_nothing_but_the_vendors_word(
    judged: Watch, vendor: GeminiStandIn
) -> None:
    file = judged.folder / "live.toml"
    judged.configure(file.read_text().replace("base_url", 'model = "gemini-0-none"\nbase_url'))
    assert judged.tick(newest_past_slot(utc_now())).exit_code == 0
    assert len(vendor.requests) == 1
    assert [row[0] for row in judged.rows(SCORES)] == [False]
    [(_, reason, _)] = judged.rows(STAND_INS)
    assert reason.startswith('Gemini knows no model "gemini-0-none"')
