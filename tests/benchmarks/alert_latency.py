"""From a committed signal to a mail server that has taken the message, through real processes.

`fintech up` with its daemon, its sensor and its deliverer, and a real SMTP server. Signals come
into the newest slot one after the other, each of another symbol, at instants that hang together
with nothing: a slot that gains symbols is decided for those.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from fintech_pipeline.alerts.rule_files import rule_file_of
from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.clock import slot_at_or_before, utc_now
from fintech_pipeline.composition import Pipeline, open_pipeline
from fintech_pipeline.settings import load_settings
from tests.vendors.mail_server import Inbox, receiving

FINTECH = Path(sys.executable).with_name("fintech")
START_SECONDS = 180.0
ARRIVAL_SECONDS = 60.0
_SIGNAL = sa.text("""
    INSERT INTO fintech.signals (symbol, interval, slot_at, strategy, revision, price, score,
        action, confidence, components, inputs, cutoff_at, live, run_id, written_at)
    VALUES (:symbol, '30m', :slot_at, :strategy, 1, 100, 0.9, 'strong_buy', 0.9, '[]',
        '{"articles": [], "missing": {}}', now(), true, 'bench', now())
""")
_SLOT = sa.text("""
    INSERT INTO fintech.slots (slot_at, asset, state, rows, reasons, live, cutoff_at, run_id,
        updated_at)
    VALUES (:slot_at, 'trading_signals', 'done', 1, '{}', true, now(), 'bench', now())
    ON CONFLICT (slot_at, asset) DO UPDATE SET updated_at = now(), live = true
""")


def latencies(count: int, seed: int = 5) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Seconds from the commit of each of so many signals to its mail, sorted.

    Raises:
        TimeoutError: A mail did not come in a minute.
    """
    rng = random.Random(seed)  # noqa: S311  # instants, no secret
    with receiving() as inbox, _serving(inbox.port) as pipeline:
        found = [_one(pipeline, inbox, f"L{number:03}") for number in _spread(count, rng)]
    return np.sort(np.array(found))


def _spread(count: int, rng: random.Random) -> Iterator[int]:
    for number in range(count):
        time.sleep(rng.uniform(0, 5))
        yield number


def _one(pipeline: Pipeline, inbox: Inbox, symbol: str) -> float:
    slot_at = slot_at_or_before(utc_now() - timedelta(seconds=5))
    with pipeline.database.transaction() as connection:
        values = {"symbol": symbol, "slot_at": slot_at, "strategy": pipeline.strategy.label}
        connection.execute(_SIGNAL, values)
        connection.execute(_SLOT, {"slot_at": slot_at})
    committed_at = time.time()
    seen = 0
    while time.time() - committed_at < ARRIVAL_SECONDS:
        mails, now = inbox.contents[seen:], time.time()
        seen += len(mails)
        if any(symbol.encode() in content for content in mails):
            return now - committed_at
        time.sleep(0.01)
    raise TimeoutError(f"the mail about {symbol} did not come in {ARRIVAL_SECONDS:.0f} s")


@contextmanager
def _serving(smtp_port: int) -> Iterator[Pipeline]:
    """`fintech up` on a database of its own, with one rule and symbols that no provider has."""
    with tempfile.TemporaryDirectory(prefix="fintech-bench-") as folder:
        config = Path(folder) / "bench.toml"
        config.write_text(_configuration(smtp_port))
        pipeline = open_pipeline(load_settings(config, {}))
        rules: dict[str, Any] = {
            "people": {"anna": {"email": "anna@example.com"}},
            "rules": {"high": _RULE},
        }
        RuleStore(pipeline.database).apply(rule_file_of("bench", rules), "bench", utc_now())
        environment = {**os.environ, "FINTECH_CONFIG": str(config)}
        with (Path(folder) / "up.txt").open("w") as log:
            command = [str(FINTECH), "up"]
            up = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _await_start(Path(folder) / "up.txt")
            yield pipeline
        finally:
            up.send_signal(signal.SIGINT)
            up.wait(60)
            pipeline.close()


_RULE = {"metric": "score", "above": 0.8, "severity": "critical", "notify": ["anna"]}


def _configuration(smtp_port: int) -> str:
    watched = "\n".join(
        f'[[watchlist]]\nsymbol = "L{number:03}"\nname = "Company {number}"\nmic = "XSIM"'
        for number in range(300)
    )
    today = utc_now().date()
    return f"""
name = "bench"
[pipeline]
starts_on = {today + timedelta(days=1)}
[market]
providers = ["simulated"]
[alerts.smtp]
host = "127.0.0.1"
port = {smtp_port}
security = "none"
sender = "watch@example.com"
{watched}
"""


def _await_start(log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "Alerts leave by" not in log.read_text():
        if time.monotonic() > deadline:
            raise TimeoutError(f"fintech up did not start: {log.read_text()}")
        time.sleep(0.5)
