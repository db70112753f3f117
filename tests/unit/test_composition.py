"""What a configuration means for the vendors: who is asked where, by which adapter."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fintech_pipeline.composition import compose
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.storage.database import connect

LIVE = """
name = "live"
[pipeline]
starts_on = 2026-11-02
[market]
providers = ["files"]
[market.files]
folder = "bars"
[news]
providers = ["newsapi", "alpha_vantage", "edgar", "rss"]
[news.newsapi]
key = "0123456789abcdef"
plan = "business"
[news.alpha_vantage]
key = "ABCD1234"
[news.edgar]
contact = "me@example.org"
[news.rss]
feeds = ["https://wire.example:8443/feed?topic=apple"]
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "live.toml"
    file.write_text(LIVE, "utf-8")
    return load_settings(file, {})


def test_every_live_provider_is_put_together_and_nothing_is_asked(settings: Settings) -> None:
    database = connect("postgresql://nobody@127.0.0.1:1/none")
    pipeline = compose(settings, database, lambda: datetime(2026, 11, 24, tzinfo=UTC))
    assert [(p.name, p.simulated) for p in pipeline.news_providers] == [
        ("newsapi", False),
        ("alpha_vantage", False),
        ("edgar", False),
        ("rss", False),
    ]
    assert pipeline.news_providers[0].usual_delay.total_seconds() == 15 * 60
    assert "0123456789abcdef" not in repr(pipeline)
    database.close()


def test_a_key_that_can_be_none_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "live.toml"
    file.write_text(LIVE.replace("0123456789abcdef", "two words"), "utf-8")
    database = connect("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(ConfigurationError, match="The key of newsapi") as refused:
        compose(load_settings(file, {}), database)
    assert "two words" not in str(refused.value)
    database.close()


def test_each_model_of_the_chain_is_the_one_that_is_configured(tmp_path: Path) -> None:
    file = tmp_path / "judged.toml"
    chain = 'models = ["gemini", "hugging_face", "local"]'
    own = '[sentiment.hugging_face]\nmodel = "me/mine"\nrevision = "abc"'
    file.write_text(
        f'{LIVE}[sentiment]\n{chain}\n[sentiment.gemini]\nkey = "0123456789abcdef"\n{own}'
    )
    database = connect("postgresql://nobody@127.0.0.1:1/none")
    pipeline = compose(load_settings(file, {}), database)
    assert "0123456789abcdef" not in repr(pipeline)
    first, second, third = (model.version for model in pipeline.models)
    assert first.startswith("gemini-")
    assert second == "me/mine@abc"
    assert third.startswith("local-")
    database.close()
