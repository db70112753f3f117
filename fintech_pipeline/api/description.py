"""What the OpenAPI document says of all routes alike: problems, and who may."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from fintech_pipeline.api.access import FORMS, LOOKING, OPEN, ApiAccess
from fintech_pipeline.api.guard import PROBES
from fintech_pipeline.api.problems import Problem, documented

NO_JSON = 415


def describe(app: FastAPI, access: ApiAccess) -> None:
    """Has the app's document say so; it is made when it is first asked for, which takes a second.

    Args:
        app: Whose document.
        access: Who may; where no tokens are set, none is asked for.
    """
    plain = app.openapi

    def whole() -> dict[str, Any]:
        known = app.openapi_schema is not None
        document = plain()
        if not known:
            _complete(document, access)
        return document

    app.openapi = whole  # type: ignore[method-assign]  # as FastAPI's own documentation extends it


def _complete(document: dict[str, Any], access: ApiAccess) -> None:
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    for method, path, operation in operations(document):
        if method not in {*LOOKING, "DELETE"} and path not in FORMS:
            told = {str(status): one for status, one in documented(NO_JSON).items()}
            operation["responses"].update(told)
    if access.login is None:
        return
    components["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A viewer's or an editor's; X-Forwarded-User may say who is behind it.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": access.login.cookie,
            "description": "Of POST /api/v1/session; with a change goes its csrf_token as"
            " X-CSRF-Token.",
        },
    }
    document["security"] = [{"token": []}, {"session": []}]
    for method, path, operation in operations(document):
        if (method, path) in OPEN or path in PROBES:
            operation["security"] = []


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation of an OpenAPI document, with its method in capitals and its path."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path, operation
