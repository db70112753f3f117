"""The runbook's entries about slots, ticks and vendors, tried on a watch whose vendors fail.

Everything breaks as it does in life: vendors on the loopback refuse a key, ask for a pause, cost
more than the day's money, and print more than the plan's day allows. Nothing is planted.
"""

import json
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fintech_pipeline.clock import SLOT, slot_at_or_before
from tests.runbook.vendored import LACKS, Vendored, vendored, zone_of_a_long_day
from tests.runbook.watching import Watched, prometheus
from tests.vendors.loopback import says
from tests.vendors.standin import KEY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("vendor drill"),
    pytest.mark.timeout(900),
]
PAUSE_SECONDS = 110
IN_TIME = timedelta(minutes=23)
"""A tick that ends so long after its slot is not late."""
SLOTS = ("FintechSlotsMissing", "FintechSignalsStale", "FintechSignalsOftenStale")
BY_VENDORS = (
    "FintechTickLate",
    "FintechBudgetSpent",
    "FintechQuotaLow",
    "FintechTicksFail",
    "FintechVendorFails",
    "FintechSlotIncomplete",
    "FintechTextsUnscored",
)
PAUSED = "FintechVendorPaused"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendored]:
    with vendored(tmp_path_factory.mktemp("drill") / "watch") as made:
        made.configured(
            key="wr0ng-of-ours",
            models='"gemini"',
            feeds_per_day=2,
            usd_per_day="0.1",
            zone=zone_of_a_long_day(),
        )
        made.put_bars("AAPL", "KO", "META")
        made.print_headlines()
        made.gemini.writes = lambda _, verdicts: " " * 44_000 + json.dumps(verdicts)
        made.serve()
        yield made


@pytest.fixture(scope="module")
def watched(world: Vendored, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with prometheus(tmp_path_factory.mktemp("prometheus"), world.port) as made:
        yield made


def slots_ago(number: int) -> str:
    """A slot as a person writes it; 0 is the newest that has ended."""
    return f"{slot_at_or_before(datetime.now(UTC)) - number * SLOT:%Y-%m-%dT%H:%MZ}"


def asked(world: Vendored, path: str) -> Any:
    """What the dashboard's pages have of the API."""
    where = f"http://127.0.0.1:{world.port}/api/v1/{path}"
    with urllib.request.urlopen(where, timeout=60) as answer:  # the loopback
        return json.load(answer)


def test_that_no_slot_was_done_for_hours_is_told_and_a_tick_mends_it(
    world: Vendored, watched: Watched
) -> None:
    watched.broke(*SLOTS)
    old = slots_ago(6)
    world.drill.run("tick", "--slot", old)
    watched.await_fired(*SLOTS)
    said = world.drill.run("status")
    assert old.replace("T", " ") in said, "up to when each asset is done"
    assert "are missing; `fintech up` heals them" in said
    # Late on purpose: the next alert is about it. What breaks of vendors breaks in this tick too.
    watched.broke(*BY_VENDORS)
    watched.mended(*SLOTS)
    world.drill.run("tick", "--slot", slots_ago(1))
    watched.await_gone("FintechSlotsMissing", "FintechSignalsStale")


def test_what_breaks_of_vendors_is_told_each_by_its_alert(
    world: Vendored, watched: Watched
) -> None:
    # The feed's day is spent, NewsAPI refuses the key: nobody is left, and ticks fail.
    for _ in range(2):
        failed = world.drill.start("tick")
        assert failed.ended(120) == 1
        assert "Error: No provider answered. NewsAPI refuses the key" in failed.said()
    watched.await_fired(*BY_VENDORS)


def test_what_the_entries_look_at_names_each_cause(world: Vendored, watched: Watched) -> None:
    status = world.drill.run("status")
    assert f"lacks market_bars, {LACKS}" in status
    assert f"no file of {LACKS} in" in status
    assert "lacks news_articles, newsapi" in status
    assert "NewsAPI refuses the key; check news.newsapi.key." in status
    quota = {one["provider"]: one for one in told_of_quota(world)}
    (purpose,) = quota["newsapi"]["purposes"]
    assert purpose["without_answer"] == purpose["calls"], "in vain"
    assert [one["left"] for name, one in quota.items() if name.startswith("rss ")] == [0]
    assert float(quota["gemini"]["cost_usd"]) > 0.05, "of 10 cents"
    (error,) = watched.ask("fintech_provider_errors_total")
    assert (error["metric"]["provider"], error["metric"]["error"]) == ("newsapi", "Unauthorized")
    runs = [one for one in asked(world, "runs")["items"] if one["status"] == "failure"]
    assert len(runs) == 2
    for one in runs:
        reason = asked(world, f"runs/{one['run_id']}")["reason"]
        assert "No provider answered. NewsAPI refuses the key" in reason


def told_of_quota(world: Vendored) -> list[dict[str, Any]]:
    """What `fintech quota` tells, for machines."""
    found: list[dict[str, Any]] = json.loads(world.drill.run("quota", "--json"))["providers"]
    return found


def test_the_mends_of_the_entries_help(world: Vendored, watched: Watched) -> None:
    while datetime.now(UTC) - slot_at_or_before(datetime.now(UTC)) > IN_TIME:
        time.sleep(5)  # a tick that is started now would be late itself
    world.newsapi.refuses = dict.fromkeys(
        range(len(world.newsapi.requests) + 1, 1000),
        says(b"", "429 Too Many Requests", Retry_After=str(PAUSE_SECONDS)),
    )
    world.put_bars(LACKS)
    world.configured(
        key=KEY,
        models='"gemini", "local"',
        feeds_per_day=1000,
        usd_per_day="1",
        zone=zone_of_a_long_day(),
    )
    world.serve()
    watched.broke(PAUSED)
    watched.mended(*BY_VENDORS)
    world.drill.run("tick")
    watched.await_gone(*(one for one in BY_VENDORS if one != "FintechVendorFails"))


def test_a_vendor_that_asks_for_a_pause_is_left_alone_and_asked_again(
    world: Vendored, watched: Watched
) -> None:
    watched.await_fired(PAUSED)
    said = world.drill.run("quota")
    assert "newsapi is left alone until" in said
    assert "it asked for a pause" in said
    world.newsapi.refuses.clear()
    watched.mended(PAUSED)
    watched.await_gone(PAUSED, "FintechVendorFails")
    world.drill.run("tick")
    assert "newsapi" not in world.drill.run("status")


def test_afterwards_all_is_well(watched: Watched) -> None:
    watched.await_gone("FintechSignalsOftenStale", seconds=300)
    assert watched.firing() == set()
