"""`fintech why`: from bars and articles to the score, in numbers that a person can add up."""

import json
import math
import re
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from fintech_pipeline.cli.main import fintech
from fintech_pipeline.clock import SLOT
from fintech_pipeline.errors import ConfigurationError
from tests.orchestration.conftest import rows
from tests.orchestration.judged_past import SLOT_AT, Past

NEWEST = SLOT_AT + SLOT


def run(past: Past, *words: str, columns: int = 100) -> str:
    environment = {"DATABASE_URL": past.pipeline.database.url, "COLUMNS": str(columns)}
    called = ["--config", str(past.config), "why", *words]
    done = CliRunner().invoke(fintech, called, env=environment, catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def told(past: Past, *words: str) -> str:
    """What is printed, without its line ends."""
    return " ".join(run(past, *words).split())


def document(past: Past, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(past, *words, "--json"))
    return found


def change(past: Past, assignment: str, **values: object) -> None:
    statement = f"UPDATE fintech.signals SET {assignment} WHERE symbol = 'AAPL' AND slot_at = :at"  # noqa: S608
    with past.pipeline.database.transaction() as connection:
        assert connection.execute(sa.text(statement), {"at": NEWEST, **values}).rowcount == 1


def at_digits(numbers: list[float]) -> float:
    return round(math.fsum(numbers), 6)


@pytest.mark.parametrize("symbol", ["AAPL", "KO", "META"])
def test_every_number_of_the_document_adds_up(seen_past: Past, symbol: str) -> None:
    one = document(seen_past, symbol)
    parts = {part["name"]: part for part in one["components"]}
    assert at_digits([part["contribution"] for part in parts.values()]) == one["score"]
    for part in parts.values():
        assert abs(part["weight"] * part["value"] - part["contribution"]) < 5.1e-7
    assert at_digits([part["weight"] for part in parts.values()]) == pytest.approx(1.0, abs=5e-6)
    product = one["coverage"] * one["agreement"] * one["freshness"]
    assert one["confidence"] == pytest.approx(product, abs=5e-7)
    assert at_digits([a["share"] for a in one["articles"]]) == parts["news"]["value"]
    change_pct = 100 * (one["price"] / one["last_close"] - 1)
    assert one["change_pct"] == pytest.approx(change_pct, abs=5e-7)


def test_the_bars_are_those_that_the_signal_counted(seen_past: Past) -> None:
    one = document(seen_past, "AAPL")
    query = """
        SELECT * FROM fintech.bars WHERE symbol = 'AAPL' AND interval = '30m'
            AND closed_at <= :slot_at ORDER BY opened_at DESC
    """
    stored = rows(seen_past.pipeline, query, slot_at=NEWEST)
    counted = rows(
        seen_past.pipeline,
        "SELECT inputs->'bars' AS n FROM fintech.signals WHERE symbol = 'AAPL' AND slot_at = :at",
        at=NEWEST,
    )[0]["n"]
    bars = one["bars"]
    assert bars["bars"] == counted > 480
    assert bars["providers"] == {"simulated": counted}
    assert bars["first_at"] == stored[counted - 1]["opened_at"].isoformat()[:19] + "Z"
    newest = stored[0]
    assert {name: bars["newest"][name] for name in ("open", "high", "low", "close")} == {
        name: newest[name] for name in ("open", "high", "low", "close")
    }
    assert f"{counted} half-hour bars" in told(seen_past, "AAPL")


def test_the_printed_chain_has_every_number_of_the_document(seen_past: Past) -> None:
    one, text = document(seen_past, "KO"), told(seen_past, "KO")
    for part in one["components"]:
        for number in (part["value"], part["contribution"]):
            assert f"{number:+.6f}" in text
        assert f"{part['weight']:.6f}" in text
    assert (
        f"coverage {one['coverage']:.6f} × agreement {one['agreement']:.6f} × freshness "
        f"{one['freshness']:.6f} = confidence {one['confidence']:.6f}"
    ) in text
    assert f"score the sum {one['score']:+.6f}" in text
    news = next(part["value"] for part in one["components"] if part["name"] == "news")
    assert f"{news:+.6f} the value of news" in text


def test_the_articles_of_a_story_stand_together_with_what_they_add(seen_past: Past) -> None:
    one = document(seen_past, "KO")
    stories: dict[int, list[float]] = {}
    for article in one["articles"]:
        stories.setdefault(article["story"], []).append(article["share"])
    several = max((s for s in stories.values() if len(s) > 1), key=lambda s: abs(sum(s)))
    heading = f"{at_digits(several):+.6f} one story, told by {len(several)} articles:"
    assert heading in told(seen_past, "KO")


def test_the_printed_shares_of_the_news_add_up_to_its_value(seen_past: Past) -> None:
    lines = run(seen_past, "META").split("The news, story by story")[1].splitlines()
    adds = [re.match(r"\s+([+-]\d\.\d{6})\s+(.*)", line) for line in lines]
    found = [(float(one[1]), one[2]) for one in adds if one]
    *parts, (total, _) = found
    singles, inside = [], 0
    for number, text in parts:
        if inside:
            inside -= 1
            continue
        singles.append(number)
        if several := re.search(r"told by (\d+) articles", text):
            inside = int(several[1])
    assert at_digits(singles) == total


def test_a_regime_is_named_with_its_factors_and_the_weights_follow(seen_past: Past) -> None:
    query = """
        SELECT symbol, slot_at, inputs->>'regime' AS regime FROM fintech.signals
        WHERE inputs->>'regime' IS NOT NULL AND interval = '30m' ORDER BY slot_at DESC LIMIT 1
    """
    (row,) = rows(seen_past.pipeline, query)
    words = (row["symbol"], "--slot", row["slot_at"].isoformat())
    one, text = document(seen_past, *words), told(seen_past, *words)
    (regime,) = [r for r in one["definition"]["regimes"] if r["name"] == row["regime"]]
    assert f"Regime {row['regime']} (" in text
    for name, factor in regime["weights"].items():
        assert f"{name.replace('_', ' ')} × {factor:g}" in text
    own = one["definition"]["weights"]
    weighed = {
        p["name"]: own[p["name"]] * regime["weights"].get(p["name"], 1.0) for p in one["components"]
    }
    for part in one["components"]:
        share = weighed[part["name"]] / math.fsum(weighed.values())
        assert part["weight"] == pytest.approx(share, abs=5e-7)


def test_an_action_says_since_when_and_where_it_ends(seen_past: Past) -> None:
    query = """
        SELECT symbol, slot_at, action, inputs->>'since' AS since FROM fintech.signals
        WHERE interval = '30m' AND action = 'buy' AND score < 0.15 ORDER BY slot_at DESC LIMIT 1
    """
    (row,) = rows(seen_past.pipeline, query)
    text = told(seen_past, row["symbol"], "--slot", row["slot_at"].isoformat())
    assert "Buy begins at +0.15 and lasts until the score is below +0.10" in text
    since = row["since"][:16].replace("T", " ")
    assert f"It last began at {since}Z, and" in text


def test_a_split_that_the_prices_are_adjusted_for_is_named(past: Past) -> None:
    past.split_four_for_one("META", ex_at=SLOT_AT - 20 * SLOT)
    past.tick(SLOT_AT + 6 * SLOT)
    assert (
        "adjusted for a split of 4 for 1 on 2026-01-20 (simulated, known 2026-01-20 13:02Z)"
        in told(past, "META")
    )
    before = told(past, "META", "--slot", NEWEST.isoformat())
    assert "No split and no dividend fell between them." in before, "it was not known yet"


def test_a_split_that_nobody_told_of_holds_the_action_back(past: Past) -> None:
    change(past, "action = 'hold', inputs = inputs || '{\"split\": 4.0}'")
    text = told(past, "AAPL")
    assert "Hold, whatever the score: the price moved like a split of 4 for 1" in text


def test_days_are_told_as_days(seen_past: Past) -> None:
    text, one = (
        told(seen_past, "AAPL", "--strategy", "swing"),
        document(seen_past, "AAPL", "--strategy", "swing-1"),
    )
    assert one["interval"] == "1d"
    assert f"{one['bars']['bars']} daily bars" in text
    assert one["slot_at"].endswith("T00:00:00Z")


def test_what_an_earlier_version_stored_is_still_told(past: Past) -> None:
    parts = [
        {"name": "trend", "value": 0.5, "weight": 0.4, "contribution": 0.2, "reason": "upwards"},
        {"name": "news", "value": -0.1, "weight": 0.6, "contribution": -0.06, "reason": "doubts"},
    ]
    inputs = {"missing": {"volume": "too few sessions"}, "articles": []}
    change(
        past,
        "basis_id = NULL, score = 0.14, components = CAST(:parts AS jsonb),"
        " inputs = CAST(:inputs AS jsonb)",
        parts=json.dumps(parts),
        inputs=json.dumps(inputs),
    )
    text = told(past, "AAPL")
    assert "trend upwards +0.500000 0.400000 +0.200000" in text
    assert "volume too few sessions missing" in text
    assert "How many there were was not stored by the version that made this signal." in text
    one = document(past, "AAPL")
    assert [one["bars"], one["definition"], one["coverage"]] == [None, None, None]


@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_is_wider_than_the_terminal(seen_past: Past, columns: int) -> None:
    assert max(map(len, run(seen_past, "AAPL", columns=columns).splitlines())) <= columns


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["AAPL", "--strategy", "bold"],
            "There is no strategy bold; there is balanced-2, swing-1.",
        ),
        (
            ["AAPL", "--strategy", "swing", "--slot", "2026-01-20T10:00Z"],
            "AAPL has no signal at 2026-01-20 10:00Z of swing-1, which judges days at the slot in "
            "which their session closes.",
        ),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(
    seen_past: Past, words: list[str], sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        run(seen_past, *words)
    assert str(refused.value) == sentence
