"""Stories over HTTP: who told them, whom they concern, what was said."""

from collections.abc import Iterator

import pytest

from fintech_pipeline.clock import KnownBy
from fintech_pipeline.sentiment.scores import Unscored
from fintech_pipeline.storage.database import Database
from tests.api.asking import Client
from tests.api.living import serving_api
from tests.api.news_rows import BAD, FIRST, GOOD, MINUTE, Newsroom

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


def told_over_an_hour(news: Newsroom) -> None:
    """The first slot knows article 1 alone, that of half past two all but the last."""
    news.article("Apple buys Coke", outlet="The Ledger")
    news.article("Apple buys Coke", ["KO"], story=1, outlet="wire.example")
    news.article("Another story", known_by=KnownBy.BACKFILL)
    news.written = 40
    news.article("Apple has bought Coke", story=1, outlet="The Late One", provider_id="late")
    news.judged(1, GOOD, "local-1", at=FIRST + MINUTE)
    news.judged(2, BAD, "local-1", "KO", at=FIRST + 59 * MINUTE)
    news.judged(3, BAD, "local-1", at=FIRST + 59 * MINUTE)
    news.judged(4, BAD, "local-1", at=FIRST + 59 * MINUTE)


def test_a_past_slot_counts_no_article_and_no_score_that_came_later(
    news: Newsroom, api: Client
) -> None:
    told_over_an_hour(news)
    first = api.get(f"{PATH}?at=2026-03-02T14:00:00Z").document["items"]
    assert [(one["articles"], one["outlets"], one["last_known_at"]) for one in first] == [
        (1, ["The Ledger"], "2026-03-02T14:00:00Z")
    ]
    assert first[0]["symbols"] == [
        {"symbol": "AAPL", "articles": 1, "scored": 1, "mean_score": 0.5}
    ]
    backfilled, told = api.get(f"{PATH}?at=2026-03-02T14:59:00Z").document["items"]
    assert (told["articles"], told["outlets"]) == (2, ["The Ledger", "wire.example"])
    assert told["symbols"] == [
        {"symbol": "AAPL", "articles": 1, "scored": 1, "mean_score": 0.5},
        {"symbol": "KO", "articles": 1, "scored": 0, "mean_score": None},
    ]
    # Nobody was looking: what was said of it stands.
    assert backfilled["symbols"][0]["mean_score"] == -0.25
    assert ids(api, "symbol=KO&at=2026-03-02T14:00:00Z") == []
    now = api.get(PATH).document["items"][-1]
    assert (now["articles"], now["symbols"][0]["mean_score"]) == (3, 0.125)


def test_the_articles_of_a_past_slot_have_the_scores_of_then(news: Newsroom, api: Client) -> None:
    told_over_an_hour(news)

    def known(query: str) -> list[tuple[int, bool]]:
        items = api.get(f"/api/v1/articles?at=2026-03-02T14:30:00Z{query}").document["items"]
        return [(one["article_id"], one["symbols"][0]["sentiment"] is not None) for one in items]

    assert known("") == [(3, True), (2, False), (1, True)]
    assert known("&scored=true") == [(3, True), (1, True)]
    assert known("&scored=false&story=1") == [(2, False)]
    told = api.get("/api/v1/articles?at=2026-03-02T14:30:00Z&symbol=KO").document["items"]
    assert told[0]["symbols"][0]["unscored"] == "No model was asked yet."


def test_a_model_that_gave_up_later_had_not_yet_at_a_past_slot(news: Newsroom, api: Client) -> None:
    news.article()
    news.judged(1, GOOD, "local-1", at=FIRST + MINUTE)
    news.judged(1, Unscored("blocked"), "gemini-1", at=FIRST + 59 * MINUTE)
    then = api.get(f"{PATH}?at=2026-03-02T14:30:00Z").document["items"]
    now = api.get(PATH).document["items"]
    assert [one["symbols"][0]["scored"] for one in (*then, *now)] == [1, 0]


def test_a_slot_that_is_not_past_is_refused(api: Client) -> None:
    refused = api.get(f"{PATH}?at=2027-03-02T14:00:00Z")
    assert (refused.status, refused.detail) == (
        422,
        "The parameter at lies in the future; leave it out for the present.",
    )


def test_what_cannot_be_asked_is_refused_in_a_sentence(api: Client) -> None:
    assert api.get(f"{PATH}/7").detail == "No story of that id is stored; see GET /api/v1/stories."
    assert api.get(f"{PATH}/7").status == 404
    assert api.get(f"{PATH}/{2**63}").status == 422
    assert api.get(f"{PATH}?symbol={'A' * 300}").status == 422
    assert api.get(f"{PATH}?cursor=x").status == 400
    assert api.get(f"{PATH}?from=2026-03-03T00:00:00Z&to=2026-03-02T00:00:00Z").status == 422
