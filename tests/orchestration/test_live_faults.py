"""What a person reads when a vendor of prices fails, and that nothing that is stored is touched.

Each fault meets the tick after a good one, first with nobody else to ask, then with a fallback.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.orchestration.conftest import GoodRun
from tests.orchestration.live import VENDORS_OF, World
from tests.orchestration.watching import Watch
from tests.vendors.loopback import hangs, says, self_signed, serving
from tests.vendors.standin import Does, Reply

SYMBOLS = ["AAPL", "BRK.B", "KO"]
pytestmark = pytest.mark.usefixtures("impatient")
ANOTHER_KEY = "WR0NGK3Y87654321"
MOST_REQUESTS = 5
"""What a vendor that fails gets in one tick, however many symbols there are."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one of the two vendors of prices.

    Attributes:
        vendor: Which.
        happens: Makes it so.
        sentence: What a person reads, as a pattern.
        environment: Variables that are set otherwise.
    """

    vendor: str
    happens: Callable[[World], None]
    sentence: str
    environment: dict[str, str] = field(default_factory=dict)


def does(what: Does, vendor: str = "alpha_vantage") -> Callable[[World], None]:
    """Every call for half hours meets this."""

    def happens(world: World) -> None:
        for name in VENDORS_OF.values():
            if vendor == "yahoo":
                world.yahoo.instead[name] = what
            else:
                world.alpha_vantage.instead["TIME_SERIES_INTRADAY", name] = what

    return happens


def nothing(_world: World) -> None:
    return


def spent(world: World) -> None:
    world.alpha_vantage.left = 0


def free(world: World) -> None:
    world.alpha_vantage.paid = False


FAULTS = {
    "bad key": Fault(
        "alpha_vantage",
        nothing,
        r"Alpha Vantage refuses the key; check ALPHA_VANTAGE_API_KEY",
        {"ALPHA_VANTAGE_API_KEY": ANOTHER_KEY},
    ),
    "exhausted quota": Fault(
        "alpha_vantage",
        spent,
        r"Alpha Vantage's requests of the day are used up until \d{4}-\d\d-\d\d 0[45]:00Z",
    ),
    "premium-only endpoint": Fault(
        "alpha_vantage", free, r"Alpha Vantage gives this only .* plans?.*"
    ),
    "time-out": Fault(
        "alpha_vantage", does(hangs), r"alpha_vantage gave no answer: 127\.0\.0\.1 fell silent"
    ),
    "server error": Fault(
        "alpha_vantage", does(Reply(b"", 503)), r"[Aa]lpha.[Vv]antage answered .*HTTP 503.*"
    ),
    "a web page": Fault(
        "alpha_vantage",
        does(Reply(b"<html>")),
        r"alpha_vantage sent a web page in place of half-hour bars; .*was changed",
    ),
    "throttled Yahoo": Fault(
        "yahoo",
        does(Reply(b"Too Many Requests", 429), "yahoo"),
        r"Yahoo was asked too often and wants a pause.*",
    ),
    "time-out of Yahoo": Fault(
        "yahoo",
        does(hangs, "yahoo"),
        r"Yahoo cannot be reached for AAPL: it did not answer in time",
    ),
}


def happen(fault: Fault, watch: Watch, vendors: World) -> None:
    fault.happens(vendors)
    watch.environment = {**watch.environment, **fault.environment}


def other(vendor: str) -> str:
    return "yahoo" if vendor == "alpha_vantage" else "alpha_vantage"


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_with_nobody_else_to_ask_the_tick_fails_with_one_sentence_and_all_stays_as_it_was(
    watch: Watch, vendors: World, good_run: GoodRun, fault: Fault
) -> None:
    happen(fault, watch, vendors)
    watch.configure(vendors.configuration(market=[fault.vendor]))
    before = watch.stored()
    said = watch.tick(good_run.next_at)
    assert re.fullmatch(rf"{fault.sentence}\.", said.sentence)
    assert watch.stored() == before
    charts = len(vendors.yahoo.charts()) if fault.vendor == "yahoo" else 0
    assert 1 <= charts + len(vendors.alpha_vantage.requests) <= MOST_REQUESTS + 1


@pytest.mark.parametrize(
    "name",
    ["bad key", "exhausted quota", "premium-only endpoint", "time-out", "throttled Yahoo"],
)
def test_with_a_fallback_every_signal_is_there_and_the_reason_is_told(
    watch: Watch, vendors: World, good_run: GoodRun, name: str
) -> None:
    fault = FAULTS[name]
    happen(fault, watch, vendors)
    chain = [fault.vendor, other(fault.vendor)]
    watch.configure(vendors.configuration(market=chain, news=["edgar", "rss"]))
    before = watch.stored()
    said = watch.tick(good_run.next_at)
    symbols = r"AAPL(, BRK\.B, KO)?"
    assert re.fullmatch(rf"{symbols}: {fault.sentence}\.", said.warnings[0])
    assert [signal["symbol"] for signal in json.loads(said.out)["signals"]] == SYMBOLS
    query = "SELECT DISTINCT provider FROM bars WHERE closed_at = %s AND interval = '30m'"
    assert watch.rows(query, good_run.next_at) == [(other(fault.vendor),)]
    for table, rows in watch.stored().items():
        assert set(rows) >= set(before[table]), table


@pytest.fixture
def untrusted(tmp_path: Path) -> Iterator[str]:
    """The address of somebody with a certificate that nobody vouches for."""
    with serving(says(b"{}"), certificate=self_signed(tmp_path / "vendor.pem")) as vendor:
        yield vendor.url
        assert vendor.requests == [], "not one request, and no key, was sent"


@pytest.mark.parametrize(
    ("vendor", "sentence"),
    [
        (
            "alpha_vantage",
            "alpha_vantage gave no answer: the certificate of 127.0.0.1 is not to be trusted"
            " (self-signed certificate); nothing was asked.",
        ),
        ("yahoo", "Yahoo cannot be reached for AAPL: its certificate is not to be trusted."),
    ],
)
def test_a_certificate_that_nobody_vouches_for_ends_the_tick_before_anything_is_sent(
    watch: Watch, vendors: World, good_run: GoodRun, untrusted: str, vendor: str, sentence: str
) -> None:
    watch.configure(vendors.configuration(market=[vendor], instead={vendor: untrusted}))
    before = watch.stored()
    assert watch.tick(good_run.next_at).sentence == sentence
    assert watch.stored() == before


def test_a_spent_day_of_our_own_count_asks_nobody_and_says_when_it_is_full_again(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    watch.configure(vendors.configuration(market=["alpha_vantage"], per_day=5))
    before = watch.stored()
    sentence = watch.tick(good_run.next_at).sentence
    assert re.fullmatch(
        r"No provider gave a single bar where 3 were due: alpha_vantage may be asked again at .*Z:"
        r" its 5 requests of today are spent\. What is stored stays as it is\.",
        sentence,
    )
    assert vendors.alpha_vantage.requests == []
    assert watch.stored() == before
    providers = json.loads(watch.run("quota", "--json").out)["providers"]
    assert {one["provider"]: one["left"] for one in providers}["alpha_vantage"] == 0


def test_what_the_vendor_said_of_its_day_is_remembered_by_the_next_command(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    vendors.alpha_vantage.left = 0
    watch.configure(vendors.configuration(market=["alpha_vantage"]))
    assert watch.tick(good_run.next_at).exit_code == 1
    said = watch.tick(good_run.next_at)
    assert "it says itself that its quota is spent" in said.sentence
    assert len(vendors.alpha_vantage.requests) == 1


def test_yahoo_is_left_alone_by_the_next_command_after_it_wanted_a_pause(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    does(Reply(b"Too Many Requests", 429), "yahoo")(vendors)
    watch.configure(vendors.configuration(market=["yahoo"]))
    assert watch.tick(good_run.next_at).exit_code == 1
    asked = len(vendors.yahoo.requests)
    said = watch.tick(good_run.next_at)
    assert re.fullmatch(r"yahoo is left alone until .*Z: it asked for a pause; .*\.", said.sentence)
    assert len(vendors.yahoo.requests) == asked


def test_once_it_is_mended_the_same_tick_goes_well(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    right = watch.environment
    happen(FAULTS["bad key"], watch, vendors)
    watch.configure(vendors.configuration(market=["alpha_vantage"]))
    assert watch.tick(good_run.next_at).exit_code == 1
    watch.environment = right
    said = watch.tick(good_run.next_at)
    assert said.warnings == []
    assert [signal["symbol"] for signal in json.loads(said.out)["signals"]] == SYMBOLS
