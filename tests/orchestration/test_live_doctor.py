"""`fintech doctor` against stand-ins of all vendors: a line for each, and hardly a request."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.orchestration.conftest import GoodRun
from tests.orchestration.live import World
from tests.orchestration.watching import Said, Watch
from tests.vendors.loopback import says, self_signed, serving

pytestmark = pytest.mark.xdist_group("live doctor")
PROVIDERS = ["alpha_vantage", "yahoo", "newsapi", "edgar", "rss"]
PROBED = "IBM"
"""Whom the doctor asks vendors of prices about."""


@pytest.fixture
def next_day(watch: Watch, vendors: World, good_run: GoodRun) -> Watch:
    """The configuration of all vendors, none of which was asked for a day."""
    vendors.trade((good_run.slot_at - timedelta(days=75)).date(), good_run.closed_at, [PROBED])
    vendors.yahoo.days = vendors.yahoo.minutes
    vendors.alpha_vantage.quotes = {PROBED: {"01. symbol": PROBED, "05. price": "101.5000"}}
    vendors.alpha_vantage.feeds[PROBED] = []
    watch.rows(
        "UPDATE provider_calls SET granted_at = granted_at - interval '26 hours', ended_at ="
        " ended_at - interval '26 hours' RETURNING 1"
    )
    return watch


def states(said: Said) -> dict[str, str]:
    """The word before each provider's line."""
    lines = [re.match(r"(\S+) +(\w+): ", line) for line in said.out.splitlines()]
    found = [(line[2], line[1]) for line in lines if line and line[2] in PROVIDERS]
    assert sorted(name for name, _ in found) == sorted(PROVIDERS), said.out
    return dict(found)


def test_where_all_is_well_it_says_so_with_at_most_one_request_of_each(
    next_day: Watch, vendors: World
) -> None:
    said = next_day.run("doctor")
    assert said.exit_code == 0, said
    assert set(states(said).values()) == {"ok"}
    # Yahoo's cookie is fetched beside its chart.
    requests = {name: vendor.requests for name, vendor in vendors.vendors().items()}
    counts = {
        **{n: len(some) for n, some in requests.items()},
        "yahoo": len(vendors.yahoo.charts()),
    }
    assert max(counts.values()) <= 1


def test_it_names_the_provider_whose_key_is_refused(next_day: Watch) -> None:
    next_day.environment = {**next_day.environment, "ALPHA_VANTAGE_API_KEY": "WR0NGK3Y87654321"}
    said = next_day.run("doctor")
    assert said.exit_code == 1
    assert states(said) == {**dict.fromkeys(PROVIDERS, "ok"), "alpha_vantage": "FAIL"}
    assert "refuses the key; check ALPHA_VANTAGE_API_KEY" in " ".join(said.out.split())


@pytest.mark.usefixtures("impatient")
def test_where_no_certificate_is_to_be_trusted_every_line_says_so(
    next_day: Watch, vendors: World, tmp_path: Path
) -> None:
    with serving(says(b"{}"), certificate=self_signed(tmp_path / "vendor.pem")) as vendor:
        everybody = dict.fromkeys(vendors.vendors(), vendor.url)
        next_day.configure(vendors.configuration(instead=everybody))
        said = next_day.run("doctor")
    assert said.exit_code == 1
    assert set(states(said).values()) == {"FAIL"}
    assert " ".join(said.out.split()).count("not to be trusted") == len(PROVIDERS)
    assert vendor.requests == []
