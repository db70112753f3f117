"""`fintech watchlist add` looks a symbol up: at which source, and what a person is told."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fintech_pipeline.cli.main import fintech
from fintech_pipeline.errors import ConfigurationError, Malformed
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.lookup import Listing
from fintech_pipeline.market.providers.alpha_vantage.search import parse_matches
from fintech_pipeline.market.providers.yahoo.listings import read_listing
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.providers.edgar.directory import parse_listings
from fintech_pipeline.quota import repeating
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.quota.spending import spending
from fintech_pipeline.storage.database import Database
from tests.vendors.alpha_vantage_standin import AlphaVantageStandIn
from tests.vendors.edgar_standin import EdgarStandIn
from tests.vendors.standin import KEY, StandIn, standing_in
from tests.vendors.yahoo_standin import YahooStandIn

BASE = """
name = "live"
[pipeline]
starts_on = 2025-11-03
[market]
providers = ${MARKET}
[market.files]
folder = "bars"
[market.alpha_vantage]
key = "${ALPHA_VANTAGE_API_KEY}"
base_url = "${ALPHA_VANTAGE}"
[market.yahoo]
base_url = "${YAHOO}"
[news]
providers = ${NEWS}
[news.edgar]
contact = "me@example.org"
base_url = "${EDGAR}"
directory_url = "${EDGAR}"
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
mic = "XNAS"
"""
DIRECTORY = {
    "fields": ["cik", "name", "ticker", "exchange"],
    "data": [
        [1045810, "NVIDIA CORP", "NVDA", "Nasdaq"],
        [1067983, "BERKSHIRE HATHAWAY INC", "BRK-B", "NYSE"],
        [27419, "TARGET CORP", "TGT", "NYSE"],
        [1, "Nameless", None, "NYSE"],
        [2, "Unlisted Corp", "UNLS", None],
        ["cut"],
    ],
}
ROW = (10.0, 12.0, 9.0, 11.0, 100.0)


@dataclass
class Sources:
    """The three that know companies.

    Attributes:
        yahoo: One of them.
        alpha_vantage: Another.
        edgar: The third.
        urls: Where each listens.
    """

    yahoo: YahooStandIn = field(default_factory=YahooStandIn)
    alpha_vantage: AlphaVantageStandIn = field(default_factory=AlphaVantageStandIn)
    edgar: EdgarStandIn = field(default_factory=EdgarStandIn)
    urls: dict[str, str] = field(default_factory=dict)

    def list_at_yahoo(self, symbol: str, name: str, exchange: str, currency: str = "USD") -> None:
        self.yahoo.days[symbol] = {datetime(2025, 11, 28, 14, 30, tzinfo=UTC): ROW}
        about = {"longName": name, "exchangeName": exchange, "currency": currency}
        self.yahoo.about[symbol] = about


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sources]:
    them = Sources()
    with ExitStack() as stack:
        them.edgar.listings = DIRECTORY
        vendors: dict[str, StandIn] = {
            "YAHOO": them.yahoo,
            "ALPHA_VANTAGE": them.alpha_vantage,
            "EDGAR": them.edgar,
        }
        for name, vendor in vendors.items():
            them.urls[name] = stack.enter_context(standing_in(vendor))
        monkeypatch.setattr(repeating, "FIRST_PAUSE_SECONDS", 0.01)
        yield them


Runs = Callable[..., Result]


@pytest.fixture
def runs(database: Database, tmp_path: Path, sources: Sources) -> Runs:
    """Runs `fintech watchlist …` on a configuration with these chains."""

    def run(
        *words: str,
        market: str = '["files"]',
        news: str = "[]",
        more: str = "",
        **changed: str,
    ) -> Result:
        file = tmp_path / "live.toml"
        file.write_text(BASE.replace("${MARKET}", market).replace("${NEWS}", news) + more)
        keys = {"ALPHA_VANTAGE_API_KEY": KEY, "DATABASE_URL": database.url}
        environment = {**keys, **sources.urls, **changed, "FINTECH_CONFIG": None}
        done = CliRunner().invoke(
            fintech, ["--config", str(file), "watchlist", *words], env=environment
        )
        assert KEY not in done.output
        return done

    return run


def sentence(done: Result) -> str:
    assert done.exit_code == 0, done.output + str(done.exception)
    assert done.output.endswith(".\n")
    return done.output.removesuffix("\n")


def refused(done: Result) -> str:
    """The sentence of what `fintech` ends with exit code 2 for."""
    assert isinstance(done.exception, ConfigurationError)
    return str(done.exception)


def stored(database: Database, symbol: str) -> Instrument | None:
    watched = InstrumentStore(database).watched()
    return next((one for one in watched if one.symbol == symbol), None)


YAHOO, EDGAR, SEARCH = (
    {"market": '["yahoo"]'},
    {"news": '["edgar"]'},
    {"market": '["alpha_vantage"]'},
)


def test_yahoo_tells_name_exchange_and_currency(
    runs: Runs, sources: Sources, database: Database
) -> None:
    sources.list_at_yahoo("NVDA", "NVIDIA Corporation", "NMS")
    assert sentence(runs("add", "nvda", **YAHOO)) == (
        "NVDA is followed from the next tick on: NVIDIA Corporation (also NVIDIA, Nvidia) on XNAS"
        " in USD, as Yahoo has it."
    )
    wanted = Instrument("NVDA", "NVIDIA Corporation", ("NVIDIA", "Nvidia"), "XNAS", "USD")
    assert stored(database, "NVDA") == wanted
    assert sources.yahoo.charts() == ["NVDA 1d"]
    assert spending(Ledger(database), "yahoo", Allowance()).purposes[0].purpose == "symbol lookup"
    # What is known is not asked for again.
    assert sentence(runs("add", "NVDA", **YAHOO)) == (
        "NVDA is followed already: NVIDIA Corporation (also NVIDIA, Nvidia) on XNAS in USD."
    )
    assert sources.yahoo.charts() == ["NVDA 1d"]


def test_another_exchange_is_looked_on_where_it_is_said(
    runs: Runs, sources: Sources, database: Database
) -> None:
    sources.list_at_yahoo("7203.T", "Toyota Motor Corporation", "JPX", "JPY")
    sources.list_at_yahoo("TSCO.L", "Tesco PLC", "LSE", "GBp")
    runs("add", "7203", "--mic", "XTKS", **YAHOO)
    runs("add", "TSCO", "--mic", "XLON", **YAHOO)
    toyota, tesco = stored(database, "7203"), stored(database, "TSCO")
    assert toyota == Instrument(
        "7203", "Toyota Motor Corporation", ("Toyota Motor",), "XTKS", "JPY"
    )
    assert tesco == Instrument("TSCO", "Tesco PLC", ("Tesco",), "XLON", "GBX"), "pence"


def test_edgar_tells_the_companies_that_file_with_the_sec(runs: Runs, database: Database) -> None:
    assert sentence(runs("add", "brk-b", **EDGAR)) == (
        "BRK.B is followed from the next tick on: Berkshire Hathaway Inc. (also Berkshire Hathaway,"
        " Berkshire) on XNYS in USD, as SEC EDGAR has it."
    )
    assert stored(database, "BRK.B") is not None
    assert stored(database, "BRK-B") is None


def test_an_everyday_word_is_left_out_and_the_way_to_take_it_is_told(runs: Runs) -> None:
    told = sentence(runs("add", "TGT", **EDGAR))
    assert 'Warning: "Target" is an everyday word, so a headline that says only that' in told
    command = '`fintech watchlist add TGT --alias "Target Corp" --alias "Target"`'
    assert command in told
    words = ["add", "TGT", "--alias", "Target Corp", "--alias", "Target"]
    assert sentence(runs(*words, **EDGAR)) == (
        "TGT is followed already, now as Target Corp. (also Target Corp, Target) on XNYS in USD."
    )


def test_the_vendors_search_is_asked_last_and_does_not_tell_the_exchange(
    runs: Runs, sources: Sources, database: Database
) -> None:
    sources.alpha_vantage.listed = {
        "NVDA": ("NVIDIA Corp", "United States", "USD"),
        "NVDS": ("Something Else", "United States", "USD"),
        "VOO": ("Vanguard S&P 500 ETF", "United States", "USD"),
    }
    both = {**SEARCH, **EDGAR}
    assert "as SEC EDGAR has it" in sentence(runs("add", "NVDA", **both))
    assert sources.alpha_vantage.asked == []
    assert sentence(runs("add", "VOO", **both)) == (
        "VOO is followed from the next tick on: Vanguard S&P 500 ETF on XNYS in USD, as Alpha"
        " Vantage has it; it does not tell the exchange, so XNYS is taken."
    )
    assert sources.alpha_vantage.functions() == ["SYMBOL_SEARCH VOO"]
    assert spending(Ledger(database), "alpha_vantage", Allowance()).spent == 1


def test_a_symbol_that_does_not_exist_is_refused_with_near_ones(
    runs: Runs, sources: Sources, database: Database
) -> None:
    sources.alpha_vantage.listed = {"NVDA": ("NVIDIA Corp", "United States", "USD")}
    assert refused(runs("add", "NVDAA", **SEARCH)) == (
        "Alpha Vantage finds no NVDAA; near is NVDA (NVIDIA Corp). Nothing was added; --mic looks"
        " on another exchange, --name adds it all the same."
    )
    assert refused(runs("add", "NVDAA", **YAHOO)).startswith(
        "Yahoo lists no NVDAA on an American exchange. Nothing was added;"
    )
    assert stored(database, "NVDAA") is None
    sure = runs("add", "NVDAA", "--name", "Mine", **YAHOO)
    assert sentence(sure) == "NVDAA is followed from the next tick on: Mine on XNYS in USD."


def test_a_symbol_that_a_partial_list_lacks_is_followed_with_a_warning(
    runs: Runs, database: Database
) -> None:
    told = sentence(runs("add", "NVIDIA", **EDGAR))
    assert told.startswith("NVIDIA is followed from the next tick on: NVIDIA on XNYS in USD.\n")
    assert (
        "Warning: SEC EDGAR lists no company of the ticker NVIDIA, nor any fund; near is NVDA"
        " (NVIDIA CORP). Headlines are matched by the symbol alone until you run the same again, or"
        ' `fintech watchlist add NVIDIA --name "…"`; `fintech watchlist remove NVIDIA` undoes it.'
    ) in told
    assert stored(database, "NVIDIA") is not None


@pytest.mark.parametrize(
    ("chain", "changed", "told"),
    [
        (SEARCH, {"ALPHA_VANTAGE_API_KEY": "WR0NGWR0NGWR0NG"}, "Alpha Vantage refuses the key"),
        (SEARCH, {"ALPHA_VANTAGE": "http://127.0.0.1:9"}, "alpha_vantage gave no answer: 127.0.0"),
        (EDGAR, {"EDGAR": "https://nowhere.invalid"}, "the name nowhere.invalid is not known here"),
    ],
)
def test_where_a_source_cannot_be_asked_the_symbol_is_followed_and_filled_later(
    runs: Runs,
    sources: Sources,
    database: Database,
    chain: dict[str, str],
    changed: dict[str, str],
    told: str,
) -> None:
    sources.alpha_vantage.listed = {"NVDA": ("NVIDIA Corp", "United States", "USD")}
    done = sentence(runs("add", "NVDA", "--alias", "GeForce", **chain, **changed))
    assert told in done
    assert "Headlines are matched by the symbol alone until you run the same again" in done
    assert stored(database, "NVDA") == Instrument("NVDA", "NVDA", ("GeForce",), "XNYS", "USD")
    again = sentence(runs("add", "NVDA", **chain))
    assert again.startswith("NVDA is followed already, now as N")
    found = stored(database, "NVDA")
    assert found is not None
    assert found.aliases[0] == "GeForce"
    assert "Nvidia" in found.aliases


def test_a_spent_quota_costs_no_call_and_is_told(runs: Runs, sources: Sources) -> None:
    sources.alpha_vantage.left = 0
    assert "requests of the day are used up" in sentence(runs("add", "NVDA", **SEARCH))
    assert "alpha_vantage may be asked again at" in sentence(runs("add", "AMD", **SEARCH))
    assert sources.alpha_vantage.functions() == ["SYMBOL_SEARCH NVDA"]


def test_what_a_person_wants_to_know_is_not_kept_back_for_the_day_s_closes(
    runs: Runs, sources: Sources
) -> None:
    sources.alpha_vantage.listed = {"NVDA": ("NVIDIA Corp", "United States", "USD")}
    told = sentence(runs("add", "NVDA", more="[quota.alpha_vantage]\nper_day = 1\n", **SEARCH))
    assert "as Alpha Vantage has it" in told


def test_without_a_source_one_sentence_says_what_to_do(runs: Runs) -> None:
    told = sentence(runs("add", "NVDA"))
    assert (
        "Warning: No configured provider knows who NVDA is (yahoo, edgar and alpha_vantage do);"
        " headlines are matched by the symbol alone until you name it: `fintech watchlist add NVDA"
        ' --name "…"`.'
    ) in told
    named = sentence(runs("add", "NVDA", "--name", "NVIDIA Corporation"))
    assert named == (
        "NVDA is followed already, now as NVIDIA Corporation (also NVIDIA, Nvidia) on XNYS in USD."
    )


def test_what_is_not_said_again_stays_as_it_is(runs: Runs, database: Database) -> None:
    first = ["--name", "Siemens AG", "--alias", "Siemens", "--mic", "XETR"]
    sentence(runs("add", "SIE", *first))
    wanted = Instrument("SIE", "Siemens AG", ("Siemens",), "XETR", "EUR")
    assert stored(database, "SIE") == wanted
    assert sentence(runs("add", "SIE")) == (
        "SIE is followed already: Siemens AG (also Siemens) on XETR in EUR."
    )
    runs("remove", "SIE")
    assert stored(database, "SIE") is None
    assert "from the next tick on: Siemens AG" in sentence(runs("add", "SIE"))
    assert stored(database, "SIE") == wanted


def test_what_the_file_says_wins_and_that_is_told(runs: Runs) -> None:
    told = sentence(runs("add", "AAPL", "--alias", "iPhone maker"))
    assert (
        "Warning: AAPL stands in the configuration file, whose names and tags win with the next"
        in told
    )


def test_tags_are_given_kept_replaced_and_taken_away(runs: Runs, database: Database) -> None:
    def tags() -> tuple[str, ...]:
        followed = stored(database, "NVDA")
        assert followed is not None
        return followed.tags

    named = ("--name", "NVIDIA Corporation", "--mic", "XNAS")
    told = sentence(runs("add", "nvda", *named, "--tag", "chips", "--tag", "core"))
    assert "in USD, tagged chips, core." in told
    assert tags() == ("chips", "core")
    assert "chips, core" in runs("show").output
    runs("add", "nvda")
    assert tags() == ("chips", "core")
    runs("add", "nvda", "--tag", "ai")
    assert tags() == ("ai",)
    runs("add", "nvda", "--no-tags")
    assert tags() == ()


def test_what_is_no_symbol_is_refused_before_anybody_is_asked(runs: Runs, sources: Sources) -> None:
    assert "is not a symbol" in refused(runs("add", "what is this", **YAHOO))
    assert "No exchange calendar is known for the MIC 'XXXX'" in refused(
        runs("add", "NVDA", "--mic", "XXXX", **YAHOO)
    )
    assert sources.yahoo.asked == []


def test_recorded_answers_of_the_search_are_read(shared_data: Path) -> None:
    responses = shared_data / "responses"
    tesco = parse_matches((responses / "alphavantage_crazzyghost/search_data.json").read_bytes())
    assert next(iter(tesco.items())) == ("TSCO.LON", Listing("Tesco PLC", None, "GBX"))
    boeing = parse_matches((responses / "alphavantage_romeltorres/symbol_search").read_bytes())
    assert boeing["BA"] == Listing("The Boeing Company", None, "USD")


def test_answers_of_another_form_are_malformed() -> None:
    for body in (b"{}", b"[]", b"<html>", b'{"bestMatches": 1}'):
        with pytest.raises(Malformed):
            parse_matches(body)
    trees: list[dict[str, Any]] = [
        {},
        {"fields": ["name"], "data": [["x"]]},
        {"fields": [], "data": []},
    ]
    for tree in trees:
        with pytest.raises(Malformed):
            parse_listings(json.dumps(tree).encode())
    with pytest.raises(Malformed, match="does not say whose it is"):
        read_listing({"longName": None, "currency": 3}, "NVDA", None)
    assert read_listing(
        {"shortName": "X Corp", "exchangeName": [], "currency": "usdollars"}, "X", None
    ) == (Listing("X Corp", None, None))
