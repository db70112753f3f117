"""What companies are called: in registers, by themselves, and in headlines."""

from datetime import UTC, datetime

import pytest

from fintech_pipeline.market.names import (
    as_written,
    everyday_names,
    headline_names,
    without_legal_form,
)
from fintech_pipeline.market.watchlist import Instrument, symbol_of
from fintech_pipeline.news.articles import RawArticle
from fintech_pipeline.news.matching import match


@pytest.mark.parametrize(
    ("register", "symbol", "written"),
    [
        ("NVIDIA CORP", "NVDA", "Nvidia Corp."),
        ("MICROSOFT CORP", "MSFT", "Microsoft Corp."),
        ("Apple Inc.", "AAPL", "Apple Inc."),
        ("NVIDIA Corporation", "NVDA", "NVIDIA Corporation"),
        ("BANK OF AMERICA CORP /DE/", "BAC", "Bank of America Corp."),
        ("COSTCO WHOLESALE CORP /NEW", "COST", "Costco Wholesale Corp."),
        ("AMAZON COM INC", "AMZN", "Amazon.com Inc."),
        ("PROCTER & GAMBLE Co", "PG", "Procter & Gamble Co"),
        ("CVS HEALTH Corp", "CVS", "CVS Health Corp"),
        ("AT&T INC.", "T", "AT&T Inc."),
        ("ASML HOLDING NV", "ASML", "ASML Holding NV"),
        ("MSCI Inc.", "MSCI", "MSCI Inc."),
        ("Coca-Cola Company (The)", "KO", "The Coca-Cola Company"),
        ("Dell Technologies Inc. Class C Common Stock", "DELL", "Dell Technologies Inc."),
        ("Invesco QQQ Trust, Series 1", "QQQ", "Invesco QQQ Trust"),
        ("Evil\x1b[31m\x00 Corp\n", "EVL", "Evil[31m Corp"),
    ],
)
def test_a_registers_name_becomes_one_that_people_write(
    register: str, symbol: str, written: str
) -> None:
    assert as_written(register, symbol) == written


@pytest.mark.parametrize(
    ("name", "symbol", "names"),
    [
        ("NVIDIA Corporation", "NVDA", ("NVIDIA", "Nvidia")),
        ("Meta Platforms, Inc.", "META", ("Meta Platforms", "Meta", "Facebook")),
        ("Alphabet Inc.", "GOOGL", ("Alphabet", "Google")),
        ("Eli Lilly and Company", "LLY", ("Eli Lilly", "Lilly")),
        ("Coca Cola Co.", "KO", ("Coca Cola", "Coca-Cola")),
        ("Unitedhealth Group Inc.", "UNH", ("Unitedhealth Group", "UnitedHealth")),
        (
            "Alibaba Group Holding Limited",
            "BABA",
            ("Alibaba Group Holding", "Alibaba Group", "Alibaba"),
        ),
        ("Invesco QQQ Trust", "QQQ", ("Invesco QQQ",)),
        ("SPDR S&P 500 ETF Trust", "SPY", ("SPDR S&P 500 ETF",)),
        ("Northern Trust Corporation", "NTRS", ("Northern Trust",)),
        ("SONY Group Corp.", "SONY", ("SONY Group", "SONY", "Sony")),
        ("Tesco PLC", "TSCO", ("Tesco",)),
        ("Target Corp.", "TGT", ("Target Corp",)),
        ("Match Group, Inc.", "MTCH", ("Match Group", "Match Group, Inc")),
        ("3M Co.", "MMM", ()),
    ],
)
def test_headlines_use_shorter_names_and_brands_but_no_everyday_words(
    name: str, symbol: str, names: tuple[str, ...]
) -> None:
    assert headline_names(name, symbol) == names


def test_what_is_left_out_is_known() -> None:
    assert everyday_names("Target Corp.") == ["Target"]
    assert everyday_names("American International Group, Inc.") == ["American"]
    assert everyday_names("Apple Inc.") == []


@pytest.mark.parametrize("name", ["", "Inc.", "The", "The Inc", "  ", "Co Ltd", "AG", ", Inc."])
def test_what_is_hardly_a_name_makes_no_trouble(name: str) -> None:
    assert without_legal_form(name) is not None
    assert all(one.strip() for one in headline_names(as_written(name, "X"), "X"))


@pytest.mark.parametrize(
    ("headline", "about"),
    [
        ("Analysts Raise Price Target on Nvidia", []),
        ("Target Corp. cuts its outlook", ["TGT"]),
        ("Mind the Gap in Treasury Yields", []),
        ("Shares of Target (NYSE: TGT) fall", ["TGT"]),
        ("TARGET Corp cuts its outlook", ["TGT"]),
    ],
)
def test_an_everyday_word_alone_names_nobody(headline: str, about: list[str]) -> None:
    watched = [
        Instrument("TGT", "Target Corp.", headline_names("Target Corp.", "TGT")),
        Instrument("GAP", "Gap, Inc.", headline_names("Gap, Inc.", "GAP")),
    ]
    article = RawArticle("1", headline, "", "x.com", "", datetime(2025, 5, 1, tzinfo=UTC))
    assert [one.symbol for one in match(article, watched)] == about


def test_an_everyday_word_that_a_person_wants_is_matched() -> None:
    article = RawArticle("1", "Target falls", "", "x.com", "", datetime(2025, 5, 1, tzinfo=UTC))
    assert match(article, [Instrument("TGT", "Target Corp.", ("Target",))])


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [
        ("nvda", "NVDA"),
        (" brk-b ", "BRK.B"),
        ("BRK.B", "BRK.B"),
        ("brk/b", "BRK.B"),
        ("BF-A", "BF.A"),
        ("BTC-USD", "BTC-USD"),
        ("7203", "7203"),
        ("^GSPC", "^GSPC"),
    ],
)
def test_a_share_class_stands_after_a_dot_however_it_is_typed(typed: str, symbol: str) -> None:
    assert symbol_of(typed) == symbol
