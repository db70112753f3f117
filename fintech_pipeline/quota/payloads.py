"""Reading what a vendor sent: JSON that may be anything, into texts and instants. Pure.

Whatever the bytes are, only plain values or `Malformed` come out.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fintech_pipeline.errors import Malformed

LONGEST_ANSWER_BYTES = 32 * 1024 * 1024
"""Far above any vendor's largest true answer; more is not read."""


def json_object(body: bytes, vendor: str) -> dict[str, Any]:
    """The JSON object in an answer's body.

    Args:
        body: UTF-8, or UTF-16 or UTF-32 as JSON allows.
        vendor: Who sent it, as a person knows them.

    Raises:
        Malformed: The body is too long, no JSON, or no object.
    """
    if len(body) > LONGEST_ANSWER_BYTES:
        raise Malformed(f"{vendor} sent {len(body):,} bytes, too many; nothing stored was changed.")
    try:
        tree = json.loads(body)
    # Deep nesting ends in a RecursionError; wrong encodings and endless numbers are ValueErrors.
    except (ValueError, RecursionError):
        raise Malformed(f"{vendor} sent no readable JSON; nothing stored was changed.") from None
    if not isinstance(tree, dict):
        raise Malformed(f"{vendor} sent JSON of another form; nothing stored was changed.")
    return tree


def text_in(node: Mapping[str, Any], key: str) -> str:
    """The text under the key; empty where there is none or something else."""
    value = node.get(key)
    return value.strip() if isinstance(value, str) else ""


def instant_in(text: str) -> datetime | None:
    """The instant (UTC) of an ISO 8601 text with an offset or a Z; None for anything else."""
    try:
        instant = datetime.fromisoformat(text)
        return instant.astimezone(UTC) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None
