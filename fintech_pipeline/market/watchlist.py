"""Instruments and the watchlist: what is followed, under which names, on which exchange. Pure."""

import re
from dataclasses import dataclass, field

SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.\-^=]{0,14}")
TAG = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_SHARE_CLASS = re.compile(r"([A-Z]{1,5})[-/.]([A-Z]{1,2})")


@dataclass(frozen=True, slots=True)
class Instrument:
    """What a symbol names.

    Attributes:
        symbol: Our identifier, upper case, a share class after a dot (`BRK.B`).
        name: The company's or fund's name.
        aliases: Other names a headline may use for it.
        mic: The exchange's ISO 10383 market identifier code; `XSIM` is the simulated exchange.
        currency: ISO 4217 code of the prices.
        tags: What a person groups it by, such as `chips`; alert rules name them.

    Raises:
        ValueError: The symbol, the name, the currency or a tag is not in that form.
    """

    symbol: str
    name: str
    aliases: tuple[str, ...] = field(default=())
    mic: str = "XNYS"
    currency: str = "USD"
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not SYMBOL.fullmatch(self.symbol):
            raise ValueError(f"{self.symbol!r} is not a symbol (capitals, digits, dot; 15 at most)")
        if not self.name.strip():
            raise ValueError(f"{self.symbol} needs a name")
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise ValueError(f"{self.currency!r} is not an ISO 4217 currency code")
        if odd := next((tag for tag in self.tags if not TAG.fullmatch(tag)), None):
            raise ValueError(f"{odd!r} is no tag (small letters, digits, - and _; 40 at most)")


def symbol_of(typed: str) -> str:
    """The symbol that a person means: in capitals, a share class after a dot (`brk-b`: `BRK.B`)."""
    symbol = typed.strip().upper()
    return _SHARE_CLASS.sub(r"\1.\2", symbol) if _SHARE_CLASS.fullmatch(symbol) else symbol
