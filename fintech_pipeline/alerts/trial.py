"""Rules tried on history: when each would have fired. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fintech_pipeline.alerts.evaluation import Look, decisions, scopes
from fintech_pipeline.alerts.lifecycle import Event, Phase, Standing
from fintech_pipeline.alerts.rules import Pair, Rule, StoredRule
from fintech_pipeline.alerts.wording import condition

BROAD = 0.5
"""A rule that fires for more than this share of its symbols at once says little."""
FEWEST = 4
"""For fewer symbols than this nobody is warned."""


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert that there would have been.

    Attributes:
        subject: The symbol.
        started_at: When it would have begun (UTC).
        ended_at: When it would have ended; None where it would go on.
        reason: Why it would have begun, a sentence.
        value: The value at which it would have begun.
    """

    subject: str
    started_at: datetime
    ended_at: datetime | None
    reason: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have done.

    Attributes:
        rule: The rule's name.
        firings: In order of time.
        most_at_once: How many symbols fired at the same time at most.
        of_symbols: How many symbols the rule is about.
    """

    rule: str
    firings: tuple[Firing, ...]
    most_at_once: int
    of_symbols: int

    @property
    def warning(self) -> str | None:
        """That it fires on nearly everything, a sentence; None where it does not."""
        if self.of_symbols < FEWEST or self.most_at_once <= BROAD * self.of_symbols:
            return None
        return (
            f"The rule {self.rule} would have fired for {self.most_at_once} of its "
            f"{self.of_symbols} symbols at once; a rule that fires on everything tells nothing."
        )


def told_of(rule: Rule, trial: Trial, days: int) -> str:
    """How often the rule would have fired in so many days, a sentence."""
    count = len(trial.firings)
    times = {0: "not once", 1: "once"}.get(count, f"{count} times")
    subjects = len({one.subject for one in trial.firings})
    about = f", about {subjects} of {trial.of_symbols} symbols" if count else ""
    return (
        f"{rule.name} ({rule.metric} {condition(rule)}) would have fired {times} in the last"
        f" {days} days{about}."
    )


def tried(rules: Sequence[StoredRule], looks: Iterable[Look]) -> list[Trial]:
    """What each rule would have done at the looks, in the given order.

    Args:
        rules: The rules; their numbers differ.
        looks: Rising in time, all with the same subjects.
    """
    standings: dict[Pair, Standing] = {}
    firings: dict[int, list[Firing]] = {one.rule_id: [] for one in rules}
    open_ones: dict[Pair, int] = {}
    most = dict.fromkeys(firings, 0)
    sizes = dict.fromkeys(firings, 0)
    for look in looks:
        covered = scopes(rules, look).sum(axis=1).tolist()
        sizes = {one.rule_id: int(count) for one, count in zip(rules, covered, strict=True)}
        for one in decisions(rules, look, standings):
            pair = (one.stored.rule_id, one.subject)
            mine, after = firings[pair[0]], one.step.standing
            if after.phase is Phase.INACTIVE:
                standings.pop(pair, None)
            else:
                standings[pair] = after
            if one.step.event is Event.RESOLVED or one.changed_again:
                begun = mine[place := open_ones.pop(pair)]
                mine[place] = replace(begun, ended_at=look.at)
            if one.step.event is Event.FIRED or one.changed_again:
                open_ones[pair] = len(mine)
                mine.append(Firing(one.subject, look.at, None, one.step.reason, after.value))
        for rule_id in firings:
            now_open = sum(pair[0] == rule_id for pair in open_ones)
            most[rule_id] = max(most[rule_id], now_open)
    return [
        Trial(one.rule.name, tuple(firings[one.rule_id]), most[one.rule_id], sizes[one.rule_id])
        for one in rules
    ]
