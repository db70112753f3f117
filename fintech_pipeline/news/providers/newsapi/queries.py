"""Packing a watchlist into few NewsAPI queries. Pure.

Source: newsapi.org, "Everything": `q` takes quoted phrases and `OR`, and at most 500 characters.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.matching import names_of

LONGEST_QUERY = 500
"""Characters of `q` at most, before they are encoded for the URL."""
_OR = " OR "


@dataclass(frozen=True, slots=True)
class Query:
    """One question for several instruments.

    Attributes:
        text: The value of `q`.
        symbols: The instruments it asks for.
    """

    text: str
    symbols: tuple[str, ...]


def packed(instruments: Sequence[Instrument]) -> list[Query]:
    """The fewest queries we find that ask for every instrument once; the same for the same list.

    Longest first into the first query with room, so no two of the queries would fit into one.
    Instruments of the same names, two share classes, are asked for together. One that does not fit
    into a query is in none of them: see `too_long`.
    """
    clauses: dict[str, list[str]] = defaultdict(list)
    for instrument in sorted(instruments, key=lambda i: i.symbol):
        clauses[clause(instrument)].append(instrument.symbol)
    fitting = [text for text in clauses if text and len(text) <= LONGEST_QUERY]
    groups: list[list[str]] = []
    for text in sorted(fitting, key=lambda text: (-len(text), text)):
        roomy = (g for g in groups if len(_OR.join([*g, text])) <= LONGEST_QUERY)
        group = next(roomy, None)
        if group is None:
            groups.append([text])
        else:
            group.append(text)
    return [
        Query(_OR.join(group), tuple(symbol for text in group for symbol in clauses[text]))
        for group in groups
    ]


def too_long(instruments: Sequence[Instrument]) -> list[str]:
    """A sentence for each instrument whose names do not fit into a query."""
    return [
        f"The names of {one.symbol} do not fit into NewsAPI's {LONGEST_QUERY} characters, so it was"
        " not asked for; give it fewer or shorter aliases."
        for one in instruments
        if not 0 < len(clause(one)) <= LONGEST_QUERY
    ]


def clause(instrument: Instrument) -> str:
    """The instrument's names as quoted phrases joined by OR.

    A phrase that holds another finds nothing more: with "Apple" there is no need for "Apple Inc.".
    """
    phrases = {" ".join(name.replace('"', " ").split()) for name in names_of(instrument)}
    ordered = sorted(phrases - {""}, key=lambda phrase: (len(_words(phrase)), phrase))
    kept: list[str] = []
    for phrase in ordered:
        if not any(_holds(_words(phrase), _words(shorter)) for shorter in kept):
            kept.append(phrase)
    return _OR.join(f'"{phrase}"' for phrase in kept)


def _words(phrase: str) -> list[str]:
    return re.findall(r"\w+", phrase.casefold())


def _holds(words: list[str], part: list[str]) -> bool:
    spans = range(len(words) - len(part) + 1)
    return bool(part) and any(words[at : at + len(part)] == part for at in spans)
