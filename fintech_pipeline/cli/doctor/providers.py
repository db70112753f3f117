"""Each provider there is: asked or not, whether it answers, what is left of it, what to set."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fintech_pipeline.cli.doctor.findings import Finding, State
from fintech_pipeline.cli.doctor.local import look_through
from fintech_pipeline.cli.doctor.offers import (
    OFFERS,
    chains,
    key_told,
    lines_to_add,
    missing_roles,
    roles_document,
    roles_told,
)
from fintech_pipeline.cli.doctor.plans import plan_told
from fintech_pipeline.cli.quota import document, iso
from fintech_pipeline.cli.status import ago
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import Paused, ProviderError, QuotaExhausted, RateLimited
from fintech_pipeline.market.provider import MarketProvider
from fintech_pipeline.news.provider import NewsProvider
from fintech_pipeline.probes import Heard, LiveProvider, probe
from fintech_pipeline.quota.allowances import PLANS
from fintech_pipeline.quota.spending import (
    LastCalls,
    Spending,
    last_calls,
    spendings,
    trouble_told,
)
from fintech_pipeline.settings import Settings
from fintech_pipeline.vendors import gemini_model, ledger_names

RECENTLY = timedelta(hours=1)
"""A vendor that answered so lately need not be asked to know that it does."""
FAILURES: Mapping[str, str] = {
    "NotConfigured": "the call was larger than its plan",
    "Unauthorized": "it refused the key",
    "PremiumOnly": "its plan does not include what was asked",
    "QuotaExhausted": "its quota was spent",
    "RateLimited": "it asked for a pause",
    "Malformed": "its answer could not be read",
    "Unavailable": "it could not be reached, or failed itself",
}
PASSING = frozenset({"QuotaExhausted", "RateLimited"})
"""Failures that mend themselves."""
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Examination:
    """Looks at the providers, one after another.

    Attributes:
        pipeline: Whose.
        asking: True asks every vendor, False none, None those that have not answered lately.
        heard: What the answers said of this machine's clock.
    """

    pipeline: Pipeline
    asking: bool | None = None
    heard: list[Heard] = field(default_factory=list)

    def findings(self) -> Iterator[Finding]:
        """Those of the chains in order, then those that could be added.

        Raises:
            StorageError: The ledger is away.
        """
        settings = self.pipeline.settings
        names = dict.fromkeys(name for chain in chains(settings).values() for name in chain)
        for name in names:
            yield self._vendor(name) if name in PLANS else look_through(self.pipeline, name)
        for name in OFFERS:
            if name not in names:
                yield _offered(settings, name)

    def _vendor(self, name: str) -> Finding:
        """A vendor of the chain."""
        settings = self.pipeline.settings
        # That Yahoo gives no cookie says nothing of its charts.
        judged = ledger_names(settings, name) if name == "rss" else [name]
        last = _together(last_calls(self.pipeline.ledger, judged).values())
        state, told = _by_the_ledger(self._spendings(name)[0].standing.now, last)
        if self.asking or (self.asking is None and state is not State.OK):
            state, told = self._asked(name, told, last)
        spent = self._spendings(name)  # what was asked just now included
        lacking = missing_roles(settings, name)
        notes = [plan_told(settings, name, spent)]
        notes += [f"{one.provider} {trouble}." for one in spent if (trouble := trouble_told(one))]
        notes += [f"It has {role} too; to ask for them add:" for role in lacking]
        return Finding(
            name,
            state,
            f"{roles_told(settings, name)}; {told}.",
            tuple(notes),
            lines_to_add(settings, name),
            {
                **roles_document(settings, name),
                "answered_at": iso(last.answered_at),
                "failed_at": iso(last.failed_at),
                "failure": last.failure,
                "quota": [document(one) for one in spent],
            },
        )

    def _asked(self, name: str, before: str, last: LastCalls) -> tuple[State, str]:
        """Whether it answers now, and where that is news, how it was before."""
        provider = self._provider(name)
        try:
            heard = probe(provider, self.pipeline.clock)
        except ProviderError as error:
            told = f"; it {before}" if last.answered_at and not last.failed_at else ""
            return self._state(name, error), f"{str(error).rstrip('.')}{told}"
        if heard is not None:
            self.heard.append(heard)
        return State.OK, f"answers now; {before}" if last.failed_at else "answers now"

    def _provider(self, name: str) -> LiveProvider:
        pipeline = self.pipeline
        if name == "gemini":
            return gemini_model(pipeline.settings, pipeline.ledger, pipeline.clock)
        every: Sequence[MarketProvider | NewsProvider] = (
            *pipeline.market_providers,
            *pipeline.news_providers,
        )
        # One account serves prices and news, so one call tells of both.
        return next(one for one in every if one.name == name)

    def _state(self, name: str, error: ProviderError) -> State:
        """Whether there is something to mend, or only to wait for."""
        if isinstance(error, QuotaExhausted | RateLimited):
            return State.WAITS
        failing = any(one.standing.failures for one in self._spendings(name))
        return State.WAITS if isinstance(error, Paused) and not failing else State.FAIL

    def _spendings(self, name: str) -> list[Spending]:
        settings = self.pipeline.settings
        allowance = settings.allowance(name)
        plans = dict.fromkeys(ledger_names(settings, name), allowance)
        return spendings(self.pipeline.ledger, plans)


def _together(calls: Iterable[LastCalls]) -> LastCalls:
    """The calls of one provider: its newest answer, and the newest failure nothing came after.

    A provider kept by origin fails where one of them does.
    """
    known = list(calls)
    answered = [one.answered_at for one in known if one.answered_at]
    failed = [one for one in known if one.failed_at and one.failed_at > (one.answered_at or _NEVER)]
    newest = max(failed, key=lambda one: one.failed_at or _NEVER, default=LastCalls())
    return LastCalls(max(answered, default=None), newest.failed_at, newest.failure)


def _by_the_ledger(now: datetime, last: LastCalls) -> tuple[State, str]:
    """What the last calls say of it."""
    answered = f"answered {ago(now, last.answered_at)}" if last.answered_at else ""
    if last.failed_at is not None:
        reason = FAILURES.get(last.failure or "", "it failed")
        told = f"its last call was in vain {ago(now, last.failed_at)}: {reason}"
        before = f", it {answered}" if answered else ""
        return State.WAITS if last.failure in PASSING else State.FAIL, f"{told}{before}"
    if last.answered_at is None:
        return State.WAITS, "was not asked yet"
    return State.OK if now - last.answered_at <= RECENTLY else State.WAITS, answered


def _offered(settings: Settings, name: str) -> Finding:
    """A provider that is not asked: what it would give, and what to set."""
    offer = OFFERS[name]
    told = f"not asked; {' and '.join(offer.roles)}: {offer.gives}."
    ours = (name == "simulated") == settings.simulated
    needs = f"It needs {offer.needs}"
    key = key_told(name)
    details = {**roles_document(settings, name), "gives": offer.gives, "needs": offer.needs}
    if not ours:
        return Finding(name, State.OFF, told, (f"{needs}.",), details=details)
    steps = f"{needs}; {f'{key}, and ' if key else ''}add to your configuration:"
    lines = lines_to_add(settings, name)
    return Finding(name, State.OFF, told, (steps,), lines, {**details, "settings": list(lines)})
