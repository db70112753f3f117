"""How live providers reach their vendors: within the quota, which all runs share."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fintech_pipeline.quota.access import Access, KeyPlace
from fintech_pipeline.quota.caller import Caller
from fintech_pipeline.quota.calls import Asks, Call
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.settings import Settings

RECENTLY = timedelta(days=31)
"""How far back a provider may ask when it last asked."""


@dataclass(frozen=True, slots=True)
class Vendors:
    """Puts together what a provider needs of the outside.

    Attributes:
        settings: Addresses, keys, plans.
        ledger: What grants each call.
    """

    settings: Settings
    ledger: Ledger

    def alpha_vantage(self) -> Asks:
        """Makes the calls to Alpha Vantage."""
        vendor = self.settings.market.alpha_vantage
        place = KeyPlace("query", "apikey", "ALPHA_VANTAGE_API_KEY")
        access = Access("alpha_vantage", vendor.base_url, place, vendor.key)
        return Caller(access, self.settings.quota.allowance("alpha_vantage"), self.ledger)

    def yahoo_granted(self, call: Call) -> None:
        """Grants a call that yfinance makes itself.

        Raises:
            ProviderError: It may not be made now.
        """
        allowance = self.settings.quota.allowance("yahoo")
        self.ledger.settle(self.ledger.grant("yahoo", allowance, call))

    def last_asked(self, provider: str) -> dict[tuple[str, str], datetime]:
        """When each symbol was last asked for, by purpose and symbol (UTC)."""
        return self.ledger.asked(provider, RECENTLY)
