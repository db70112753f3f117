"""Whether a later headline only tells again what an earlier one of its story told. Pure.

A story goes on: "Apple has its best day since 1998" and, a day later, "Apple drops 4% after its
best day" are one story and two verdicts. Of 884 pairs of a story's first and a later article in
three months of real headlines, those that turn come later or share few words. Within the bounds
below 661 of 6,743 texts need no call of their own; without them it would be 968.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from fintech_pipeline.news.stories import headline_tokens

RETOLD_WITHIN = timedelta(hours=12)
"""Outlets copy within hours; what comes later reports what has happened since."""
RETOLD_LIKENESS = 0.4
"""The least mean of overlap and containment of the words, all weighing the same, names apart."""


def retells(
    headline: str,
    known_at: datetime,
    earlier: str,
    earlier_known_at: datetime,
    names: Iterable[str] = (),
) -> bool:
    """Whether an article says what an earlier one of the same story said.

    Args:
        headline: The article's.
        known_at: From when it may be used (UTC).
        earlier: The other's headline.
        earlier_known_at: From when that may be used: what is known later is never retold.
        names: What headlines call the instrument; that both name it says nothing.
    """
    if not timedelta(0) <= known_at - earlier_known_at <= RETOLD_WITHIN:
        return False
    named = {token for name in names for token in headline_tokens(name)}
    own, theirs = (set(headline_tokens(text)) - named for text in (headline, earlier))
    if not own or not theirs:
        return headline == earlier
    shared = len(own & theirs)
    likeness = (shared / len(own | theirs) + shared / min(len(own), len(theirs))) / 2
    return likeness >= RETOLD_LIKENESS
