"""The step of `article_sentiment`, without Dagster.

It takes the lock of its days and stores verdicts as they come: they are facts, some are paid for,
and a run that dies pays for none of them again. Its slots it tells at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from fintech_pipeline.clock import Window
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import QuotaExhausted, together
from fintech_pipeline.orchestration.due import ARTICLE_SENTIMENT, inputs_end
from fintech_pipeline.orchestration.recording import record_slots, slots_answered_for
from fintech_pipeline.orchestration.records import counted
from fintech_pipeline.orchestration.unanswered import partial_slots, settle_scores
from fintech_pipeline.orchestration.work import Work
from fintech_pipeline.sentiment.scores import NotAsked
from fintech_pipeline.sentiment.scoring import Judged, Pending, ask, may_be_asked_in, stand_in
from fintech_pipeline.signals.computation import NEWS_HORIZON
from fintech_pipeline.storage.locks import locked

LOCK_WAIT_SECONDS = 300.0
TEXTS_AT_ONCE = 400
"""How many texts are asked before their verdicts are stored: a few rounds of full requests."""


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


def score_articles(pipeline: Pipeline, work: Work) -> SentimentStep:
    """Scores every text the work's slots may see that nobody has judged for the preferred model.

    Raises:
        ProviderError: A model answered for another number of texts.
        StorageError: Another run holds the day, or the database refused.
    """
    end = inputs_end(pipeline, work) if work.slot_at is None else max(work.now, work.slot_at)
    window = Window(work.window.start - NEWS_HORIZON, end)
    slots = slots_answered_for(pipeline, ARTICLE_SENTIMENT, work)
    preferred = pipeline.models[0]
    judged: list[Judged] = []
    with locked(pipeline.database, ARTICLE_SENTIMENT, work.days, LOCK_WAIT_SECONDS) as held:
        pending = pipeline.scores.pending(preferred.version, window)
        for start in range(0, len(pending), TEXTS_AT_ONCE):
            judged += _judge(pipeline, held, pending[start : start + TEXTS_AT_ONCE])
        step = SentimentStep(judged, tuple(model.version for model in pipeline.models))
        lacking = {version: str(verdict.error) for version, verdict in step.waiting.items()}
        with held.begin():
            known = partial(pipeline.scores.known, held, preferred.version)
            records = counted(slots, known, lacking)
            record_slots(pipeline, held, ARTICLE_SENTIMENT, records, work)
            if not lacking:
                before = partial_slots(held, Window(window.start, work.window.start))
                settle_scores(held, counted(before, known, {}))
    return step


def _judge(pipeline: Pipeline, held: sa.Connection, texts: list[Pending]) -> list[Judged]:
    """What becomes of each text, stored as it comes.

    Where the preferred model may be asked again soon, that is waited for, as long as it helps.
    """
    preferred, *others = pipeline.models
    judged: list[Judged] = []
    refused: list[Judged] = []
    waited = False
    while True:
        stories = {one.story_id for one in texts} if preferred.costs else set()
        new = ask(preferred, texts, pipeline.scores.told(preferred.version, stories))
        pauses = [pause for one in new if (pause := may_be_asked_in(one)) is not None]
        if not pauses or (waited and len(pauses) == len(new)):
            break
        came = [one for one in new if not isinstance(one.verdict, NotAsked)]
        refused += [one for one in new if _refused_for_long(one)]
        with held.begin():
            pipeline.scores.write(held, came, preferred.version, pipeline.clock())
        judged += came
        texts = [one.pending for one in new if may_be_asked_in(one) is not None]
        pipeline.ledger.sleep(max(pauses).total_seconds())
        waited = True
    last = stand_in(others, [*refused, *new])
    with held.begin():
        pipeline.scores.write(held, last, preferred.version, pipeline.clock())
    return judged + last


def _refused_for_long(one: Judged) -> bool:
    return isinstance(one.verdict, NotAsked) and may_be_asked_in(one) is None


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
