"""Strategies over HTTP: which there are, and what was made with them."""

from datetime import UTC, datetime, timedelta

from fintech_pipeline.signals.basis_store import Basis, BasisStore
from fintech_pipeline.signals.strategy_files import load_strategies, load_strategy
from fintech_pipeline.storage.database import Database
from tests.api.living import serving_api
from tests.storage.settled_past import Past

SLOT = datetime(2026, 3, 2, 15, tzinfo=UTC)


def test_the_strategies_are_told_with_their_definition_and_what_they_made(
    database: Database,
) -> None:
    past = Past(database)
    past.follow("AAPL")
    basis = Basis(load_strategy("swing"), ("local-1",), timedelta(hours=12), {})
    with database.transaction() as connection:
        BasisStore(database).basis_id(connection, basis)
    label = basis.strategy.label
    past.judge("AAPL", SLOT, strategy=label)
    past.judge("AAPL", SLOT + timedelta(hours=1), strategy=label)
    past.judge("AAPL", SLOT, strategy="old-7")
    own = load_strategies(["swing", "balanced"])
    with serving_api(database, strategies=own) as api:
        answer = api.get("/api/v1/strategies")
    assert answer.status == 200
    first, second, *_, last = answer.document
    assert (first["label"], first["use"]) == (label, "primary")
    assert first["definition"]["interval"] == "1d"
    assert first["first_used_at"] is not None
    assert first["newest_slot_at"] == "2026-03-02T16:00:00Z"
    assert (second["label"], second["use"]) == ("balanced-2", "configured")
    assert (second["first_used_at"], second["newest_slot_at"]) == (None, None)
    assert last == {
        "label": "old-7",
        "use": "former",
        "definition": None,
        "first_used_at": None,
        "newest_slot_at": "2026-03-02T15:00:00Z",
    }


def test_those_that_ship_and_are_not_configured_are_told_too(database: Database) -> None:
    with serving_api(database) as api:
        told = {one["label"]: one["use"] for one in api.get("/api/v1/strategies").document}
    assert told["balanced-2"] == "primary"
    assert told[load_strategy("swing").label] == "shipped"
