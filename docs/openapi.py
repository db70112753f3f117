"""Writes the API's own description to dashboard/openapi.json; run by `make openapi`."""

import json
from pathlib import Path

from fintech_pipeline.api.access import ApiAccess
from fintech_pipeline.api.app import described_app

DOCUMENT = Path(__file__).parents[1] / "dashboard" / "openapi.json"


def written() -> str:
    """The description as the file has it: of a server without tokens, a field a line."""
    return json.dumps(described_app(ApiAccess(None, None)).openapi(), indent=1) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(written(), "utf-8")
