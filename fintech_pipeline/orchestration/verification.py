"""Replay and audit of what a pipeline has stored, for the command line and the asset checks."""

from collections.abc import Iterator
from random import Random

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.steps import signal_inputs
from fintech_pipeline.signals.audit import Audited, audit
from fintech_pipeline.signals.judgements import Chunk, Wanted
from fintech_pipeline.signals.replay import Replay, Replayed


def replayed(pipeline: Pipeline, chunks: list[Chunk]) -> Iterator[Replayed]:
    """What came out of the stored signals of each chunk, computed again.

    Raises:
        StorageError: The database is away.
    """
    replay = Replay(pipeline.bases, signal_inputs(pipeline), pipeline.instruments.stored())
    for chunk in chunks:
        yield replay.of(chunk)


def audited(pipeline: Pipeline, wanted: Wanted, slots: int, seed: int) -> list[Audited]:
    """What comes out of some slots with the future cut off, for each interval that is judged.

    Args:
        pipeline: Its strategies are the ones audited.
        wanted: Among which stored signals the slots are chosen.
        slots: How many of each interval.
        seed: Chooses them; the same seed chooses the same among the same signals.

    Raises:
        StorageError: The database is away.
    """
    inputs, instruments = signal_inputs(pipeline), pipeline.instruments.stored()
    chance = Random(seed)  # noqa: S311  # a choice of slots
    return list(audit(inputs, instruments, wanted, slots, chance))
