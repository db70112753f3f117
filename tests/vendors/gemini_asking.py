"""What tests of the gemini model grant it, in place of the ledger."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from fintech_pipeline.errors import ProviderError, Rationed, StorageError
from fintech_pipeline.quota.calls import Call
from fintech_pipeline.quota.granting import Outcome

NOW = datetime(2026, 11, 27, 23, 0, tzinfo=UTC)


@dataclass
class Grants:
    """Grants every call, up to a number of them, and keeps what became of each."""

    most: int = 10_000
    error: ProviderError | StorageError = field(
        default_factory=lambda: Rationed("gemini: the day's budget is spent.", NOW)
    )
    given: list[tuple[Call, Outcome]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def __call__(self, call: Call) -> Iterator[Outcome]:
        outcome = Outcome()
        with self.lock:
            if len(self.given) >= self.most:
                raise self.error
            self.given.append((call, outcome))
        yield outcome

    @property
    def cost(self) -> Decimal:
        return sum((one.usage.cost_usd for _, one in self.given if one.usage), Decimal(0))
