"""How live providers reach their vendors: with our keys, within the quota that all runs share."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import SecretStr

from fintech_pipeline.errors import ProviderError
from fintech_pipeline.news.providers.edgar.provider import user_agent
from fintech_pipeline.quota.access import Access, KeyPlace
from fintech_pipeline.quota.caller import Caller, record
from fintech_pipeline.quota.calls import Asks, Call
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.settings import Settings

RECENTLY = timedelta(days=31)
"""How far back a provider may ask when it last asked."""
FRESH_SECONDS = 30.0
KEY_PLACES = {
    "alpha_vantage": KeyPlace("query", "apikey", "ALPHA_VANTAGE_API_KEY"),
    "newsapi": KeyPlace("header", "X-Api-Key", "NEWSAPI_KEY"),
}


@dataclass
class LastAsked:
    """When a vendor was last asked, by purpose and symbol; one look at the ledger a collection.

    Attributes:
        ledger: What remembers it.
        provider: The vendor's name.
    """

    ledger: Ledger
    provider: str
    _known: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _read_at: float | None = None

    def __call__(self, purpose: str, symbol: str) -> datetime | None:
        """The instant (UTC), None where it was not asked for in the last month."""
        now = time.monotonic()
        if self._read_at is None or now - self._read_at > FRESH_SECONDS:
            self._known, self._read_at = self.ledger.asked(self.provider, RECENTLY), now
        return self._known.get((purpose, symbol))


@dataclass(frozen=True, slots=True)
class Vendors:
    """Puts together what a provider needs of the outside; contacts nothing.

    Attributes:
        settings: Keys and plans.
        ledger: What grants each call.
    """

    settings: Settings
    ledger: Ledger

    def asks(self, provider: str, base_url: str) -> Asks:
        """Who makes the calls of a provider to an address, `https://host`.

        Raises:
            ConfigurationError: The address or the key cannot be one.
        """
        access = Access(
            provider,
            base_url,
            KEY_PLACES.get(provider),
            self._key(provider),
            self._headers(provider),
        )
        return Caller(access, self.settings.quota.allowance(provider), self.ledger)

    @contextmanager
    def yahoo_call(self, call: Call) -> Iterator[None]:
        """Holds the grant of a call that yfinance makes by itself, and records what it came to.

        Raises:
            ProviderError: It may not be made now.
        """
        grant = self.ledger.grant("yahoo", self.settings.quota.allowance("yahoo"), call)
        try:
            yield
        except ProviderError as error:
            record(self.ledger, grant, error)
            raise
        record(self.ledger, grant, None)

    def last_asked(self, provider: str) -> LastAsked:
        """When each symbol was last asked for."""
        return LastAsked(self.ledger, provider)

    def _key(self, provider: str) -> SecretStr | None:
        news, market = self.settings.news, self.settings.market
        if provider == "alpha_vantage":
            # One key serves prices and news alike.
            of_news = news.alpha_vantage.key if news.alpha_vantage else None
            return market.alpha_vantage.key or of_news
        return news.newsapi.key if provider == "newsapi" and news.newsapi else None

    def _headers(self, provider: str) -> dict[str, str]:
        edgar = self.settings.news.edgar
        if provider == "edgar" and edgar is not None:
            return {"User-Agent": user_agent(edgar.contact)}
        return {}
