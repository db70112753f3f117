"""A call to a vendor: what is asked, what is answered, and whom one asks to ask. Pure.

An adapter builds `Call`s, hands them to an `Asks` with the function that recognises the vendor's
refusals, and parses the `Answer`. Whether a call may be made, repeating it, and keeping the key out
of everything is the business of the one implementation, `caller.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from fintech_pipeline.errors import ProviderError


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of a vendor.

    Attributes:
        path: Below the provider's base URL, `/query`.
        params: The query's parameters, without the key.
        purpose: What for, in a word or two: "daily bars". Stands in the ledger.
        symbols: For which of our symbols; stands in the ledger.
        cost: How many of the vendor's requests it counts as.
        waited_for: Whether a person waits for it, so that nothing is kept back from it.
        most_usd: What it costs at most, where the vendor sells by use; so much of the day's budget
            is set aside until it is known.
    """

    path: str
    params: Mapping[str, str]
    purpose: str
    symbols: tuple[str, ...] = ()
    cost: int = 1
    waited_for: bool = False
    most_usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call used, where the vendor sells by use.

    Attributes:
        tokens_in: Tokens of the question.
        tokens_out: Tokens of the answer, the model's thoughts included.
        cost_usd: What both cost.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: Decimal = Decimal(0)

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.cost_usd + other.cost_usd,
        )


NO_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the vendor answered, whatever it was.

    Attributes:
        status: The HTTP status.
        headers: The HTTP headers, their names in lower case.
        body: The bytes.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


Refusal = Callable[[Answer], ProviderError | None]
"""Recognises a vendor's refusal: the error it means, or None where the answer is one to parse.

An error's text names no key: the answer's text may quote it, so it is never passed on whole.
"""


class Asks(Protocol):
    """Makes calls to one vendor."""

    def ask(self, call: Call, refusal: Refusal) -> Answer:
        """Asks, within the quota, again where that may help, and gives a good answer.

        Raises:
            NotConfigured: The provider has no key; nothing was asked.
            QuotaExhausted: Nothing may be asked before `resets_at`; nothing was asked, or the
                vendor said so.
            RateLimited: The vendor asks for a pause that is longer than waiting is worth.
            Unavailable: The vendor, the network or its certificate failed, or the circuit is open.
            ProviderError: Whatever else `refusal` recognised.
        """
        ...
