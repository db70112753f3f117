"""What is told of signals is what the OpenAPI document says; its examples are such answers."""

from typing import Any

import jsonschema
import psycopg
import pytest
from fastapi.routing import APIRoute

from fintech_pipeline.api.app import PREFIX, described_app
from fintech_pipeline.api.routes import outcomes, sentiment, signals, strategies
from fintech_pipeline.storage.database import Database
from tests.api.living import access_by, serving_api
from tests.storage.settled_past import Past

OURS = ("signals", "sentiment", "strategies", "outcomes")
SLOT = "2025-06-03T14:00:00Z"
PARTS = '[{"name": "momentum", "value": 0.5, "weight": 1, "contribution": 0.5, "figure": 0.1}]'


def document() -> dict[str, Any]:
    return described_app(access_by()).openapi()


def routes(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Our routes, by path."""
    return {
        path: methods["get"]
        for path, methods in told["paths"].items()
        if set(methods.get("get", {}).get("tags", ())) & {*OURS}
    }


def require(told: dict[str, Any], route: dict[str, Any], answer: object) -> None:
    """Makes sure that the answer is as the route says."""
    schema = route["responses"]["200"]["content"]["application/json"]["schema"]
    whole = {**schema, "components": told["components"]}
    jsonschema.Draft202012Validator(whole).validate(answer)


def test_each_example_is_an_answer_of_its_route() -> None:
    told = document()
    ours = routes(told)
    assert len(ours) == 6
    for router in (signals.router, sentiment.router, strategies.router, outcomes.router):
        for one in router.routes:
            assert isinstance(one, APIRoute)
            route = ours[PREFIX + one.path]
            # As it is written: FastAPI leaves every null out of what it shows of it.
            example = one.responses[200]["content"]["application/json"]["example"]
            require(told, route, example)
            shown = route["responses"]["200"]["content"]["application/json"]["example"]
            assert shown
            assert route["description"]


def test_an_answer_is_as_the_document_says(database: Database) -> None:
    past = Past(database, ("simulated",))
    past.follow("AAPL")
    past.trade("AAPL", "2025-06-02 13:30", "2025-06-05 20:00")
    past.judge("AAPL", "2025-06-03 14:00", components=PARTS)
    told = document()
    with serving_api(database) as api:
        for path, route in routes(told).items():
            asked = path.replace("{symbol}", "AAPL").replace("{slot_at}", SLOT)
            answer = api.get(asked)
            assert answer.status == 200, answer.body
            require(told, route, answer.document)


def test_a_document_that_says_otherwise_is_noticed() -> None:
    told = document()
    with pytest.raises(jsonschema.ValidationError):
        require(told, routes(told)[f"{PREFIX}/signals"], {"items": [{"symbol": 1}], "next": None})


def test_a_closed_database_is_told_as_such_and_comes_back(database: Database) -> None:
    with serving_api(database) as api:
        assert api.get(f"{PREFIX}/signals").status == 200
        name = database.engine.url.database
        # Nobody may connect any more, and who was connected is thrown out.
        elsewhere = database.url.replace(f"/{name}", "/postgres", 1)
        with psycopg.connect(elsewhere, autocommit=True) as other:
            other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            for path in ("signals", "strategies", f"instruments/AAPL/signals/{SLOT}", "outcomes"):
                closed = api.get(f"{PREFIX}/{path}")
                assert closed.status == 503
                assert closed.headers["retry-after"] == "5"
                assert closed.detail.startswith("The database ")
            other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert api.get(f"{PREFIX}/signals").status == 200
