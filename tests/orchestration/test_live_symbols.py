"""What a person reads of a symbol's own troubles: a split, a delisting."""

import json
import re
from datetime import datetime

import pytest

from tests.orchestration.conftest import GoodRun
from tests.orchestration.live import HALF_HOUR, NEW_YORK, World, row
from tests.orchestration.watching import Watch


def halved(vendors: World, since: datetime) -> None:
    """Coca-Cola trades at half the price and twice the volume from then on."""
    rows = vendors.alpha_vantage.half_hours["KO"]
    for label, (open_, high, low, close, volume) in rows.items():
        if label >= f"{since.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S}":
            rows[label] = (open_ / 2, high / 2, low / 2, close / 2, volume * 2)
    # Yahoo divides all it has by its splits.
    quarters = vendors.yahoo.minutes["KO"]
    for at, values in quarters.items():
        *prices, volume = (value or 0.0 for value in values)
        quarters[at] = [*(price / 2 for price in prices), volume * 2]


def change_pct(said_out: str, symbol: str) -> float:
    signals = {one["symbol"]: one for one in json.loads(said_out)["signals"]}
    return float(signals[symbol]["change_pct"])


@pytest.mark.parametrize("vendor", ["alpha_vantage", "yahoo"])
def test_a_split_inside_the_window_is_no_fall_and_leaves_the_bars_before_it_as_they_traded(
    watch: Watch, vendors: World, good_run: GoodRun, vendor: str
) -> None:
    """Alpha Vantage was asked for splits yesterday, and asks again because of the price."""
    opened_at = good_run.next_at - HALF_HOUR
    halved(vendors, opened_at)
    vendors.alpha_vantage.splits["KO"] = [
        {"effective_date": f"{opened_at:%Y-%m-%d}", "split_factor": "2.0000"}
    ]
    vendors.yahoo.splits = {"KO": {opened_at: (2, 1)}}
    watch.configure(vendors.configuration(market=[vendor]))
    before = watch.stored()
    said = watch.tick(good_run.next_at)
    assert said.warnings == []
    close, last = row("KO", opened_at)[3] / 2, row("KO", good_run.slot_at - HALF_HOUR)[3] / 2
    assert change_pct(said.out, "KO") == pytest.approx(100 * (close / last - 1), abs=1e-6)
    assert watch.rows("SELECT symbol, kind, value, ex_on::text FROM corporate_actions") == [
        ("KO", "split", 2.0, f"{opened_at:%Y-%m-%d}")
    ]
    query = "SELECT close FROM bars WHERE symbol = 'KO' AND interval = '30m' AND opened_at = %s"
    assert watch.rows(query, opened_at) == [(pytest.approx(close),)]
    after = watch.stored()
    assert after["bar_revisions"] == []
    assert all(set(rows) >= set(before[table]) for table, rows in after.items())


def test_a_split_that_nobody_tells_of_is_warned_of(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    halved(vendors, good_run.next_at - HALF_HOUR)
    watch.configure(vendors.configuration(market=["alpha_vantage"]))
    before = watch.stored()
    [warning] = watch.tick(good_run.next_at).warnings
    assert re.fullmatch(
        r"KO went from [\d.]+ to [\d.]+ at .*Z, which looks like a split of 2 for 1 that nobody"
        r" told of\.",
        warning,
    )
    assert vendors.alpha_vantage.functions().count("SPLITS KO") == 1
    assert all(set(rows) >= set(before[table]) for table, rows in watch.stored().items())


DELISTED = {
    "alpha_vantage": "KO: Alpha Vantage does not know KO, or ",
    "yahoo": "KO: Yahoo has no bars of KO in this time, or no longer lists it.",
}


@pytest.mark.parametrize("vendor", DELISTED)
def test_a_delisted_symbol_is_skipped_by_its_reason_and_keeps_its_history(
    watch: Watch, vendors: World, good_run: GoodRun, vendor: str
) -> None:
    del vendors.alpha_vantage.half_hours["KO"], vendors.yahoo.minutes["KO"]
    watch.configure(vendors.configuration(market=[vendor]))
    before = watch.stored()
    said = watch.tick(good_run.next_at)
    [warning] = said.warnings
    assert warning.startswith(DELISTED[vendor])
    document = json.loads(said.out)
    assert [signal["symbol"] for signal in document["signals"]] == ["AAPL", "BRK.B"]
    [skipped] = document["skipped"]
    assert skipped["symbol"] == "KO"
    told = warning.removeprefix("KO: ").rstrip(".")
    since = f"no bar since {good_run.slot_at:%Y-%m-%d %H:%MZ}"
    assert skipped["reason"] == f"its bar of this half hour has not arrived: {told}; {since}"
    assert all(set(rows) >= set(before[table]) for table, rows in watch.stored().items())


def test_a_watchlist_of_delisted_symbols_fails_and_keeps_everything(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    vendors.alpha_vantage.half_hours, vendors.yahoo.minutes = {}, {}
    before = watch.stored()
    sentence = watch.tick(good_run.next_at).sentence
    assert sentence.startswith("No provider gave a single bar where 3 were due: Alpha Vantage does")
    assert sentence.endswith("What is stored stays as it is.")
    assert watch.stored() == before
