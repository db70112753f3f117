"""Aggregation: from scored articles to the news sentiment of one symbol at one instant. Pure.

The value is a weighted mean over stories, shrunk towards zero where there is little news:

    value = n / (n + k) * sum(weight * story value) / sum(weight)

- An article's trust is relevance x confidence x the weight of its source.
- A story's value is the mean of its articles', by trust x freshness.
- Freshness is 2^(-age / half-life): news effects on large companies fade within a day or two
  (Tetlock 2007; Tetlock, Saar-Tsechansky, Macskassy 2008).
- A story's strength is its best trust, times its mean freshness: more copies of it add outlets,
  never strength, and a late reprint does not make old news new (Tetlock 2011).
- Its weight is strength x (1 + ln outlets), capped: one story is one vote, a widely told one a
  somewhat heavier one.
- n is the sum of strengths, so faded or doubtful news shrinks with its age (k = 2).
- So no article, whatever it says, moves the value by more than `MAX_ARTICLE_SHARE`, nor by more
  than a third where no other outlet tells its story.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fintech_pipeline.news.stories import independent_outlets

HALF_LIFE = timedelta(hours=12)
SHRINKAGE_STORIES = 2.0
"""k: this many full stories are needed before half of what they say is believed."""
MAX_OUTLET_FACTOR = 3.0
"""Reached at about seven outlets; beyond them repetition is no evidence."""
MAX_STORY_PART = 0.5
"""With three or more stories none carries more of the weight: text is untrusted."""
MAX_ARTICLE_SHARE = 0.375
"""It follows from the others: a story's share is at most 3 / (n + 2) of the weight, of which
n / (n + 2) is believed, and 3n / (n + 2)^2 is largest at n = 2."""
CAP_FROM_STORIES = 3
USUAL_STORIES = 3
"""Fewer stories say nothing of a symbol's usual tone."""
PRESENT_HALF_LIVES = 4
"""Stories older than this (two days) are too faded to be present as witnesses for the cap."""
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class ScoredArticle:
    """One article's verdict for the symbol.

    Attributes:
        article_id: The article.
        story_id: Its story.
        outlet: Who published it.
        known_at: From when it may be used (UTC).
        relevance: How much it is about the symbol, in (0, 1].
        value: The sentiment, in [-1, 1].
        confidence: The model's, in [0, 1].
        source_weight: How far its outlet is trusted, in [0, 1].
        model_version: Who gave the verdict.
        scored_from: From when the verdict may be used, where it came late (UTC).

    Raises:
        ValueError: A number lies outside its bounds.
    """

    article_id: int
    story_id: int
    outlet: str
    known_at: datetime
    relevance: float
    value: float
    confidence: float
    source_weight: float = 1.0
    model_version: str = ""
    scored_from: datetime | None = None

    def __post_init__(self) -> None:
        within = (
            0.0 < self.relevance <= 1.0
            and -1.0 <= self.value <= 1.0
            and 0.0 <= self.confidence <= 1.0
            and 0.0 <= self.source_weight <= 1.0
        )
        if not within:
            raise ValueError(
                f"article {self.article_id} has relevance {self.relevance}, value {self.value}, "
                f"confidence {self.confidence} and source weight {self.source_weight}: outside "
                "(0, 1], [-1, 1], [0, 1] and [0, 1]"
            )

    @property
    def trust(self) -> float:
        """What its word weighs while it is fresh, in [0, 1]."""
        return self.relevance * self.confidence * self.source_weight


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one article adds to the value, by whose verdict; all shares sum to the value."""

    article_id: int
    story_id: int
    share: float
    model_version: str = ""


@dataclass(frozen=True, slots=True)
class NewsSentiment:
    """What the news says of a symbol at an instant.

    Attributes:
        value: In [-1, 1], rounded to six decimals.
        confidence: In [0, 1]: grows with stories and outlets, falls where stories disagree.
        articles: How many articles were known.
        stories: How many stories they tell.
        contributions: Every article's share of the value, the largest first.
        surprise: How much of the difference from the symbol's usual tone is believed, in [-1, 1],
            and that difference; None where there are too few stories to know what is usual.
    """

    value: float
    confidence: float
    articles: int
    stories: int
    contributions: tuple[Contribution, ...]
    surprise: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class _Story:
    """A story's vote. The parts of its articles sum to 1.

    `lasting` and `steady` are its weight and value as if none of its articles had faded.
    """

    articles: tuple[ScoredArticle, ...]
    parts: tuple[float, ...]
    value: float
    strength: float
    weight: float
    present: bool
    lasting: float
    steady: float


def aggregate(
    scored: Iterable[ScoredArticle],
    at: datetime,
    *,
    half_life: timedelta = HALF_LIFE,
) -> NewsSentiment | None:
    """The news sentiment of one symbol from what was known at `at`, in whatever order it comes.

    Args:
        scored: The symbol's scored articles; those known only after `at` count for nothing.
        at: The cut-off (UTC), to which ages are measured.
        half_life: After which an article weighs half.

    Returns:
        The sentiment; None where no article was known: no news is not neutral news.
    """
    known = sorted(
        (a for a in scored if a.known_at <= at), key=lambda a: (a.known_at, a.article_id)
    )
    if not known:
        return None
    by_story: dict[int, list[ScoredArticle]] = defaultdict(list)
    for article in known:
        by_story[article.story_id].append(article)
    stories = [_story(by_story[story_id], at, half_life) for story_id in sorted(by_story)]
    evidence = math.fsum(story.strength for story in stories)
    believed = evidence / (evidence + SHRINKAGE_STORIES)
    contributions = _contributions(stories, believed)
    # Summed from the rounded shares, so that what is shown adds up exactly.
    value = round(math.fsum(c.share for c in contributions), _DIGITS)
    confidence = round(_confidence(stories), _DIGITS)
    surprise = _surprise(stories, believed)
    return NewsSentiment(value + 0.0, confidence, len(known), len(stories), contributions, surprise)


def _story(articles: Sequence[ScoredArticle], at: datetime, half_life: timedelta) -> _Story:
    trust = [a.trust for a in articles]
    freshness = [2.0 ** (-((at - a.known_at) / half_life)) for a in articles]
    pulls = [t * f for t, f in zip(trust, freshness, strict=True)]
    pull = math.fsum(pulls)
    if pull == 0.0:
        nothing = (0.0,) * len(articles)
        return _Story(tuple(articles), nothing, 0.0, 0.0, 0.0, False, lasting=0.0, steady=0.0)
    parts = tuple(p / pull for p in pulls)
    value = math.fsum(part * a.value for part, a in zip(parts, articles, strict=True))
    trusted, outlets = math.fsum(trust), _outlet_factor(articles)
    strength = max(trust) * pull / trusted
    return _Story(
        articles=tuple(articles),
        parts=parts,
        value=value,
        strength=strength,
        weight=strength * outlets,
        present=max(freshness) >= 2.0**-PRESENT_HALF_LIVES,
        lasting=max(trust) * outlets,
        steady=math.fsum(t * a.value for t, a in zip(trust, articles, strict=True)) / trusted,
    )


def _surprise(stories: Sequence[_Story], believed: float) -> tuple[float, float] | None:
    """How the tone now differs from the symbol's usual one, and how much of that is believed.

    Both tones are means over the same stories: now by their weight, usually as if none had faded.
    So a symbol that is always praised is no news, and old news alone is no surprise.
    """
    weight = math.fsum(story.weight for story in stories)
    usual = math.fsum(story.lasting for story in stories)
    if len(stories) < USUAL_STORIES or weight == 0.0:
        return None
    now = math.fsum(story.weight * story.value for story in stories) / weight
    difference = now - math.fsum(story.lasting * story.steady for story in stories) / usual
    bounded = max(-1.0, min(1.0, believed * difference))
    return round(bounded, _DIGITS) + 0.0, round(difference, _DIGITS) + 0.0


def _outlet_factor(articles: Sequence[ScoredArticle]) -> float:
    outlets = independent_outlets([article.outlet for article in articles])
    return min(MAX_OUTLET_FACTOR, 1.0 + math.log(outlets))


def _contributions(stories: Sequence[_Story], shrinkage: float) -> tuple[Contribution, ...]:
    """Each article's share of the value.

    What the cap takes from a dominant story is given to nobody: it counts as silence. Handing it
    to the others would let two faded stories outvote a fresh one.
    """
    total = math.fsum(story.weight for story in stories)
    if total == 0.0:
        return tuple(
            Contribution(a.article_id, a.story_id, 0.0, a.model_version)
            for s in stories
            for a in s.articles
        )
    capped = sum(story.present for story in stories) >= CAP_FROM_STORIES
    most = MAX_STORY_PART if capped else 1.0
    shares = [
        Contribution(
            article.article_id,
            article.story_id,
            round(shrinkage * min(story.weight / total, most) * part * article.value, _DIGITS)
            + 0.0,
            article.model_version,
        )
        for story in stories
        for article, part in zip(story.articles, story.parts, strict=True)
    ]
    return tuple(sorted(shares, key=lambda c: (-abs(c.share), c.article_id)))


def _confidence(stories: Sequence[_Story]) -> float:
    """Evidence x agreement: told by many and saying the same."""
    evidence = math.fsum(story.weight for story in stories)
    pulls = [story.weight * story.value for story in stories]
    strongest = math.fsum(abs(pull) for pull in pulls)
    agreement = abs(math.fsum(pulls)) / strongest if strongest > 0.0 else 1.0
    return evidence / (evidence + SHRINKAGE_STORIES) * (1.0 + agreement) / 2.0
