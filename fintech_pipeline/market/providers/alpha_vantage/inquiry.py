"""Asking Alpha Vantage one thing after another: what comes is kept, what does not is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import (
    Malformed,
    NoData,
    ProviderError,
    QuotaExhausted,
    Rationed,
    Unavailable,
)
from fintech_pipeline.market.provider import Problem
from fintech_pipeline.quota.alpha_vantage import refusal_by
from fintech_pipeline.quota.calls import Asks, Call

Parsed = TypeVar("Parsed")


@dataclass(slots=True)
class Inquiry:
    """A row of calls of one collection; none of them raises.

    A symbol the vendor does not know, an answer that cannot be read and a call that got none cost
    only themselves. Whatever else is refused would be refused to the next call as well: after it
    nothing more is asked, and `stopped` says why.

    Attributes:
        asks: Makes the calls.
        clock: The present.
        problems: What could not be had, by symbol.
        failures: The errors behind them that say nothing about a symbol.
        stopped: Why nothing more is asked.
        patient: Whether what a spent quota puts off needs no word: it is asked for another day.
    """

    asks: Asks
    clock: Clock
    problems: list[Problem] = field(default_factory=list)
    failures: list[ProviderError] = field(default_factory=list)
    stopped: ProviderError | None = None
    patient: bool = False

    def ask(self, call: Call, parse: Callable[[bytes], Parsed]) -> Parsed | None:
        """What the call brought; None, having told why, where it brought nothing."""
        about = ", ".join(call.symbols)
        if self.stopped is not None:
            self._tell(call, f"its {call.purpose} were not asked for: {self.stopped}")
            return None
        try:
            answer = self.asks.ask(call, refusal_by(self.clock, about))
            return _parsed(call, answer.body, parse)
        except NoData as error:
            self._tell(call, str(error))
        except (Malformed, Unavailable) as error:
            self.failures.append(error)
            self._tell(call, str(error))
        except ProviderError as error:
            self.stopped = error
            if not self._put_off():
                self.failures.append(error)
            self._tell(call, str(error))
        return None

    def tell(self, symbol: str, reason: str) -> None:
        """Notes a problem; an empty one says nothing."""
        if reason and Problem(symbol, reason) not in self.problems:
            self.problems.append(Problem(symbol, reason))

    def raise_if_in_vain(self, anything: bool) -> None:
        """Raises the first failure where nothing at all could be had."""
        if self.failures and not anything:
            raise self.stopped or self.failures[0]

    def _tell(self, call: Call, reason: str) -> None:
        if self.patient and self._put_off():
            return
        for symbol in call.symbols:
            self.tell(symbol, reason)

    def _put_off(self) -> bool:
        return isinstance(self.stopped, QuotaExhausted if self.patient else Rationed)


def _parsed(call: Call, body: bytes, parse: Callable[[bytes], Parsed]) -> Parsed:
    """What the parser makes of it; its errors are predicates, which become sentences here."""
    try:
        return parse(body)
    except Malformed as error:
        answer = f"Alpha Vantage's answer to {call.params['function']}"
        raise Malformed(f"{answer} {error}; none of it was used.") from None
