"""The facts of a message, gathered at the moment of the decision. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from fintech_pipeline.alerts.evaluation import Decision
from fintech_pipeline.alerts.told import Telling, Told
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.signals.composite import Signal

REASONS = 3
"""How many components of a signal a message names."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What surrounds a decision.

    Attributes:
        at: The slot, or the instant of the look (UTC).
        instruments: By symbol; empty where subjects are no symbols.
        signals: The signals at the slot, by symbol.
        simulated: Whether all of it is made up.
    """

    at: datetime
    instruments: Mapping[str, Instrument]
    signals: Mapping[str, Signal]
    simulated: bool


def told_of(
    decision: Decision, telling: Telling, scene: Scene, alert_id: int, of_symbols: int
) -> Told:
    """What is told of a decision.

    Args:
        decision: What was decided.
        telling: Why it is told.
        scene: What surrounds it.
        alert_id: The alert; 0 where there is none.
        of_symbols: How many subjects the rule is about.
    """
    rule, subject = decision.stored.rule, decision.subject
    standing, before = decision.step.standing, decision.before
    since = standing.active_since or before.active_since or scene.at
    instrument = scene.instruments.get(subject)
    told = Told(
        alert_id=alert_id,
        telling=telling,
        rule=rule.name,
        severity=rule.severity,
        subject=subject,
        subject_name=instrument.name if instrument else "",
        reason=decision.step.reason,
        at=scene.at,
        since=since,
        metric=str(rule.metric),
        value=standing.value,
        note=rule.note,
        of_symbols=of_symbols,
        simulated=scene.simulated,
    )
    signal = scene.signals.get(subject)
    if signal is None or instrument is None:
        return told
    return replace(
        told,
        price=signal.price,
        change_pct=signal.change_pct,
        currency=instrument.currency,
        score=signal.score,
        action=str(signal.action),
        confidence=signal.confidence,
        why=tuple(
            f"{one.name.replace('_', ' ')} {one.contribution:+.2f}: {one.reason}"
            for one in signal.strongest(REASONS)
        ),
        strategy=signal.strategy,
    )
