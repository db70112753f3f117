"""What companies are called: in registers, by themselves, and in headlines. Pure.

A register writes `NVIDIA CORP`, the company `NVIDIA Corporation`, a headline `Nvidia`. A headline's
single word is matched in its own case, so the case matters; and a word that means something else
every day ("Target", "Gap") is no name, because outlets capitalise every word of a headline.
"""

import re
from collections.abc import Iterator

_LEGAL_FORM = re.compile(
    r"[\s,]+(?:incorporated|inc|corporation|corp|company|co|limited|ltd|plc|llc|lp|n\.?\s?v|s\.?\s?a"
    r"|s\.?p\.?a|ag|se|ab|asa|oyj|a/s)\.?$",
    re.IGNORECASE,
)
_GENERIC = re.compile(
    r"\s+(?:holdings?|group|platforms|technolog(?:y|ies)|global|markets|manufacturing|worldwide"
    r"|international|systems|enterprises|industries|wholesale)$|\.com$",
    re.IGNORECASE,
)
_FUND = re.compile(r"^(\S+\s.*\S)\s+trust$", re.IGNORECASE)
_REGISTER_TAIL = re.compile(r"\s*/[A-Za-z]{2,4}/?$")
_SHARES = re.compile(
    r"[\s,\-–]+(?:class [a-c]|series \d+|common (?:stock|shares)|ordinary shares"
    r"|(?:sponsored )?ad[rs]|american depositary (?:shares|receipts))$",
    re.IGNORECASE,
)
_WRITTEN = {
    "INC": "Inc.",
    "CORP": "Corp.",
    "CO": "Co.",
    "LTD": "Ltd.",
    "PLC": "plc",
    **{word: word.lower() for word in ("OF", "AND", "THE", "FOR")},
}
_SHORTEST_WORD = 4
LONGEST = 120

_EVERYDAY = """
AFFIRM ALLY AMERICAN ARM BALL BEST BLOCK BOOKING BOX CAPITAL CARNIVAL CARVANA CHART CHASE CITIZENS
CLEAR COACH COMPASS CONTINENTAL CROWN DISCOVER DOMINION DOVER DOW ENERGY EVERGREEN EXPRESS FEDERAL
FIRST FORTUNE FOX GAP GENERAL GLOBAL GUESS IRON KEY LEMONADE LIBERTY LIFE LINE MARKET MATCH MONSTER
MOSAIC NASDAQ NATIONAL NEWS NEXT OPEN ORANGE PRINCIPAL PROGRESSIVE PUBLIC REGIONS ROOT SEA SHIFT
SMART SNAP SOUTHERN SPIRIT SQUARE STANDARD STATE STRATEGY SUMMIT TARGET TOAST TOTAL TRAVELERS
UNITED UNITY UNIVERSAL VISA VITAL WISE ZOOM
"""
_WORDS = frozenset(_EVERYDAY.split())

_BRANDS = {
    "AAL": ("American Airlines",),
    "AMD": ("AMD",),
    "AMZN": ("Amazon",),
    "BAC": ("BofA",),
    "BRK.A": ("Berkshire",),
    "BRK.B": ("Berkshire",),
    "C": ("Citi",),
    "DIS": ("Disney",),
    "DPZ": ("Domino's",),
    "FDX": ("FedEx",),
    "GE": ("General Electric",),
    "GOOG": ("Google",),
    "GOOGL": ("Google",),
    "GS": ("Goldman",),
    "IBM": ("IBM",),
    "JNJ": ("J&J",),
    "JPM": ("JPMorgan",),
    "KO": ("Coca-Cola",),
    "LLY": ("Lilly",),
    "LOW": ("Lowe's",),
    "MA": ("Mastercard", "MasterCard"),
    "MCD": ("McDonald's",),
    "META": ("Facebook",),
    "MSTR": ("MicroStrategy",),
    "NVO": ("Novo Nordisk",),
    "PEP": ("PepsiCo", "Pepsi"),
    "PG": ("P&G",),
    "PYPL": ("PayPal",),
    "RTX": ("Raytheon",),
    "TMUS": ("T-Mobile",),
    "TSM": ("Taiwan Semiconductor", "TSMC"),
    "UNH": ("UnitedHealth",),
    "XOM": ("Exxon", "ExxonMobil"),
    "XYZ": ("Cash App",),
}
"""What headlines say of American symbols that no rule makes of their names."""


def plain_text(name: str) -> str:
    """A foreign text as a name can be stored and shown: one line of at most 120 letters."""
    return " ".join("".join(one for one in name if one.isprintable()).split())[:LONGEST].strip()


def is_everyday(name: str) -> bool:
    """Whether the name is a word that headlines use for something else."""
    return name.upper() in _WORDS


def without_legal_form(name: str) -> str:
    """The name without its article and legal form: `The Coca-Cola Company` is `Coca-Cola`."""
    short = re.sub(r"^the\s+", "", name.strip(), flags=re.IGNORECASE)
    while (shorter := _LEGAL_FORM.sub("", short)) != short:
        short = re.sub(r"[\s,&]+$|\s+and$", "", shorter)
    return short


def as_written(name: str, symbol: str) -> str:
    """A register's name as one would write it: `NVIDIA CORP /DE/` is `Nvidia Corp.`.

    Args:
        name: As a source has it; one that knows small letters keeps its own.
        symbol: The symbol, which stays in capitals.
    """
    name = _REGISTER_TAIL.sub("", plain_text(name)) or plain_text(name)
    name = re.sub(r"^(.+)\s\(the\)$", r"The \1", name, flags=re.IGNORECASE)
    while (plain := _SHARES.sub("", name)) != name:
        name = plain
    plain = without_legal_form(name)
    if not (name.isupper() or (" " in plain and plain.isupper())):
        return name
    written = " ".join(_word(word, symbol) for word in name.split())
    return re.sub(r" COM\b", ".com", written)


def headline_names(name: str, symbol: str) -> tuple[str, ...]:
    """The further names under which headlines tell of the company, the longest first.

    Args:
        name: As `as_written` gives it.
        symbol: Its symbol, for the names that no rule finds.
    """
    brands = _BRANDS.get(symbol, ())
    found = [one for one in _shorter(name) if not is_everyday(one)]
    # A single word in capitals would be looked for in capitals only.
    capitals = [one for one in found if one.isalpha() and one.isupper() and len(one) > 3]
    found += [one.capitalize() for one in capitals]
    if everyday_names(name):
        found.append(name.rstrip("."))
    known = {brand.casefold() for brand in brands}
    others = [one for one in found if one.casefold() not in known and one != name]
    return tuple(dict.fromkeys([*others, *brands]))


def everyday_names(name: str) -> list[str]:
    """The short names that are left out because they are everyday words."""
    return [one for one in dict.fromkeys(_shorter(name)) if is_everyday(one) and one != name]


def _shorter(name: str) -> Iterator[str]:
    """The name without its legal form, then without one generic word after the other."""
    short = without_legal_form(name)
    fund = _FUND.match(short)
    short = fund.group(1) if fund else short
    if len(short) > 2:
        yield short
    while (shorter := re.sub(r"[\s,&]+$|\s+and$", "", _GENERIC.sub("", short))) != short:
        short = shorter
        if " " in short or len(short) >= _SHORTEST_WORD or is_everyday(short):
            yield short


def _word(word: str, symbol: str) -> str:
    if word.strip(",.") in _WRITTEN:
        return _WRITTEN[word.strip(",.")]
    if word == symbol:
        return word
    return re.sub(r"[A-Z]{4,}", lambda run: run.group().capitalize(), word)
