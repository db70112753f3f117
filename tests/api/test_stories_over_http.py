"""Stories over HTTP: who told them, whom they concern, what was said."""

from collections.abc import Iterator

import pytest

from fintech_pipeline.sentiment.scores import Unscored
from fintech_pipeline.storage.database import Database
from tests.api.asking import Client
from tests.api.living import serving_api
from tests.api.news_rows import BAD, GOOD, Newsroom

PATH = "/api/v1/stories"
CHAIN = ("gemini-1", "local-1")


@pytest.fixture
def news(database: Database) -> Newsroom:
    return Newsroom(database)


@pytest.fixture
def api(news: Newsroom) -> Iterator[Client]:
    with serving_api(news.database, model_versions=CHAIN) as client:
        yield client


def ids(api: Client, query: str = "") -> list[int]:
    answer = api.get(f"{PATH}?{query}")
    assert answer.status == 200, answer.body
    return [one["story_id"] for one in answer.document["items"]]


def told_by_three(news: Newsroom) -> None:
    news.article("Apple <b>buys</b> Coke", ["AAPL", "KO"], outlet="wire.example")
    news.article("Apple buys Coke", story=1, outlet="www.Wire.example")
    news.article("Apple buys a drink", story=1, outlet="The Ledger")
    news.judged(1, GOOD, "gemini-1")
    news.judged(2, BAD, "local-1")
    news.judged(3, Unscored("blocked"), "gemini-1")
    news.judged(3, GOOD, "local-1")


def test_a_story_says_who_told_it_whom_it_concerns_and_how_it_was_judged(
    news: Newsroom, api: Client
) -> None:
    told_by_three(news)
    assert api.get(PATH).document == {
        "items": [
            {
                "story_id": 1,
                "headline": "Apple <b>buys</b> Coke",
                "first_known_at": "2026-03-02T14:00:00Z",
                "last_known_at": "2026-03-02T14:02:00Z",
                "articles": 3,
                "outlets": ["The Ledger", "wire.example"],
                "symbols": [
                    {"symbol": "AAPL", "articles": 3, "scored": 2, "mean_score": 0.125},
                    {"symbol": "KO", "articles": 1, "scored": 0, "mean_score": None},
                ],
            }
        ],
        "next": None,
    }


def test_one_story_comes_with_its_articles_the_newest_first(news: Newsroom, api: Client) -> None:
    told_by_three(news)
    news.article("Another story")
    told = api.get(f"{PATH}/1").document
    assert told["story"]["articles"] == 3
    assert [one["article_id"] for one in told["articles"]["items"]] == [3, 2, 1]
    assert told["articles"]["next"] is None


def test_the_articles_of_a_long_story_go_on_in_the_list_of_articles(
    news: Newsroom, api: Client
) -> None:
    news.article()
    for _ in range(102):
        news.article(story=1)
    told = api.get(f"{PATH}/1").document["articles"]
    rest = api.get(f"/api/v1/articles?story=1&cursor={told['next']}").document
    assert [one["article_id"] for one in told["items"]] == list(range(103, 3, -1))
    assert [one["article_id"] for one in rest["items"]] == [3, 2, 1]


def test_stories_are_found_by_symbol_and_time_a_page_at_a_time(news: Newsroom, api: Client) -> None:
    for number in range(5):
        news.article(symbols=["KO"] if number % 2 else ["AAPL"])
    assert ids(api, "symbol=ko") == [4, 2]
    assert ids(api, "from=2026-03-02T14:01:00Z&to=2026-03-02T14:03:00Z") == [3, 2]
    assert ids(api, "from=1976-01-01T00:00:00Z&to=2026-12-31T00:00:00Z") == [5, 4, 3, 2, 1]
    first = api.get(f"{PATH}?limit=3").document
    news.article()
    assert ids(api, f"limit=3&cursor={first['next']}") == [2, 1]


def test_what_cannot_be_asked_is_refused_in_a_sentence(api: Client) -> None:
    assert api.get(f"{PATH}/7").detail == "No story of that id is stored; see GET /api/v1/stories."
    assert api.get(f"{PATH}/7").status == 404
    assert api.get(f"{PATH}/{2**63}").status == 422
    assert api.get(f"{PATH}?symbol={'A' * 300}").status == 422
    assert api.get(f"{PATH}?cursor=x").status == 400
    assert api.get(f"{PATH}?from=2026-03-03T00:00:00Z&to=2026-03-02T00:00:00Z").status == 422
