"""Packing a watchlist into few NewsAPI queries."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.providers.newsapi.queries import LONGEST_QUERY, clause, packed, too_long

APPLE = Instrument("AAPL", "Apple Inc.", mic="XNAS")


def test_a_clause_holds_each_name_once_and_none_that_another_contains() -> None:
    alphabet = Instrument("GOOGL", "Alphabet Inc.", ("Google", "Google LLC", "YouTube"))
    assert clause(alphabet) == '"Alphabet" OR "Google" OR "YouTube"'
    assert clause(Instrument("T", "AT&T Inc.")) == '"AT&T"'
    assert clause(Instrument("X", 'A "Best" Buy')) == '"A Best Buy"'


def test_two_share_classes_are_asked_for_once() -> None:
    classes = [Instrument(s, "Alphabet Inc.") for s in ("GOOGL", "GOOG")]
    (query,) = packed(classes)
    assert query.text == '"Alphabet"'
    assert query.symbols == ("GOOG", "GOOGL")


def test_long_names_are_packed_first_so_that_short_ones_fill_their_queries() -> None:
    """In the list's order the two short ones would share a query: three in all."""
    lengths = {"A": 150, "B": 151, "C": 330, "D": 331}
    several = [Instrument(symbol, symbol + "x" * n) for symbol, n in lengths.items()]
    assert [set(query.symbols) for query in packed(several)] == [{"D", "B"}, {"C", "A"}]


def test_names_too_long_for_a_query_are_told_and_cost_the_others_nothing() -> None:
    endless = Instrument("LONG", "Apple of " + "letters " * 70, ("Anything " * 60,))
    assert [query.symbols for query in packed([endless, APPLE])] == [("AAPL",)]
    (sentence,) = too_long([endless, APPLE])
    assert sentence.startswith("The names of LONG do not fit")


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=90)
instruments = st.lists(
    st.builds(
        lambda n, name, aliases: Instrument(f"S{n}", name or "x", tuple(aliases)),
        st.integers(0, 10_000),
        names.filter(lambda name: bool(name.strip())),
        st.lists(names, max_size=4),
    ),
    max_size=40,
    unique_by=lambda i: i.symbol,
)


@given(instruments)
def test_every_instrument_is_asked_for_exactly_once_in_queries_that_are_full(
    several: list[Instrument],
) -> None:
    queries = packed(several)
    asked = [symbol for query in queries for symbol in query.symbols]
    told = {sentence.split()[3] for sentence in too_long(several)}
    assert sorted([*asked, *told]) == sorted(i.symbol for i in several)
    assert all(0 < len(query.text) <= LONGEST_QUERY for query in queries)
    # Any two together are too long: so there are fewer than twice as many as their letters need.
    for one, other in combinations(queries, 2):
        assert len(f"{one.text} OR {other.text}") > LONGEST_QUERY
    assert packed(several[::-1]) == queries
    clauses = {i.symbol: clause(i) for i in several}
    for query in queries:
        assert all(clauses[symbol] in query.text for symbol in query.symbols)
