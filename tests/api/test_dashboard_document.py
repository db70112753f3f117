"""The dashboard's client is made of the very document that the API tells."""

import json
from pathlib import Path

from fintech_pipeline.api.app import described_app
from tests.api.living import access_by

FILE = Path(__file__).parents[2] / "dashboard" / "openapi.json"


def test_the_dashboards_document_is_the_apis_own() -> None:
    kept = json.loads(FILE.read_text("utf-8"))
    assert kept == described_app(access_by()).openapi(), (
        "run `make openapi`, then `npm run generate` in dashboard/"
    )
