"""Feeds: RSS 0.9 to 2.0 and Atom, their times and encodings, and what means harm."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from fintech_pipeline.clock import Window
from fintech_pipeline.errors import Malformed, NoData, ProviderError, RateLimited
from fintech_pipeline.news.providers.rss.feeds import LONGEST_FEED_BYTES, parse_feed
from fintech_pipeline.news.providers.rss.provider import RssNews, refusal
from fintech_pipeline.news.providers.rss.times import read_time
from fintech_pipeline.quota.calls import Answer
from tests.vendors.asking import Asking, at
from tests.vendors.rss_standin import RssStandIn, item, rss
from tests.vendors.standin import Reply, standing_in

NOW = at("2026-11-24 20:00")
DAY = Window(NOW - timedelta(days=1), NOW)
URL = "https://wire.example/feed.xml"


ATOM = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Atomic</title>
<entry><title type="html">Apple &lt;b&gt;falls&lt;/b&gt;</title><id>tag:atomic.example,2026:1</id>
<link href="https://atomic.example/1"/><published>2026-11-24T10:00:00-05:00</published>
<updated>2026-11-24T18:00:00Z</updated>
<content type="html">&lt;i&gt;Down&lt;/i&gt;</content></entry>
<entry><title>Second</title><id>https://atomic.example/2</id>
<updated>2026-11-24T12:00:00Z</updated></entry></feed>"""

RDF = b"""<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://rdf.example"><title>Rdf</title></channel>
<item rdf:about="https://rdf.example/1"><title>Apple waits</title>
<link>https://rdf.example/1</link><dc:date>2026-11-24T10:00:00+09:00</dc:date></item></rdf:RDF>"""

NINETY = b"""<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>Old</title></channel>
<item><title>Undated</title><link>https://old.example/1</link></item></rdf:RDF>"""


def test_an_rss_item_becomes_an_article_without_its_html() -> None:
    (article,) = parse_feed(rss(item()), URL, NOW).articles
    assert (article.headline, article.summary, article.outlet) == (
        "Apple rises",
        "Up & away",
        "The Wire",
    )
    assert article.provider_id == "wire.example/17"  # a number is unique in its feed only
    assert article.url == "https://wire.example/1"
    assert article.published_at == at("2026-11-24 10:00")


def test_atom_counts_from_publication_not_from_the_last_change() -> None:
    first, second = parse_feed(ATOM, URL, NOW).articles
    assert (first.headline, first.summary) == ("Apple falls", "Down")
    assert first.published_at == at("2026-11-24 15:00")
    assert second.published_at == at("2026-11-24 12:00")
    assert second.provider_id == "https://atomic.example/2"


def test_rss_1_is_read_and_rss_0_9_has_no_times() -> None:
    (article,) = parse_feed(RDF, URL, NOW).articles
    assert article.published_at == at("2026-11-24 01:00")
    old = parse_feed(NINETY, URL, NOW)
    assert old.articles == []
    assert old.left_out == {"have no time": 1}


@pytest.mark.parametrize(
    ("text", "instant", "zoned"),
    [
        ("Tue, 24 Nov 2026 10:00:00 EST", "2026-11-24 15:00", True),
        ("Fri, 24 Jul 2026 10:00:00 EDT", "2026-07-24 14:00", True),
        ("24 Nov 2026 10:00 +0530", "2026-11-24 04:30", True),
        ("2026-11-24T10:00:00Z", "2026-11-24 10:00", True),
        ("2026-03-29T01:30:00+01:00", "2026-03-29 00:30", True),
        ("Tue, 24 Nov 2026 10:00:00", "2026-11-24 10:00", False),
        ("2026-11-24 10:00:00", "2026-11-24 10:00", False),
    ],
)
def test_times_with_and_without_a_zone(text: str, instant: str, zoned: bool) -> None:
    written = read_time(text)
    assert written is not None
    assert (written.at, written.zoned) == (at(instant), zoned)


@pytest.mark.parametrize("text", ["", "2026-11-24", "24 Nov 2026", "yesterday 10:00", "9" * 80])
def test_what_names_no_time_of_day_is_no_instant(text: str) -> None:
    assert read_time(text) is None


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16"])
def test_the_encoding_a_feed_declares_is_believed(encoding: str) -> None:
    text = rss(item("Größe")).decode().replace("utf-8", encoding)
    (article,) = parse_feed(text.encode(encoding), URL, NOW).articles
    assert article.headline == "Größe"


def test_a_wrongly_declared_encoding_loses_letters_and_not_the_item() -> None:
    body = rss(item("Größe und Apple")).decode().encode("latin-1")  # and says utf-8
    (article,) = parse_feed(body, URL, NOW).articles
    assert "Apple" in article.headline


def test_a_feed_that_is_cut_or_ill_formed_gives_what_it_has() -> None:
    feed = parse_feed(rss(item("Ben & Jerry"))[:-20], URL, NOW)
    assert feed.articles[0].headline.startswith("Ben & Jerry")


def test_a_link_that_is_no_address_is_dropped() -> None:
    body = rss(item().replace("https://wire.example/1", "javascript:alert(1)"))
    assert parse_feed(body, URL, NOW).articles[0].url == ""


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12))
BOMBS = {
    "entities within entities": f"<!DOCTYPE rss [{LAUGHS}]><rss><channel>&l11;</channel></rss>",
    "one long entity, often": f'<!DOCTYPE rss [<!ENTITY a "{"a" * 90_000}">]><rss>{"&a;" * 9_000}',
    "a file of this machine": '<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss>&f;</rss>',
    "in UTF-16": f"<!DOCTYPE rss [{LAUGHS}]><rss><channel>&l11;</channel></rss>",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_feed_that_declares_entities_is_not_read(bomb: str) -> None:
    body = BOMBS[bomb].encode("utf-16" if bomb == "in UTF-16" else "utf-8")
    with pytest.raises(Malformed, match="declares entities"):
        parse_feed(body, URL, NOW)


HUGE = {
    "open tags": b"<rss>" + b"<a>" * 200_000,
    "open items": b"<rss><channel>" + b"<item><title>" * 30_000,
    "lone brackets": b"<rss><channel><title>" + b"<" * 200_000,
    "open comments": b"<rss><channel>" + b"<!--" * 100_000,
    "ampersands": b"<rss><channel><title>" + b"&" * 400_000,
    "attributes": b"<rss " + b'a="b" ' * 100_000 + b">",
    "quotes that never close": b"<rss><channel><item a='" + b"x" * 400_000,
    "open declarations": b"<rss>" + b"<![" * 100_000,
}


@pytest.mark.parametrize("kind", HUGE)
def test_huge_and_broken_feeds_end_soon(kind: str) -> None:
    started = time.process_time()
    try:
        feed = parse_feed(HUGE[kind], URL, NOW)
        assert feed.articles == []
    except Malformed:
        pass
    assert time.process_time() - started < 20


def test_a_feed_beyond_all_measure_is_not_read() -> None:
    with pytest.raises(Malformed, match="too many"):
        parse_feed(rss(item("x" * LONGEST_FEED_BYTES)), URL, NOW)


def test_a_page_that_is_no_feed_is_malformed() -> None:
    with pytest.raises(Malformed, match="is no feed"):
        parse_feed(b"<html><body>Please accept our cookies</body></html>", URL, NOW)


@pytest.fixture
def vendor() -> RssStandIn:
    return RssStandIn()


@pytest.fixture
def address(vendor: RssStandIn) -> Iterator[str]:
    with standing_in(vendor) as address:
        yield address


def news(address: str, *paths: str) -> RssNews:
    return RssNews(tuple(address + path for path in paths), Asking, lambda: NOW)


def test_every_feed_is_asked_once_and_a_broken_one_costs_itself(
    vendor: RssStandIn, address: str
) -> None:
    vendor.feeds = {
        "/a": Reply(b"no feed", content_type="text/plain"),
        "/b": Reply(rss(item()), content_type="application/rss+xml"),
        "/c": Reply(b"", 301, headers={"Location": "https://elsewhere.example"}),
    }
    answer = news(address, "/a", "/b?token=s3cret", "/c", "/d").articles([], DAY)
    assert [a.headline for a in answer.articles] == ["Apple rises"]
    assert [(r.path, r.params) for r in vendor.requests] == [
        ("/a", {}),
        ("/b", {"token": "s3cret"}),
        ("/c", {}),
        ("/d", {}),
    ]
    assert [problem.partition(": ")[2] for problem in answer.problems] == [
        "What 127.0.0.1 sent is no feed.",
        "vendor answered the call for feed with HTTP 301, which is no answer.",
        "There is no feed any more; take it out of news.rss.feeds.",
    ]


def test_items_without_a_time_of_the_future_or_without_a_zone_are_told(
    vendor: RssStandIn, address: str
) -> None:
    items = [
        item("Undated", date=""),
        item("Tomorrow", date="Wed, 25 Nov 2026 10:00:00 GMT"),
        item("Somewhere", date="Tue, 24 Nov 2026 10:00:00"),
    ]
    vendor.feeds["/a"] = Reply(rss(*items), content_type="application/rss+xml")
    answer = news(address, "/a?token=s3cret").articles([], DAY)
    assert [a.headline for a in answer.articles] == ["Somewhere"]
    assert answer.problems == [
        "1 items of 127.0.0.1/a have no time and were left out.",
        "1 items of 127.0.0.1/a are dated in the future and were left out.",
        "1 items of 127.0.0.1/a name no time zone; they were taken as UTC.",
    ]


def test_where_no_feed_answers_the_provider_has_failed(address: str) -> None:
    with pytest.raises(NoData):
        news(address, "/a", "/b").articles([], DAY)


@pytest.mark.parametrize(
    ("status", "kind"), [(404, NoData), (410, NoData), (429, RateLimited), (302, None), (500, None)]
)
def test_refusals_by_status(status: int, kind: type[ProviderError] | None) -> None:
    error = refusal(Answer(status, {}, b""))
    assert error is None if kind is None else type(error) is kind
