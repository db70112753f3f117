"""Articles over HTTP: what was published, what was said of it, and why not."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from fintech_pipeline.api.paging import cursor_of
from fintech_pipeline.errors import Unavailable
from fintech_pipeline.news.article_store import ArticleStore
from fintech_pipeline.news.articles import VendorSentiment
from fintech_pipeline.sentiment.scores import Unscored
from fintech_pipeline.storage.database import Database
from tests.api.asking import Client
from tests.api.living import serving_api
from tests.api.news_rows import BAD, FIRST, GOOD, Newsroom

PATH = "/api/v1/articles"
CHAIN = ("gemini-1", "local-1")
DEAR = replace(GOOD, answered_by="gemini-dated", tokens=41, cost_usd=Decimal("1.230E-5"))


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
    return [one["article_id"] for one in answer.document["items"]]


def symbols(api: Client, query: str = "") -> list[dict[str, Any]]:
    (article,) = api.get(f"{PATH}?{query}").document["items"]
    told: list[dict[str, Any]] = article["symbols"]
    return told


def test_an_article_is_told_whole_with_what_was_said_of_it(news: Newsroom, api: Client) -> None:
    news.article("Apple beats estimates", summary="Sales rose 9%.", outlet="The Ledger")
    news.judged(1, DEAR, "gemini-1")
    assert api.get(PATH).document == {
        "items": [
            {
                "article_id": 1,
                "story_id": 1,
                "headline": "Apple beats estimates",
                "summary": "Sales rose 9%.",
                "outlet": "The Ledger",
                "url": "https://ledger.example/1",
                "provider": "wire",
                "published_at": "2026-03-02T13:59:00Z",
                "observed_at": "2026-03-02T14:00:00Z",
                "known_at": "2026-03-02T14:00:00Z",
                "known_by": "live",
                "symbols": [
                    {
                        "symbol": "AAPL",
                        "relevance": 1.0,
                        "matched_by": "a test",
                        "sentiment": {
                            "score": 0.5,
                            "label": "positive",
                            "confidence": 0.8,
                            "reason": "it rose",
                            "model_version": "gemini-1",
                            "answered_by": "gemini-dated",
                            "scored_at": "2026-03-02T15:00:00Z",
                            "tokens": 41,
                            "cost_usd": "0.0000123",
                            "same_as": None,
                            "stands_in": None,
                        },
                        "unscored": None,
                    }
                ],
            }
        ],
        "next": None,
    }


def test_a_stand_in_says_for_whom_and_why_and_keeps_its_word(news: Newsroom, api: Client) -> None:
    news.article()
    news.judged(
        1, BAD, "local-0", preferred="gemini-1", because=Unavailable("The budget is spent.")
    )
    news.judged(1, GOOD, "local-1")
    (told,) = symbols(api)
    assert (told["sentiment"]["score"], told["sentiment"]["model_version"]) == (-0.25, "local-0")
    assert told["sentiment"]["answered_by"] == "local-0"
    assert told["sentiment"]["stands_in"] == {
        "preferred_version": "gemini-1",
        "reason": "The budget is spent.",
    }


def test_the_preferred_model_s_word_counts_and_another_s_where_it_has_none(
    news: Newsroom, api: Client
) -> None:
    news.article(symbols=["AAPL", "KO"])
    news.judged(1, BAD, "local-1")
    news.judged(1, GOOD, "gemini-1")
    news.judged(1, BAD, "local-1", "KO")
    news.judged(1, GOOD, "elsewhere-9", "KO")
    assert [one["sentiment"]["score"] for one in symbols(api)] == [0.5, -0.25]


def test_what_the_preferred_model_gave_up_has_no_score_and_says_why(
    news: Newsroom, api: Client
) -> None:
    news.article(symbols=["AAPL", "KO"])
    news.judged(1, Unscored("the answer was blocked"), "gemini-1")
    news.judged(1, GOOD, "local-1")
    apple, coke = symbols(api)
    assert (apple["sentiment"], apple["unscored"]) == (None, "the answer was blocked")
    assert (coke["sentiment"], coke["unscored"]) == (None, "No model was asked yet.")


def test_a_retold_article_names_the_one_that_was_asked(news: Newsroom, api: Client) -> None:
    news.article()
    news.article(story=1)
    news.judged(1, GOOD, "gemini-1")
    news.judged(2, GOOD, "gemini-1", same_as=1)
    told = api.get(PATH).document["items"]
    assert [one["symbols"][0]["sentiment"]["same_as"] for one in told] == [1, None]


def test_the_newest_known_come_first_and_what_comes_meanwhile_moves_no_page(
    news: Newsroom, api: Client
) -> None:
    for _ in range(5):
        news.article()
    first = api.get(f"{PATH}?limit=2").document
    news.article()
    second = api.get(f"{PATH}?limit=2&cursor={first['next']}").document
    last = api.get(f"{PATH}?limit=2&cursor={second['next']}").document
    pages = [[one["article_id"] for one in page["items"]] for page in (first, second, last)]
    assert pages == [[5, 4], [3, 2], [1]]
    assert last["next"] is None


def test_articles_known_at_the_same_instant_are_all_on_some_page(
    news: Newsroom, api: Client
) -> None:
    for _ in range(5):
        news.article()
    with news.database.transaction() as connection:
        connection.execute(sa.text("UPDATE fintech.articles SET known_at = now()"))
    seen, cursor = list[int](), ""
    while True:
        page = api.get(f"{PATH}?limit=2{cursor}").document
        seen += [one["article_id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [5, 4, 3, 2, 1]


def test_each_filter_keeps_what_it_names(news: Newsroom, api: Client) -> None:
    news.article("Apple rises")
    news.article("Coca-Cola falls", ["KO"], provider="edgar", outlet="SEC")
    news.article("Apple's suppliers rise", ["AAPL", "KO"], story=1)
    assert ids(api, "symbol=ko") == [3, 2]
    assert ids(api, "symbol=AAPL&provider=wire") == [3, 1]
    assert ids(api, "provider=edgar") == [2]
    assert ids(api, "outlet=SEC") == [2]
    assert ids(api, "story=1") == [3, 1]
    assert ids(api, "symbol=NOPE") == ids(api, "story=99") == []


def test_a_stretch_of_time_begins_with_its_first_instant_and_ends_before_its_last(
    news: Newsroom, api: Client
) -> None:
    for _ in range(4):
        news.article()
    assert ids(api, "from=2026-03-02T14:01:00Z&to=2026-03-02T14:03:00Z") == [3, 2]
    assert ids(api, "from=2026-03-02T15:01:00%2B01:00") == [4, 3, 2]
    assert ids(api, "from=1976-01-01T00:00:00Z&to=2026-12-31T00:00:00Z") == [4, 3, 2, 1]
    beyond = api.get("/api/v1/articles?from=0001-01-01T00:00:00%2B14:00")
    assert (beyond.status, "its year must lie between" in beyond.detail) == (422, True)


def test_scored_and_not_scored_are_each_other_s_rest(news: Newsroom, api: Client) -> None:
    news.article(symbols=["AAPL", "KO"])
    news.article(symbols=["AAPL", "KO"])
    news.article()
    news.judged(1, GOOD, "gemini-1")
    news.judged(1, GOOD, "local-1", "KO")
    news.judged(2, GOOD, "gemini-1")
    news.judged(3, Unscored("blocked"), "gemini-1")
    news.judged(3, GOOD, "local-1")
    assert (ids(api, "scored=true"), ids(api, "scored=false")) == ([1], [3, 2])
    assert ids(api, "scored=true&symbol=AAPL") == [2, 1]
    assert ids(api, "scored=false&symbol=AAPL") == [3]
    assert ids(api, "scored=false&symbol=KO") == [2]


WORDS = {
    "apple": [3, 1],
    "APPLE rises": [1],
    '"apple rises"': [1],
    "apple -lawsuit": [1],
    "rises or lawsuit": [3, 2, 1],
    "appl": [],
    "!!! & | ( ' \\": [],
    "'; DROP TABLE fintech.articles; --": [],
    "日本": [],
}


def test_words_are_looked_for_as_in_a_web_search(news: Newsroom, api: Client) -> None:
    news.article("Apple rises")
    news.article("Coke rises")
    news.article("Apple loses a lawsuit")
    assert {words: ids(api, f"q={quote(words)}") for words in WORDS} == WORDS


def test_markup_in_a_headline_stays_the_text_it_is(news: Newsroom, api: Client) -> None:
    hostile = 'Apple <script>alert("1")</script> &amp; \u202e日本 {{x}} %s'
    news.article(hostile, summary="<img src=x onerror=alert(1)>", outlet="<b>O</b>")
    answer = api.get(PATH)
    assert answer.headers["content-type"] == "application/json"
    (told,) = answer.document["items"]
    assert told["headline"] == hostile
    assert told["summary"] == "<img src=x onerror=alert(1)>"
    assert told["outlet"] == "<b>O</b>"


NO_LINKS = [
    "javascript:alert(1)",
    " https://x.example",
    "JaVaScRiPt://x.example/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "ftp://x.example",
    "https://apple.example@evil.example/",
    "https://apple.example\\@evil.example/",
    "//x.example",
    "https://",
    "https://x.example/ a",
    "https://x.example/\n",
    "",
]


def test_only_an_address_of_the_web_is_given_out(news: Newsroom, api: Client) -> None:
    good = "HTTP://x.example:80/a?b=<c>&d=e@f#g"
    for url in (*NO_LINKS, good):
        news.article(url=url)
    told = api.get(PATH).document["items"]
    assert [one["url"] for one in told] == [good, *[None] * len(NO_LINKS)]


def test_one_article_comes_with_everything_that_was_ever_said_of_it(
    news: Newsroom, api: Client
) -> None:
    news.article()
    news.judged(1, GOOD, "gemini-1")
    news.judged(1, Unscored("too short"), "local-1")
    with news.database.transaction() as connection:
        own = [VendorSentiment("id-1", "AAPL", 0.3, "Somewhat-Bullish", 0.9)]
        ArticleStore(news.database).keep_sentiments(connection, "wire", own, FIRST)
    told = api.get(f"{PATH}/1").document
    assert told["article"]["symbols"][0]["sentiment"]["score"] == 0.5
    said = [(one["model_version"], one["score"], one["reason"]) for one in told["verdicts"]]
    assert sorted(said) == [("gemini-1", 0.5, "it rose"), ("local-1", None, "too short")]
    assert told["vendor"] == [
        {
            "symbol": "AAPL",
            "score": 0.3,
            "label": "Somewhat-Bullish",
            "relevance": 0.9,
            "observed_at": "2026-03-02T14:00:00Z",
        }
    ]


def test_an_article_that_is_not_stored_is_told_in_a_sentence(api: Client) -> None:
    answer = api.get(f"{PATH}/{2**63 - 1}")
    assert answer.status == 404
    assert answer.detail == "No article of that id is stored; see GET /api/v1/articles."


REFUSED = [
    ("symbol=" + "A" * 300, 422, "symbol is wrong: string should have at most 40"),
    ("q=a%00b", 422, "The parameter q is wrong"),
    ("outlet=%00", 422, "The parameter outlet is wrong"),
    ("symbol=A%00", 422, "The parameter symbol is wrong"),
    ("cursor=nonsense", 400, "The cursor is none of this list"),
    (f"cursor={cursor_of('a', 1)}", 400, "The cursor is none of this list"),
    (f"cursor={cursor_of(10**18, 1)}", 400, "The cursor names no instant"),
    (f"cursor={cursor_of(1, 2**63)}", 400, "The cursor is none of this list"),
    ("from=2026-03-02T14:00:00", 422, "from is wrong: input should have timezone info"),
    ("from=yesterday", 422, "from is wrong: write it like 2026-03-02"),
    ("from=0", 422, "from is wrong: write it like 2026-03-02"),
    ("from=2026-03-02T14:00:00Z&to=2026-03-02T13:00:00Z", 422, "from lies after to"),
    ("limit=501", 422, "limit is wrong"),
    ("story=9223372036854775808", 422, "story is wrong"),
    ("scored=perhaps", 422, "scored is wrong"),
]
NO_IDS = ["0", "-1", "9223372036854775808", "x", "1.5"]


def test_what_cannot_be_asked_is_refused_in_a_sentence(api: Client) -> None:
    for query, status, told in REFUSED:
        answer = api.get(f"{PATH}?{query}")
        assert (answer.status, told in answer.detail) == (status, True), (query, answer.detail)
    assert {api.get(f"{PATH}/{number}").status for number in NO_IDS} == {422}


def test_a_database_that_is_away_is_told_as_something_that_passes(news: Newsroom) -> None:
    with serving_api(news.database, model_versions=CHAIN) as api:
        with news.database.transaction() as connection:
            connection.execute(sa.text("ALTER SCHEMA fintech RENAME TO elsewhere"))
        answers = [api.get(path) for path in (PATH, f"{PATH}/1", "/api/v1/stories")]
    assert [one.status for one in answers] == [503] * 3
    assert all("The database is not set up" in one.detail for one in answers)
    assert {one.headers["retry-after"] for one in answers} == {"5"}
