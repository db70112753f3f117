"""Models over HTTP: what each foretells, whether it is of any use, and how it did since."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.forecasting.features import FEATURES
from fintech_pipeline.signals.forecasting.forecast_store import ForecastStore, Learnt
from fintech_pipeline.signals.forecasting.targets import target_named
from fintech_pipeline.signals.forecasting.training import Samples, train
from fintech_pipeline.signals.forecasting.trees import TreeLearner
from fintech_pipeline.storage.database import Database
from tests.api.living import serving_api
from tests.storage.settled_past import Past

NEXT = target_named(Interval.HALF_HOUR, "direction, 1 bar")
MONDAY = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def registered(database: Database, slots: int) -> int:
    """A model learnt of so many slots of noise."""
    rng = np.random.default_rng(1)
    at = np.datetime64("2026-01-05", "us") + np.arange(slots) * np.timedelta64(30, "m")
    came = (rng.random(slots) < 0.5).astype(float)
    seen = rng.normal(size=(slots, len(FEATURES)))
    samples = Samples(seen, came, at, at + np.timedelta64(30, "m"), 1)
    trained = train(NEXT, samples, TreeLearner(), 7, np.timedelta64(1, "h"))
    learnt = Learnt(Interval.HALF_HOUR, MONDAY, MONDAY, MONDAY, slots, ["AAPL"], 7)
    return ForecastStore(database).register(trained, learnt)


def test_models_are_told_with_their_verdict_the_newest_first(database: Database) -> None:
    few, many = registered(database, 90), registered(database, 1_500)
    with serving_api(database) as api:
        answer = api.get("/api/v1/forecasts/models")
    assert answer.status == 200
    first, second = answer.document["items"]
    assert (first["id"], second["id"]) == (many, few)
    assert first["has_edge"] is False
    assert first["verdict"]["sentence"].startswith("No edge: ")
    assert first["verdict"]["skill"] < 0.01
    assert len(first["digest"]) == 64
    assert (second["digest"], second["verdict"]["skill"]) == (None, None)
    assert "artefact" not in first


def test_what_was_foretold_is_scored_once_it_is_known(database: Database) -> None:
    past = Past(database)
    past.follow("AAPL")
    past.trade("AAPL", "2026-03-02 14:30", "2026-03-02 21:00")
    number = registered(database, 1_500)
    slots = [MONDAY + n * timedelta(minutes=30) for n in (1, 2, 12)]
    foretold = pa.table(
        {
            "model_id": pa.array([number] * 3, pa.int64()),
            "symbol": ["AAPL"] * 3,
            "slot_at": pa.array(slots, pa.timestamp("us", "UTC")),
            # Each bar rises: two are right.
            "value": [0.9, 0.2, 0.9],
        }
    )
    store = ForecastStore(database)
    with database.transaction() as connection:
        assert store.write(connection, foretold) == 3
        assert store.write(connection, foretold) == 0
    evening = MONDAY.replace(hour=23)
    with serving_api(database, clock=lambda: evening) as api:
        (model,) = api.get("/api/v1/forecasts/models").document["items"]
    assert (model["score"]["foretold"], model["score"]["known"]) == (3, 3)
    assert model["score"]["hits"] == 2 / 3


def test_where_no_model_was_trained_the_list_is_empty(database: Database) -> None:
    with serving_api(database) as api:
        assert api.get("/api/v1/forecasts/models").document["items"] == []
