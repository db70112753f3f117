"""Quotas and cost: what may still be asked of each vendor, what was asked, and what it cost."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from fintech_pipeline.api.examples import shown
from fintech_pipeline.api.paging import Cursor, Limit, Page, page_of, place_of
from fintech_pipeline.api.parameters import TEXT, Day, require_order
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given
from fintech_pipeline.quota.call_reading import CallTold, DayCost, day_costs, newest_calls
from fintech_pipeline.quota.calls import Usage
from fintech_pipeline.quota.money import exact
from fintech_pipeline.quota.spending import (
    LastCalls,
    Spending,
    last_calls_read,
    left_alone,
    spendings_read,
    trouble_told,
)
from fintech_pipeline.quota.tables import State

router = APIRouter(tags=["quotas"])
USUAL = timedelta(days=29)
MOST_DAYS = 366
FirstOn = Annotated[
    Day | None,
    Query(
        alias="from",
        description="The first day (UTC); 29 days before the last where left out.",
        examples=["2026-02-01"],
    ),
]
LastOn = Annotated[
    Day | None,
    Query(
        alias="to",
        description="The last day (UTC); today where left out.",
        examples=["2026-03-02"],
    ),
]
OfProvider = Annotated[
    str | None,
    Query(max_length=300, pattern=TEXT, description="As in GET /quotas.", examples=["gemini"]),
]
OfState = Annotated[
    State | None,
    Query(
        description="What became of it: `granted` has not ended, `made` was answered or failed on "
        "the way, `refused` was refused by the vendor, `refunded` was not made and costs nothing."
    ),
]


class Used(BaseModel):
    """What calls used, where the vendor sells by use."""

    model_config = ConfigDict(frozen=True)

    tokens_in: int
    tokens_out: int
    cost_usd: str = Field(description="US dollars, every digit.")


class Plan(BaseModel):
    """What the vendor's plan lets us ask; null is no limit."""

    model_config = ConfigDict(frozen=True)

    per_second: int | None
    per_minute: int | None
    per_day: int | None
    reset_zone: str = Field(description="The time zone at whose midnight the day ends.")
    usd_per_day: str | None = Field(description="What a day's calls may cost, in US dollars.")


class PurposeUsed(Used):
    """What was asked today for one purpose."""

    purpose: str
    calls: int
    spent: int = Field(description="How many of the vendor's requests they count as.")
    without_answer: int


class Circuit(BaseModel):
    """Whether a failing provider is left alone."""

    model_config = ConfigDict(frozen=True)

    failures: int = Field(description="How many calls in a row have failed.")
    paused_until: datetime | None = Field(description="Until when nobody asks; null: it is asked.")
    told: str | None = Field(description="The class of the error that paused it.")


class Quota(Used):
    """How a provider stands in its vendor's day."""

    provider: str
    plan: Plan
    spent: int = Field(description="How many requests were asked today, as the vendor counts.")
    left: int | None = Field(description="How many today still holds; null: no limit.")
    left_usd: str | None = Field(description="What is left of the day's money; null: no budget.")
    resets_at: datetime
    exhausted_until: datetime | None = Field(
        description="Until when the vendor itself says that nothing is left; null: it does not."
    )
    circuit: Circuit
    trouble: str | None = Field(description="Why it is not asked, or soon won't be, in words.")
    purposes: list[PurposeUsed]
    answered_at: datetime | None = Field(description="When it last answered, within a month.")
    failed_at: datetime | None = Field(description="When a call last failed, within a month.")
    failure: str | None = Field(description="With which class of error.")


class Quotas(BaseModel):
    """Every vendor that the configuration asks."""

    model_config = ConfigDict(frozen=True)

    providers: list[Quota]


class Costs(BaseModel):
    """What was paid for, a row a day, provider and purpose; the newest day first."""

    model_config = ConfigDict(frozen=True)

    first_on: date
    last_on: date
    cost_usd: str = Field(description="All of it, in US dollars, every digit.")
    items: list[DayCost]


USED: dict[str, Any] = {"tokens_in": 41000, "tokens_out": 2300, "cost_usd": "0.01805"}
GEMINI: dict[str, Any] = {
    "provider": "gemini",
    "plan": {
        "per_second": None,
        "per_minute": 15,
        "per_day": 1000,
        "reset_zone": "America/Los_Angeles",
        "usd_per_day": "1",
    },
    "spent": 12,
    **USED,
    "left": 988,
    "left_usd": "0.98195",
    "resets_at": "2026-03-03T08:00:00Z",
    "exhausted_until": None,
    "circuit": {"failures": 0, "paused_until": None, "told": None},
    "trouble": None,
    "purposes": [{"purpose": "scores", "calls": 12, "spent": 12, "without_answer": 0, **USED}],
    "answered_at": "2026-03-02T15:02:31Z",
    "failed_at": None,
    "failure": None,
}
DAY: dict[str, Any] = {
    "day_on": "2026-03-02",
    "provider": "gemini",
    "purpose": "scores",
    "calls": 12,
    "unsettled_calls": 0,
    **USED,
}
CALL: dict[str, Any] = {
    "call_id": 90210,
    "provider": "gemini",
    "purpose": "scores",
    "symbols": ["AAPL"],
    "requests": 1,
    "granted_at": "2026-03-02T15:02:30Z",
    "state": "made",
    "told": None,
    "ended_at": "2026-03-02T15:02:31Z",
    "asked_by": "tick-1/7",
    **USED,
}


@router.get("/quotas", responses=shown({"providers": [GEMINI]}))
async def list_quotas(given: Given) -> Quotas:
    """How each vendor stands today: what its plan allows, what was spent on what, what is left."""

    def read(connection: sa.Connection) -> Quotas:
        last = last_calls_read(connection, given.plans) if given.plans else {}
        found = spendings_read(connection, given.plans)
        return Quotas(providers=[_quota(one, last.get(one.provider, NEVER)) for one in found])

    return await given.reads.of(read)


@router.get(
    "/costs",
    responses=shown(
        {"first_on": "2026-02-01", "last_on": "2026-03-02", "cost_usd": "0.01805", "items": [DAY]}
    ),
)
async def list_costs(given: Given, first_on: FirstOn = None, last_on: LastOn = None) -> Costs:
    """What models and messages cost, by day (UTC), provider and purpose; at most 366 days.

    What a plan includes and asks no money or tokens for is not listed; see GET /quotas.
    """
    last = last_on or given.clock().date()
    first = first_on or max(date.min + USUAL, last) - USUAL
    require_order(first, last)
    if (last - first).days >= MOST_DAYS or last == date.max:
        raise Refusal(422, f"Ask for {MOST_DAYS} days at the most, in this age.")
    items = await given.reads.of(lambda connection: day_costs(connection, first, last))
    total = sum((Decimal(one.cost_usd) for one in items), Decimal())
    return Costs(first_on=first, last_on=last, cost_usd=exact(total), items=items)


@router.get("/calls", responses={**documented(400), **shown({"items": [CALL], "next": None})})
async def list_calls(
    given: Given,
    provider: OfProvider = None,
    state: OfState = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[CallTold]:
    """The calls to vendors, the newest first."""
    place = place_of(cursor, int)
    before = None if place is None else int(place[0])
    found = await given.reads.of(
        lambda connection: newest_calls(connection, provider, state, before, limit + 1)
    )
    return page_of(found, limit, key=lambda call: (call.call_id,))


NEVER = LastCalls()


def _quota(one: Spending, last: LastCalls) -> Quota:
    plan, standing = one.allowance, one.standing
    budget = plan.usd_per_day
    until = standing.exhausted_until
    return Quota(
        provider=one.provider,
        plan=Plan(
            per_second=plan.per_second,
            per_minute=plan.per_minute,
            per_day=plan.per_day,
            reset_zone=plan.reset_zone,
            usd_per_day=None if budget is None else exact(budget),
        ),
        spent=one.spent,
        **_used(one.usage),
        left=one.left,
        left_usd=None if budget is None else exact(max(Decimal(), budget - one.usage.cost_usd)),
        resets_at=one.resets_at,
        exhausted_until=until if until is not None and until > standing.now else None,
        circuit=Circuit(
            failures=standing.failures,
            paused_until=standing.paused_until if left_alone(one) else None,
            told=standing.told,
        ),
        trouble=trouble_told(one) or None,
        purposes=[
            PurposeUsed(
                purpose=part.purpose,
                calls=part.calls,
                spent=part.spent,
                without_answer=part.without_answer,
                **_used(part.usage),
            )
            for part in one.purposes
        ],
        answered_at=last.answered_at,
        failed_at=last.failed_at,
        failure=last.failure,
    )


def _used(usage: Usage) -> dict[str, Any]:
    return {
        "tokens_in": usage.tokens_in,
        "tokens_out": usage.tokens_out,
        "cost_usd": exact(usage.cost_usd),
    }
