"""The composition root: which stores, providers, models and strategies a configuration means.

Everything below is plain objects; `definitions.py` hands the result to Dagster, the command line
and the API use it as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from fintech_pipeline.clock import Clock, utc_now
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.provider import MarketProvider
from fintech_pipeline.market.providers.alpha_vantage.provider import AlphaVantage
from fintech_pipeline.market.providers.files.provider import FilesMarket
from fintech_pipeline.market.providers.simulated import SimulatedMarket
from fintech_pipeline.market.providers.yahoo.provider import COOKIES, Yahoo
from fintech_pipeline.market.quote_store import QuoteStore
from fintech_pipeline.market.stored_days import StoredDays
from fintech_pipeline.news.article_store import ArticleStore
from fintech_pipeline.news.provider import PURPOSE, NewsProvider
from fintech_pipeline.news.providers.alpha_vantage.provider import AlphaVantageNews
from fintech_pipeline.news.providers.edgar.provider import Edgar
from fintech_pipeline.news.providers.files import FilesNews
from fintech_pipeline.news.providers.newsapi.plans import PLANS
from fintech_pipeline.news.providers.newsapi.provider import NewsApi
from fintech_pipeline.news.providers.rss.provider import RssNews
from fintech_pipeline.news.providers.simulated import SimulatedNews
from fintech_pipeline.orchestration.slot_store import SlotStore
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.sentiment.batch_store import BatchStore
from fintech_pipeline.sentiment.model import SentimentModel
from fintech_pipeline.sentiment.models.hugging_face import HuggingFaceModel
from fintech_pipeline.sentiment.models.local.model import LocalModel
from fintech_pipeline.sentiment.score_store import ScoreStore
from fintech_pipeline.settings import NewsSettings, Settings
from fintech_pipeline.signals.backtesting.backtest_store import BacktestStore
from fintech_pipeline.signals.basis_store import BasisStore
from fintech_pipeline.signals.forecasting.forecast_store import ForecastStore
from fintech_pipeline.signals.outcome_store import OutcomeStore
from fintech_pipeline.signals.signal_store import SignalStore
from fintech_pipeline.signals.strategy import Strategy
from fintech_pipeline.signals.strategy_files import load_strategies
from fintech_pipeline.storage.database import Database, open_database
from fintech_pipeline.storage.schema import claim, migrate, require_current
from fintech_pipeline.telemetry.traces import tracing
from fintech_pipeline.vendors import Vendors, gemini_model


@dataclass(frozen=True)
class Pipeline:
    """Everything a step needs, put together.

    Attributes:
        settings: The configuration.
        database: Where the data is.
        clock: The present.
        market_providers: The chain for bars, the first is preferred.
        news_providers: The chain for news.
        models: The chain of what scores texts, the first is preferred.
        strategies: What weighs the components, the primary one first.
        instruments: The watchlist's store.
        bars: The bars' store.
        actions: The corporate actions' store.
        quotes: The quotes' store.
        articles: The articles' store.
        scores: The sentiment scores' store.
        batches: The store of texts that a vendor scores in batches.
        signals: The signals' store.
        bases: The store of what signals were made with.
        slots: The truth about ticks.
        ledger: What may still be asked of the vendors.
        outcomes: The store of what became of the signals.
        backtests: The store of what trading strategies would have brought.
        forecasts: The store of models and of what they foretold.
    """

    settings: Settings
    database: Database
    clock: Clock
    market_providers: Sequence[MarketProvider]
    news_providers: Sequence[NewsProvider]
    models: tuple[SentimentModel, ...]
    strategies: tuple[Strategy, ...]
    instruments: InstrumentStore
    bars: BarStore
    actions: ActionStore
    quotes: QuoteStore
    articles: ArticleStore
    scores: ScoreStore
    batches: BatchStore
    signals: SignalStore
    bases: BasisStore
    slots: SlotStore
    ledger: Ledger
    outcomes: OutcomeStore
    backtests: BacktestStore
    forecasts: ForecastStore

    @property
    def strategy(self) -> Strategy:
        """The primary one, whose signals are shown where no other is asked for."""
        return self.strategies[0]

    def close(self) -> None:
        """Gives the database back."""
        self.database.close()


def compose(
    settings: Settings,
    database: Database,
    clock: Clock = utc_now,
) -> Pipeline:
    """Puts a pipeline together on a database whose schema is current; contacts nothing."""
    ledger = Ledger(database)
    instruments = InstrumentStore(database, clock)
    vendors = Vendors(settings, ledger, clock, instruments, StoredDays(database))
    return Pipeline(
        settings,
        database,
        clock,
        [_market_provider(name, settings, clock, vendors) for name in settings.market.providers],
        [_news_provider(name, settings, clock, vendors) for name in settings.news.providers],
        tuple(sentiment_model(name, settings, ledger, clock) for name in settings.sentiment.models),
        load_strategies(settings.signals.strategies),
        instruments,
        BarStore(database, settings.market.providers),
        ActionStore(database, settings.market.providers),
        QuoteStore(database),
        ArticleStore(database),
        ScoreStore(database),
        BatchStore(database),
        SignalStore(database),
        BasisStore(database),
        SlotStore(database),
        ledger,
        OutcomeStore(database),
        BacktestStore(database),
        ForecastStore(database),
    )


def prepare(settings: Settings, database: Database, clock: Clock = utc_now) -> None:
    """Makes the database ready for this configuration, or refuses.

    The embedded database is migrated by itself; another one only by `fintech db migrate`.

    Raises:
        StorageError: The schema is not current, or the database cannot be reached.
        ConfigurationError: The database holds the other kind of data.
    """
    if database.server is not None:
        migrate(database)
    else:
        require_current(database)
    claim(database, settings.name, settings.simulated)
    configured = [watched.instrument() for watched in settings.watchlist]
    InstrumentStore(database, clock).seed(configured)


def open_pipeline(settings: Settings, clock: Clock = utc_now) -> Pipeline:
    """Opens the configured database, makes it ready and puts the pipeline together.

    Raises:
        StorageError: The database cannot be reached or started.
        ConfigurationError: The database holds the other kind of data, or signals of a strategy that
            was changed and kept its version.
    """
    database = open_database(settings.database, settings.database_folder)
    try:
        prepare(settings, database, clock)
        pipeline = compose(settings, database, clock)
        pipeline.bases.require_unchanged(pipeline.strategies)
        tracing.start(settings.traces.endpoint, settings.name)
    except BaseException:
        database.close()
        raise
    return pipeline


def _market_provider(
    name: str, settings: Settings, clock: Clock, vendors: Vendors
) -> MarketProvider:
    market = settings.market
    if name == "files" and market.files is not None:
        return FilesMarket(
            market.files.folder, timedelta(seconds=market.files.delay_seconds), clock
        )
    if name == "alpha_vantage":
        delay = timedelta(seconds=market.alpha_vantage.delay_seconds)
        plan = market.alpha_vantage.plan
        asks = vendors.asks(name, market.alpha_vantage.base_url)
        return AlphaVantage(asks, plan, clock, vendors.plan(name), delay)
    if name == "yahoo":
        caches = settings.database_folder / "yfinance"
        delay = timedelta(seconds=market.yahoo.delay_seconds)
        granted, cookies = vendors.granting(name), vendors.granting(COOKIES)
        return Yahoo(granted, cookies, caches, clock, delay, market.yahoo.base_url)
    return SimulatedMarket(settings.simulation.seed)


def _news_provider(name: str, settings: Settings, clock: Clock, vendors: Vendors) -> NewsProvider:
    files = settings.news.files
    if name == "files" and files is not None:
        return FilesNews(files.path, timedelta(seconds=files.delay_seconds), clock)
    live = _live_news(name, settings.news, clock, vendors)
    return live or SimulatedNews(settings.simulation.seed)


def _live_news(
    name: str, news: NewsSettings, clock: Clock, vendors: Vendors
) -> NewsProvider | None:
    """The vendor's adapter; None where the name is no vendor's."""
    if name == "newsapi" and news.newsapi:
        asks = vendors.asks(name, news.newsapi.base_url)
        order = partial(vendors.plan(name).in_order, purpose=PURPOSE)
        return NewsApi(asks, clock, PLANS[news.newsapi.plan], order=order)
    if name == "alpha_vantage" and news.alpha_vantage:
        order = partial(vendors.plan(name).in_order, purpose=PURPOSE)
        return AlphaVantageNews(vendors.asks(name, news.alpha_vantage.base_url), clock, order)
    if name == "edgar" and news.edgar:
        asks, directory = (
            vendors.asks(name, url) for url in (news.edgar.base_url, news.edgar.directory_url)
        )
        return Edgar(asks, directory, clock)
    if name == "rss" and news.rss:
        return RssNews(news.rss.feeds, vendors.asks_feed, clock)
    return None


def sentiment_model(name: str, settings: Settings, ledger: Ledger, clock: Clock) -> SentimentModel:
    """The model of that name in `sentiment.models`; contacts nothing.

    Raises:
        NotConfigured: It needs a key and there is none.
    """
    if name == "gemini":
        return gemini_model(settings, ledger, clock)
    if name == "hugging_face":
        own = settings.sentiment.hugging_face
        return HuggingFaceModel(own.model, own.revision)
    return LocalModel()
