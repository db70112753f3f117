"""`fintech sentiment` explains, measures and trains on what it is given."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fintech_pipeline.cli.main import fintech
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.sentiment.labelled import may_guide
from fintech_pipeline.sentiment.models.local.model import LocalModel
from fintech_pipeline.sentiment.scores import Label, SentimentScore, Text

HEADLINE = "Apple falls as Microsoft soars"
PHRASES = {
    "positive": ("soars", "wins order", "profit rises"),
    "negative": ("plunges", "faces probe", "profit falls"),
    "neutral": ("opens office", "holds meeting", "names chair"),
}


@pytest.fixture(autouse=True)
def _demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FINTECH_DATABASE__FOLDER", str(tmp_path / "database"))
    monkeypatch.delenv("FINTECH_CONFIG", raising=False)


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Both sets, made up, with headlines about one company and about two."""
    rows = ["S No.,Title,Decisions,Words"]
    sentences = []
    for n in range(40):
        for label, phrases in PHRASES.items():
            said = f"{phrases[n % 3]} in town{n} region{n} number{n}"
            rows.append(f"{n},Company{n} {said},{{'Company{n}': '{label}'}},5")
            sentences.append(f"Firm{n} {said} .@{label}")
        both = f"{{'Left{n}': 'positive', 'Right{n}': 'negative'}}"
        rows.append(f'{n},Left{n} soars while Right{n} plunges at mark{n},"{both}",7')
    (tmp_path / "sentfin").mkdir()
    (tmp_path / "sentfin" / "SEntFiN.csv").write_text("\n".join(rows) + "\n", "utf-8")
    (tmp_path / "financial_phrasebank").mkdir()
    for level in ("AllAgree", "75Agree", "66Agree", "50Agree"):
        path = tmp_path / "financial_phrasebank" / f"Sentences_{level}.txt"
        path.write_text("\n".join(sentences) + "\n", "latin-1")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(fintech, ["sentiment", *arguments])


def printed(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exception is None, result.output
    return json.loads(result.stdout)


def test_explain_shows_shares_that_add_up_to_the_score(tmp_path: Path) -> None:
    told = printed("explain", HEADLINE, "--symbol", "aapl")
    assert (told["symbol"], told["label"], told["cost_usd"]) == ("AAPL", "negative", "0")
    assert told["model"].startswith("local-")
    for side, total in told["evidence"].items():
        assert sum(share[side] for share in told["shares"]) == pytest.approx(total, abs=1e-9)
    words = [share["told"] for share in told["shares"]]
    assert words[:5] == HEADLINE.split()
    # The watchlist of the configuration is enough: no database was made.
    assert not (tmp_path / "database").exists()


def test_explain_tells_a_person_label_words_model_and_cost() -> None:
    output = run("explain", HEADLINE, "--symbol", "MSFT").output
    assert "MSFT: positive" in output
    for part in ("soars", "the sum", "Model local-", "cost 0 USD"):
        assert part in output


def test_a_headline_of_markup_is_printed_as_it_is() -> None:
    assert run("explain", "Apple [red]soars[/red]", "--symbol", "AAPL").output.count(" red ") == 2


def test_evaluate_measures_only_what_was_held_back(labelled: Path) -> None:
    told = printed("evaluate", "--data", str(labelled), "--cross-validate")
    sets = {one["name"]: one for one in told["sets"]}
    held = sum(
        not may_guide(line.rpartition("@")[0])
        for line in (labelled / "financial_phrasebank" / "Sentences_AllAgree.txt")
        .read_text()
        .splitlines()
    )
    assert sets["PhraseBank AllAgree, held-back half"]["ours"]["texts"] == held
    fifth = sets["SEntFiN, one label, held-back fifth"]["ours"]["texts"]
    assert 0 < fifth < 60
    assert sets["SEntFiN, one label, five-fold"]["ours"]["texts"] == 120 - fifth
    several = sets["SEntFiN, 40 titles of several labels, all, out of sample"]
    assert several["ours"]["texts"] == 80
    assert several["titles_right"] > several["vader"]["accuracy"] - 0.5
    assert several["vader"]["accuracy"] <= 0.5  # VADER says the same of both.
    for one in told["sets"]:
        assert one["majority"]["macro_f1"] <= one["ours"]["macro_f1"]
        assert 0.0 <= one["ours"]["calibration"]["error"] <= 1.0
    assert min(told["headlines_per_second"].values()) > 0


def test_evaluate_prints_the_methods_side_by_side(labelled: Path) -> None:
    output = run("evaluate", "--data", str(labelled)).output
    for part in ("VADER", "Majority", "ECE", "Precision", "confidence → accuracy", "a second"):
        assert part in output


def test_a_folder_without_a_set_is_refused(tmp_path: Path) -> None:
    result = run("evaluate", "--data", str(tmp_path))
    assert isinstance(result.exception, ConfigurationError)
    assert "no labelled set" in str(result.exception)


def test_train_writes_weights_that_score(labelled: Path, tmp_path: Path) -> None:
    out = tmp_path / "weights.tsv"
    result = run("train", "--data", str(labelled), "--out", str(out))
    assert result.exception is None, result.output
    (answer,) = LocalModel(out).score([Text(1, "A", ("Acme",), "Acme soars in town", "")])
    assert isinstance(answer, SentimentScore)
    assert answer.label is Label.POSITIVE
    assert [path.name for path in tmp_path.glob("*weights*")] == ["weights.tsv"]
