"""Scoring: each text judged once, by the first model of the chain that can be asked.

Asking some models costs. Of those, a story is asked for once: who retells it takes the verdict on
who told it first.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from fintech_pipeline.errors import ProviderError, RateLimited
from fintech_pipeline.news.retelling import retells
from fintech_pipeline.sentiment.model import SentimentModel
from fintech_pipeline.sentiment.scores import NotAsked, SentimentScore, Text, Unscored, Verdict

LONGEST_PAUSE = timedelta(seconds=90)
"""A plan's minute is waited out before another model stands in: what that says is final."""
NOT_STORED = 0
"""The id of an article, and of a story, that is none of ours."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A text that waits for a verdict.

    Attributes:
        text: What is asked.
        story_id: The story it tells.
        known_at: From when it may be used (UTC).
    """

    text: Text
    story_id: int
    known_at: datetime

    @property
    def key(self) -> tuple[int, str]:
        """The article and the symbol."""
        return self.text.article_id, self.text.symbol


@dataclass(frozen=True, slots=True)
class Passed:
    """A model of the chain that could not be asked, and why."""

    model_version: str
    error: ProviderError


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a text.

    Attributes:
        pending: The text.
        verdict: What was said of it.
        model_version: Who said it.
        same_as: The article that was asked in its place, which it retells; None: it was itself.
        passed: The models that could not be asked, as the chain has them; where one stood in for
            them, those before it.
    """

    pending: Pending
    verdict: Verdict
    model_version: str
    same_as: int | None = None
    passed: tuple[Passed, ...] = ()

    @property
    def refused(self) -> ProviderError | None:
        """Why the first model of the chain was not asked and another stood in; None: it was."""
        stood_in = self.passed and isinstance(self.verdict, SentimentScore)
        return self.passed[0].error if stood_in else None


def score_texts(models: Sequence[SentimentModel], pending: Sequence[Pending]) -> list[Judged]:
    """Asks the first model, and of what it could not be asked, the next.

    Args:
        models: The chain, the preferred first.
        pending: The texts.

    Returns:
        One a text; `NotAsked` where nobody could be asked.

    Raises:
        ProviderError: A model answered for another number of texts.
        StorageError: The ledger is away; nothing may be asked.
    """
    first, *others = models
    return stand_in(others, ask(first, pending))


def judged_alone(models: Sequence[SentimentModel], text: Text, at: datetime) -> Judged:
    """What the chain says of one text that is no stored article's.

    Args:
        models: The chain, the preferred first.
        text: What is judged.
        at: Now (UTC).

    Raises:
        ProviderError: A model answered for another number of texts.
        StorageError: The ledger is away; nothing may be asked.
    """
    (judged,) = score_texts(models, [Pending(text, NOT_STORED, at)])
    return judged


def stand_in(others: Sequence[SentimentModel], judged: Sequence[Judged]) -> list[Judged]:
    """What the next models say of each text that the first could not be asked, in its place.

    What it was asked and gave no verdict on stays without: nobody makes one up in its place.

    Args:
        others: The chain after the first model.
        judged: What became of the texts at the first.

    Returns:
        One a text; `NotAsked` where nobody could be asked.

    Raises:
        ProviderError: A model answered for another number of texts.
        StorageError: The ledger is away; nothing may be asked.
    """
    judged = list(judged)
    for model in others:
        lacking = [one.pending for one in judged if isinstance(one.verdict, NotAsked)]
        found = {one.pending.key: one for one in ask(model, lacking)}
        judged = [_or_else(one, found.get(one.pending.key)) for one in judged]
    return judged


def may_be_asked_in(one: Judged) -> timedelta | None:
    """After how long the text may be asked for; None where that is not soon, or it was asked."""
    error = one.verdict.error if isinstance(one.verdict, NotAsked) else None
    if isinstance(error, RateLimited) and error.retry_after <= LONGEST_PAUSE:
        return error.retry_after
    return None


def to_ask(pending: Sequence[Pending], told: Sequence[Judged]) -> list[Pending]:
    """The texts that a model which costs has to be asked: the first tellings of what is not told.

    Args:
        pending: The texts.
        told: What the model has scored before of their stories.
    """
    in_time = sorted(pending, key=lambda one: (one.known_at, one.key))
    _, left = _shared(in_time, told)
    return _first_tellings(left)[0]


def _or_else(one: Judged, other: Judged | None) -> Judged:
    """The other's score in place of the verdict that could not be asked for."""
    if other is None:
        return one
    if isinstance(other.verdict, SentimentScore):
        return replace(other, passed=one.passed)
    return replace(one, passed=(*one.passed, *other.passed))


def ask(
    model: SentimentModel, pending: Sequence[Pending], told: Sequence[Judged] = ()
) -> list[Judged]:
    """What one model says of each text; one that costs is asked for a story's first telling.

    Args:
        model: Who is asked.
        pending: The texts.
        told: What the model has scored before of the texts' stories.

    Returns:
        One a text, in any order; `NotAsked` where it could not be asked.

    Raises:
        ProviderError: It answered for another number of texts.
        StorageError: The ledger is away; nothing may be asked.
    """
    if not model.costs:
        return _verdicts(model, pending)
    in_time = sorted(pending, key=lambda one: (one.known_at, one.key))
    done, left = _shared(in_time, told)
    while left:
        asked, retold = _first_tellings(left)
        new = _verdicts(model, asked)
        # Who retells what the model gave no verdict on is asked itself, in the next round.
        shared, left = _shared(retold, new)
        done += [*new, *shared]
    return done


def _verdicts(model: SentimentModel, pending: Sequence[Pending]) -> list[Judged]:
    verdicts = model.score([one.text for one in pending]) if pending else []
    if len(verdicts) != len(pending):
        raise ProviderError(
            f"{model.version} gave {len(verdicts)} verdicts for {len(pending)} texts; none of them "
            "was kept."
        )
    return [
        Judged(one, verdict, model.version, passed=_passed(model, verdict))
        for one, verdict in zip(pending, verdicts, strict=True)
    ]


def _passed(model: SentimentModel, verdict: Verdict) -> tuple[Passed, ...]:
    return (Passed(model.version, verdict.error),) if isinstance(verdict, NotAsked) else ()


def _first_tellings(in_time: Iterable[Pending]) -> tuple[list[Pending], list[Pending]]:
    """Who tells something first, and who only retells one of those."""
    firsts: dict[tuple[int, str], list[Pending]] = defaultdict(list)
    retold = []
    for one in in_time:
        before = firsts[one.story_id, one.text.symbol]
        if any(_retells(one, first) for first in before):
            retold.append(one)
        else:
            before.append(one)
    return [one for group in firsts.values() for one in group], retold


def _shared(
    pending: Iterable[Pending], judged: Iterable[Judged]
) -> tuple[list[Judged], list[Pending]]:
    """Who takes the verdict on an earlier telling, and who finds none to take."""
    by_story: dict[tuple[int, str], list[Judged]] = defaultdict(list)
    for one in judged:
        if not isinstance(one.verdict, Unscored):
            by_story[one.pending.story_id, one.pending.text.symbol].append(one)
    done, left = [], []
    for text in pending:
        tellings = by_story[text.story_id, text.text.symbol]
        first = next((one for one in tellings if _retells(text, one.pending)), None)
        if first is None:
            left.append(text)
        else:
            done.append(_copied(text, first))
    return done, left


def _copied(text: Pending, first: Judged) -> Judged:
    """The verdict on the first telling, which was paid for there."""
    if not isinstance(first.verdict, SentimentScore):
        return Judged(text, first.verdict, first.model_version, passed=first.passed)
    verdict = replace(first.verdict, tokens=0, cost_usd=Decimal(0))
    return Judged(text, verdict, first.model_version, first.pending.text.article_id)


def _retells(one: Pending, earlier: Pending) -> bool:
    before, text = earlier.text.headline, one.text
    return retells(text.headline, one.known_at, before, earlier.known_at, text.names)
