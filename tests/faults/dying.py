"""The side of `killing` that is forked: a command that dies at the moment it is told.

Imported only by the process that is forked: it imports, and does once, all that a command would
otherwise import and do first.
"""

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import dagster as dg
import dagster._core.storage.local_compute_log_manager  # else each fork imports it
import psutil
import psycopg
import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

import assets.market
import assets.news
import assets.sentiment
import assets.signals
import fintech_pipeline.definitions
import fintech_pipeline.orchestration.instance  # noqa: F401  # else each fork imports it
from fintech_pipeline.cli import main as command_line
from fintech_pipeline.cli import session
from fintech_pipeline.composition import open_pipeline
from fintech_pipeline.market.providers.simulated import SimulatedMarket
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.news.providers.simulated import SimulatedNews
from fintech_pipeline.orchestration.due import (
    ARTICLE_SENTIMENT,
    MARKET_BARS,
    NEWS_ARTICLES,
    TRADING_SIGNALS,
)
from fintech_pipeline.sentiment.models.local.model import LocalModel
from fintech_pipeline.storage.database import Database
from tests.faults.killing import WRITTEN, Order

STEPS = {
    MARKET_BARS: (assets.market, "collect_market"),
    NEWS_ARTICLES: (assets.news, "collect_articles"),
    ARTICLE_SENTIMENT: (assets.sentiment, "score_articles"),
    TRADING_SIGNALS: (assets.signals, "compute"),
}
"""What each asset calls, and where."""
QUESTIONS = (
    (DefaultDialect, "do_commit", "a commit"),
    (psycopg.Copy, "write", "a block of COPY"),
    (psycopg.Copy, "finish", "the end of COPY"),
    (Database, "arrow", "a read through Arrow"),
    (SimulatedMarket, "bars", "the market's answer"),
    (SimulatedNews, "articles", "the news' answer"),
    (LocalModel, "score", "the model's answer"),
)
"""What else than a statement has a moment before and one after it."""


def warm_up() -> None:
    """Runs a job of nothing in memory: half of Dagster is imported by its first run only."""

    @dg.asset
    def nothing() -> None: ...

    job = dg.define_asset_job("nothing_at_all")
    definitions = dg.Definitions([nothing], jobs=[job], executor=dg.in_process_executor)
    with dg.DagsterInstance.ephemeral() as instance:
        config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        definitions.resolve_job_def(job.name).execute_in_process(config, instance)
    sa.create_engine("postgresql+psycopg2://")  # imports the driver and connects to nothing
    calendar_of("XSIM")
    gc.freeze()  # a collection would touch, and so copy, all that the forks share


def obey(order: Order) -> None:
    """Runs the command in this very process, exactly as a terminal would."""
    assert threading.active_count() == 1
    with order.said.open("ab") as said:
        for stream in (1, 2):
            os.dup2(said.fileno(), stream)
    for name in [n for n in os.environ if n.startswith(("FINTECH_", "DATABASE_", "DAGSTER_"))]:
        del os.environ[name]
    os.environ["DATABASE_URL"] = order.url
    sys.argv = ["fintech", "--config", str(order.config), *order.words]
    if order.victim is None:
        # Dagster connects for each statement anew, which is half of a tick's time.
        _replace(sa.pool, "NullPool", sa.pool.QueuePool)
    _replace(session, "open_pipeline", partial(open_pipeline, clock=lambda: order.now))
    _watch(Moments(order))
    try:
        command_line.main()
    except SystemExit as end:
        if end.code or not order.lingers:
            raise
        signal.pause()


class Moments:
    """Writes down each moment of a command as it is reached, and kills at the fatal one."""

    def __init__(self, order: Order) -> None:
        self.place = "before the steps"
        self.recorded = False
        self._order = order
        self._count = 0
        self._file = os.open(order.reached, os.O_WRONLY | os.O_APPEND)

    def __call__(self, what: str) -> None:
        # Unbuffered: what is written survives the kill.
        os.write(self._file, f"{self.place}: {what}\n".encode())
        if self._count == self._order.fatal:
            pid, number = self._order.victim or (os.getpid(), signal.SIGKILL)
            os.kill(pid, number)
            while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.01)
        self._count += 1


def _watch(moments: Moments) -> None:
    """Makes moments of all that a command does to the outside: statements, commits, questions."""

    def before(_c: object, _k: object, statement: str, *_: object) -> None:
        moments(f"before {_short(statement)}")

    def after(_c: object, _k: object, statement: str, *_: object) -> None:
        moments(f"after {_short(statement)}")
        moments.recorded |= statement.startswith("INSERT INTO fintech.slots")

    # Of every engine, Dagster's own included.
    sa.event.listen(sa.Engine, "before_cursor_execute", before)
    sa.event.listen(sa.Engine, "after_cursor_execute", after)
    for owner, name, what in QUESTIONS:
        _surround(moments, owner, name, what)
    for asset, (module, name) in STEPS.items():
        _enter(moments, asset, module, name)


def _surround(moments: Moments, owner: Any, name: str, what: str) -> None:
    plain: Callable[..., Any] = getattr(owner, name)

    def surrounded(*given: Any, **named: Any) -> Any:
        told = what
        if name == "do_commit" and moments.recorded:
            told, moments.recorded = WRITTEN, False
        moments(f"before {told}")
        answer = plain(*given, **named)
        moments(f"after {told}")
        return answer

    _replace(owner, name, surrounded)


def _enter(moments: Moments, asset: str, module: Any, name: str) -> None:
    plain: Callable[..., Any] = getattr(module, name)

    def entered(*given: Any, **named: Any) -> Any:
        moments.place = asset
        try:
            return plain(*given, **named)
        finally:
            moments.place = f"after {asset}"

    _replace(module, name, entered)


def _replace(owner: Any, name: str, value: object) -> None:
    """Only ever in a fork, which takes it to its grave."""
    setattr(owner, name, value)


def _short(statement: str) -> str:
    return " ".join(statement.split())[:70]


warm_up()
