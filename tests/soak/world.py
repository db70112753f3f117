"""Where a soak takes place: a small disk with a database, a clock that is set, vendors, parts."""

import contextlib
import os
import signal
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import psycopg

from fintech_pipeline.alerts.rule_files import read_rule_file
from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.composition import Pipeline, compose, prepare
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.storage.database import connect
from fintech_pipeline.storage.embedded import EmbeddedServer
from fintech_pipeline.storage.schema import migrate
from tests.soak.parts import Part, mail_server, serving
from tests.soak.vendors import (
    ARCHIVE,
    FAIR,
    FailingMarket,
    FailingNews,
    Feeds,
    Weather,
    publishing,
    rss_of,
)

START = datetime(2026, 2, 2, tzinfo=UTC)
"""The first day of the past that is filled before the first tick."""
WARM_DAYS = 4
DISK_BYTES = 6 * 1024**3
END_SECONDS = 60.0
CONFIG = """
name = "soak"
[pipeline]
starts_on = {starts_on}
warm_up_days = 3
[database]
folder = "database"
[market]
providers = ["simulated"]
[news]
providers = ["simulated"]
[quota]
rss = {{ per_second = 0 }}
[alerts.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "watch@example.org"
timeout_seconds = 2
"""
WATCHED = """
[[watchlist]]
symbol = "SK{number:03}"
name = "{name}"
mic = "XSIM"
"""
RULES = """
[people.ada]
email = "ada@example.org"
[people.ben]
email = "ben@example.org"
quiet_hours = "22:00-07:00"
[rules.high]
metric = "score"
above = {above}
clear = {clear}
notify = ["ada"]
[rules.low]
metric = "score"
below = -{above}
clear = -{clear}
severity = "critical"
notify = ["ada", "ben"]
[rules.late]
metric = "lateness_minutes"
above = 45
notify = ["ben"]
"""
ABOVE, CLEAR = 0.35, 0.2


class SetClock:
    """One clock for all processes: eight bytes in a file.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def set(self, at: datetime) -> None:
        """Sets it for everybody."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o644)
        os.pwrite(descriptor, struct.pack("d", at.timestamp()), 0)
        os.close(descriptor)

    def __call__(self) -> datetime:
        """What it says (UTC)."""
        (seconds,) = struct.unpack("d", self._path.read_bytes())
        return datetime.fromtimestamp(seconds, UTC)


@dataclass
class World:
    """All of it.

    Attributes:
        folder: Where everything is.
        disk: Where the server's folder is.
        is_small: Whether that is a small disk, which can be filled.
        config: The configuration.
        clock: Everybody's present.
        weather: Decides what of the vendors fails.
        feeds: What publishers printed.
        feed_url: Where they are.
        leases: What ends with the world.
        server: The lease on the database's server.
        parts: The processes beside the ticker.
    """

    folder: Path
    disk: Path
    is_small: bool
    config: Path
    clock: SetClock
    weather: Weather
    feeds: Feeds
    feed_url: str
    leases: contextlib.ExitStack
    server: EmbeddedServer = field(init=False)
    parts: dict[str, Part] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.up()

    def up(self) -> None:
        """Starts the server where it does not run."""
        self.server = self.leases.enter_context(EmbeddedServer.acquire(self.disk / "server"))

    @property
    def url(self) -> str:
        """The database's address."""
        return self.server.url("soak")

    @property
    def postmaster(self) -> int:
        """The server's process."""
        return int((self.disk / "server" / "pg18" / "postmaster.pid").read_text().split()[0])

    def settings(self) -> Settings:
        """The configuration."""
        return load_settings(self.config, {"DATABASE_URL": self.url})

    def pipeline(self, database: str = "soak", *, failing: bool = True) -> Pipeline:
        """The pipeline, on vendors that fail or on the same that do not.

        One that comes long after the others is shown what publishers show no more.
        """
        opened = connect(self.server.url(database))
        prepare(self.settings(), opened, self.clock)
        plain = compose(self.settings(), opened, self.clock)
        weather = self.weather if failing else None
        feeds = "" if failing else FAIR if database == "soak" else ARCHIVE
        return replace(
            plain,
            market_providers=[FailingMarket(plain.market_providers[0], weather)],
            news_providers=[
                FailingNews(plain.news_providers[0], weather),
                rss_of(plain, self.feed_url + feeds),
            ],
        )

    def restart(self, number: signal.Signals) -> None:
        """Ends the server, at once (SIGQUIT) or after saying so (SIGINT), and starts it again."""
        with contextlib.suppress(OSError, ValueError, ProcessLookupError):
            postmaster = self.postmaster
            os.kill(postmaster, number)
            _gone(postmaster)
        self.up()

    @contextlib.contextmanager
    def full_disk(self, left_bytes: int) -> Iterator[None]:
        """Leaves so many bytes of the database's disk, meanwhile."""
        filler = self.disk / "filler"
        state = os.statvfs(self.disk)
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, state.f_bavail * state.f_frsize - left_bytes)
        try:
            yield
        finally:
            filler.unlink()
            self.up()


def _gone(pid: int) -> None:
    deadline = time.monotonic() + END_SECONDS
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            raise TimeoutError("the server still lives")
        time.sleep(0.02)


@contextlib.contextmanager
def made_world(folder: Path, symbols: int, seed: int) -> Iterator[World]:
    """A world with nothing in its database; gone at the end."""
    disk = folder / "disk"
    disk.mkdir()
    folder.chmod(0o755)
    # A disk of its own takes root; without it none fills.
    is_small = os.geteuid() == 0
    if is_small:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "soak", str(disk)]
        subprocess.run(mount, check=True)
    try:
        with contextlib.ExitStack() as leases:
            clock = SetClock(folder / "clock")
            clock.set(START + timedelta(days=WARM_DAYS))
            feeds = Feeds(seed, symbols, START)
            feed_url = leases.enter_context(publishing(feeds, folder / "clock", seed))
            mail_port, mail = leases.enter_context(mail_server(folder / "mails", seed))
            config = folder / "soak.toml"
            config.write_text(_configuration(symbols, mail_port))
            world = World(
                folder, disk, is_small, config, clock, Weather(seed), feeds, feed_url, leases
            )
            _fill(world)
            world.parts["mail server"] = mail
            for name in ("api", "deliverer", "mortal deliverer"):
                world.parts[name] = leases.enter_context(serving(name, world.url, config, clock))
            yield world
    finally:
        if is_small:
            subprocess.run(["umount", str(disk)], check=True)


def _configuration(symbols: int, mail_port: int) -> str:
    watched = "".join(
        WATCHED.format(number=number, name=name_of(number)) for number in range(symbols)
    )
    return CONFIG.format(starts_on=START.date(), port=mail_port) + watched


def name_of(number: int) -> str:
    """What headlines call a symbol."""
    return f"Soak{_word(number)} Industries"


def _word(number: int) -> str:
    """A name that is in no other name."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:03}") + "x"


def _fill(world: World) -> None:
    for name in ("soak", "control"):
        with psycopg.connect(world.server.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        database = connect(world.server.url(name))
        migrate(database)
        database.close()
    rules = world.folder / "rules.toml"
    rules.write_text(RULES.format(above=ABOVE, clear=CLEAR))
    pipeline = world.pipeline(failing=False)
    RuleStore(pipeline.database).apply(read_rule_file(rules), "the soak", world.clock())
    pipeline.close()
