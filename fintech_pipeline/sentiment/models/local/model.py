"""The local model: scores texts without key, network or cost, and says what moved it."""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path

from fintech_pipeline.sentiment.models.local.clauses import OTHER, OWN
from fintech_pipeline.sentiment.models.local.features import Seen, seen_in
from fintech_pipeline.sentiment.models.local.scoring import Linear, probabilities
from fintech_pipeline.sentiment.models.local.weights import PATH, Weights, read_weights
from fintech_pipeline.sentiment.scores import Label, SentimentScore, Text, Verdict

HEADLINE, SUMMARY = 1.0, 0.4
"""How much each counts in the mean of what they say."""
MOST_HEADLINE, MOST_SUMMARY = 500, 2_000
"""How many letters of them are read."""
CLASSES = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
_AT_ONCE = 500
_DIGITS = 6
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
        return read_weights(self._path)

    @cached_property
    def linear(self) -> Linear:
        """The linear part."""
        return Linear(self.weights)

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
        sign = {Label.POSITIVE: 1.0, Label.NEUTRAL: 0.0, Label.NEGATIVE: -1.0}[label]
        strongest: dict[str, str] = {}
        for value, phrase in sorted(cues, key=lambda cue: (-abs(cue[0]), cue[1])):
            if sign == 0.0 or value * sign > 0.0:
                strongest.setdefault(phrase, "good" if value > 0.0 else "bad")
        told = ", ".join(f'"{phrase}" is {tone}' for phrase, tone in islice(strongest.items(), 2))
        if label is Label.NEUTRAL:
            return f"{told}, and little else is telling" if told else "no telling word found"
        return told or self._telling_gram(label, parts[0][0])

    def _telling_gram(self, label: Label, seen: Seen) -> str:
        rows, place = self.weights.rows, self.weights.place
        side = CLASSES.index(label)
        best, told = 0, ""
        for gram, start, length in zip(seen.grams, seen.starts, seen.lengths, strict=True):
            if gram in place and seen.shapes[start : start + length] not in ([OWN], [OTHER]):
                row = rows[place[gram]]
                if (tilt := int(row[side] - row[2 - side])) > best:
                    words = " ".join(filter(None, seen.shown[start : start + length]))
                    best, told = tilt, words[:_SHOWN_LETTERS]
        return f'"{told}" sounds {label}' if told else f"all in all it sounds {label}"


def parts_of(text: Text) -> list[tuple[Seen, float]]:
    """What is seen in the headline and in the summary, if any, and the share of each."""
    headline = seen_in(text.headline[:MOST_HEADLINE], text.names)
    if not text.summary:
        return [(headline, 1.0)]
    summary = seen_in(text.summary[:MOST_SUMMARY], text.names)
    whole = HEADLINE + SUMMARY
    return [(headline, HEADLINE / whole), (summary, SUMMARY / whole)]
