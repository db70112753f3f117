"""Matching: which instruments an article is about, and why. Pure.

Identity is resolved from the watchlist, deterministically, by names and marked tickers; a vendor's
own attachment is the weakest hint. Nothing here guesses: what the reader sees in `matched_by`
stands in the text.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fintech_pipeline.market.names import is_everyday, without_legal_form
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import RawArticle

IN_HEADLINE = 1.0
IN_SUMMARY = 0.6
BY_VENDOR = 0.3
LATE = 0.8
"""The factor on a mention that comes late: what opens a headline is what it is about."""
CROWD = 2
"""Beyond this many instruments in one text each gets CROWD / n of the relevance."""
_LATE_PART, _LATE_FROM_LETTER = 2 / 3, 40

_EXCHANGES: dict[str, frozenset[str]] = {
    "nasdaq nasdaqgs nasdaqgm nasdaqcm nyse nysearca nyse-arca amex nyseamerican cboe bats arca": (
        frozenset({"XNYS", "XNAS", "XASE", "ARCX", "BATS"})
    ),
    "lse lon aim": frozenset({"XLON"}),
    "asx": frozenset({"XASX"}),
    "tyo jpx": frozenset({"XTKS"}),
    "tse": frozenset({"XTKS", "XTSE"}),
    "tsx tsxv": frozenset({"XTSE", "XTSX"}),
    "hkex hkg sehk": frozenset({"XHKG"}),
    "nse": frozenset({"XNSE"}),
    "bse": frozenset({"XBOM"}),
    "xetra etr fra fwb": frozenset({"XETR", "XFRA"}),
    "epa euronext ams": frozenset({"XPAR", "XAMS", "XBRU", "XLIS"}),
    "otc otcmkts otcqx otcqb": frozenset({"OTCM"}),
}
_MICS_OF_PREFIX = {prefix: mics for names, mics in _EXCHANGES.items() for prefix in names.split()}
_KNOWN_MICS = frozenset[str]().union(*_EXCHANGES.values())

_TICKER = r"[A-Za-z0-9]{1,7}(?:[.\-/][A-Za-z]{1,2})?(?!\w)"
_CASHTAG = re.compile(rf"(?<![\w$])\$({_TICKER})")
_COLON_TICKER = re.compile(rf":\s?\$?({_TICKER})")
_EXCHANGE_BEFORE = re.compile(
    rf"(?<!\w)({'|'.join(sorted(_MICS_OF_PREFIX, key=len, reverse=True))})\s?$", re.IGNORECASE
)
_ORDINARY = """
BALL BEAM BEST BILL BIRD BOLD BOOM BOOT CAKE CALM CARE CARS CART CASH CHEF CODE COIN COLD COOK
COOL COOP CORE CORN COST CUBE DASH DATA DECK DISH EARN EAST EDIT EGGS EVER FAST FINE FIVE FLEX
FLOW FORM FROG FUEL FUND GAIN GAME GATE GOLD GOOD GRAB GROW HACK HEAR HERO HOOD HOPE HUGE ICON
IDEA JACK KIND KEYS LAKE LAND LEAD LIFE LINE LION LIVE LOAN LOVE LUCK MAIN MARK META MIND MOVE
NEWS NEXT NICE NOTE OPEN PACK PARK PATH PEAK PLAN PLAY PLUG POOL POST PUMP RACE RARE REAL RIDE
RIOT ROAD ROCK ROOT SAFE SAIL SALE SAVE SEAT SHOP SITE SNAP SNOW SOUL SPOT STAR STEM STEP TALK
TEAM TECH TELL TREE TRUE TURN WISH WOLF WOOD WORK YELL ZERO CLEAR CLOUD GLOBE GREEN LIGHT POWER
SMART SOLAR SPACE TRADE WORLD
"""
_ORDINARY_TICKERS = frozenset(_ORDINARY.split())
"""Tickers of four and more letters that are words: in capitals they shout rather than name."""
_TRAILING_WORDS = r"(?!-(?:analy[sz]|cognit|regress|narrat|physic))"
"""`Meta-analysis` is not about Meta, `Meta-owned` is."""


@dataclass(frozen=True, slots=True)
class Match:
    """An article is about a symbol.

    Attributes:
        symbol: The instrument's symbol.
        relevance: In (0, 1]; 1 where the headline opens with it.
        matched_by: Why, as a short phrase for a person.
    """

    symbol: str
    relevance: float
    matched_by: str


@dataclass(frozen=True, slots=True)
class _Mention:
    symbol: str
    start: int
    shown: str


class Matcher:
    """Finds the instruments an article is about. Built once, used for many articles.

    Args:
        instruments: Whom to look for. A name shared by several (two share classes) matches each.
    """

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._mics = {i.symbol: i.mic for i in instruments}
        self._symbols = {_ticker_key(i.symbol): i.symbol for i in instruments}
        self._named: dict[str, list[str]] = defaultdict(list)
        patterns: dict[str, str] = {}
        for instrument in instruments:
            for name in names_of(instrument):
                if instrument.symbol not in self._named[_name_key(name)]:
                    self._named[_name_key(name)].append(instrument.symbol)
                patterns[name] = _name_pattern(name)
            if _may_stand_bare(instrument.symbol):
                patterns[instrument.symbol] = re.sub(r"\\?[.\-]", r"[.\\-/]", instrument.symbol)
        # Longest first, so that "Berkshire Hathaway" is not read as "Berkshire".
        ordered = sorted(patterns, key=lambda name: (-len(name), name))
        alternatives = "|".join(patterns[name] for name in ordered) or r"(?!)"
        self._names = re.compile(rf"(?<![\w$&])(?:{alternatives})(?!\w){_TRAILING_WORDS}")

    def match(self, article: RawArticle) -> list[Match]:
        """The instruments the article is about, most relevant first, then by symbol.

        A name, alias, cashtag or exchange-prefixed ticker in the headline counts 1.0, in the
        summary alone 0.6, a symbol only the vendor attached 0.3. A late mention and one among
        many instruments count less.
        """
        found: dict[str, Match] = {}
        for place, text, base in (
            ("headline", article.headline, IN_HEADLINE),
            ("summary", article.summary, IN_SUMMARY),
        ):
            first, crowd = self._first_mentions(text)
            for mention in first:
                relevance = base * _crowding(crowd) * _lateness(mention.start, len(text))
                why = f"{mention.shown} in the {place}{_among(crowd)}"
                found.setdefault(mention.symbol, Match(mention.symbol, round(relevance, 3), why))
        vendor = len(article.symbols)
        for symbol in self._attached(article.symbols):
            relevance = round(BY_VENDOR * _crowding(vendor), 3)
            why = f"attached by the vendor{_among(vendor)}"
            found.setdefault(symbol, Match(symbol, max(relevance, 0.001), why))
        return sorted(found.values(), key=lambda m: (-m.relevance, m.symbol))

    def _first_mentions(self, text: str) -> tuple[list[_Mention], int]:
        """The first mention of each of our symbols, and how many instruments the text names."""
        first: dict[str, _Mention] = {}
        foreign = set()
        for mention in self._mentions(text):
            if not mention.shown:
                foreign.add(mention.symbol)
            elif mention.symbol not in first or mention.start < first[mention.symbol].start:
                first[mention.symbol] = mention
        return list(first.values()), len(first) + len(foreign)

    def _mentions(self, text: str) -> Iterator[_Mention]:
        """Every mention of ours; tickers marked as such but not ours have nothing to show."""
        for hit in self._names.finditer(text):
            for symbol in self._symbols_named(hit.group(), shouting=text.isupper()):
                yield _Mention(symbol, hit.start(), f'"{hit.group()}"')
        for hit in _CASHTAG.finditer(text):
            # A number after a dollar is an amount, also where Tokyo lists a company under it.
            if hit.group(1)[0].isalpha():
                own = self._symbols.get(_ticker_key(hit.group(1)))
                shown = hit.group() if own else ""
                yield _Mention(own or _ticker_key(hit.group(1)), hit.start(), shown)
        # Colons are rare and exchanges' names are many: looking back from the colon is cheap.
        for hit in _COLON_TICKER.finditer(text):
            exchange = _EXCHANGE_BEFORE.search(text[max(0, hit.start() - 16) : hit.start()])
            if exchange is None:
                continue
            own = self._symbols.get(_ticker_key(hit.group(1)))
            if own and _listed(self._mics[own], exchange.group(1).lower()):
                yield _Mention(own, hit.start(), exchange.group() + hit.group())
            else:
                yield _Mention(_ticker_key(hit.group(1)), hit.start(), "")

    def _symbols_named(self, hit: str, *, shouting: bool) -> Iterable[str]:
        named = self._named.get(_name_key(hit))
        if named is not None:
            return named
        # In a headline all in capitals a ticker looks like any other word.
        return () if shouting else (self._symbols[_ticker_key(hit)],)

    def _attached(self, vendor_symbols: frozenset[str]) -> list[str]:
        own = (self._symbols.get(_ticker_key(symbol)) for symbol in vendor_symbols)
        return sorted({symbol for symbol in own if symbol is not None})


def match(article: RawArticle, instruments: Sequence[Instrument]) -> list[Match]:
    """One article against some instruments; for many articles build one `Matcher`."""
    return Matcher(instruments).match(article)


def names_of(instrument: Instrument) -> set[str]:
    """The name with and without its legal form and article, and the aliases.

    What is left without the legal form is no name where it is an everyday word.
    """
    names = {instrument.name.strip(), *(alias.strip() for alias in instrument.aliases)}
    short = without_legal_form(instrument.name)
    ordinary = short.upper() in _ORDINARY_TICKERS - {instrument.symbol} or is_everyday(short)
    if len(short) > 2 and not ordinary:
        names.add(short)
    return {name for name in names if name}


def _name_pattern(name: str) -> str:
    """The name as a pattern: apostrophes and ampersands as outlets write them, case as is safe.

    A single word is matched in its own case and in capitals ("Apple", "APPLE", not "apple"), and
    in capitals only where that is not how tickers and acronyms look ("META", "GAP").
    """
    pattern = re.escape(name).replace(r"\ ", r"\s+")
    pattern = re.sub(r"['’ʼ]", "['’ʼ]?", pattern)
    pattern = re.sub(r"(?:\\s\+)?\\?&(?:\\s\+)?", r"\\s*(?:&(?:amp;)?|\\band\\b)\\s*", pattern)
    if re.search(r"\w\W+\w", name) and len(name) > 5:
        return f"(?i:{pattern})"
    if name.isalpha() and len(name) > 4 and not name.isupper():
        return f"{pattern}|{re.escape(name.upper())}"
    return pattern


def _may_stand_bare(symbol: str) -> bool:
    """Whether the ticker alone, unmarked, can only mean the instrument."""
    letters = re.sub(r"\W", "", symbol)
    return letters.isalpha() and len(letters) > 3 and symbol not in _ORDINARY_TICKERS


def _name_key(text: str) -> str:
    joined = re.sub(r"\s*(?:&(?:amp;)?|\band\b)\s*", "&", text.casefold())
    return " ".join(re.sub(r"['’ʼ]", "", joined).split())


def _ticker_key(ticker: str) -> str:
    return re.sub(r"[\-/]", ".", ticker.upper())


def _listed(mic: str, prefix: str) -> bool:
    """Whether an instrument of that exchange may be meant: `ASX: ALL` is not New York's `ALL`."""
    return mic not in _KNOWN_MICS or mic in _MICS_OF_PREFIX[prefix]


def _crowding(instruments: int) -> float:
    return min(1.0, CROWD / max(instruments, 1))


def _among(instruments: int) -> str:
    return f", among {instruments} instruments" if instruments > CROWD else ""


def _lateness(start: int, length: int) -> float:
    late = start > _LATE_FROM_LETTER and start > length * _LATE_PART
    return LATE if late else 1.0
