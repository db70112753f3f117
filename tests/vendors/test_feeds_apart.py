"""Feeds of several publishers: what one of them does is no reason to leave the others alone."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from fintech_pipeline.clock import Window
from fintech_pipeline.composition import Pipeline, compose
from fintech_pipeline.errors import QuotaExhausted, Unavailable
from fintech_pipeline.news.provider import NewsAnswer
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.calls import Call
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import Database
from fintech_pipeline.vendors import ledger_names
from tests.vendors.asking import at
from tests.vendors.rss_standin import item, rss
from tests.vendors.standin import Reply, Request, standing_in

NOW = at("2026-11-24 20:00")
DAY = Window(NOW - timedelta(days=1), NOW)
CONFIGURATION = """
name = "feeds"
[pipeline]
starts_on = 2025-11-03
[market]
providers = ["yahoo"]
[news]
providers = ["rss"]
[news.rss]
feeds = ["${FIRST}/a?token=s3cret", "${FIRST}/b", "${SECOND}/a"]
[quota.rss]
per_second = 0
per_day = 3
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
"""


class Publisher:
    """Gives one feed under every path, or whatever else it is told."""

    def __init__(self) -> None:
        self.reply = Reply(rss(item()), content_type="application/rss+xml")
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Reply:
        self.asked.append(request.path)
        return self.reply


@pytest.fixture
def publishers() -> tuple[Publisher, Publisher]:
    return Publisher(), Publisher()


@pytest.fixture
def pipeline(
    database: Database, tmp_path: Path, publishers: tuple[Publisher, Publisher]
) -> Iterator[Pipeline]:
    with ExitStack() as stack:
        first, second = (stack.enter_context(standing_in(one)) for one in publishers)
        file = tmp_path / "feeds.toml"
        file.write_text(CONFIGURATION, "utf-8")
        settings = load_settings(file, {"FIRST": first, "SECOND": second})
        yield compose(settings, database, lambda: NOW)


def articles(pipeline: Pipeline) -> NewsAnswer:
    return pipeline.news_providers[0].articles([], DAY)


def test_a_publisher_that_failed_too_often_is_left_alone_and_the_others_are_not(
    pipeline: Pipeline, publishers: tuple[Publisher, Publisher]
) -> None:
    broken, whole = ledger_names(pipeline.settings, "rss")
    for _ in range(5):
        grant = pipeline.ledger.grant(broken, Allowance(), Call("/a", {}, "feed"))
        pipeline.ledger.settle(grant, Unavailable("no answer"))
    answer = articles(pipeline)
    assert [article.headline for article in answer.articles] == ["Apple rises"]
    assert [publisher.asked for publisher in publishers] == [[], ["/a"]]
    assert len(answer.problems) == 2
    for problem in answer.problems:
        assert f"{broken} is left alone until" in problem
        assert "it failed 5 times in a row; nothing was asked." in problem
    assert pipeline.ledger.standing(whole).failures == 0


def test_the_allowance_holds_for_each_publisher_by_itself(
    pipeline: Pipeline, publishers: tuple[Publisher, Publisher]
) -> None:
    articles(pipeline)
    answer = articles(pipeline)  # the first has two feeds and three requests a day
    assert [publisher.asked for publisher in publishers] == [["/a", "/b", "/a"], ["/a", "/a"]]
    (problem,) = answer.problems
    assert "its 3 requests of today are spent" in problem
    articles(pipeline)
    with pytest.raises(QuotaExhausted):
        articles(pipeline)


def test_a_feed_that_moved_is_told_with_its_new_address_and_not_followed(
    pipeline: Pipeline, publishers: tuple[Publisher, Publisher]
) -> None:
    elsewhere = {"Location": "https://elsewhere.example/new?token=s3cret"}
    publishers[1].reply = Reply(b"", 301, headers=elsewhere)
    answer = articles(pipeline)
    assert len(answer.articles) == 1
    (problem,) = answer.problems
    assert "redirects to https://elsewhere.example/new, which is not followed" in problem
    assert "s3cret" not in problem
