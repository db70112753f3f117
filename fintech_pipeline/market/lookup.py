"""Looking a symbol up: what the sources that are configured know of it. Pure.

The sources are asked in order until one knows the symbol. One that fails costs only itself. That a
symbol is unknown is believed of a source only that knows all there is.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fintech_pipeline.errors import NoData, ProviderError
from fintech_pipeline.market.exchanges import CURRENCIES
from fintech_pipeline.market.names import headline_names
from fintech_pipeline.market.watchlist import Instrument

PURPOSE = "symbol lookup"
"""Of its calls, in the ledger."""
NEAR = 3
"""How many near symbols a sentence names."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source knows of a symbol.

    Attributes:
        name: The company's or fund's.
        mic: Where it is listed; None where the source does not tell the exchange.
        currency: Of its prices, ISO 4217 or `GBX` for pence; None where it does not tell.
    """

    name: str
    mic: str | None = None
    currency: str | None = None


class Directory(Protocol):
    """A source that knows who is behind a symbol."""

    @property
    def name(self) -> str:
        """As a person knows it."""
        ...

    @property
    def complete(self) -> bool:
        """Whether what it does not know, on the exchanges it covers, is not there."""
        ...

    def covers(self, mic: str | None) -> bool:
        """Whether it may know symbols of the exchange; None means an American one."""
        ...

    def listing(self, symbol: str, mic: str | None) -> Listing:
        """Who is behind the symbol.

        Args:
            symbol: Ours, a share class after a dot.
            mic: The exchange; None looks on the American ones.

        Raises:
            NoData: It knows no such symbol; the sentence names near ones.
            ProviderError: It cannot be asked now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Lookup:
    """What came of looking a symbol up.

    Attributes:
        listing: What was found; None where nothing was.
        source: Who knew it.
        told: Why the others, or all, gave nothing; a sentence each.
        refused: Whether one that knows all said that there is no such symbol.
    """

    listing: Listing | None = None
    source: str = ""
    told: tuple[str, ...] = ()
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person says of an instrument; None and nothing leave it to others.

    Attributes:
        symbol: Which.
        name: Its name.
        aliases: Other names.
        mic: Its exchange.
        currency: Of its prices.
        tags: What it is grouped by; none at all takes what it has away.
    """

    symbol: str
    name: str | None = None
    aliases: tuple[str, ...] = ()
    mic: str | None = None
    currency: str | None = None
    tags: tuple[str, ...] | None = None


def look_up(directories: Sequence[Directory], symbol: str, mic: str | None) -> Lookup:
    """Asks the directories that cover the exchange, until one knows the symbol."""
    told: list[str] = []
    refused = False
    for directory in directories:
        if not directory.covers(mic):
            continue
        try:
            return Lookup(directory.listing(symbol, mic), directory.name, tuple(told))
        except NoData as error:
            refused = refused or directory.complete
            told.append(_sentence(error))
        except ProviderError as error:
            told.append(_sentence(error))
    return Lookup(told=tuple(told), refused=refused)


def _sentence(error: ProviderError) -> str:
    """What an error says, with its full stop: others stand behind it."""
    text = str(error)
    return text if text.endswith((".", "?", "!")) else f"{text}."


def near_told(symbol: str, names: Mapping[str, str]) -> str:
    """The known symbols that a mistyped one, or a company's name, may mean, for a sentence.

    Args:
        symbol: What was looked for.
        names: Every symbol that is known, with its name.

    Returns:
        `; near are NVDA (NVIDIA CORP) and …`; empty where none is near.
    """
    named = [one for one, name in names.items() if name.upper().startswith(symbol)]
    typed = difflib.get_close_matches(symbol, names, n=NEAR, cutoff=0.8)
    return shown_near({one: names[one] for one in [*named, *typed]})


def shown_near(near: Mapping[str, str]) -> str:
    """The first few near symbols, the nearest first, each with its name, for a sentence."""
    told = [f"{symbol} ({name})" for symbol, name in list(near.items())[:NEAR]]
    return f"; near {'are' if len(told) > 1 else 'is'} {' and '.join(told)}" if told else ""


def is_described(known: Instrument | None) -> bool:
    """Whether more is stored of an instrument than its symbol."""
    return known is not None and known.name != known.symbol


def instrument_of(
    wish: Wish, known: Instrument | None, listing: Listing | None, usual_mic: str
) -> Instrument:
    """The instrument: what the person says, else what is known already, else what was found.

    Names for headlines that are said replace those of an instrument that is described already.

    Args:
        wish: What the person says.
        known: What is stored of the symbol.
        listing: What was found.
        usual_mic: The exchange where nobody says one.

    Raises:
        ValueError: The symbol, the name, the currency or a tag is malformed.
    """
    stored = Listing(known.name, known.mic, known.currency) if known else None
    found = (not is_described(known) and listing) or stored or Listing(wish.symbol)
    name, mic = wish.name or found.name, wish.mic or found.mic or usual_mic
    # A currency belongs to its exchange.
    theirs = found.currency if found.mic in {None, mic} else None
    currency = wish.currency or theirs or CURRENCIES.get(mic, "USD")
    aliases = wish.aliases or (known.aliases if known else ())
    if not is_described(known) and name != wish.symbol:
        aliases = tuple(dict.fromkeys([*aliases, *headline_names(name, wish.symbol)]))
    tags = wish.tags if wish.tags is not None else (known.tags if known else ())
    return Instrument(wish.symbol, name, aliases, mic, currency, tuple(dict.fromkeys(tags)))
