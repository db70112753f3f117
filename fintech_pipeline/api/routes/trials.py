"""Trials: what rules would have done, before anybody is told by them."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from fintech_pipeline.alerts.rule_definition import read_rule
from fintech_pipeline.alerts.rules import Rule
from fintech_pipeline.alerts.trial import Trial, told_of
from fintech_pipeline.api.problems import Refusal
from fintech_pipeline.api.services import Given, Services
from fintech_pipeline.errors import ConfigurationError

router = APIRouter(tags=["rules"])
MOST_RULES, MOST_DAYS, MOST_FIRINGS = 20, 366, 500
AGAIN_SECONDS = 5.0
BUSY = "Rules are being tried just now, and one trial goes at a time; ask again soon."
RuleName = Annotated[str, Field(min_length=1, max_length=100)]


class TrialWanted(BaseModel):
    """Rules that are to be tried; nothing of them is stored."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "rules": {
                        "nvda-strong": {"metric": "score", "above": 0.6, "notify": ["anna by sms"]}
                    },
                    "days": 30,
                }
            ]
        },
    )

    rules: dict[RuleName, dict[str, Any]] = Field(
        min_length=1, max_length=MOST_RULES, description="By name, the keys as in a file of rules."
    )
    days: int = Field(default=30, ge=1, le=MOST_DAYS, description="How far back.")


class FiringShown(BaseModel):
    """An alert that there would have been."""

    model_config = ConfigDict(frozen=True)

    subject: str
    started_at: datetime
    ended_at: datetime | None = Field(description="Null where it would go on.")
    value: float | None
    reason: str


class TrialShown(BaseModel):
    """What a rule would have done."""

    model_config = ConfigDict(frozen=True)

    rule: str
    sentence: str = Field(description="How often it would have fired.")
    count: int
    most_at_once: int
    of_symbols: int
    warning: str | None = Field(description="That it fires on nearly everything.")
    firings: list[FiringShown] = Field(description=f"The newest {MOST_FIRINGS}, in order of time.")


class TrialsShown(BaseModel):
    """What the rules would have done, in the order in which they were sent."""

    model_config = ConfigDict(frozen=True)

    days: int
    trials: list[TrialShown]


@router.post("/trials")
async def try_rules(wanted: TrialWanted, given: Given) -> TrialsShown:
    """Tries rules on what is stored: when each would have fired, and how many symbols at once."""
    rules = _read(wanted.rules)
    trials = await asyncio.to_thread(_tried, given, rules, wanted.days)
    shown = [_shown(rule, one, wanted.days) for rule, one in zip(rules, trials, strict=True)]
    return TrialsShown(days=wanted.days, trials=shown)


def _read(definitions: Mapping[str, Mapping[str, Any]]) -> list[Rule]:
    """The rules.

    Raises:
        ConfigurationError: A sentence for each mistake.
    """
    rules: list[Rule] = []
    mistakes: list[str] = []
    for name, definition in definitions.items():
        rule, wrong = read_rule(f"Rule {name}", name, definition)
        mistakes += wrong
        rules += [rule] if rule is not None else []
    if mistakes:
        raise ConfigurationError("\n".join(mistakes))
    return rules


def _tried(given: Services, rules: list[Rule], days: int) -> list[Trial]:
    # It takes a core for seconds; more at once would only be slower.
    if not given.trying.acquire(blocking=False):
        raise Refusal(503, BUSY, AGAIN_SECONDS)
    try:
        return given.try_rules(rules, days)
    finally:
        given.trying.release()


def _shown(rule: Rule, trial: Trial, days: int) -> TrialShown:
    return TrialShown(
        rule=trial.rule,
        sentence=told_of(rule, trial, days),
        count=len(trial.firings),
        most_at_once=trial.most_at_once,
        of_symbols=trial.of_symbols,
        warning=trial.warning,
        firings=[
            FiringShown(
                subject=one.subject,
                started_at=one.started_at,
                ended_at=one.ended_at,
                value=one.value,
                reason=one.reason,
            )
            for one in trial.firings[-MOST_FIRINGS:]
        ],
    )
