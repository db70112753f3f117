"""Scoring the past at half the price: texts are handed over in batches and picked up later.

A batch is granted and written down before the vendor hears of it, under a name of ours, so that
one whose process died is found again in the vendor's list or given up. What a batch brings is
stored as any verdict is; a backfill then asks nothing of it again, and asks itself for what failed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa

from fintech_pipeline.clock import Window
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError, ProviderError, Rationed, Unavailable
from fintech_pipeline.quota.calls import NO_USAGE, Call
from fintech_pipeline.quota.exchange import Broken
from fintech_pipeline.quota.granting import record
from fintech_pipeline.quota.ledger import Grant
from fintech_pipeline.sentiment.batch_store import BatchState, OpenBatch, asked_for
from fintech_pipeline.sentiment.models.gemini.batches import (
    Batch,
    BatchRequest,
    GeminiBatches,
    Key,
    Standing,
    scores,
)
from fintech_pipeline.sentiment.models.gemini.model import GeminiModel
from fintech_pipeline.sentiment.scores import NotAsked, SentimentScore, Text, Verdict
from fintech_pipeline.sentiment.scoring import Judged, Pending, to_ask
from fintech_pipeline.signals.news_readings import NEWS_HORIZON
from fintech_pipeline.storage.locks import locked

PROVIDER = "gemini"
PURPOSE = "sentiment batch"
REQUESTS_A_BATCH = 20
"""So that the most that one may cost is a part of a small day's budget."""
GIVEN_UP_AFTER = timedelta(minutes=10)
"""A batch that the vendor does not list by then never reached it."""
LOCK_WAIT_SECONDS = 60.0
A_DAY = timedelta(days=1)
_LOCK, _ALWAYS = "sentiment_batches", date(2000, 1, 1)
_EVER = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class BatchPass:
    """What one look at the batches brought.

    Attributes:
        stored: How many scores came.
        failed: How many batches brought none.
        waiting: How many batches are open.
        handed_over: How many texts were handed over now.
        refused: Why not all were: the budget, the quota, an outage.
    """

    stored: int = 0
    failed: int = 0
    waiting: int = 0
    handed_over: int = 0
    refused: list[ProviderError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LeftToBatches:
    """Stands for a model in a backfill that leaves the past to its batches: it is asked nothing.

    Attributes:
        version: The model's.
        error: What is said of a text that waits.
        until: Until when articles became known (UTC) that no tick sees any more.
        answered: What a batch was answered for, and has no score all the same.
    """

    version: str
    error: ProviderError
    until: datetime
    answered: set[tuple[int, str]]
    costs = True

    def takes(self, one: Pending) -> bool:
        """Whether the text is the batches' to score."""
        return one.known_at <= self.until and one.key not in self.answered

    def score(self, texts: Sequence[Text]) -> list[Verdict]:
        """Nothing on each: the batch is asked."""
        return [NotAsked(self.error) for _ in texts]


def leave_to_batches(pipeline: Pipeline, window: Window) -> LeftToBatches | None:
    """Picks up and hands over what a backfill of the window leaves to the batches.

    Returns:
        What stands for the model there; None where the settings leave nothing to batches.

    Raises:
        StorageError: Another process is at it, or the database refused.
    """
    own, preferred = pipeline.settings.sentiment.gemini, pipeline.models[0]
    if own is None or not own.batch_backfills or not isinstance(preferred, GeminiModel):
        return None
    done, now = BatchScoring(pipeline).once(window), pipeline.clock()
    waits = Rationed(
        "Gemini's batches have what waits; run the backfill again when they are ready, within a "
        "day (sentiment.gemini.batch_backfills).",
        now + A_DAY,
    )
    error = done.refused[0] if done.refused else waits
    version = preferred.version
    return LeftToBatches(version, error, now - NEWS_HORIZON, pipeline.batches.answered(version))


@dataclass(frozen=True)
class BatchScoring:
    """The batches of a pipeline's preferred model."""

    pipeline: Pipeline

    @property
    def model(self) -> GeminiModel:
        """Whose batches they are.

        Raises:
            ConfigurationError: The preferred model has no batches.
        """
        model = self.pipeline.models[0]
        if not isinstance(model, GeminiModel):
            raise ConfigurationError(
                'Only gemini takes batches; put it first in sentiment.models: ["gemini", "local"].'
            )
        return model

    def once(self, window: Window) -> BatchPass:
        """Picks up what is ready, and hands over the texts of the window that wait.

        What a live tick may still see is left to the ticks.

        Raises:
            ConfigurationError: The preferred model has no batches.
            StorageError: Another process is at it, or the database refused.
        """
        done, batches = BatchPass(), GeminiBatches(self.model)
        with locked(self.pipeline.database, _LOCK, [_ALWAYS], LOCK_WAIT_SECONDS) as held:
            for batch in self.pipeline.batches.open(self.model.version):
                self._pick_up(held, batches, batch, done)
            self._hand_over(batches, window, done)
            done.waiting = len(self.pipeline.batches.open(self.model.version))
        return done

    def _pick_up(
        self, held: sa.Connection, batches: GeminiBatches, open_batch: OpenBatch, done: BatchPass
    ) -> None:
        name = open_batch.vendor_name or self._found(batches, open_batch, done)
        if name is None:
            return
        batch = batches.look(name)
        if isinstance(batch, Broken):
            done.refused.append(batch.error)
        elif batch.standing is Standing.FAILED:
            done.failed += 1
            with held.begin():
                self._end(held, open_batch, BatchState.FAILED, batch.state)
            record(self.pipeline.ledger, _grant(open_batch), None)
        elif batch.standing is Standing.ANSWERED:
            self._keep(held, batches, open_batch, batch, done)

    def _found(self, batches: GeminiBatches, open_batch: OpenBatch, done: BatchPass) -> str | None:
        """The vendor's name of a batch of which nobody knows whether it was handed over."""
        listed = batches.handed_over()
        if isinstance(listed, Broken):
            done.refused.append(listed.error)
            return None
        name = listed.get(open_batch.id)
        if name is not None:
            self.pipeline.batches.name(open_batch.id, name)
        elif self.pipeline.clock() - open_batch.created_at > GIVEN_UP_AFTER:
            done.failed += 1
            with self.pipeline.database.transaction() as connection:
                self._end(connection, open_batch, BatchState.FAILED, "it never reached the vendor")
            record(self.pipeline.ledger, _grant(open_batch), None, made=False)
        return name

    def _keep(
        self,
        held: sa.Connection,
        batches: GeminiBatches,
        open_batch: OpenBatch,
        batch: Batch,
        done: BatchPass,
    ) -> None:
        found: dict[Key, SentimentScore] = {}
        usage = NO_USAGE
        for request, body in zip(open_batch.requests, batch.answers, strict=False):
            verdicts, used = batches.verdicts(BatchRequest("", **request), body)
            found |= scores(verdicts)
            usage += used
        version, now = self.model.version, self.pipeline.clock()
        waiting = self.pipeline.scores.pending(version, Window(_EVER, now))
        judged = [Judged(one, found[one.key], version) for one in waiting if one.key in found]
        with held.begin():
            self.pipeline.scores.write(held, judged, version, now)
            self._end(held, open_batch, BatchState.STORED, None)
        record(self.pipeline.ledger, _grant(open_batch), None, usage=usage)
        done.stored += len(judged)

    def _hand_over(self, batches: GeminiBatches, window: Window, done: BatchPass) -> None:
        version, ledger = self.model.version, self.pipeline.ledger
        texts = self._waiting(window)
        requests = batches.requests([one.text for one in texts])
        allowance = self.pipeline.settings.allowance(PROVIDER)
        for start in range(0, len(requests), REQUESTS_A_BATCH):
            part = requests[start : start + REQUESTS_A_BATCH]
            call = Call(
                f"/v1beta/models/{self.model.model}:batchGenerateContent",
                {},
                PURPOSE,
                most_usd=batches.most_usd(part),
            )
            try:
                grant = ledger.grant(PROVIDER, allowance, call)
            except ProviderError as error:
                done.refused.append(error)
                return
            batch_id, at = f"fintech-{uuid4().hex}", self.pipeline.clock()
            kept = [{"asked": one.asked, "controls": one.controls} for one in part]
            self.pipeline.batches.add(batch_id, version, kept, grant.id, at)
            name = batches.hand_over(batch_id, part)
            if isinstance(name, Broken):
                self._refused(batch_id, grant, name)
                done.refused.append(name.error)
                return
            self.pipeline.batches.name(batch_id, name)
            done.handed_over += sum(of >= 0 for one in part for of in one.asked.values())

    def _refused(self, batch_id: str, grant: Grant, broken: Broken) -> None:
        """What did not reach the vendor costs nothing; of what may have, the next look tells."""
        if broken.made and isinstance(broken.error, Unavailable):
            return
        with self.pipeline.database.transaction() as connection:
            told, now = str(broken.error), self.pipeline.clock()
            self.pipeline.batches.end(connection, batch_id, BatchState.FAILED, now, told)
        record(self.pipeline.ledger, grant, broken.error, broken.made, NO_USAGE)

    def _waiting(self, window: Window) -> list[Pending]:
        """What is to be asked of the window, and stands in no open batch."""
        version = self.model.version
        until = min(window.end, self.pipeline.clock() - NEWS_HORIZON)
        if until <= window.start:
            return []
        batches = self.pipeline.batches
        asked = {key for one in batches.open(version) for key in asked_for(one.requests)}
        # What was answered with nothing that holds is for a backfill to ask, in smaller pieces.
        asked |= batches.answered(version)
        pending = self.pipeline.scores.pending(version, Window(window.start, until))
        told = self.pipeline.scores.told(version, {one.story_id for one in pending})
        return [one for one in to_ask(pending, told) if one.key not in asked]

    def _end(
        self, connection: sa.Connection, batch: OpenBatch, state: BatchState, told: str | None
    ) -> None:
        self.pipeline.batches.end(connection, batch.id, state, self.pipeline.clock(), told)


def _grant(batch: OpenBatch) -> Grant:
    return Grant(batch.call_id, PROVIDER, batch.granted_at)
