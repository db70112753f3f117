"""The labelled sets a folder holds, and what each method says of them.

Of Financial PhraseBank the half that may guide choices is left out, of SEntFiN all that the shipped
model learned from: what is measured was never looked at.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.sentiment.evaluation import Figures, figures_of, majority
from fintech_pipeline.sentiment.labelled import (
    AGREEMENTS,
    PHRASEBANK,
    SENTFIN,
    Example,
    Title,
    may_guide,
    read_phrasebank,
    read_sentfin,
)
from fintech_pipeline.sentiment.model import SentimentModel
from fintech_pipeline.sentiment.scores import Label, SentimentScore
from fintech_pipeline.sentiment.training.learning import Guess, divide, train

VADER_NEUTRAL = 0.05
"""VADER's own cut: a compound score below this size is neutral (its README)."""
_SPEED_ROUNDS = 3
_SPEED_TEXTS = 5_000


@dataclass(frozen=True, slots=True)
class Guessed:
    """Examples, and what our model says of each."""

    examples: list[Example]
    labels: list[Label]
    confidence: list[float]


@dataclass(frozen=True, slots=True)
class Compared:
    """A set, and how each method did on it.

    Attributes:
        name: Of the set and of its part.
        ours: The local model.
        majority: Always the most frequent class of the very set.
        vader: VADER, cut at ±0.05.
        titles_right: On titles with several labels, how many had every entity right; else None.
    """

    name: str
    ours: Figures
    majority: Figures
    vader: Figures
    titles_right: float | None = None


@dataclass(frozen=True, slots=True)
class Speed:
    """Headlines a second of one core's time, both in one run."""

    ours: float
    vader: float


def compare(model: SentimentModel, folder: Path, *, cross_validate: bool = False) -> list[Compared]:
    """How the model and its rivals do on each set that the folder holds.

    Args:
        model: What is measured.
        folder: Where the folders `financial_phrasebank` and `sentfin` are, or one of them.
        cross_validate: Whether to train five times besides, so that all of SEntFiN can be judged.

    Raises:
        ConfigurationError: The folder holds no known set, or one that cannot be read.
    """
    found = []
    if (folder / PHRASEBANK).is_dir():
        for agreement in AGREEMENTS:
            held = [e for e in read_phrasebank(folder, agreement) if not may_guide(e.text.headline)]
            name = f"PhraseBank {agreement}, held-back half"
            found.append(_compared(name, _asked(model, held)))
    if (folder / SENTFIN).is_dir():
        division = divide(read_sentfin(folder))
        guesses = _guesses(model, division.held_back)
        found += _sentfin("held-back fifth", guesses)
        if cross_validate:
            learned = train(division).guesses
            found += _sentfin("five-fold", learned, single_only=True)
            found += _sentfin("all, out of sample", [*learned, *guesses], conflicting_only=True)
    if not found:
        raise ConfigurationError(
            f"{folder} holds no labelled set: a folder {PHRASEBANK} or {SENTFIN} is looked for."
        )
    return found


def speed(model: SentimentModel, examples: Sequence[Example]) -> Speed:
    """How fast the model and VADER are, in turns, by the processor's time; the medians."""
    texts = [example.text for example in examples][:_SPEED_TEXTS]
    vader = SentimentIntensityAnalyzer()

    def theirs() -> None:
        for text in texts:
            vader.polarity_scores(text.headline)

    rounds = [
        (_seconds(lambda: model.score(texts)), _seconds(theirs)) for _ in range(_SPEED_ROUNDS + 1)
    ][1:]
    ours, others = (sorted(taken)[_SPEED_ROUNDS // 2] for taken in zip(*rounds, strict=True))
    return Speed(len(texts) / ours, len(texts) / others)


def speed_examples(folder: Path) -> list[Example]:
    """Real headlines to be quick on: SEntFiN's, or PhraseBank's where only that is there."""
    if (folder / SENTFIN).is_dir():
        return [example for title in read_sentfin(folder) for example in title.examples()[:1]]
    return read_phrasebank(folder, AGREEMENTS[-1])


def _seconds(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return time.process_time() - started


def _asked(model: SentimentModel, examples: list[Example]) -> Guessed:
    verdicts = model.score([example.text for example in examples])
    scores = [verdict for verdict in verdicts if isinstance(verdict, SentimentScore)]
    if len(scores) != len(examples):
        raise ConfigurationError(f"{model.version} gave no score for some of the texts.")
    return Guessed(examples, [s.label for s in scores], [s.confidence for s in scores])


def _guesses(model: SentimentModel, titles: Sequence[Title]) -> list[Guess]:
    titled = [(title, example) for title in titles for example in title.examples()]
    said = _asked(model, [example for _, example in titled])
    return [
        Guess(title, example, label, confidence)
        for (title, example), label, confidence in zip(
            titled, said.labels, said.confidence, strict=True
        )
    ]


def _sentfin(
    part: str, guesses: list[Guess], *, single_only: bool = False, conflicting_only: bool = False
) -> list[Compared]:
    """The titles with one label, seen from their first entity, and the others, from each."""
    single = [
        guess
        for before, guess in zip([None, *guesses], guesses, strict=False)
        if not guess.title.conflicting and (before is None or before.title is not guess.title)
    ]
    several = [guess for guess in guesses if guess.title.conflicting]
    right: dict[int, bool] = {}
    for guess in several:
        hit = guess.label == guess.example.label
        right[id(guess.title)] = right.get(id(guess.title), True) and hit
    found = []
    if single and not conflicting_only:
        found.append(_compared(f"SEntFiN, one label, {part}", _of(single)))
    if several and not single_only:
        name = f"SEntFiN, {len(right):,} titles of several labels, {part}"
        found.append(_compared(name, _of(several), sum(right.values()) / len(right)))
    return found


def _of(guesses: Sequence[Guess]) -> Guessed:
    return Guessed(
        [guess.example for guess in guesses],
        [guess.label for guess in guesses],
        [guess.confidence for guess in guesses],
    )


def _compared(name: str, guessed: Guessed, titles_right: float | None = None) -> Compared:
    labels = [example.label for example in guessed.examples]
    most = majority(labels)
    vader = SentimentIntensityAnalyzer()
    said = [_vader_label(vader, example.text.headline) for example in guessed.examples]
    return Compared(
        name,
        figures_of(labels, guessed.labels, guessed.confidence),
        figures_of(labels, [most] * len(labels)),
        figures_of(labels, said),
        titles_right,
    )


def _vader_label(vader: SentimentIntensityAnalyzer, text: str) -> Label:
    compound = vader.polarity_scores(text)["compound"]
    if compound >= VADER_NEUTRAL:
        return Label.POSITIVE
    return Label.NEGATIVE if compound <= -VADER_NEUTRAL else Label.NEUTRAL
