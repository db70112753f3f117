"""Articles: a news item as a provider gave it and as it is stored. Pure."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

MAX_HEADLINE = 500
MAX_SUMMARY = 4_000
MAX_OUTLET = 200
MAX_URL = 2_000
MAX_IDENTIFIER = 500
# Half a surrogate pair, which JSON can carry, is no text either.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]+"
)

_FILING = re.compile(r"^https://www\.sec\.gov/Archives/edgar/data/\d+/(\d{18})/", re.ASCII)


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


@dataclass(frozen=True, slots=True)
class VendorSentiment:
    """What a vendor's own model says of one article and one symbol; never mixed with our scores.

    Attributes:
        provider_id: The article, by its provider's identifier.
        symbol: Our symbol.
        score: In [-1, 1].
        label: The vendor's word for it.
        relevance: How much the article is about the symbol, in [0, 1].

    Raises:
        ValueError: The score or the relevance lies outside.
    """

    provider_id: str
    symbol: str
    score: float
    label: str
    relevance: float

    def __post_init__(self) -> None:
        if not (-1 <= self.score <= 1 and 0 <= self.relevance <= 1):
            raise ValueError(f"{self.score} or {self.relevance} is out of range")


def plain_text(text: str, limit: int) -> str:
    """The text without control and invisible characters, white space folded, cut at `limit`."""
    folded = " ".join(_CONTROL.sub(" ", unicodedata.normalize("NFC", text)).split())
    return folded if len(folded) <= limit else folded[: limit - 1] + "…"


def cleaned(article: RawArticle) -> RawArticle:
    """The article with every text plain and of bearable length; a long identifier is hashed."""
    identifier = plain_text(article.provider_id, len(article.provider_id))
    if len(identifier) > MAX_IDENTIFIER:
        identifier = hashlib.sha256(identifier.encode()).hexdigest()
    return replace(
        article,
        provider_id=identifier,
        headline=plain_text(article.headline, MAX_HEADLINE),
        summary=plain_text(article.summary, MAX_SUMMARY),
        outlet=plain_text(article.outlet, MAX_OUTLET),
        url=plain_text(article.url, MAX_URL),
    )


def content_hash(article: RawArticle) -> str:
    """Identifies the same item under two providers: outlet, day and the headline's letters.

    Two filings of one company may read alike, an 8-K in the morning and one in the evening: a
    filing is identified by its number, which stands in its address whoever brings it.
    """
    filing = _FILING.search(article.url)
    letters = re.sub(r"\W+", " ", article.headline.casefold()).strip()
    text = f"{article.outlet.casefold()}|{article.published_at.date()}|{letters}"
    identity = f"filing {filing[1]}" if filing else text
    return hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()
