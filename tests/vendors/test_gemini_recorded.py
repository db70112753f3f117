"""Recorded answers of Gemini's, read as they came."""

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from fintech_pipeline.errors import ProviderError, RateLimited, Unauthorized
from fintech_pipeline.sentiment.models.gemini.answers import Tokens, read
from fintech_pipeline.sentiment.models.gemini.prompt import SCHEMA
from fintech_pipeline.sentiment.models.gemini.refusals import refusal

NOW = datetime(2026, 11, 27, 23, 0, tzinfo=UTC)
PAIR = ("aaaa", "AAPL")


class Loader(yaml.CSafeLoader):
    """Also reads the tag that Ruby's recorder writes."""


def _binary(_: Loader, node: yaml.ScalarNode) -> bytes:
    return base64.b64decode(node.value)


Loader.add_constructor("!binary", _binary)


def answers(folder: Path) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Each recorded answer of `:generateContent`: the file, the status, the document."""
    for file in sorted(folder.rglob("*.y*ml")):
        tree = yaml.load(file.read_text("utf-8"), Loader)  # noqa: S506  # it is a safe one
        for one in tree.get("interactions") or tree["http_interactions"]:
            if not str(one["request"]["uri"]).partition("?")[0].endswith(":generateContent"):
                continue
            response = one["response"]
            body = response.get("parsed_body") or _decoded(response.get("body", {}).get("string"))
            if body:
                yield file.name, int(response["status"]["code"]), body


def _decoded(body: str | bytes | None) -> dict[str, Any] | None:
    if not body:
        return None
    raw = body.encode() if isinstance(body, str) else body
    found: dict[str, Any] = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    return found


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> list[tuple[str, int, dict[str, Any]]]:
    return list(answers(shared_data / "responses" / "gemini"))


def test_answers_to_other_questions_say_nothing_of_ours_and_tell_what_they_used(
    recorded: list[tuple[str, int, dict[str, Any]]],
) -> None:
    good = [(name, body) for name, status, body in recorded if status == 200]
    assert len(good) >= 40
    reasons = set()
    for name, body in good:
        found = read(json.dumps(body).encode(), [PAIR], "asked")
        assert found.scores == {}, name
        reasons.add(found.failures[PAIR])
        usage = body["usageMetadata"]
        came_in = usage["promptTokenCount"]
        assert found.tokens == Tokens(came_in, usage["totalTokenCount"] - came_in), name
    assert reasons >= {
        "the answer was cut off (MAX_TOKENS)",
        "blocked by the vendor: SAFETY",
        "the answer could not be read",
    }


def test_the_recorded_refusals_are_a_pause_of_48_seconds_and_a_bad_key(
    recorded: list[tuple[str, int, dict[str, Any]]],
) -> None:
    found: list[ProviderError] = [
        refusal(status, body, "gemini-2.5-flash", NOW)
        for _, status, body in recorded
        if status > 200
    ]
    (pause,) = (one for one in found if isinstance(one, RateLimited))
    assert pause.retry_after == timedelta(seconds=48)
    assert any(isinstance(one, Unauthorized) for one in found)


def test_the_form_of_our_request_is_that_of_the_vendors_specification(shared_data: Path) -> None:
    file = shared_data / "specs" / "generativelanguage-openapi-20241016.json"
    schemas = json.loads(file.read_text("utf-8"))["components"]["schemas"]
    fields = schemas["GenerationConfig"]["properties"]
    assert {"responseSchema", "responseMimeType", "maxOutputTokens"} <= fields.keys()
    types = schemas["Schema"]["properties"]["type"]["enum"]
    assert {one["type"] for one in SCHEMA["items"]["properties"].values()} <= set(types)
    request = schemas["GenerateContentRequest"]["properties"]
    assert {"contents", "systemInstruction", "generationConfig", "safetySettings"} <= request.keys()
