"""A decision: what a look changes and who is told, stored in the transaction of the caller."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.alerts.alert_store import (
    begin_alerts,
    end_alerts,
    open_alerts,
    read_standings,
    write_standings,
)
from fintech_pipeline.alerts.evaluation import Decision, Look, decisions
from fintech_pipeline.alerts.facts import Scene
from fintech_pipeline.alerts.lifecycle import Event, Standing, Step
from fintech_pipeline.alerts.planning import Orders
from fintech_pipeline.alerts.rules import Pair, StoredRule
from fintech_pipeline.alerts.telling import Outcome, Surroundings, tell


def decide(
    connection: sa.Connection,
    orders: Orders,
    look: Look,
    scene: Scene,
    now: datetime,
    signal_ids: Mapping[str, int] | None = None,
    only: Collection[str] | None = None,
) -> Outcome:
    """Decides one look, and stores it: standings, events, alerts, messages and their reasons.

    Args:
        connection: The transaction, after `begin`.
        orders: What is decided by.
        look: What was found.
        scene: What messages tell beside it.
        now: The present (UTC).
        signal_ids: The signal behind each symbol.
        only: The subjects that are decided; None for all.

    Raises:
        StorageError: The database is away; nothing is stored.
    """
    looked_at = {one.rule_id: one for one in orders.rules if one.rule.key in look.values}
    standings = read_standings(connection, looked_at)
    opened = open_alerts(connection, looked_at)
    made = list(decisions(list(looked_at.values()), look, standings, only))
    made += _given_up(looked_at, standings, made, only)
    made.sort(key=lambda one: (one.stored.rule_id, one.subject))
    begun = [
        ((one.stored.rule_id, one.subject), one.stored.rule.severity, look.at)
        for one in made
        if one.step.event is Event.FIRED
    ]
    alert_ids = {pair: alert.alert_id for pair, alert in opened.items()}
    alert_ids |= begin_alerts(connection, begun, signal_ids or {})
    ended = [
        alert_ids[one.stored.rule_id, one.subject]
        for one in made
        if one.step.event is Event.RESOLVED
    ]
    end_alerts(connection, ended, look.at)
    after = {
        (one.stored.rule_id, one.subject): (one.step.standing, one.step.reason) for one in made
    }
    write_standings(connection, after, alert_ids, look.at)
    surroundings = Surroundings(orders, look, scene, now, opened, alert_ids, again=only is not None)
    return tell(connection, surroundings, made)


def _given_up(
    rules: Mapping[int, StoredRule],
    standings: Mapping[Pair, Standing],
    made: Sequence[Decision],
    only: Collection[str] | None,
) -> list[Decision]:
    """What goes on no more, because nobody looks at it any more: it ends, with that reason."""
    if only is not None:
        return []
    done = {(one.stored.rule_id, one.subject) for one in made}
    found = []
    for pair, before in standings.items():
        if pair in done:
            continue
        stored, subject = rules[pair[0]], pair[1]
        name = stored.rule.name
        left, off = f"{subject} has left the rule {name}.", f"The rule {name} is switched off."
        reason = left if stored.rule.enabled else off
        event = Event.RESOLVED if before.open else Event.CALMED
        found.append(Decision(stored, subject, before, Step(Standing(), event, reason)))
    return found
