"""Reading a feed: RSS 0.9 to 2.0 and Atom, through feedparser. Pure.

feedparser is handed bytes and never fetches anything. A document that declares entities of its own
is not read at all: no feed needs them, and bombs are made of them.
"""

import io
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import feedparser

from fintech_pipeline.errors import Malformed
from fintech_pipeline.news.articles import RawArticle
from fintech_pipeline.news.markup import without_markup
from fintech_pipeline.news.providers.rss.times import Written, read_time

LONGEST_FEED_BYTES = 3 * 1024 * 1024
"""Parsing takes some six seconds a megabyte at worst: nothing but open tags."""
MOST_ITEMS = 1_000


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed holds.

    Attributes:
        articles: The items that can be used, in the feed's order.
        zoneless: How many of their times name no zone and were taken as UTC.
        left_out: Why others cannot be used, and how many each.
    """

    articles: list[RawArticle]
    zoneless: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


def parse_feed(body: bytes, url: str, now: datetime, content_type: str = "") -> Feed:
    """The items of a feed as articles.

    Args:
        body: The feed's bytes.
        url: Where it was fetched; its host names the outlet where the feed does not.
        now: The present (UTC); an item of the future is left out.
        content_type: The HTTP header, which may name the encoding.

    Raises:
        Malformed: The body is no feed, too long, or declares entities.
    """
    host = urlsplit(url).hostname or url
    tree = _tree(body, host, content_type)
    channel = tree.get("feed")
    outlet = _text(channel, "title") or host
    articles: dict[str, RawArticle] = {}
    left_out: Counter[str] = Counter()
    zoneless = 0
    for entry in tree["entries"][:MOST_ITEMS]:
        time = _written(entry)
        if time is None:
            left_out["have no time"] += 1
        elif time.at > now:
            left_out["are dated in the future"] += 1
        else:
            article = _article(entry, outlet, host, time.at)
            if article is None:
                left_out["lack a title, or both an id and a link"] += 1
            elif article.provider_id not in articles:
                articles[article.provider_id] = article
                zoneless += not time.zoned
    return Feed(list(articles.values()), zoneless, left_out)


def _tree(body: bytes, host: str, content_type: str) -> dict[str, Any]:
    if len(body) > LONGEST_FEED_BYTES:
        raise Malformed(f"The feed of {host} has {len(body):,} bytes, too many.")
    # Without its zeros UTF-16 is as readable as ASCII.
    if b"<!entity" in body.replace(b"\0", b"").lower():
        raise Malformed(f"The feed of {host} declares entities, which no feed needs.")
    headers = {"content-type": content_type} if content_type else {}
    try:
        tree: dict[str, Any] = feedparser.parse(
            io.BytesIO(body),
            response_headers=headers,
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:  # noqa: BLE001  # feedparser names nothing of what it may raise
        raise Malformed(f"The feed of {host} cannot be read ({type(error).__name__}).") from None
    if not tree.get("version") and not tree.get("entries"):
        raise Malformed(f"What {host} sent is no feed.")
    return tree


def _article(entry: Any, outlet: str, host: str, at: datetime) -> RawArticle | None:
    title, link = _text(entry, "title"), _raw(entry, "link")
    identifier = _raw(entry, "id") or link
    if not title or not identifier:
        return None
    content = dict.get(entry, "content")
    first = content[0] if isinstance(content, list) and content else None
    return RawArticle(
        # A GUID that is no address may be a mere number, unique in its own feed only.
        provider_id=identifier if "://" in identifier else f"{host}/{identifier}",
        headline=title,
        summary=_text(entry, "summary") or _text(first, "value"),
        outlet=_text(dict.get(entry, "source"), "title") or outlet,
        url=link if _scheme(link) in {"http", "https"} else "",
        published_at=at,
    )


def _scheme(link: str) -> str:
    """The scheme of a link; empty where it is none. A feed may link to `javascript:`."""
    try:
        return urlsplit(link).scheme.lower()
    except ValueError:
        return ""


def _written(entry: Any) -> Written | None:
    """When the item was published, or else last changed."""
    times = (read_time(_raw(entry, key)) for key in ("published", "updated", "created"))
    return next((time for time in times if time is not None), None)


def _text(node: Any, key: str) -> str:
    return without_markup(_raw(node, key))


def _raw(node: Any, key: str) -> str:
    """The text under the very key: feedparser's own look-up puts other fields in its place."""
    value = dict.get(node, key) if isinstance(node, dict) else None
    return value.strip() if isinstance(value, str) else ""
