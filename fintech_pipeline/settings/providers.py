"""The providers: which are asked, in which order, where they are and what they need."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from fintech_pipeline.settings.section import Key, Section, Url


class FilesMarketSettings(Section):
    """A folder of bars."""

    folder: Path
    delay_seconds: Annotated[int, Field(ge=0)] = 0


class AlphaVantageSettings(Section):
    """The vendor Alpha Vantage; the key is `"${ALPHA_VANTAGE_API_KEY}"`, from the environment."""

    key: SecretStr | None = Field(default=None, repr=False)
    plan: Literal["free", "premium"] = "free"
    base_url: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+$")] = (
        "https://www.alphavantage.co"
    )
    delay_seconds: Annotated[int, Field(ge=0)] = 900


class YahooSettings(Section):
    """Yahoo Finance, which needs no key."""

    base_url: Url = "https://query2.finance.yahoo.com"
    delay_seconds: Annotated[int, Field(ge=0)] = 60


class MarketSettings(Section):
    """Bars: the providers in the order in which they are asked."""

    providers: tuple[Literal["simulated", "files", "alpha_vantage", "yahoo"], ...] = Field(
        min_length=1
    )
    files: FilesMarketSettings | None = None
    alpha_vantage: AlphaVantageSettings = AlphaVantageSettings()
    yahoo: YahooSettings = YahooSettings()

    @property
    def delay(self) -> timedelta:
        """How far behind a bar's close the first provider of the chain usually has it."""
        first = getattr(self, self.providers[0], None)
        return timedelta(seconds=first.delay_seconds if first else 0)

    @model_validator(mode="after")
    def _configured(self) -> "MarketSettings":
        if "files" in self.providers and self.files is None:
            raise ValueError('the provider "files" needs market.files.folder')
        key = self.alpha_vantage.key
        if "alpha_vantage" in self.providers and not (key and key.get_secret_value().strip()):
            raise ValueError(
                'the provider "alpha_vantage" needs market.alpha_vantage.key:'
                " export ALPHA_VANTAGE_API_KEY"
            )
        return self


class FilesNewsSettings(Section):
    """A file of headlines."""

    path: Path
    delay_seconds: Annotated[int, Field(ge=0)] = 300


class NewsApiSettings(Section):
    """newsapi.org: a key and the plan that was bought."""

    key: Key
    plan: Literal["developer", "business"] = "developer"
    base_url: Url = "https://newsapi.org"


class AlphaVantageNewsSettings(Section):
    """Alpha Vantage's news."""

    key: Key
    base_url: Url = "https://www.alphavantage.co"


class EdgarSettings(Section):
    """SEC EDGAR: no key, but an address where its operators reach you."""

    contact: Annotated[str, Field(pattern=r"^[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+$", max_length=254)]
    base_url: Url = "https://data.sec.gov"
    directory_url: Url = "https://www.sec.gov"


class RssSettings(Section):
    """The feeds that are read."""

    feeds: tuple[Url, ...] = Field(min_length=1)


class NewsSettings(Section):
    """News: the providers in the order in which they are asked."""

    providers: tuple[
        Literal["simulated", "files", "newsapi", "alpha_vantage", "edgar", "rss"], ...
    ] = ()
    files: FilesNewsSettings | None = None
    newsapi: NewsApiSettings | None = None
    alpha_vantage: AlphaVantageNewsSettings | None = None
    edgar: EdgarSettings | None = None
    rss: RssSettings | None = None

    @model_validator(mode="after")
    def _configured(self) -> "NewsSettings":
        for name, key in _NEWS_NEEDS.items():
            if name in self.providers and getattr(self, name) is None:
                raise ValueError(f'the provider "{name}" needs news.{name}.{key}')
        return self


_NEWS_NEEDS = {
    "files": "path",
    "newsapi": "key",
    "alpha_vantage": "key",
    "edgar": "contact",
    "rss": "feeds",
}
"""What each news provider cannot do without."""
