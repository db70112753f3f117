"""Real commands in forked processes, which die at whichever moment of their work they are told.

To start Python and import Dagster takes seconds, a fork of a process that has done so a few
milliseconds. What is forked has opened nothing: it has no connection and no second thread.
"""

import itertools
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from fintech_pipeline.storage.database import connect
from fintech_pipeline.storage.embedded import EmbeddedServer
from fintech_pipeline.storage.schema import migrate
from tests.faults.forks import FORKS

WRITTEN = "the commit of its slots"
BACKFILL = ("backfill", "--from", "2026-02-25", "--to", "2026-02-26")
TICK = ("tick", "--json")
EARLIER = datetime(2026, 2, 26, 22, 32, 30, tzinfo=UTC)
NOW = datetime(2026, 2, 27, 0, 2, 30, tzinfo=UTC)
"""When the tick runs: a day has just closed, on which META was split, and two slots were missed."""
CORRECTED = """
    UPDATE fintech.bars SET close = (close + low) / 2
    WHERE interval = '30m' AND opened_at = '2026-02-26T12:00Z';
    UPDATE fintech.corporate_actions SET value = 2 * value
"""
"""As if the vendor had erred, so that the tick has something to correct."""
_Rows = dict[str, list[str]]
Tables = dict[str, _Rows]
TABLES = {
    "market_bars": {
        "bars": "SELECT to_jsonb(b) FROM bars b",
        "bar_revisions": "SELECT to_jsonb(r) FROM bar_revisions r",
        "corporate_actions": "SELECT to_jsonb(a) FROM corporate_actions a",
        "corporate_action_revisions": "SELECT to_jsonb(r) FROM corporate_action_revisions r",
    },
    "news_articles": {
        "articles": "SELECT to_jsonb(a) - 'id' - 'story_id' || jsonb_build_object('story', "
        "to_jsonb(s) - 'id') FROM articles a JOIN stories s ON s.id = a.story_id",
        "stories": "SELECT to_jsonb(s) - 'id' FROM stories s",
        "article_symbols": "SELECT to_jsonb(x) - 'article_id' || jsonb_build_object('article', "
        "a.provider_id) FROM article_symbols x JOIN articles a ON a.id = x.article_id",
    },
    "article_sentiment": {
        "sentiment_scores": "SELECT to_jsonb(s) - 'article_id' || jsonb_build_object('article', "
        "a.provider_id) FROM sentiment_scores s JOIN articles a ON a.id = s.article_id",
        "unscored": "SELECT to_jsonb(u) - 'article_id' || jsonb_build_object('article', "
        "a.provider_id) FROM unscored u JOIN articles a ON a.id = u.article_id",
    },
    "trading_signals": {
        "signals": "SELECT to_jsonb(s) - 'id' - 'run_id' - 'inputs' || jsonb_build_object("
        "'missing', inputs->'missing', 'articles', (SELECT jsonb_agg(jsonb_build_array("
        "a.provider_id, share->'share') ORDER BY a.provider_id) FROM jsonb_array_elements("
        "inputs->'articles') share JOIN articles a ON a.id = (share->>'article_id')::bigint)) "
        "FROM signals s",
    },
    "nobody": {
        "instruments": "SELECT to_jsonb(i) FROM instruments i",
        "watchlist": "SELECT to_jsonb(w) FROM watchlist w",
        "identity": "SELECT to_jsonb(i) FROM identity i",
    },
}
"""Every column of every table by who writes it, ids resolved and the runs' left out."""
_SLOTS = "SELECT to_jsonb(s) - 'run_id' FROM slots s WHERE asset = %s"


@dataclass(frozen=True)
class Order:
    """What a forked process is to do.

    Attributes:
        words: The command, as after `fintech`.
        config: Its configuration.
        url: Its database.
        now: What its clock says.
        said: The file of what it prints.
        reached: The file of the moments it reaches, one a line.
        fatal: The number of the moment at which something is killed.
        victim: What is killed then, and by which signal; None is the process itself, by SIGKILL.
        lingers: Whether it waits at a good end until it is killed.
    """

    words: tuple[str, ...]
    config: Path
    url: str
    now: datetime
    said: Path
    reached: Path
    fatal: int | None = None
    victim: tuple[int, signal.Signals] | None = None
    lingers: bool = False


@dataclass(frozen=True)
class Ended:
    """A command that is over: its exit code, its words, its moments and how long it took."""

    code: int
    said: str
    moments: list[str]
    seconds: float


@dataclass
class World:
    """A database in which the days before a tick stand, copied for each that is disturbed.

    Attributes:
        server: Where it is.
        folder: Where the configuration is, and what the commands print.
        name: The database.
        before: Its tables.
        after: Its tables after a tick that nobody disturbs.
        tick: That tick.
    """

    server: EmbeddedServer
    folder: Path
    name: str
    before: Tables = field(init=False)
    after: Tables = field(init=False)
    tick: Ended = field(init=False)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self._do(f"CREATE DATABASE {self.name}")
        url = self.server.url(self.name)
        database = connect(url)
        migrate(database)
        database.close()
        for words in (BACKFILL, TICK):
            self.run(url, words, EARLIER)
        with psycopg.connect(url) as connection:
            connection.execute(CORRECTED)
        self.before = tables(url)
        with self.copied() as copy:
            self.tick = self.run(copy)
            self.after = tables(copy)

    @property
    def config(self) -> Path:
        return self.folder / "drill.toml"

    @contextmanager
    def copied(self) -> Iterator[str]:
        """The address of a copy, dropped at the end."""
        name = f"{self.name}_{next(self._numbers)}"
        # Refused while anybody is connected, so this also shows that no fork inherits a connection.
        self._do(f"CREATE DATABASE {name} TEMPLATE {self.name}")
        yield self.server.url(name)
        self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def run(self, url: str, words: tuple[str, ...] = TICK, now: datetime = NOW) -> Ended:
        """A command that nobody disturbs; it must end well."""
        ended = self.start(url, words=words, now=now).ended()
        assert ended.code == 0, ended.said
        return ended

    def start(
        self,
        url: str,
        fatal: int | None = None,
        victim: tuple[int, signal.Signals] | None = None,
        *,
        lingers: bool = False,
        words: tuple[str, ...] = TICK,
        now: datetime = NOW,
    ) -> "Forked":
        """Forks a process that does the command, and meets its end at the fatal moment."""
        number = next(self._numbers)
        said, reached = self.folder / f"said-{number}", self.folder / f"reached-{number}"
        said.touch()
        reached.touch()
        order = Order(words, self.config, url, now, said, reached, fatal, victim, lingers)
        return Forked(order)

    def _do(self, statement: str) -> None:
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(statement.encode())


class Forked:
    """A command under way in a fork."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._started = time.monotonic()
        self._process = FORKS.Process(target=_obey, args=(order,), daemon=True)
        self._process.start()

    def killed_after(self, seconds: float) -> Ended:
        """Kills it from outside."""
        self._process.join(seconds)
        self._process.kill()
        return self.ended()

    def ended(self, seconds: float = 60) -> Ended:
        """What came of it, waited for."""
        self._process.join(seconds)
        code, took = self._process.exitcode, time.monotonic() - self._started
        self._process.kill()
        self._process.join()
        self._process.close()
        said = self._order.said.read_text("utf-8")
        assert code is not None, f"It still runs after {seconds:.0f} s and said: {said}"
        return Ended(code, said, self._order.reached.read_text("utf-8").splitlines(), took)


def _obey(order: Order) -> None:
    assert "tests.faults.dying" in sys.modules, "this process was not forked from a ready one"
    from tests.faults import dying

    dying.obey(order)


def tables(url: str) -> Tables:
    """All that is stored, of one instant."""
    with psycopg.connect(url, options="-csearch_path=fintech -ctimezone=UTC") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        return {
            writer: {
                "slots": sorted(map(str, connection.execute(_SLOTS, [writer]).fetchall())),
                **{
                    name: sorted(map(str, connection.execute(query.encode()).fetchall()))
                    for name, query in queries.items()
                },
            }
            for writer, queries in TABLES.items()
        }


def runs(url: str) -> dict[str, str]:
    """The state of each of Dagster's runs, the oldest first."""
    with psycopg.connect(url) as connection:
        query = "SELECT run_id, status FROM dagster.runs ORDER BY id"
        return dict(connection.execute(query).fetchall())


def difference(found: _Rows, expected: _Rows) -> str:
    """What tells the rows of one writer from those expected; nothing where they are equal."""
    lines = []
    for name, rows in expected.items():
        lines += [f"{name} has {row}" for row in sorted({*found[name]} - {*rows})]
        lines += [f"{name} lacks {row}" for row in sorted({*rows} - {*found[name]})]
        if len(rows) != len(found[name]):
            lines.append(f"{name} has {len(found[name])} rows of {len(rows)}")
    return "\n".join(lines)
