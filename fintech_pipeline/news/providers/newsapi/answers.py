"""Reading NewsAPI's pages of articles. Pure.

Source: newsapi.org/docs/endpoints/everything: `publishedAt` is UTC; `content` is cut at 200
characters and ends with `[+1916 chars]`; a withdrawn article is titled `[Removed]`.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from fintech_pipeline.errors import Malformed
from fintech_pipeline.news.articles import RawArticle
from fintech_pipeline.news.markup import without_markup
from fintech_pipeline.quota.payloads import instant_in, json_object, text_in

REMOVED = "[Removed]"
_CUT = re.compile(r"\s*(?:…|\.\.\.)?\s*\[\+\d+ chars\]$")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of articles.

    Attributes:
        articles: Those that can be used.
        items: How many stood on the page.
        total: How many the vendor has on all pages.
        left_out: Why others cannot be used, and how many each.
    """

    articles: list[RawArticle]
    items: int
    total: int
    left_out: Counter[str] = field(default_factory=Counter)


def parse_page(body: bytes) -> Page:
    """The articles of one answer of `/v2/everything` or `/v2/top-headlines`.

    Raises:
        Malformed: The body is no such answer.
    """
    tree = json_object(body, "NewsAPI")
    items, total = tree.get("articles"), tree.get("totalResults")
    if tree.get("status") != "ok" or not isinstance(items, list):
        raise Malformed("NewsAPI sent JSON without articles; nothing stored was changed.")
    articles: list[RawArticle] = []
    left_out: Counter[str] = Counter()
    for item in items:
        read = _article(item)
        if isinstance(read, RawArticle):
            articles.append(read)
        elif read:
            left_out[read] += 1
    count = total if isinstance(total, int) else len(items)
    return Page(articles, len(items), count, left_out)


def _article(item: Any) -> RawArticle | str:
    """The article, or why it is none; a withdrawn one needs no word."""
    if not isinstance(item, dict):
        return "are no articles"
    title, url = without_markup(text_in(item, "title")), text_in(item, "url")
    if REMOVED in (title, text_in(item, "description")):
        return ""
    if not title or not url:
        return "lack a title or an address"
    published_at = instant_in(text_in(item, "publishedAt"))
    if published_at is None:
        return "lack a time"
    source = item.get("source")
    return RawArticle(
        provider_id=url,
        headline=title,
        summary=_teaser(item),
        outlet=text_in(source, "name") if isinstance(source, dict) else "",
        url=url,
        published_at=published_at,
    )


def _teaser(item: dict[str, Any]) -> str:
    """The description, or else the beginning of the content without the word of its cut."""
    description = without_markup(text_in(item, "description"))
    return description or without_markup(_CUT.sub("…", text_in(item, "content")))
