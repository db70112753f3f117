"""The step of `article_sentiment`, without Dagster.

It takes the lock of its days and stores verdicts as they come: they are facts, some are paid for,
and a run that dies pays for none of them again. The last come in the transaction of its slots, so
that a step with few texts is done as a whole or not at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from fintech_pipeline.clock import Window
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import QuotaExhausted, together
from fintech_pipeline.orchestration.batch_scoring import LeftToBatches, leave_to_batches
from fintech_pipeline.orchestration.due import ARTICLE_SENTIMENT, inputs_end, news_from
from fintech_pipeline.orchestration.recording import record_slots, slots_answered_for
from fintech_pipeline.orchestration.records import counted
from fintech_pipeline.orchestration.stepping import as_step
from fintech_pipeline.orchestration.unanswered import (
    partial_slots,
    settle_scores,
    waited_until,
)
from fintech_pipeline.orchestration.work import Work
from fintech_pipeline.sentiment.model import SentimentModel
from fintech_pipeline.sentiment.scores import NotAsked
from fintech_pipeline.sentiment.scoring import Judged, Pending, ask, may_be_asked_in, stand_in
from fintech_pipeline.storage.locks import locked

LOCK_WAIT_SECONDS = 300.0
TEXTS_AT_ONCE = 400
"""How many texts are asked before their verdicts are stored: a few rounds of full requests."""
Chain = Sequence[SentimentModel]


@dataclass(frozen=True, slots=True)
class SentimentStep:
    """What `article_sentiment` did.

    Attributes:
        judged: What became of each text that waited.
        model_versions: The chain, the preferred model first.
    """

    judged: list[Judged]
    model_versions: tuple[str, ...]

    @property
    def waiting(self) -> dict[str, NotAsked]:
        """The models that could not be asked for some texts that nobody else scored, and why."""
        return {
            one.model_version: one.verdict
            for one in self.judged
            if isinstance(one.verdict, NotAsked)
        }


@as_step(ARTICLE_SENTIMENT)
def score_articles(pipeline: Pipeline, work: Work) -> SentimentStep:
    """Scores every text the work's slots may see that nobody has judged for the preferred model.

    Raises:
        ProviderError: A model answered for another number of texts.
        StorageError: Another run holds the day, or the database refused.
    """
    end = inputs_end(pipeline, work) if work.slot_at is None else max(work.now, work.slot_at)
    window = Window(news_from(pipeline, work), end)
    slots = slots_answered_for(pipeline, ARTICLE_SENTIMENT, work)
    preferred = pipeline.models[0]
    left = leave_to_batches(pipeline, window) if work.slot_at is None else None
    judged: list[Judged] = []
    with locked(pipeline.database, ARTICLE_SENTIMENT, work.days, LOCK_WAIT_SECONDS) as held:
        with held.begin():
            late_before = waited_until(held, Window(window.start, work.window.end))
        write = partial(
            pipeline.scores.write,
            held,
            preferred_version=preferred.version,
            late_before=late_before,
        )
        pending = pipeline.scores.pending(preferred.version, window)
        *before_last, last = _parts(pipeline.models, pending, left)
        for models, texts in before_last:
            stored, new = _judged(pipeline, held, write, models, texts)
            with held.begin():
                write(new, at=pipeline.clock())
            judged += stored + new
        stored, new = _judged(pipeline, held, write, *last)
        judged += stored + new
        step = SentimentStep(judged, tuple(model.version for model in pipeline.models))
        lacking = {version: str(verdict.error) for version, verdict in step.waiting.items()}
        with held.begin():
            write(new, at=pipeline.clock())
            known = partial(pipeline.scores.known, held, preferred.version)
            records = counted(slots, known, lacking)
            record_slots(pipeline, held, ARTICLE_SENTIMENT, records, work)
            if not lacking:
                before = partial_slots(held, Window(window.start, work.window.start))
                settle_scores(held, counted(before, known, {}))
    return step


def _parts(
    models: Chain, pending: Sequence[Pending], left: LeftToBatches | None
) -> list[tuple[Chain, Sequence[Pending]]]:
    """Who is asked for which texts, one part after the other; the last of them may be empty."""
    later = [one for one in pending if left is not None and left.takes(one)]
    keys = {one.key for one in later}
    now = [one for one in pending if one.key not in keys]
    starts = range(0, max(1, len(now)), TEXTS_AT_ONCE)
    parts: list[tuple[Chain, Sequence[Pending]]] = []
    if left is not None:
        parts.append(((left,), later))
    return [*parts, *((models, now[start : start + TEXTS_AT_ONCE]) for start in starts)]


def _judged(
    pipeline: Pipeline,
    held: sa.Connection,
    write: Callable[..., None],
    models: Chain,
    texts: Sequence[Pending],
) -> tuple[list[Judged], list[Judged]]:
    """What becomes of each text: what is stored by now, and what is left to store.

    Where the preferred model may be asked again soon, that is waited for, as long as it helps.
    """
    preferred, *others = models
    stored: list[Judged] = []
    refused: list[Judged] = []
    waited = False
    while True:
        told: list[Judged] = []
        if preferred.costs:
            told = pipeline.scores.told(preferred.version, {one.story_id for one in texts})
        new = ask(preferred, texts, told)
        pauses = {one.pending.key: pause for one in new if (pause := may_be_asked_in(one))}
        if not pauses or (waited and len(pauses) == len(new)):
            return stored, stand_in(others, [*refused, *new])
        came = [one for one in new if not isinstance(one.verdict, NotAsked)]
        with held.begin():
            write(came, at=pipeline.clock())
        stored += came
        soon = [one for one in new if one.pending.key in pauses]
        refused += [one for one in new if isinstance(one.verdict, NotAsked) and one not in soon]
        texts = [one.pending for one in soon]
        pipeline.ledger.sleep(max(pauses.values()).total_seconds())
        waited = True


def require_scores(steps: Sequence[SentimentStep]) -> None:
    """That not one text could be scored, where some waited, is a failure of the run.

    Not so for the sake of the budget or the quota alone: the slots say that they lack it, and the
    next run with a quota scores what waits.

    Raises:
        ProviderError: No model could be asked.
    """
    judged = [one for step in steps for one in step.judged]
    refused = [one.verdict.error for one in judged if isinstance(one.verdict, NotAsked)]
    failures = list({str(error): error for error in refused}.values())
    if not judged or len(refused) < len(judged):
        return
    if not all(isinstance(error, QuotaExhausted) for error in failures):
        raise together(failures)
