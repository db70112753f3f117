"""Looking a symbol up: whom one asks, whom one believes, and what becomes of it."""

from dataclasses import dataclass, field

import pytest

from fintech_pipeline.errors import NoData, ProviderError, Unavailable
from fintech_pipeline.market.lookup import Listing, Wish, instrument_of, look_up, near_told
from fintech_pipeline.market.watchlist import Instrument

NVIDIA = Listing("NVIDIA Corporation", "XNAS", "USD")


@dataclass
class Source:
    """A source that knows what it is told to."""

    name: str
    answer: Listing | ProviderError
    complete: bool = False
    exchanges: tuple[str | None, ...] = (None, "XNYS", "XNAS")
    asked: list[str] = field(default_factory=list)

    def covers(self, mic: str | None) -> bool:
        return mic in self.exchanges

    def listing(self, symbol: str, mic: str | None) -> Listing:
        self.asked.append(f"{symbol} {mic}")
        if isinstance(self.answer, Listing):
            return self.answer
        raise self.answer


def test_the_first_that_knows_it_is_believed_and_the_next_is_not_asked() -> None:
    first, second = Source("one", NVIDIA), Source("two", NVIDIA)
    found = look_up([first, second], "NVDA", None)
    assert (found.listing, found.source, found.told) == (NVIDIA, "one", ())
    assert second.asked == []


def test_one_that_fails_costs_only_itself() -> None:
    down = Source("one", Unavailable("One is down."))
    found = look_up([down, Source("two", NVIDIA)], "NVDA", None)
    assert (found.source, found.told) == ("two", ("One is down.",))


def test_only_a_source_that_knows_all_can_say_that_there_is_no_such_symbol() -> None:
    lacks = NoData("It has none.")
    assert not look_up([Source("one", lacks)], "NVDAA", None).refused
    assert look_up([Source("one", lacks, complete=True)], "NVDAA", None).refused
    down = Source("all", Unavailable("All is down."), complete=True)
    assert not look_up([down, Source("one", lacks)], "NVDAA", None).refused


def test_a_source_is_asked_of_its_own_exchanges_only() -> None:
    source = Source("one", NVIDIA)
    assert look_up([source], "7203", "XTKS").told == ()
    assert source.asked == []


def test_a_mistyped_symbol_and_a_companys_name_have_near_ones() -> None:
    names = {"NVDA": "NVIDIA CORP", "AAPL": "Apple Inc.", "KO": "COCA COLA CO"}
    assert near_told("NVDAA", names) == "; near is NVDA (NVIDIA CORP)"
    assert near_told("APPLE", names) == "; near is AAPL (Apple Inc.)"
    assert near_told("ZZZZ", names) == ""


def made(wish: Wish, known: Instrument | None = None, listing: Listing | None = None) -> Instrument:
    return instrument_of(wish, known, listing, "XNYS")


def test_what_was_found_fills_what_nobody_said() -> None:
    assert made(Wish("NVDA"), listing=NVIDIA) == Instrument(
        "NVDA", "NVIDIA Corporation", ("NVIDIA", "Nvidia"), "XNAS", "USD"
    )


def test_what_a_person_says_wins_over_everything() -> None:
    wish = Wish("NVDA", "Chips", ("Jensen's",), "XETR", "EUR")
    instrument = made(wish, Instrument("NVDA", "Old", ("Older",), "XNAS"), NVIDIA)
    assert instrument == Instrument("NVDA", "Chips", ("Jensen's",), "XETR", "EUR")


def test_names_that_are_said_of_a_new_instrument_stand_beside_those_that_were_found() -> None:
    instrument = made(Wish("NVDA", aliases=("GeForce",)), listing=NVIDIA)
    assert instrument.aliases == ("GeForce", "NVIDIA", "Nvidia")


@pytest.mark.parametrize("aliases", [("Nvidia", "GeForce"), ()])
def test_what_is_known_already_is_kept_where_nothing_else_is_said(aliases: tuple[str, ...]) -> None:
    known = Instrument("NVDA", "NVIDIA Corporation", aliases, "XETR", "EUR")
    assert made(Wish("NVDA"), known) == known
    renamed = made(Wish("NVDA", name="NVIDIA"), known)
    assert renamed == Instrument("NVDA", "NVIDIA", aliases, "XETR", "EUR")


def test_an_instrument_known_by_its_symbol_alone_is_filled_when_it_is_found() -> None:
    known = Instrument("NVDA", "NVDA", ("GeForce",), "XNYS")
    assert made(Wish("NVDA"), known, NVIDIA) == Instrument(
        "NVDA", "NVIDIA Corporation", ("GeForce", "NVIDIA", "Nvidia"), "XNAS", "USD"
    )
    assert made(Wish("NVDA"), known) == known


@pytest.mark.parametrize(
    ("mic", "currency"), [("XTKS", "JPY"), ("XETR", "EUR"), ("XASX", "AUD"), ("XNAS", "USD")]
)
def test_a_currency_follows_its_exchange(mic: str, currency: str) -> None:
    assert made(Wish("X", name="Somebody", mic=mic)).currency == currency
    known = Instrument("X", "Somebody", (), "XLON", "GBX")
    assert made(Wish("X", mic=mic), known).currency == currency
    assert made(Wish("X"), known).currency == "GBX"


def test_where_nothing_is_known_the_symbol_is_the_name() -> None:
    assert made(Wish("NVDA")) == Instrument("NVDA", "NVDA", (), "XNYS", "USD")
