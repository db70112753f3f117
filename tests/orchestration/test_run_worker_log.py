"""A run's own process, started as the chart's Jobs and `fintech up` start it: what it logs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import serialize_value

from fintech_pipeline.definitions import build_definitions
from fintech_pipeline.orchestration.instance import PROJECT, dagster_home, open_instance
from fintech_pipeline.orchestration.jobs import TICK_JOB
from fintech_pipeline.orchestration.partitions import SLOT_TAG
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import Database

SLOT = "2026-03-02T15:00:00+00:00"
DEMO = PROJECT / "fintech_pipeline" / "demo.toml"
HIDDEN = "Zq7-hidden-in-a-path-81"


def run_of_a_process(configuration: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """The exit code and stderr of the process of a tick, which asks for no logger of its own."""
    monkeypatch.setenv("FINTECH_CONFIG", str(configuration))
    settings = load_settings()
    origin = JobPythonOrigin(
        TICK_JOB,
        RepositoryPythonOrigin(
            sys.executable, ModuleCodePointer("fintech_pipeline.definitions", "defs")
        ),
    )
    with open_instance(settings) as instance:
        run = instance.create_run_for_job(
            build_definitions(settings).resolve_job_def(TICK_JOB),
            tags={SLOT_TAG: SLOT, "dagster/partition": SLOT[:10]},
            job_code_origin=origin,
        )
        asked = ExecuteRunArgs(origin, run.run_id, instance.get_ref(), True)
        ended = subprocess.run(
            [sys.executable, "-m", "dagster", "api", "execute_run", serialize_value(asked)],
            env={**os.environ, "DAGSTER_HOME": str(dagster_home(settings))},
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    return ended.returncode, ended.stderr


@pytest.fixture
def configuration(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATABASE_URL", database.url)
    file = tmp_path / "watch.toml"
    folder = f'\n[database]\nfolder = "{tmp_path / "data"}"\n'
    file.write_text(DEMO.read_text("utf-8") + folder + '[logs]\nformat = "json"\n', "utf-8")
    return file


def lines_of(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


def test_each_line_of_a_run_is_json_once_and_names_its_run_and_its_slot(
    configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = run_of_a_process(configuration, monkeypatch)
    assert code == 0, said
    lines = lines_of(said)
    assert len({line["run"] for line in lines}) == 1
    assert {line["slot"] for line in lines} == {"2026-03-02T15:00Z"}
    told = [line["event"] for line in lines]
    for asset in ("market_bars", "news_articles", "article_sentiment", "trading_signals"):
        assert told.count(f"{asset} is done") == 1
    assert lines[-1]["happened"] == "RUN_SUCCESS"
    assert not [line for line in lines if "dagster_event" in line]


def test_a_run_that_fails_tells_why_without_the_secret_that_is_in_it(
    configuration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH_TOKEN", HIDDEN)
    monkeypatch.setenv("FINTECH_MARKET__PROVIDERS", '["files"]')
    monkeypatch.setenv("FINTECH_NEWS__PROVIDERS", "[]")
    folder = tmp_path / HIDDEN
    folder.mkdir()
    monkeypatch.setenv("FINTECH_MARKET__FILES__FOLDER", str(folder))
    monkeypatch.setenv("FINTECH_NAME", "files")
    code, said = run_of_a_process(configuration, monkeypatch)
    assert code != 0
    failures = [line for line in lines_of(said) if line.get("happened") == "STEP_FAILURE"]
    assert failures
    assert "/…" in said
    assert HIDDEN not in said
