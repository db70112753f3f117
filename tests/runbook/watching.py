"""A real Prometheus that watches an API by the hurried rules, and when it said what."""

import contextlib
import json
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.debian import program
from tests.faults.conftest import free_port
from tests.runbook.hurried import hurried, written

PATIENCE_SECONDS = 180.0
REPORT = Path(__file__).parents[2] / "build" / "runbook.txt"
"""Where each drill adds how long everything took."""


@dataclass
class Watched:
    """What Prometheus says of alerts.

    Attributes:
        port: Where it answers.
        broken_at: When what an alert is about was broken.
        mended_at: When it was mended.
    """

    port: int
    broken_at: dict[str, float] = field(default_factory=dict)
    mended_at: dict[str, float] = field(default_factory=dict)

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The series of a query, just now."""
        words = urllib.parse.urlencode({"query": query})
        where = f"http://127.0.0.1:{self.port}/api/v1/query?{words}"
        with urllib.request.urlopen(where, timeout=10) as answer:  # the loopback
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
            return found

    def value(self, query: str) -> float | None:
        """The greatest value of a query; None where there is none."""
        return max((float(one["value"][1]) for one in self.ask(query)), default=None)

    def firing(self) -> set[str]:
        """The alerts that fire."""
        return {one["metric"]["alertname"] for one in self.ask('ALERTS{alertstate="firing"}')}

    def broke(self, *alerts: str) -> None:
        """From now on they may fire."""
        self.broken_at.update(dict.fromkeys(alerts, time.time()))

    def mended(self, *alerts: str) -> None:
        """From now on they may end."""
        self.mended_at.update(dict.fromkeys(alerts, time.time()))

    def fired(self, alert: str) -> bool:
        """Whether it has fired since it was broken, if only for a moment."""
        span = max(1.0, time.time() - self.broken_at[alert])
        which = f'ALERTS{{alertname="{alert}",alertstate="firing"}}[{span * 1000:.0f}ms]'
        return bool(self.ask(f"last_over_time({which})"))

    def await_fired(self, *alerts: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Waits until each of them fires, or has fired."""
        self._await(alerts, self.fired, self.broken_at, "fired", seconds)

    def await_gone(self, *alerts: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Waits until none of them fires any more."""
        self._await(alerts, lambda one: one not in self.firing(), self.mended_at, "gone", seconds)

    def _await(
        self,
        alerts: tuple[str, ...],
        is_so: Callable[[str], bool],
        since: dict[str, float],
        word: str,
        seconds: float,
    ) -> None:
        for alert in alerts:
            until(lambda alert=alert: is_so(alert), f"{alert} is not {word}", seconds)  # type: ignore[misc]
            self.tell(f"{alert}: {word} after {time.time() - since[alert]:.0f} s")

    def tell(self, line: str) -> None:
        """Takes it down for the report."""
        with REPORT.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        print(line)


def until(is_so: Callable[[], object], told: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Waits until it is so; whoever is asked may just be away."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            if is_so():
                return
        assert time.monotonic() < deadline, f"{told} within {seconds:.0f} s"
        time.sleep(0.5)


@contextlib.contextmanager
def prometheus(folder: Path, api: int) -> Iterator[Watched]:
    """A Prometheus that scrapes the API at a port each second, until the end."""
    port = free_port()
    (folder / "rules.yaml").write_text(yaml.safe_dump(hurried(written())), "utf-8")
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [
            {"job_name": "watch-api", "static_configs": [{"targets": [f"127.0.0.1:{api}"]}]}
        ],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration), "utf-8")
    command = [
        program("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    REPORT.parent.mkdir(exist_ok=True)
    watched = Watched(port)
    try:
        until(lambda: watched.ask("fintech_database_up == 1"), "nothing is scraped")
        yield watched
    finally:
        process.terminate()
        process.wait(20)
