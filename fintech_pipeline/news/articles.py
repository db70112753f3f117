"""Articles: a news item as a provider gave it and as it is stored. Pure."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MAX_HEADLINE = 500
MAX_SUMMARY = 4_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True)
class RawArticle:
    """A news item as a provider gave it.

    Attributes:
        provider_id: The provider's own identifier, unique within it.
        headline: The title.
        summary: The teaser, empty where there is none.
        outlet: Who published it, a domain or a name.
        url: Where it stands, empty where unknown.
        published_at: The vendor's time (UTC).
        symbols: The symbols the vendor attached to it.
    """

    provider_id: str
    headline: str
    summary: str
    outlet: str
    url: str
    published_at: datetime
    symbols: frozenset[str] = field(default=frozenset())

    def __post_init__(self) -> None:
        if self.published_at.utcoffset() != timedelta(0):
            raise ValueError(f"{self.published_at} is not an instant in UTC")


def plain_text(text: str, limit: int) -> str:
    """The text without control and invisible characters, white space folded, cut at `limit`."""
    folded = " ".join(_CONTROL.sub(" ", unicodedata.normalize("NFC", text)).split())
    return folded if len(folded) <= limit else folded[: limit - 1] + "…"


def content_hash(article: RawArticle) -> str:
    """Identifies the same item under two providers: outlet, day and the headline's letters."""
    letters = re.sub(r"\W+", " ", article.headline.casefold()).strip()
    text = f"{article.outlet.casefold()}|{article.published_at.date()}|{letters}"
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
