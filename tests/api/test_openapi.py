"""The OpenAPI document and the API agree, whatever is asked (by schemathesis, over real rows)."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, Config, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fintech_pipeline.api.app import described_app
from fintech_pipeline.api.description import operations
from fintech_pipeline.storage.embedded import EmbeddedServer
from tests.api.asking import Client
from tests.api.conftest import copied
from tests.api.living import access_by, serving_api
from tests.api.seeded import seed

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FEW, MANY = 8, 300
"""Made-up requests to a route, beside its examples and the edges of its parameters."""
DOCUMENT: dict[str, Any] = described_app(access_by()).openapi()
OPERATIONS = list(operations(DOCUMENT))
REPEATABLE = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

described = openapi.from_dict(
    DOCUMENT, config=Config.from_dict({"generation": {"deterministic": True}})
)


@pytest.fixture(scope="module")
def api(server: EmbeddedServer, migrated_template: str) -> Iterator[Client]:
    """The API over what two ticks of the demo left."""
    with copied(server, migrated_template) as database:
        seed(database)
        with serving_api(database) as client:
            yield client


def _ask(case: Case[Any], api: Client) -> None:
    case.call_and_validate(f"http://127.0.0.1:{api.port}", checks=CHECKS, timeout=30)


@described.parametrize()
@settings(REPEATABLE, max_examples=FEW)
def test_every_answer_is_as_the_document_says(case: Case[Any], api: Client) -> None:
    _ask(case, api)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@described.parametrize()
@settings(REPEATABLE, max_examples=MANY)
def test_every_answer_of_many_is_as_the_document_says(case: Case[Any], api: Client) -> None:
    _ask(case, api)


@pytest.mark.parametrize(
    ("operation", "method"),
    [
        pytest.param(operation, method, id=f"{method} {path}")
        for method, path, operation in OPERATIONS
    ],
)
def test_each_route_says_what_it_does_and_shows_a_body(
    operation: dict[str, Any], method: str
) -> None:
    assert operation["summary"]
    assert operation["description"].strip()
    assert operation["tags"]
    assert any(status.startswith("2") for status in operation["responses"])
    bodies = operation.get("requestBody", {"content": {}})["content"]
    assert method not in {"GET", "DELETE"} or not bodies
    for kind in bodies.values():
        assert _examples(kind)


def _examples(kind: dict[str, Any]) -> list[Any]:
    """The examples of a body: its own, or those of its schema."""
    schema = kind["schema"]
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    named = DOCUMENT["components"]["schemas"].get(name, {})
    found = kind.get("examples") or schema.get("examples") or named.get("examples")
    return list(found or [])


def test_each_route_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)
