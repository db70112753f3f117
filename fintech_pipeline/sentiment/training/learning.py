"""What `fintech sentiment train` does: divides SEntFiN, cross-validates, fits, writes the weights.

A fifth of the near-duplicate groups, chosen by a hash, is held back for good: nothing is learned
from it and no choice was made with it. The rest is learned from; what it says of itself comes from
five-fold cross-validation, in which near-duplicates never stand on both sides. Our own plain
headlines are learned from in every fold and judged in none.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.sentiment.labelled import Example, Title
from fintech_pipeline.sentiment.models.local.scoring import Linear, probabilities
from fintech_pipeline.sentiment.models.local.weights import parse_weights, weights_file
from fintech_pipeline.sentiment.scores import Label
from fintech_pipeline.sentiment.training.fitting import (
    CLASSES,
    Fitted,
    fit,
    look,
    table_of,
    temperature_of,
)
from fintech_pipeline.sentiment.training.near_duplicates import fold_of_groups, groups_of
from fintech_pipeline.sentiment.training.plain_headlines import (
    WEIGHT,
    fingerprint,
    plain_headlines,
)

FOLDS = 5
HELD_BACK = 0
"""The fifth that is held back."""

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Division:
    """SEntFiN, divided.

    Attributes:
        titles: All of it.
        held_back: Those that nothing is learned from.
        learned: The others.
        folds: The fold of each of `learned`.
    """

    titles: Sequence[Title]
    held_back: list[Title]
    learned: list[Title]
    folds: Places


@dataclass(frozen=True, slots=True)
class Guess:
    """What a model that never saw the example, nor its like, says of it."""

    title: Title
    example: Example
    label: Label
    confidence: float


@dataclass(frozen=True)
class Trained:
    """What training brought.

    Attributes:
        content: The weights' file.
        temperature: By what the evidence was divided.
        guesses: The cross-validation's, at that temperature.
    """

    content: bytes
    temperature: float
    guesses: list[Guess]


def divide(titles: Sequence[Title]) -> Division:
    """The fifth that is held back, and the folds of the rest; near-duplicates stay together.

    Raises:
        ConfigurationError: There are too few titles to divide.
    """
    headlines = [title.headline for title in titles]
    groups = groups_of(headlines)
    back = fold_of_groups(headlines, groups, FOLDS, "third") == HELD_BACK
    folds = fold_of_groups(headlines, groups, FOLDS, "fold")
    held_back = [title for title, is_back in zip(titles, back, strict=True) if is_back]
    learned = [title for title, is_back in zip(titles, back, strict=True) if not is_back]
    division = Division(titles, held_back, learned, folds[~back])
    for fold in range(FOLDS):
        others = [t for t, f in zip(learned, division.folds, strict=True) if f != fold]
        found = {label for title in others for label in title.labels.values()}
        if found != set(Label) or not (division.folds == fold).any():
            raise ConfigurationError(
                f"{len(titles):,} titles are too few to learn from and to check what was learned."
            )
    return division


def train(division: Division) -> Trained:
    """Weights learned from all but what is held back; the same division gives the same bytes.

    Raises:
        ConfigurationError: The weights would be too large.
    """
    titled = [(title, example) for title in division.learned for example in title.examples()]
    plain = plain_headlines()
    examples = [*[example for _, example in titled], *plain]
    seen = look(examples)
    counts = np.repeat([1.0, WEIGHT], [len(titled), len(plain)])
    folds = np.repeat(division.folds, [len(title.labels) for title in division.learned])
    folds = np.append(folds, np.full(len(plain), FOLDS))  # In none that is judged.
    evidence = np.zeros((len(titled), len(CLASSES)))
    for fold in range(FOLDS):
        inside, outside = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        fitted = fit(
            table_of([seen[n] for n in outside], [examples[n] for n in outside], counts[outside])
        )
        evidence[inside] = _linear(fitted).evidence([seen[n] for n in inside])
    table = table_of(seen, examples, counts)
    temperature = temperature_of(evidence, table.classes[: len(titled)])
    guesses = list(_guesses(titled, evidence / temperature))
    about = {
        "learned_from": _content_of(division.learned),
        "plain_headlines": {"examples": len(plain), "sha256": fingerprint()},
        "held_back": _content_of(division.held_back),
        "temperature": temperature,
        "classes": list(CLASSES),
    }
    return Trained(weights_file(fit(table).rows(temperature), about), temperature, guesses)


def _linear(fitted: Fitted) -> Linear:
    return Linear(parse_weights(weights_file(fitted.rows(temperature=1.0), {})))


def _guesses(
    titled: Sequence[tuple[Title, Example]], evidence: npt.NDArray[np.float64]
) -> Iterator[Guess]:
    for (title, example), row in zip(titled, evidence.tolist(), strict=True):
        likely = probabilities(row)
        most = max(likely)
        yield Guess(title, example, CLASSES[likely.index(most)], most)


def _content_of(titles: Sequence[Title]) -> dict[str, Any]:
    """How much it is, and a hash by which it is known again."""
    told = "\n".join(f"{title.headline}\t{sorted(title.labels.items())}" for title in titles)
    return {
        "set": "SEntFiN 1.0 (MIT)",
        "titles": len(titles),
        "labels": sum(len(title.labels) for title in titles),
        "sha256": hashlib.sha256(told.encode()).hexdigest(),
    }
