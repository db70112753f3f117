"""Signals over HTTP: lists of them, series for a chart, and one with all that stands behind it."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from fintech_pipeline.clock import SLOT
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.signals.basis_store import Basis, BasisStore
from fintech_pipeline.signals.strategy_files import load_strategy
from fintech_pipeline.storage.database import Database
from tests.api.asking import Client
from tests.api.living import serving_api

FIRST = datetime(2026, 3, 2, 15, tzinfo=UTC)
MARKUP = "<script>alert('AAPL')</script> & \u202e[bold]Apple[/bold] \u2014 {{7*7}}"
INSERT = sa.text("""
    INSERT INTO fintech.signals (symbol, interval, slot_at, strategy, revision, price, change_pct,
        score, action, confidence, components, inputs, cutoff_at, live, run_id, written_at,
        basis_id)
    VALUES (:symbol, :interval, :slot_at, :strategy, :revision, :price, 1.5, :score, :action, 0.5,
        CAST(:components AS jsonb), CAST(:inputs AS jsonb), :slot_at, true, 'run', :slot_at, :basis)
    RETURNING id
""")


def at(slot: int) -> str:
    """The n-th slot as JSON has it."""
    return (FIRST + slot * SLOT).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True)
class Stored:
    """Signals in a database, and how more come in."""

    database: Database
    basis: int

    def judge(self, symbol: str, slot: int, score: float = 0.25, **changes: Any) -> int:
        """Stores a signal; its momentum and its news add up to the score."""
        momentum, news = round(score * 2, 6), round(-score, 6)
        parts = [
            {"name": name, "value": v, "weight": 1.0, "contribution": v, "figure": v}
            for name, v in (("momentum", momentum), ("news", news))
        ]
        inputs = {
            "missing": {"rsi": "the price did not move"},
            "articles": changes.pop("articles", []),
            "stories": changes.pop("stories", 0),
            "coverage": 0.8,
            "agreement": 1.0,
            "freshness": 0.9,
        }
        values = {
            "symbol": symbol,
            "interval": "30m",
            "slot_at": FIRST + slot * SLOT,
            "strategy": "balanced-2",
            "revision": 1,
            "price": 100.0 + slot,
            "score": score,
            "action": "hold",
            "components": json.dumps(parts),
            "inputs": json.dumps(inputs),
            "basis": self.basis,
        }
        with self.database.transaction() as connection:
            number: int = connection.execute(INSERT, {**values, **changes}).scalar_one()
            return number

    def run(self, statement: str, **values: object) -> Any:
        with self.database.transaction() as connection:
            return connection.execute(sa.text(statement), values)


@pytest.fixture
def stored(database: Database) -> Stored:
    InstrumentStore(database).seed([Instrument(s, s) for s in ("AAPL", "KO", "SPY")])
    basis = Basis(load_strategy("balanced"), ("local-1",), timedelta(hours=12), {})
    with database.transaction() as connection:
        return Stored(database, BasisStore(database).basis_id(connection, basis))


def listed(api: Client, query: str = "") -> list[tuple[str, str]]:
    """Symbol and slot of each signal of a list's first page."""
    answer = api.get(f"/api/v1/signals?{query}")
    assert answer.status == 200, answer.body
    return [(one["symbol"], one["slot_at"]) for one in answer.document["items"]]


def test_signals_are_listed_the_newest_first_and_of_a_slot_by_symbol(stored: Stored) -> None:
    for symbol, slot in (("KO", 0), ("AAPL", 0), ("AAPL", 1), ("SPY", 1)):
        stored.judge(symbol, slot)
    stored.judge("KO", 1, strategy="bold-1")
    with serving_api(stored.database) as api:
        assert listed(api) == [("AAPL", at(1)), ("SPY", at(1)), ("AAPL", at(0)), ("KO", at(0))]
        assert listed(api, "strategy=bold-1") == [("KO", at(1))]
        assert listed(api, f"slot_at={at(0)}") == [("AAPL", at(0)), ("KO", at(0))]
        assert listed(api, f"from={at(1)}&to={at(1)}") == [("AAPL", at(1)), ("SPY", at(1))]
        assert listed(api, "symbol=aapl") == [("AAPL", at(1)), ("AAPL", at(0))]
        assert listed(api, "symbol=NOPE") == []


def test_a_signal_in_a_list_tells_its_components_which_add_up(stored: Stored) -> None:
    stored.judge("AAPL", 0, 0.25, action="buy")
    with serving_api(stored.database) as api:
        (one,) = api.get("/api/v1/signals").document["items"]
    assert one["score"] == 0.25 == sum(part["contribution"] for part in one["components"])
    assert one["components"][0]["reason"] == "up 50.0% over the last 13 bars"
    assert one["missing"] == {"rsi": "the price did not move"}
    assert (one["action"], one["strategy"], one["revision"]) == ("buy", "balanced-2", 1)


def test_only_the_newest_revision_is_listed_and_found_by_its_action(stored: Stored) -> None:
    stored.judge("AAPL", 0, action="buy")
    stored.judge("AAPL", 0, 0.1, revision=2, action="hold")
    stored.judge("KO", 0, action="buy")
    with serving_api(stored.database) as api:
        assert listed(api, "action=buy") == [("KO", at(0))]
        assert listed(api, "action=buy&symbol=AAPL") == []
        items = api.get("/api/v1/signals?symbol=AAPL").document["items"]
        assert [(one["revision"], one["score"]) for one in items] == [(2, 0.1)]
        items = api.get("/api/v1/signals?action=hold").document["items"]
        assert [(one["symbol"], one["revision"]) for one in items] == [("AAPL", 2)]


@pytest.mark.parametrize("query", ["", "action=hold", "symbol=KO", "standing=true"])
def test_pages_follow_each_other_without_gap_or_repeat(stored: Stored, query: str) -> None:
    for slot in range(3):
        for symbol in ("AAPL", "KO", "SPY"):
            stored.judge(symbol, slot, action="hold" if slot else "buy")
    with serving_api(stored.database) as api:
        whole = listed(api, query)
        found: list[tuple[str, str]] = []
        cursor = ""
        while True:
            answer = api.get(f"/api/v1/signals?{query}&limit=2{cursor}").document
            found += [(one["symbol"], one["slot_at"]) for one in answer["items"]]
            # What comes in meanwhile moves no page.
            stored.judge("AAPL", 10 + len(found), strategy="balanced-2")
            if answer["next"] is None:
                break
            cursor = f"&cursor={answer['next']}"
    assert found == whole
    assert len(whole) >= 3


def test_what_stood_at_a_past_slot_is_each_symbols_last_signal(stored: Stored) -> None:
    stored.judge("AAPL", 0)
    stored.judge("AAPL", 2)
    stored.judge("AAPL", 4)
    stored.judge("KO", 1, action="buy")
    stored.judge("SPY", -48 * 8)
    with serving_api(stored.database) as api:
        path = f"standing=true&slot_at={at(3)}"
        assert listed(api, path) == [("AAPL", at(2)), ("KO", at(1))]
        assert listed(api, f"{path}&action=buy") == [("KO", at(1))]
        assert listed(api, f"{path}&symbol=AAPL") == [("AAPL", at(2))]
        assert listed(api, f"{path}&from=2026-01-01T00:00:00Z")[-1] == ("SPY", at(-48 * 8))
        refused = api.get(f"/api/v1/signals?standing=true&to={at(3)}")
    assert refused.status == 422
    assert refused.detail == (
        "Say at which slot: `standing` goes with `slot_at`, and not with `to`."
    )


def test_a_series_has_what_each_component_adds_and_where_the_action_changed(
    stored: Stored,
) -> None:
    actions = ["hold", "hold", "buy", "buy", "hold"]
    for slot, action in enumerate(actions):
        stored.judge("AAPL", slot, 0.05 * slot, action=action)
    with serving_api(stored.database) as api:
        path = "/api/v1/instruments/aapl/signals"
        drawn = api.get(path).document
        later = api.get(f"{path}?from={at(2)}&to={at(3)}").document
    assert drawn["slot_at"] == [at(slot) for slot in range(5)]
    assert (drawn["action"], drawn["price"]) == (actions, [100, 101, 102, 103, 104])
    assert drawn["changed"] == [False, False, True, False, True]
    for place, score in enumerate(drawn["score"]):
        assert math.isclose(
            sum(parts[place] for parts in drawn["contributions"].values()), score, abs_tol=1e-9
        )
    assert (drawn["left_out"], drawn["changes_left_out"]) == (0, 0)
    # The signal before the span tells whether its first one is a change.
    assert (later["action"], later["changed"]) == (["buy", "buy"], [True, False])


def test_a_series_keeps_each_change_of_action_as_long_as_there_is_room(stored: Stored) -> None:
    for slot in range(61):
        action = "buy" if slot % 12 >= 10 else "hold"
        stored.judge("AAPL", slot, 0.9 if slot == 33 else 0.001 * slot, action=action)
    with serving_api(stored.database) as api:
        path = "/api/v1/instruments/AAPL/signals?points="
        drawn = {n: api.get(f"{path}{n}").document for n in (2, 3, 7, 20, 60, 61, 400)}
    whole = drawn[400]
    changes = {at for at, yes in zip(whole["slot_at"], whole["changed"], strict=True) if yes}
    assert len(changes) == 10
    for points, some in drawn.items():
        kept = {at for at, yes in zip(some["slot_at"], some["changed"], strict=True) if yes}
        shown = len(some["slot_at"])
        assert shown == min(points, 61)
        assert some["slot_at"] == sorted(set(some["slot_at"]))
        assert some["slot_at"][-1] == whole["slot_at"][-1]
        assert len(kept) == min(10, points)  # the last one is one, too
        assert kept <= changes
        assert (some["left_out"], some["changes_left_out"]) == (61 - shown, 10 - len(kept))
    assert 0.9 in drawn[20]["score"]  # the peak of its stretch


def test_a_span_without_signals_is_an_empty_series(stored: Stored) -> None:
    stored.judge("AAPL", 0)
    with serving_api(stored.database) as api:
        path = "/api/v1/instruments/AAPL/signals"
        nothing = api.get(f"{path}?to=1976-01-01T00:00:00Z").document
        fifty_years = api.get(f"{path}?from=1976-01-01T00:00:00Z&to=2026-12-31T00:00:00Z").document
    assert (nothing["slot_at"], nothing["contributions"], nothing["left_out"]) == ([], {}, 0)
    assert fifty_years["slot_at"] == [at(0)]


def whole(api: Client, slot: int, query: str = "") -> Any:
    answer = api.get(f"/api/v1/instruments/AAPL/signals/{at(slot)}?{query}")
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "application/json"
    return answer.document


def test_one_signal_is_told_with_its_neighbours_revisions_basis_outcomes_and_alerts(
    stored: Stored,
) -> None:
    stored.judge("AAPL", 0)
    number = stored.judge("AAPL", 2, 0.25, action="buy")
    stored.judge("AAPL", 2, 0.1, revision=2)
    stored.judge("AAPL", 3)
    stored.run(
        """INSERT INTO fintech.signal_outcomes VALUES
        (:id, '1 session', :at, :late, NULL, :at, 'no bar'),
        (:id, '1 bar', :at, :at, 0.5, :at, NULL)""",
        id=number,
        at=FIRST,
        late=FIRST + timedelta(days=1),
    )
    stored.run(
        """WITH rule AS (INSERT INTO fintech.alert_rules (name, definition, changed_at)
            VALUES ('r', '{}', :at) RETURNING id)
        INSERT INTO fintech.alerts (rule_id, subject, severity, started_at, signal_id)
        SELECT id, 'AAPL', 'info', :at, :id FROM rule""",
        id=number,
        at=FIRST,
    )
    with serving_api(stored.database) as api:
        one = whole(api, 2)
        first = whole(api, 2, "revision=1")
        none = api.get(f"/api/v1/instruments/AAPL/signals/{at(2)}?revision=3")
    assert (one["revision"], one["score"], first["revision"], first["score"]) == (2, 0.1, 1, 0.25)
    assert [r["revision"] for r in one["revisions"]] == [1, 2]
    assert (one["previous_slot_at"], one["next_slot_at"]) == (at(0), at(3))
    assert [(o["horizon"], o["return_pct"], o["reason"]) for o in one["outcomes"]] == [
        ("1 bar", 0.5, None),
        ("1 session", None, "no bar"),
    ]
    assert len(one["alert_ids"]) == 1
    assert one["basis"]["models"] == ["local-1"]
    assert one["basis"]["definition"]["name"] == "balanced"
    assert one["basis"]["half_life_hours"] == 12
    assert (one["currency"], one["interval"], one["simulated"]) == ("USD", "30m", True)
    assert none.status == 404
    assert none.detail == "There is no revision 3; the newest is 2."


def test_the_explanation_is_in_sentences_that_name_the_same_numbers(stored: Stored) -> None:
    stored.judge("AAPL", 0, 0.3, action="buy")
    with serving_api(stored.database) as api:
        told = whole(api, 0)["explanation"]
    assert told["bars"] == ["None is stored any more."]
    assert told["action"][0].startswith("Buy begins at +0.")
    assert told["confidence"] == (
        "coverage 0.800000 × agreement 1.000000 × freshness 0.900000 = confidence 0.500000"
    )


def test_a_headline_and_a_reason_with_markup_are_given_as_they_are(stored: Stored) -> None:
    article = stored.run(
        """WITH story AS (INSERT INTO fintech.stories (headline, first_known_at)
            VALUES (:headline, :at) RETURNING id)
        INSERT INTO fintech.articles (provider, provider_id, content_hash, headline, summary,
            outlet, url, story_id, published_at, observed_at, known_at, known_by)
        SELECT 'p', '1', 'h', :headline, '', :headline, 'javascript:alert(1)', id, :at, :at, :at,
            'live' FROM story RETURNING id""",
        headline=MARKUP,
        at=FIRST,
    ).scalar_one()
    stored.run("INSERT INTO fintech.article_symbols VALUES (:id, 'AAPL', 1.0, 'name')", id=article)
    stored.run(
        """INSERT INTO fintech.sentiment_scores (article_id, symbol, model_version, score, label,
            confidence, reason, scored_at) VALUES (:id, 'AAPL', 'local-1', 0.5, 'positive', 0.9,
            :reason, :at)""",
        id=article,
        reason=MARKUP,
        at=FIRST,
    )
    stored.run(
        "INSERT INTO fintech.stand_ins VALUES (:id, 'AAPL', 'gemini-1', 'local-1', 'no key', :at)",
        id=article,
        at=FIRST,
    )
    shares = [
        {"article_id": article, "share": -0.25, "model_version": "local-1"},
        {"article_id": 10**9, "share": 0.0, "model_version": "local-1"},
    ]
    stored.judge("AAPL", 0, 0.25, articles=shares, stories=1)
    with serving_api(stored.database) as api:
        one = whole(api, 0)
    known, lost = one["articles_behind"]
    assert (known["headline"], known["outlet"], known["share"]) == (MARKUP, MARKUP, -0.25)
    assert known["sentiment"]["reason"] == MARKUP
    assert known["sentiment"]["model"] == "local-1"
    assert known["sentiment"]["stands_in_for"] == {"version": "gemini-1", "because": "no key"}
    assert (lost["article_id"], lost["headline"], lost["sentiment"]) == (10**9, None, None)
    assert one["explanation"]["scores"] == [
        "Scores: 1 by local-1.",
        "1 of local-1 stand in for gemini-1: no key",
    ]


def test_a_slot_without_a_signal_says_why_there_is_none(stored: Stored) -> None:
    stored.run(
        """INSERT INTO fintech.slots VALUES (:at, 'trading_signals', 'partial', 1, 2,
        '{"AAPL": "its bar of this half hour has not arrived"}', true, :at, 'run', :at)""",
        at=FIRST,
    )
    with serving_api(stored.database) as api:
        why = api.get(f"/api/v1/instruments/AAPL/signals/{at(0)}")
        silent = api.get(f"/api/v1/instruments/AAPL/signals/{at(1)}?strategy=balanced")
    assert (why.status, silent.status) == (404, 404)
    assert why.detail == (
        "AAPL has no signal at 2026-03-02 15:00Z: its bar of this half hour has not arrived."
    )
    assert silent.detail == "AAPL has no signal at 2026-03-02 15:30Z of balanced-2."


REFUSED = [
    ("signals?cursor=%00", 400, "The cursor is none of this list"),
    ("signals?cursor=WzEsIlx1MDAwMCJd", 400, "The cursor is none of this list"),
    ("signals?cursor=Wzk5OTk5OTk5OTk5OTk5OTk5OSwiQSJd", 400, "The cursor names no instant"),
    ("signals?standing=true&cursor=WzFd", 400, "The cursor is none of this list"),
    ("signals?strategy=nobody", 404, "There is no strategy nobody; there is balanced-2"),
    ("signals?strategy=%00", 422, "The parameter strategy is wrong: string should match"),
    (f"signals?strategy={'a' * 300}", 422, "The parameter strategy is wrong"),
    (f"signals?symbol={'A' * 300}", 422, "The parameter symbol is wrong"),
    ("signals?action=panic", 422, "The parameter action is wrong"),
    ("signals?limit=0", 422, "The parameter limit is wrong"),
    ("signals?from=yesterday", 422, "The parameter from is wrong"),
    ("signals?from=0", 422, "The parameter from is wrong: write it like 2026-03-02"),
    ("instruments/AAPL/signals/0", 422, "The parameter slot_at is wrong: write it like"),
    ("signals?from=2026-03-02T15:00:00", 422, "The parameter from is wrong"),
    (
        "signals?from=2026-03-02T15:00:00Z&to=2026-03-01T15:00:00Z",
        422,
        "The parameter from lies after to",
    ),
    ("signals?to=9999-12-31T23:59:59-12:00", 422, "The parameter to is wrong: its year must"),
    ("instruments/NOPE/signals", 404, "No instrument of that symbol is known"),
    ("instruments/%00/signals", 422, "The parameter symbol is wrong"),
    (f"instruments/{'A' * 300}/signals", 422, "The parameter symbol is wrong"),
    ("instruments/AAPL/signals?points=1", 422, "The parameter points is wrong"),
    ("instruments/AAPL/signals?points=99999", 422, "The parameter points is wrong"),
    ("instruments/AAPL/signals/noon", 422, "The parameter slot_at is wrong"),
    ("instruments/NOPE/signals/2026-03-02T15:00:00Z", 404, "No instrument of that symbol"),
    (f"instruments/AAPL/signals/{quote(MARKUP)}", 404, "There is nothing at this path."),
]


def test_before_the_first_week_of_the_calendar_nothing_stood(stored: Stored) -> None:
    with serving_api(stored.database) as api:
        assert listed(api, "standing=true&slot_at=0001-01-02T00:00:00Z") == []


def test_what_cannot_be_asked_is_refused_in_a_sentence(stored: Stored) -> None:
    with serving_api(stored.database) as api:
        for path, status, detail in REFUSED:
            answer = api.get(f"/api/v1/{path}")
            assert (path, answer.status) == (path, status)
            assert answer.detail.startswith(detail), path


def test_a_symbol_that_nothing_can_be_called_has_no_signals(stored: Stored) -> None:
    with serving_api(stored.database) as api:
        assert listed(api, "symbol=%00") == []


def test_a_strategy_that_is_no_longer_configured_is_still_read(stored: Stored) -> None:
    stored.judge("AAPL", 0, strategy="old-7", interval="1d")
    with serving_api(stored.database) as api:
        drawn = api.get("/api/v1/instruments/AAPL/signals?strategy=old-7").document
        absent = api.get(f"/api/v1/instruments/AAPL/signals/{at(1)}?strategy=old-7")
    assert (drawn["strategy"], drawn["interval"], drawn["slot_at"]) == ("old-7", "1d", [at(0)])
    assert absent.detail == (
        "AAPL has no signal at 2026-03-02 15:30Z of old-7, which judges days at the slot in which "
        "their session closes."
    )
