"""Examples of good answers, for the OpenAPI document."""

from typing import Any


def shown(example: object) -> dict[int | str, dict[str, Any]]:
    """An example of a route's good answer, beside its problems."""
    return {200: {"content": {"application/json": {"example": example}}}}
