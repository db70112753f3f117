"""One configuration: what all its parts are, and what they may not be together."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.quota.allowances import PAID_PLANS, PLANS, Allowance
from fintech_pipeline.settings.alerts import AlertSettings
from fintech_pipeline.settings.api import ApiSettings
from fintech_pipeline.settings.events import EventsSettings
from fintech_pipeline.settings.providers import MarketSettings, NewsSettings
from fintech_pipeline.settings.quota import QuotaSettings
from fintech_pipeline.settings.retention import RetentionSettings
from fintech_pipeline.settings.section import Section
from fintech_pipeline.settings.sentiment import SentimentSettings
from fintech_pipeline.settings.telemetry import LogSettings, TraceSettings

MINUTE = timedelta(minutes=1)
MOST_DELAY = 29 * MINUTE
"""A tick waits for the vendor, and the next one starts half an hour later."""


class DatabaseSettings(Section):
    """Where the data is: a folder for the embedded Postgres, or the address of another."""

    folder: Path = Path(".fintech")
    url: str | None = Field(default=None, repr=False, pattern=r"^postgres(ql)?://")
    replica_url: str | None = Field(
        default=None,
        repr=False,
        pattern=r"^postgres(ql)?://",
        description="a copy of it that the API reads",
    )

    @model_validator(mode="after")
    def _replica_of_something(self) -> "DatabaseSettings":
        if self.replica_url is not None and self.url is None:
            raise ValueError("replica_url names a copy of a database that url does not name")
        return self


class PipelineSettings(Section):
    """When and how far the pipeline looks."""

    starts_on: date = Field(description="the first day that can be backfilled (UTC)")
    warm_up_days: PositiveInt = 40
    minutes_after_slot: Annotated[int, Field(ge=0, le=29)] | None = None
    executor: Literal["in_process", "kubernetes_jobs"] = "in_process"
    webserver: str | None = Field(default=None, pattern=r"^https?://[^/@]+$")


class SimulationSettings(Section):
    """The made-up exchange: its prices and its news come from one seed."""

    seed: int = 7


def _named(entry: str | Path) -> str | Path:
    """A file where it looks like one, else the name of a shipped strategy."""
    text = str(entry)
    return Path(text) if text.endswith(".toml") or "/" in text else text


def _each_once(strategies: tuple[str | Path, ...]) -> tuple[str | Path, ...]:
    twice = [one for one, count in Counter(strategies).items() if count > 1]
    if twice:
        raise ValueError(f"{twice[0]} stands in it twice")
    return strategies


StrategyName = Annotated[str | Path, Field(min_length=1), AfterValidator(_named)]


BasisPoints = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]


class BacktestSettings(Section):
    """On which terms the weekly backtests trade; docs/backtests.md says what each means."""

    commission_bps: BasisPoints = 1.0
    half_spread_bps: BasisPoints = 2.0
    slippage_bps: BasisPoints = 2.0
    sizing: Literal["equal", "volatility"] = "equal"
    long_short: bool = False
    band: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] = 0.25


class SignalSettings(Section):
    """Signals: the strategies that make them, shipped ones by name, others by their file.

    The first is the primary one, whose signals are shown where no other is asked for.
    """

    strategies: Annotated[
        tuple[StrategyName, ...], Field(min_length=1), AfterValidator(_each_once)
    ] = ("balanced",)
    backtest: BacktestSettings = BacktestSettings()


class ResourceSettings(Section):
    """What a Job of Kubernetes asks for and may use, in its quantities, such as cpu = "500m"."""

    requests: dict[str, str] = Field(default_factory=dict)
    limits: dict[str, str] = Field(default_factory=dict)


class ForecastSettings(Section):
    """The models that are trained once a week; docs/forecasts.md says what they are."""

    learner: Literal["trees", "sequence"] = "trees"
    days: Annotated[int, Field(ge=30, le=3_653)] = 1_095
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 7
    resources: ResourceSettings = ResourceSettings()


class WatchedInstrument(Section):
    """One line of the watchlist."""

    symbol: str
    name: str
    aliases: tuple[str, ...] = ()
    mic: str = "XNYS"
    currency: str = "USD"
    tags: tuple[str, ...] = ()

    def instrument(self) -> Instrument:
        """The domain object.

        Raises:
            ValueError: The symbol, the currency or a tag is malformed.
        """
        return Instrument(self.symbol, self.name, self.aliases, self.mic, self.currency, self.tags)

    @model_validator(mode="after")
    def _well_formed(self) -> "WatchedInstrument":
        self.instrument()
        return self


def _unique_symbols(
    watchlist: tuple[WatchedInstrument, ...],
) -> tuple[WatchedInstrument, ...]:
    symbols = [watched.symbol for watched in watchlist]
    twice = sorted({symbol for symbol in symbols if symbols.count(symbol) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} stands in it twice")
    return watchlist


class Settings(Section):
    """One configuration of the application."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")]
    database: DatabaseSettings = DatabaseSettings()
    pipeline: PipelineSettings
    simulation: SimulationSettings = SimulationSettings()
    market: MarketSettings
    news: NewsSettings = NewsSettings()
    sentiment: SentimentSettings = SentimentSettings()
    signals: SignalSettings = SignalSettings()
    forecast: ForecastSettings = ForecastSettings()
    quota: QuotaSettings = QuotaSettings()
    alerts: AlertSettings = AlertSettings()
    api: ApiSettings = ApiSettings()
    logs: LogSettings = LogSettings()
    retention: RetentionSettings = RetentionSettings()
    traces: TraceSettings = TraceSettings()
    events: EventsSettings | None = None
    watchlist: Annotated[
        tuple[WatchedInstrument, ...], Field(min_length=1), AfterValidator(_unique_symbols)
    ]

    @model_validator(mode="after")
    def _never_mixed(self) -> "Settings":
        providers = {*self.market.providers, *self.news.providers}
        if "simulated" in providers and len(providers) > 1:
            raise ValueError("simulated and real providers may not stand in one configuration")
        return self

    @model_validator(mode="after")
    def _in_time(self) -> "Settings":
        minutes, delay = self.pipeline.minutes_after_slot, self.market.delay
        key = f"market.{self.market.providers[0]}.delay_seconds"
        behind = f"{key} is {delay.total_seconds():.0f}"
        if delay > MOST_DELAY:
            raise ValueError(
                f"{behind}, and signals of half hours need a first provider that is at most"
                f" {MOST_DELAY.total_seconds():.0f} seconds behind; put a faster one first"
            )
        if minutes is not None and timedelta(minutes=minutes) < delay:
            raise ValueError(
                f"pipeline.minutes_after_slot is {minutes}, but {behind}, so that no tick would get"
                f" the bar of its own half hour; leave it out or set it to {_minutes_after(delay)}"
            )
        return self

    @property
    def minutes_after_slot(self) -> int:
        """When a tick starts: as set, else once the first market provider has the newest bar."""
        minutes = self.pipeline.minutes_after_slot
        return _minutes_after(self.market.delay) if minutes is None else minutes

    def allowance(self, provider: str) -> Allowance:
        """What may be asked of the provider, one of `allowances.PLANS`, on the plan it has here."""
        newsapi = self.news.newsapi
        paid = {
            "alpha_vantage": self.market.alpha_vantage.plan == "premium",
            "newsapi": newsapi is not None and newsapi.plan == "business",
        }
        plans = PAID_PLANS if paid.get(provider) else PLANS
        return self.quota.over(provider, plans[provider])

    @property
    def simulated(self) -> bool:
        """Whether everything this configuration makes is made up."""
        return "simulated" in self.market.providers

    @property
    def database_folder(self) -> Path:
        """The folder of this configuration's embedded server and Dagster home."""
        return self.database.folder / self.name

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """The intervals that are stored."""
        return (Interval.HALF_HOUR, Interval.DAY)

    @property
    def warm_up(self) -> timedelta:
        """How far before the first judged slot bars are collected, so that look-backs are full."""
        return timedelta(days=self.pipeline.warm_up_days)


def _minutes_after(delay: timedelta) -> int:
    """The first full minute after the delay, within what a schedule of half hours allows."""
    return min(MOST_DELAY // MINUTE, max(2, delay // MINUTE + 1))
