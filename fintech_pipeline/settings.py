"""Every setting, typed, and the only reader of the environment.

A configuration is a TOML file. `${NAME}` in a text expands to the environment's value; relative
paths are relative to the file; `FINTECH_<SECTION>__<KEY>` overrides a key, its value written as in
TOML or, for a text, plainly; `DATABASE_URL` overrides the database. Secrets come from the
environment only.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    SecretStr,
    ValidationError,
    model_validator,
)

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.quota.allowances import PLANS, Allowance, zone_of

DEFAULT_CONFIG = Path(__file__).parent / "demo.toml"
CONFIG_VARIABLE = "FINTECH_CONFIG"
PREFIX = "FINTECH_"
MINUTE = timedelta(minutes=1)
MOST_DELAY = 29 * MINUTE
"""A tick waits for the vendor, and the next one starts half an hour later."""


Key = Annotated[SecretStr, Field(min_length=1, repr=False)]
"""A vendor's key; it shows itself nowhere."""
Url = Annotated[str, Field(pattern=r"^https?://[^\s/@?#]+([/?]\S*)?$")]
"""An address without a login."""


class Section(BaseModel):
    """A part of the configuration; a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(Section):
    """Where the data is: a folder for the embedded Postgres, or the address of another."""

    folder: Path = Path(".fintech")
    url: str | None = Field(default=None, repr=False, pattern=r"^postgres(ql)?://")


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

    delay_seconds: Annotated[int, Field(ge=0)] = 60


class FilesNewsSettings(Section):
    """A file of headlines."""

    path: Path
    delay_seconds: Annotated[int, Field(ge=0)] = 300


class MarketSettings(Section):
    """Bars: the providers in the order in which they are asked."""

    providers: tuple[Literal["simulated", "files", "alpha_vantage", "yahoo"], ...] = Field(
        min_length=1
    )
    files: FilesMarketSettings | None = None
    alpha_vantage: AlphaVantageSettings = AlphaVantageSettings()
    yahoo: YahooSettings = YahooSettings()

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

    @property
    def delay(self) -> timedelta:
        """How far behind a bar's close the first provider of the chain usually has it."""
        first = getattr(self, self.providers[0], None)
        return timedelta(seconds=first.delay_seconds if first else 0)


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


class SentimentSettings(Section):
    """Sentiment: how long a verdict counts."""

    half_life_hours: Annotated[float, Field(gt=0, le=24 * 30)] = 12.0


class SignalSettings(Section):
    """Signals: the strategy whose signals alert and are shown."""

    strategy: str = "balanced"


class AllowanceSettings(Section):
    """What a vendor's plan allows; what is not set is its free plan's, 0 is no limit."""

    per_second: NonNegativeInt | None = None
    per_minute: NonNegativeInt | None = None
    per_day: NonNegativeInt | None = None
    reset_zone: Annotated[str, AfterValidator(lambda name: zone_of(name).key)] | None = None

    def over(self, plan: Allowance) -> Allowance:
        """The plan, with what is set here in place of its own."""
        given = self.model_dump(exclude_none=True)
        changes: dict[str, Any] = {key: value or None for key, value in given.items()}
        return replace(plan, **changes)


class QuotaSettings(Section):
    """What may be asked of each vendor."""

    alpha_vantage: AllowanceSettings = AllowanceSettings()
    newsapi: AllowanceSettings = AllowanceSettings()
    yahoo: AllowanceSettings = AllowanceSettings()
    edgar: AllowanceSettings = AllowanceSettings()
    rss: AllowanceSettings = AllowanceSettings()

    def allowance(self, provider: str) -> Allowance:
        """What may be asked of the provider, one of `allowances.PLANS`."""
        own: AllowanceSettings = getattr(self, provider)
        return own.over(PLANS[provider])

    def changes(self, provider: str) -> bool:
        """Whether anything of the provider's plan is set here."""
        return bool(getattr(self, provider) != AllowanceSettings())


class WatchedInstrument(Section):
    """One line of the watchlist."""

    symbol: str
    name: str
    aliases: tuple[str, ...] = ()
    mic: str = "XNYS"
    currency: str = "USD"

    def instrument(self) -> Instrument:
        """The domain object.

        Raises:
            ValueError: The symbol or the currency is malformed.
        """
        return Instrument(self.symbol, self.name, self.aliases, self.mic, self.currency)

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
    quota: QuotaSettings = QuotaSettings()
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


def load_settings(
    path: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings in a TOML file, with the environment's overrides.

    Args:
        path: The file; None reads `FINTECH_CONFIG`, and without it the built-in demo.
        environment: The environment to read; None is the process's own.

    Raises:
        ConfigurationError: One sentence naming the file and the first key or value that is wrong.
    """
    env = os.environ if environment is None else environment
    named = path or (Path(env[CONFIG_VARIABLE]) if env.get(CONFIG_VARIABLE) else None)
    file = (named or DEFAULT_CONFIG).expanduser().resolve()
    folder = file.parent if named else Path.cwd()
    try:
        tree = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"There is no configuration file {file}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The configuration file {file} can't be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file.name} is not valid TOML: {error}.") from None
    tree = _expanded(tree, env, file.name)
    _override(tree, env)
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        raise ConfigurationError(f"{file.name}: {_sentence(error)}") from None
    return _anchored(settings, folder)


def _expanded(node: Any, env: Mapping[str, str], file: str) -> Any:
    if isinstance(node, dict):
        return {key: _expanded(value, env, file) for key, value in node.items()}
    if isinstance(node, list):
        return [_expanded(value, env, file) for value in node]
    if not isinstance(node, str):
        return node

    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in env:
            raise ConfigurationError(
                f"{file} uses ${{{name}}}, which the environment does not set; export {name} first."
            )
        return env[name]

    return re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value_of, node)


def _override(tree: dict[str, Any], env: Mapping[str, str]) -> None:
    database = tree.setdefault("database", {})
    if env.get("DATABASE_URL") and isinstance(database, dict):
        database["url"] = env["DATABASE_URL"]
    for variable, text in env.items():
        section, separator, key = variable.removeprefix(PREFIX).lower().partition("__")
        if not variable.startswith(PREFIX) or not separator or not text:
            continue
        node = tree.setdefault(section, {})
        for part in key.split("__")[:-1]:
            node = node.setdefault(part, {}) if isinstance(node, dict) else {}
        if isinstance(node, dict):
            node[key.split("__")[-1]] = _toml_value(text)


def _toml_value(text: str) -> Any:
    """The value as TOML reads it (`["a", "b"]`, `5`, `true`), else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _anchored(settings: Settings, folder: Path) -> Settings:
    """The settings with every relative path made absolute from `folder`."""

    def walk(section: Section) -> Section:
        changes: dict[str, object] = {}
        for key in type(section).model_fields:
            value = getattr(section, key)
            if isinstance(value, Path):
                changes[key] = (folder / value.expanduser()).resolve()
            elif isinstance(value, Section):
                changes[key] = walk(value)
        return section.model_copy(update=changes)

    anchored = walk(settings)
    assert isinstance(anchored, Settings)  # noqa: S101  # for the type checker: walk keeps the type
    return anchored


def _sentence(error: ValidationError) -> str:
    errors = error.errors(include_url=False, include_input=False)
    first = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])
    where = ".".join(str(part) for part in first["loc"]) or "the configuration"
    if first["type"] == "extra_forbidden":
        return f"{where} is not a setting{_suggestion(first['loc'])}."
    if first["type"] == "missing":
        return f"{where} is missing."
    reason = first["msg"].removeprefix("Value error, ")
    reason = reason[0].lower() + reason[1:] if reason[:2].istitle() else reason
    return f"{where} is wrong: {reason}."


def _suggestion(where: tuple[int | str, ...]) -> str:
    known: Any = Settings
    for part in where[:-1]:
        if isinstance(part, int):
            continue
        annotation = str(known.model_fields[part].annotation)
        sections = [
            s for s in Section.__subclasses__() if re.search(rf"\b{s.__name__}\b", annotation)
        ]
        if not sections:
            return ""
        known = sections[0]
    near = difflib.get_close_matches(str(where[-1]), list(known.model_fields), n=1)
    return f"; did you mean {'.'.join([*map(str, where[:-1]), near[0]])}" if near else ""
