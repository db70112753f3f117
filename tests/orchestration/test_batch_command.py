"""`fintech sentiment batch` against a stand-in: what a person is told, and what a mistake is."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fintech_pipeline.cli.sentiment_batch import batch
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.storage.database import Database
from tests.vendors.gemini_batches_standin import GeminiBatchesStandIn
from tests.vendors.standin import KEY, standing_in

CONFIG = """
name = "mine"
[pipeline]
starts_on = 2025-03-03
[market]
providers = ["files"]
[market.files]
folder = "bars"
[sentiment]
models = [{models}]
[sentiment.gemini]
key = "{key}"
base_url = "{address}"
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
"""


def told(
    database: Database, folder: Path, address: str, models: str, first: str, last: str
) -> Result:
    file = folder / "mine.toml"
    file.write_text(CONFIG.format(models=models, key=KEY, address=address))
    environment = {"DATABASE_URL": database.url, "FINTECH_CONFIG": str(file), "COLUMNS": "200"}
    return CliRunner().invoke(batch, ["--from", first, "--to", last], env=environment)


def test_days_without_a_waiting_text_ask_nobody(database: Database, tmp_path: Path) -> None:
    vendor = GeminiBatchesStandIn()
    with standing_in(vendor) as address:
        done = told(database, tmp_path, address, '"gemini", "local"', "2025-04-01", "2025-04-30")
    assert (done.exit_code, vendor.requests) == (0, [])
    assert done.output == "No text of these days waits for a score.\n"


@pytest.mark.parametrize(
    ("models", "first", "sentence"),
    [
        ('"local"', "2025-04-01", "Only gemini takes batches; put it first in sentiment.models"),
        ('"gemini"', "2025-05-01", "would end on 2025-04-30, before they start on 2025-05-01"),
    ],
)
def test_a_mistake_is_one_sentence(
    database: Database, tmp_path: Path, models: str, first: str, sentence: str
) -> None:
    done = told(database, tmp_path, "http://127.0.0.1:9", models, first, "2025-04-30")
    assert isinstance(done.exception, ConfigurationError)
    assert sentence in str(done.exception)
    assert KEY not in str(done.exception)
