"""What went wrong, as RFC 9457 has it: `application/problem+json` with a sentence for a person."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from fintech_pipeline.errors import ConfigurationError, PipelineError

MEDIA_TYPE = "application/problem+json"
FAILED = "The server failed on this request; its log says where, under {request_id}."


class Problem(BaseModel):
    """Why there is no answer."""

    title: str
    status: int
    detail: str
    errors: list[str] | None = Field(
        default=None, description="Every mistake, a sentence each, where there are several."
    )


class Refusal(Exception):
    """A request that gets no answer.

    Args:
        status: The HTTP status.
        detail: The sentence for a person.
        retry_seconds: When asking again may help.
        headers: What the answer has besides.
        errors: Every mistake, a sentence each, where there are several.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        retry_seconds: float | None = None,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[str] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_seconds = retry_seconds
        self.headers = dict(headers or {})
        self.errors = list(errors)

    def response(self, headers: Mapping[str, str] | None = None) -> JSONResponse:
        """The answer that says so."""
        told = {**self.headers, **(headers or {})}
        if self.retry_seconds is not None:
            told["Retry-After"] = str(max(1, int(self.retry_seconds + 0.999)))
        title = HTTPStatus(self.status).phrase
        problem = Problem(
            title=title, status=self.status, detail=self.detail, errors=self.errors or None
        )
        return JSONResponse(problem.model_dump(exclude_none=True), self.status, told, MEDIA_TYPE)


def mistaken(error: ConfigurationError, status: int = 422) -> Refusal:
    """What the user's mistakes are answered; each stands in a line of its own."""
    lines = str(error).splitlines()
    return Refusal(status, " ".join(lines), errors=lines if len(lines) > 1 else ())


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems of a route for its OpenAPI description."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: schema}}
        for status in statuses
    }


def tell_problems(app: FastAPI, body: str = "a JSON object") -> None:
    """Has the app tell every failure of a request as a problem.

    Args:
        app: Whose failures.
        body: What a body must be, where it is something else.
    """

    @app.exception_handler(Refusal)
    async def _refused(_request: Request, refusal: Refusal) -> JSONResponse:
        return refusal.response()

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        details = {
            400: "The body is not JSON in UTF-8.",
            404: "There is nothing at this path.",
            405: f"{request.method} is not possible at this path.",
        }
        detail = details.get(error.status_code, HTTPStatus(error.status_code).phrase + ".")
        return Refusal(error.status_code, detail).response(error.headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        return _refusal(error, body).response()

    @app.exception_handler(PipelineError)
    async def _own(_request: Request, error: PipelineError) -> JSONResponse:
        # The user's mistake, or something that may be better soon; either is told in a sentence.
        if isinstance(error, ConfigurationError):
            return mistaken(error).response()
        return Refusal(503, str(error), 5).response()

    @app.exception_handler(Exception)
    async def _failed(request: Request, _error: Exception) -> JSONResponse:
        request_id = getattr(request.state, "request_id", "-")
        return Refusal(500, FAILED.format(request_id=request_id)).response()


def _refusal(error: RequestValidationError, body: str) -> Refusal:
    """The first thing that is wrong, without what was sent."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return Refusal(400, "The body is not JSON in UTF-8.")
    place, *path = first["loc"]
    where = ".".join(str(part) for part in path)
    if not where:
        return Refusal(422, f"The body must be {body}.")
    if first["type"] == "extra_forbidden":
        return Refusal(422, "The body has a field that is not known here; leave it out.")
    what = "field" if place == "body" else "parameter"
    if first["type"] == "missing":
        return Refusal(422, f"The {what} {where} is missing.")
    reason = str(first["msg"]).removeprefix("Value error, ")
    return Refusal(422, f"The {what} {where} is wrong: {reason[0].lower()}{reason[1:]}.")
