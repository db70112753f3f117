"""Trials: what rules would have done, before anybody is told by them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from fintech_pipeline.alerts.rule_definition import read_rule
from fintech_pipeline.alerts.rule_sentence import sentence
from fintech_pipeline.alerts.rules import Rule
from fintech_pipeline.alerts.trial import Firing, Trial, told_of
from fintech_pipeline.api.edited import written
from fintech_pipeline.api.problems import Refusal, mistaken
from fintech_pipeline.api.services import Given, Services
from fintech_pipeline.errors import ConfigurationError

router = APIRouter(tags=["rules"])
MOST_RULES = 20
MOST_FIRINGS = 500
BUSY_SECONDS = 5
EXAMPLE: dict[str, JsonValue] = {
    "rules": {"crash": {"metric": "price_change_pct", "window": "2h", "below": -5}},
    "days": 30,
}


class TrialAsked(BaseModel):
    """Rules that are tried; they need not be stored, and whom they tell may be left out."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [EXAMPLE]}
    )

    rules: dict[str, dict[str, Any]] = Field(
        min_length=1,
        max_length=MOST_RULES,
        description="The definition of each rule by its name, as in a file of rules.",
    )
    days: int = Field(default=30, ge=1, le=366, description="How far back.")


class TrialShown(BaseModel):
    """What a rule would have done."""

    model_config = ConfigDict(frozen=True)

    rule: str
    sentence: str
    fired: int = Field(description="How often.")
    firings: list[Firing] = Field(description=f"The newest {MOST_FIRINGS}, in order of time.")
    most_at_once: int = Field(description="How many symbols fired at the same time at most.")
    of_symbols: int = Field(description="How many symbols it is about.")
    warning: str | None = Field(description="That it fires on nearly everything.")


class TrialAnswer(BaseModel):
    """What rules would have done in the last days, from what is stored now."""

    model_config = ConfigDict(frozen=True)

    days: int
    sentences: dict[str, str] = Field(description="What each rule says, in words, by its name.")
    trials: list[TrialShown]
    without_history: list[str] = Field(
        description="The rules about the pipeline itself, of which no history is kept."
    )


@router.post("/trials")
async def try_rules(asked: Annotated[TrialAsked, Body()], given: Given) -> TrialAnswer:
    """Tries rules on what is stored, without storing or telling anything; one trial at a time."""
    rules = _rules(asked.rules)
    trials = await asyncio.to_thread(_tried, given, rules, asked.days)
    found = {one.rule: one for one in trials}
    return TrialAnswer(
        days=asked.days,
        sentences={rule.name: sentence(rule) for rule in rules},
        trials=[_shown(rule, found[rule.name], asked.days) for rule in rules if rule.name in found],
        without_history=[rule.name for rule in rules if not rule.metric.of_symbols],
    )


def _rules(definitions: Mapping[str, dict[str, Any]]) -> list[Rule]:
    """The rules that are meant.

    Raises:
        Refusal: At least one of them means nothing; every mistake is told.
    """
    found, mistakes = [], []
    for name, definition in definitions.items():
        # Nobody is told anything, so nobody need be named.
        whole = {"notify": "nobody"} | written(definition)
        rule, wrong = read_rule(f"Rule {name}"[:60], name, whole)
        mistakes += wrong
        if rule is not None:
            found.append(rule)
    if mistakes:
        raise mistaken(ConfigurationError("\n".join(mistakes)))
    return found


def _tried(given: Services, rules: Sequence[Rule], days: int) -> list[Trial]:
    """Blocks for seconds.

    Raises:
        Refusal: Others are being tried.
    """
    # Held by the thread that works: one whose client went away still works.
    if not given.trying.acquire(blocking=False):
        raise Refusal(503, "Other rules are being tried; ask again in a moment.", BUSY_SECONDS)
    try:
        return given.try_rules(rules, days)
    finally:
        given.trying.release()


def _shown(rule: Rule, trial: Trial, days: int) -> TrialShown:
    return TrialShown(
        rule=rule.name,
        sentence=told_of(rule, trial, days),
        fired=len(trial.firings),
        firings=list(trial.firings[-MOST_FIRINGS:]),
        most_at_once=trial.most_at_once,
        of_symbols=trial.of_symbols,
        warning=trial.warning,
    )
