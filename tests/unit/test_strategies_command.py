"""`fintech signals strategies` shows what is configured, from its files alone."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fintech_pipeline.cli.main import fintech
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.signals.strategy_files import SHIPPED

MINE = (SHIPPED / "swing.toml").read_text("utf-8").replace("swing", "mine")
Ask = Callable[..., Result]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ask:
    """Asks in a folder with the file mine.toml; no database can be reached."""
    monkeypatch.delenv("FINTECH_CONFIG", raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(MINE, "utf-8")

    def run(strategies: str, *words: str) -> Result:
        monkeypatch.setenv("FINTECH_SIGNALS__STRATEGIES", strategies)
        environment = {"COLUMNS": "120"}
        return CliRunner().invoke(fintech, ["signals", "strategies", *words], env=environment)

    return run


def test_the_primary_one_comes_first_and_what_else_ships_last(ask: Ask) -> None:
    done = ask('["mine.toml", "balanced"]', "--json")
    told = [(one["use"], one["label"], one["interval"]) for one in json.loads(done.output)]
    assert told == [
        ("primary", "mine-1", "1d"),
        ("configured", "balanced-2", "30m"),
        ("shipped", "foretelling-1", "30m"),
        ("shipped", "swing-1", "1d"),
    ]


def test_the_table_has_the_weights_the_bands_and_the_regimes(ask: Ask) -> None:
    shown = ask('["mine.toml"]').output
    for cell in ("mine-1", "(primary)", "days", "mean reversion 0.1", "strong buy +0.4, +0.3"):
        assert cell in shown
    assert "turbulent, volatility ratio above 1.6" in shown


def test_a_wrong_file_is_told_before_anything_is_shown(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE.replace("trend =", "trned ="), "utf-8")
    done = ask('["balanced", "mine.toml"]')
    assert isinstance(done.exception, ConfigurationError)
    assert str(done.exception).startswith(
        f"The strategy file {tmp_path / 'mine.toml'} is wrong: weights.trned is not a component;"
    )
    assert done.output == ""
