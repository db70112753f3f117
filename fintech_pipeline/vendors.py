"""How live providers reach their vendors: with our keys, within the quota that all runs share."""

from dataclasses import dataclass, replace
from datetime import timedelta

from pydantic import SecretStr

from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import NotConfigured
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.providers.alpha_vantage.requests import DAY_BARS
from fintech_pipeline.market.providers.alpha_vantage.symbols import serves
from fintech_pipeline.market.providers.yahoo.provider import COOKIES
from fintech_pipeline.market.stored_days import StoredDays
from fintech_pipeline.news.providers.edgar.provider import user_agent
from fintech_pipeline.news.providers.rss.provider import origin_name
from fintech_pipeline.quota.access import Access, KeyPlace
from fintech_pipeline.quota.allowances import PLANS, Allowance
from fintech_pipeline.quota.caller import Caller
from fintech_pipeline.quota.calls import Asks
from fintech_pipeline.quota.granting import Granting
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.sentiment.models.gemini.model import GeminiModel
from fintech_pipeline.sentiment.models.gemini.pricing import Prices
from fintech_pipeline.settings import Settings
from fintech_pipeline.spending_plan import SpendingPlan

PLANNED = {"alpha_vantage", "newsapi"}
"""Whose free day is so small that it is spent by a plan; the others' limits are mere politeness."""
KEY_PLACES = {
    "alpha_vantage": KeyPlace("query", "apikey", "ALPHA_VANTAGE_API_KEY"),
    "newsapi": KeyPlace("header", "X-Api-Key", "NEWSAPI_KEY"),
}


def asked(settings: Settings) -> list[str]:
    """The vendors that the configuration asks, or whose plan it sets."""
    chains = {*settings.market.providers, *settings.news.providers, *settings.sentiment.models}
    sends = {"twilio"} if settings.alerts.twilio else set()
    used = chains | sends
    return sorted(name for name in PLANS if name in used or settings.quota.changes(name))


def ledger_names(settings: Settings, provider: str) -> list[str]:
    """The names under which the ledger keeps a provider, each with a quota and a circuit.

    One publisher's broken feed is no reason to leave the others alone, nor is a cookie that cannot
    be had one to ask Yahoo for nothing.
    """
    if provider == "rss" and settings.news.rss is not None:
        return list(dict.fromkeys(origin_name(url) for url in settings.news.rss.feeds))
    return [provider, COOKIES] if provider == "yahoo" else [provider]


def plans(settings: Settings) -> dict[str, Allowance]:
    """What may be asked of each vendor that the configuration asks, by the ledger's names."""
    return {
        name: settings.allowance(provider)
        for provider in asked(settings)
        for name in ledger_names(settings, provider)
    }


def gemini_model(settings: Settings, ledger: Ledger, clock: Clock) -> GeminiModel:
    """The `gemini` model of this configuration; contacts nothing.

    Raises:
        NotConfigured: There is no key.
    """
    own = settings.sentiment.gemini
    if own is None:
        raise NotConfigured("Gemini has no key: set sentiment.gemini.key.")
    return GeminiModel(
        own.key,
        own.model,
        Granting(ledger, "gemini", settings.allowance("gemini")),
        Prices(own.usd_per_million_tokens_in, own.usd_per_million_tokens_out),
        own.base_url,
        own.texts_per_request,
        own.concurrency,
        timedelta(seconds=own.timeout_seconds),
        clock,
    )


@dataclass(frozen=True, slots=True)
class Vendors:
    """Puts together what a provider needs of the outside; contacts nothing.

    Attributes:
        settings: Keys and plans.
        ledger: What grants each call.
        clock: The present.
        instruments: Who is followed.
        days: The stored daily bars.
    """

    settings: Settings
    ledger: Ledger
    clock: Clock
    instruments: InstrumentStore
    days: StoredDays

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
        caller = Caller(access, self.settings.allowance(provider), self.ledger)
        return replace(caller, keeps=self.plan(provider).keeps) if provider in PLANNED else caller

    def asks_feed(self, origin: str) -> Asks:
        """The same for a publisher of feeds: the plan of `rss` holds for each origin by itself.

        Raises:
            ConfigurationError: The address cannot be one.
        """
        access = Access(origin_name(origin), origin)
        return Caller(access, self.settings.allowance("rss"), self.ledger)

    def granting(self, name: str) -> Granting:
        """What grants the calls that a provider's library makes by itself.

        Args:
            name: One of the provider's `ledger_names`.
        """
        allowance = self.settings.allowance(name.partition(" ")[0])
        return Granting(self.ledger, name, allowance)

    def plan(self, provider: str) -> SpendingPlan:
        """How the provider's scarce day is spent."""
        parts = (self.ledger, self.clock, self.instruments, self.days)
        allowance, market = self.settings.allowance(provider), self.settings.market
        # A paid plan has half hours, so no close needs a call for its day.
        asks_days = provider in market.providers and market.alpha_vantage.plan == "free"
        if provider != "alpha_vantage" or not asks_days:
            return SpendingPlan(provider, allowance, *parts)
        delay = timedelta(seconds=market.alpha_vantage.delay_seconds)
        return SpendingPlan(provider, allowance, *parts, DAY_BARS, delay, serves)

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
