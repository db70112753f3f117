"""A real Prometheus scrapes a real API: every rule and every panel finds what it asks for.

A query that compares gives nothing while all is well, so it is asked with `bool`, which answers 0
or 1 wherever there is something to compare.
"""

import contextlib
import json
import re
import socket
import subprocess
import time
import tomllib
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fintech_pipeline.api.guard import State
from fintech_pipeline.storage.embedded import EmbeddedServer
from tests.api import measured_world as world
from tests.api.conftest import copied
from tests.api.living import NOW, serving_api
from tests.debian import program

MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"
RULES = [
    rule
    for group in yaml.safe_load((MONITORING / "rules.yaml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
PANELS = [
    (f"{board}: {panel['title']}", panel["query"])
    for board, one in tomllib.loads((MONITORING / "panels.toml").read_text("utf-8")).items()
    for panels in one["rows"].values()
    for panel in panels
]
COMPARISON = re.compile(r"(?<=[\s)])(==|!=|>=|<=|>|<)(?=\s)(?!\s+bool)")
Ask = Callable[[str], list[Any]]


@pytest.fixture(scope="module")
def ask(
    server: EmbeddedServer, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ask]:
    """Asks a Prometheus that has scraped an API while something happened in its database."""
    installed = program("prometheus")
    with copied(server, migrated_template) as database:
        world.furnish(database)
        state = State(draining=True)
        with serving_api(database, plans=world.ASKED, state=state) as api:
            assert api.get("/readyz").status == 503
            state.draining = False
            for path in ("/api/v1/overview", "/api/v1/instruments/NOBODY", "/api/v1/slots"):
                api.get(path)
            with _prometheus(installed, api.port, tmp_path_factory.mktemp("prometheus")) as found:
                _await(lambda: bool(found("count_over_time(fintech_database_up[1m]) >= 3")))
                world.message(database, "email", "sent", due_at=NOW - 9 * world.SECOND, accepted=2)
                _await(lambda: bool(found("fintech:messages_late:ratio_rate3d")))
                yield found


@contextlib.contextmanager
def _prometheus(installed: str, api: int, folder: Path) -> Iterator[Ask]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(MONITORING / "rules.yaml")],
        "scrape_configs": [
            {"job_name": "watch-api", "static_configs": [{"targets": [f"127.0.0.1:{api}"]}]}
        ],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration), "utf-8")
    command = [
        installed,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)

    def asked(query: str) -> list[Any]:
        where = f"http://127.0.0.1:{port}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        with urllib.request.urlopen(where, timeout=10) as answer:  # the loopback
            found: list[Any] = json.load(answer)["data"]["result"]
            return found

    try:
        yield asked
    finally:
        process.terminate()
        process.wait(20)


def _await(ready: Callable[[], bool], patience_seconds: float = 60) -> None:
    deadline = time.monotonic() + patience_seconds
    while True:
        with contextlib.suppress(OSError):
            if ready():
                return
        assert time.monotonic() < deadline, "Prometheus found nothing in time"
        time.sleep(0.3)


def answered(query: str) -> str:
    """The query so that it answers whatever is the case."""
    # Of what is in braces nothing is a comparison: it selects.
    parts = re.split(r"(\{[^}]*\})", query)
    return "".join(
        part if part.startswith("{") else COMPARISON.sub(r"\1 bool", part) for part in parts
    )


@pytest.mark.parametrize(
    "rule", [one for one in RULES if "record" in one], ids=lambda one: str(one["record"])
)
def test_what_is_recorded_has_values(ask: Ask, rule: dict[str, str]) -> None:
    assert ask(rule["record"])


@pytest.mark.parametrize(
    "rule",
    [one for one in RULES if "alert" in one and "absent(" not in one["expr"]],
    ids=lambda one: str(one["alert"]),
)
def test_what_an_alert_looks_at_is_there(ask: Ask, rule: dict[str, str]) -> None:
    sides = re.split(r"\bor\b", rule["expr"])
    assert all(ask(answered(side)) for side in sides)


def test_that_nothing_is_measured_would_be_seen(ask: Ask) -> None:
    (rule,) = [one for one in RULES if "absent(" in one.get("expr", "") and "alert" in one]
    assert not ask(rule["expr"])
    assert ask("absent(fintech_build_info{job='another'})")


@pytest.mark.parametrize(("title", "query"), PANELS, ids=[title for title, _ in PANELS])
def test_what_a_panel_shows_is_there(ask: Ask, title: str, query: str) -> None:
    assert title
    shown = query.replace("$__rate_interval", "1m").replace("$job", "watch-api|none")
    assert ask(shown)


def test_prometheus_took_the_rules(ask: Ask) -> None:
    assert ask("prometheus_rule_group_rules") == []  # it does not scrape itself
    assert len(ask('{__name__=~"fintech:.+"}')) == sum("record" in one for one in RULES)


@pytest.mark.parametrize(
    "wrong",
    [
        "max without (instance, pod) (fintech_unscored_text{state='waiting'}) > 200",
        "fintech_runs_total{kind='alive'} > 1",
    ],
)
def test_a_query_that_is_misspelt_finds_nothing(ask: Ask, wrong: str) -> None:
    assert not ask(answered(wrong))
