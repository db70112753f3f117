"""The local model: scores texts without key, network or cost, and says what moved it."""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path

from fintech_pipeline.sentiment.models.local.clauses import NUMBER, OTHER, OWN
from fintech_pipeline.sentiment.models.local.features import MARKS, Seen, seen_in
from fintech_pipeline.sentiment.models.local.scoring import Linear, probabilities
from fintech_pipeline.sentiment.models.local.weights import (
    PATH,
    Weights,
    read_weights,
    shipped_weights,
)
from fintech_pipeline.sentiment.scores import Label, SentimentScore, Text, Verdict

HEADLINE, SUMMARY = 1.0, 0.4
"""How much each counts in the mean of what they say."""
MOST_HEADLINE, MOST_SUMMARY = 500, 2_000
"""How many letters of them are read."""
CLASSES = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
_SILENT = "no telling word found"
_AT_ONCE = 400
_DIGITS = 6
_MASKED = frozenset({OWN, OTHER, NUMBER, *MARKS})
_SHOWN_LETTERS = 40

Evidence = tuple[float, float, float]


class LocalModel:
    """A linear model over n-grams and a reading by a lexicon: deterministic, the same everywhere.

    Args:
        path: The weights' file; read when it is first needed.

    Raises:
        ConfigurationError: On first use, the weights are missing, damaged or of another version.
    """

    costs = False

    def __init__(self, path: Path = PATH) -> None:
        self._path = path

    @property
    def version(self) -> str:
        """The release and a hash of weights and lexicon."""
        return self.weights.version

    @cached_property
    def weights(self) -> Weights:
        """What was learned."""
        return shipped_weights() if self._path == PATH else read_weights(self._path)

    @cached_property
    def linear(self) -> Linear:
        """The linear part."""
        return Linear(self.weights)

    @cached_property
    def _tilts(self) -> list[int]:
        """By how much each n-gram speaks more for positive than for negative."""
        tilts: list[int] = (self.weights.rows[:, 2] - self.weights.rows[:, 0]).tolist()
        return tilts

    def score(self, texts: Sequence[Text]) -> list[Verdict]:
        """One verdict a text, in the same order; never `Unscored`: silence is neutral, and unsure.

        The value is p(positive) - p(negative), the label the most likely class, the confidence its
        probability; the reason names what spoke most for it.
        """
        waiting = iter(texts)
        verdicts: list[Verdict] = []
        while batch := list(islice(waiting, _AT_ONCE)):
            verdicts.extend(self._score(batch))
        return verdicts

    def _score(self, texts: Sequence[Text]) -> Iterator[SentimentScore]:
        seen = [parts_of(text) for text in texts]
        rows = self.linear.evidence([part for parts in seen for part, _ in parts]).tolist()
        following = iter(rows)
        for parts in seen:
            found = [(next(following), share) for _, share in parts]
            evidence = (
                math.fsum(row[0] * share for row, share in found),
                math.fsum(row[1] * share for row, share in found),
                math.fsum(row[2] * share for row, share in found),
            )
            yield self._verdict(evidence, parts)

    def _verdict(self, evidence: Evidence, parts: Sequence[tuple[Seen, float]]) -> SentimentScore:
        likely = probabilities(evidence)
        value = round(likely[2] - likely[0], _DIGITS)
        label = CLASSES[likely.index(max(likely))]
        if value == 0.0:
            label = Label.NEUTRAL
        confidence = round(max(likely), _DIGITS)
        reason = self._reason(label, parts)
        return SentimentScore(value, label, confidence, reason, answered_by=self.version)

    def _reason(self, label: Label, parts: Sequence[tuple[Seen, float]]) -> str:
        """What the lexicon read that agrees with the label, else the most telling n-gram."""
        cues = [(cue.value * share, cue.phrase) for seen, share in parts for cue in seen.cues]
        if not cues:
            return _SILENT if label is Label.NEUTRAL else self._telling_gram(label, parts[0][0])
        sign = {Label.POSITIVE: 1.0, Label.NEUTRAL: 0.0, Label.NEGATIVE: -1.0}[label]
        strongest: dict[str, str] = {}
        for value, phrase in sorted(cues, key=lambda cue: (-abs(cue[0]), cue[1])):
            if sign == 0.0 or value * sign > 0.0:
                strongest.setdefault(phrase, "good" if value > 0.0 else "bad")
        told = ", ".join(f'"{phrase}" is {tone}' for phrase, tone in islice(strongest.items(), 2))
        if label is Label.NEUTRAL:
            return f"{told}, and little else is telling"
        return told or self._telling_gram(label, parts[0][0])

    def _telling_gram(self, label: Label, seen: Seen) -> str:
        """The n-gram that says most of it, in the text's own words."""
        tilts, place = self._tilts, self.weights.place
        sign = 1 if label is Label.POSITIVE else -1
        best, spanned = 0, range(0)
        for gram, places in seen.spans():
            tilt = sign * tilts[place[gram]] if gram in place else 0
            if tilt > best and not _MASKED.issuperset(seen.shapes[n] for n in places):
                best, spanned = tilt, places
        told = " ".join(filter(None, (seen.shown[n] for n in spanned)))
        return f'"{told[:_SHOWN_LETTERS]}" sounds {label}' if told else f"all in all {label}"


def parts_of(text: Text) -> list[tuple[Seen, float]]:
    """What is seen in the headline and in the summary, if any, and the share of each."""
    headline = seen_in(text.headline[:MOST_HEADLINE], text.names)
    if not text.summary:
        return [(headline, 1.0)]
    summary = seen_in(text.summary[:MOST_SUMMARY], text.names)
    whole = HEADLINE + SUMMARY
    return [(headline, HEADLINE / whole), (summary, SUMMARY / whole)]
