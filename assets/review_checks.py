"""Checks of `trading_signals` that are too slow for a tick: the job `review` runs them."""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from assets.metadata import table
from fintech_pipeline.clock import Window
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import TRADING_SIGNALS
from fintech_pipeline.orchestration.verification import audited, replayed
from fintech_pipeline.signals.differences import Differing, told
from fintech_pipeline.signals.judgements import Wanted, chunks
from fintech_pipeline.signals.replay import Replayed

REPLAYED = timedelta(days=7)
"""How far back the daily check replays; `fintech signals replay` replays all there is."""
AUDITED = timedelta(days=60)
AUDITED_SLOTS = 10
SHOWN = 20


@dg.asset_check(asset=TRADING_SIGNALS, name="replayable", blocking=False)
def replayable(pipeline: dg.ResourceParam[Pipeline]) -> dg.AssetCheckResult:
    """The signals of the last week, computed again from stored inputs, have the same bits."""
    now = pipeline.clock()
    found = Replayed()
    for part in replayed(pipeline, chunks(pipeline.database, Wanted(Window(now - REPLAYED, now)))):
        found += part
    return replay_result(found)


@dg.asset_check(asset=TRADING_SIGNALS, name="point_in_time", blocking=False)
def point_in_time(pipeline: dg.ResourceParam[Pipeline]) -> dg.AssetCheckResult:
    """At some slots of the last two months, other ones each day, no bit came from the future."""
    now = pipeline.clock()
    wanted = Wanted(Window(now - AUDITED, now))
    seed = now.date().toordinal()
    found = audited(pipeline, wanted, AUDITED_SLOTS, seed)
    differing = [differing for one in found for differing in one.differing]
    return dg.AssetCheckResult(
        passed=not differing,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "slots": sum(len(one.slots) for one in found),
            "signals": sum(one.signals for one in found),
            "different": len(differing),
            "seed": seed,
            **_first(differing, "seeing all", "without the future"),
        },
    )


REVIEW_CHECKS = (replayable, point_in_time)
"""What the job `review` selects."""


def replay_result(found: Replayed) -> dg.AssetCheckResult:
    """Passed where nothing differs; an error unless all that does lacked an input that came later.

    What cannot be replayed is counted, and is no fault unless nothing else is there: to have
    compared nothing is a warning.
    """
    left_out = found.left_out.total()
    untried = left_out > 0 and not found.equal and not found.differing
    explained = all(one.because is not None for one in found.differing)
    severity = dg.AssetCheckSeverity.WARN if explained else dg.AssetCheckSeverity.ERROR
    reasons = {one.because: None for one in found.differing if one.because is not None}
    return dg.AssetCheckResult(
        passed=not found.differing and not untried,
        severity=severity,
        description=f"None of {left_out:,} signals could be replayed." if untried else None,
        metadata={
            "equal": found.equal,
            "different": len(found.differing),
            "not replayable": left_out,
            **_first(found.differing, "stored", "recomputed"),
            **_reasons("likely because", list(reasons)),
            **_reasons(
                "why not replayable", [f"{n}: {why}" for why, n in found.left_out.most_common()]
            ),
        },
    )


def _first(
    differing: Sequence[Differing], stored: str, again: str
) -> dict[str, dg.MarkdownMetadataValue]:
    if not differing:
        return {}
    header = ("symbol", "slot", "strategy", "field", stored, again)
    return {"differences": table(header, told(differing, SHOWN))}


def _reasons(name: str, reasons: Sequence[str]) -> dict[str, dg.MarkdownMetadataValue]:
    if not reasons:
        return {}
    return {name: dg.MetadataValue.md("\n".join(f"- {reason}" for reason in reasons[:SHOWN]))}
