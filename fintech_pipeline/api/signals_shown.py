"""Signals as the API shows them: whole, with everything that stands behind one."""

from datetime import date, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from fintech_pipeline.quota.money import exact
from fintech_pipeline.sentiment.provenance import StoredScore
from fintech_pipeline.signals.basis_store import Basis
from fintech_pipeline.signals.chain import Chain
from fintech_pipeline.signals.chain_telling import (
    action_told,
    bars_told,
    confidence_told,
    scorers_told,
    scores_behind,
    weights_told,
)
from fintech_pipeline.signals.composite import ArticleShare, Contribution
from fintech_pipeline.signals.definition import definition
from fintech_pipeline.signals.signal_reading import FoundSignal
from fintech_pipeline.signals.signal_store import StoredSignal


class Shown(BaseModel):
    """What is shown does not change."""

    model_config = ConfigDict(frozen=True)


class SignalShown(Shown):
    """A signal as it is stored; its contributions add up to its score."""

    symbol: str
    slot_at: datetime
    strategy: str = Field(description="The strategy's label.")
    revision: int = Field(description="1 is the first one, to which alerts and outcomes refer.")
    live: bool = Field(description="Whether a live tick made it.")
    price: float = Field(description="The slot's close, raw, in the instrument's currency.")
    change_pct: float | None = Field(description="Since the last close of the session before.")
    last_close: float | None
    score: float
    action: str
    since: datetime | None = Field(description="Since when the action has held; null for hold.")
    confidence: float
    coverage: float | None
    agreement: float | None
    freshness: float | None
    regime: str | None
    suspected_split: float | None = Field(description="New shares for one old; it holds.")
    components: list[Contribution]
    missing: dict[str, str] = Field(description="Why a component is not there.")
    articles: int = Field(description="How many articles its news rests on.")
    stories: int = Field(description="How many stories these tell.")
    cutoff_at: datetime = Field(description="When its inputs were read.")
    run_id: str


class StandInShown(Shown):
    """Why a score is not the preferred model's."""

    version: str = Field(description="The model that was to be asked first.")
    because: str


class ScoreShown(Shown):
    """A model's verdict on an article for a symbol."""

    label: str
    score: float
    confidence: float
    reason: str
    model: str
    answered_by: str
    cost_usd: str
    stands_in_for: StandInShown | None


class ArticleBehind(Shown):
    """An article behind a signal's news, with what it adds to the value of the news."""

    article_id: int
    share: float
    story_id: int | None
    headline: str | None
    outlet: str | None
    url: str | None
    known_at: datetime | None
    sentiment: ScoreShown | None


class BarSeen(Shown):
    """The newest bar that the signal saw, raw."""

    opened_at: datetime
    closed_at: datetime
    open: float
    high: float
    low: float
    close: float
    volume_shares: float
    provider: str
    known_at: datetime


class ActionSeen(Shown):
    """A split or a dividend that the bars were adjusted for."""

    kind: str
    ex_on: date
    value: float
    provider: str
    known_at: datetime


class BarsSeen(Shown):
    """The bars that a signal saw, by its cutoff."""

    bars: int
    first_at: datetime
    providers: dict[str, int]
    newest: BarSeen
    actions: list[ActionSeen]


class Explanation(Shown):
    """The signal in sentences, from the bars to the confidence, as `fintech why` tells it."""

    bars: list[str]
    weights: list[str]
    action: list[str]
    confidence: str
    scores: list[str]


class BasisShown(Shown):
    """All that makes a signal of its inputs."""

    definition: dict[str, Any] = Field(description="The strategy, as a file of it has it.")
    models: list[str] = Field(description="Whose scores count, the preferred first.")
    half_life_hours: float
    source_weights: dict[str, float]
    formulas: int


class OutcomeShown(Shown):
    """What came after the first revision at one horizon."""

    horizon: str
    entered_at: datetime | None
    left_at: datetime | None
    return_pct: float | None
    reason: str | None
    settled_at: datetime


class WholeSignal(SignalShown):
    """A signal with everything that stands behind it and came of it."""

    interval: str
    currency: str
    simulated: bool
    explanation: Explanation
    bars: BarsSeen | None
    articles_behind: list[ArticleBehind]
    basis: BasisShown | None
    revisions: list[SignalShown]
    outcomes: list[OutcomeShown]
    alert_ids: list[int] = Field(description="The alerts that began with it.")
    previous_slot_at: datetime | None
    next_slot_at: datetime | None


def signal_shown(stored: StoredSignal) -> SignalShown:
    """The signal as a list shows it."""
    return SignalShown.model_construct(**_fields(stored))


def whole_signal(found: FoundSignal, chain: Chain, alert_ids: list[int]) -> WholeSignal:
    """The signal with all that is known of it.

    Args:
        found: All its revisions.
        chain: What stands behind the one that is shown.
        alert_ids: The alerts that began with it.
    """
    signal, prices = chain.signal, chain.prices
    return WholeSignal(
        **_fields(chain.stored),
        interval=str(chain.interval),
        currency=chain.currency,
        simulated=chain.simulated,
        explanation=Explanation(
            bars=list(bars_told(chain)),
            weights=list(weights_told(chain)),
            action=list(action_told(chain)),
            confidence=confidence_told(signal),
            scores=scorers_told(scores_behind(signal, chain.scores)),
        ),
        bars=None
        if signal.bars is None or prices is None
        else BarsSeen.model_validate(prices, from_attributes=True),
        articles_behind=[_article(share, chain) for share in signal.articles],
        basis=None if chain.basis is None else _basis(chain.basis),
        revisions=[signal_shown(one) for one in found.revisions],
        outcomes=[OutcomeShown.model_validate(one, from_attributes=True) for one in found.outcomes],
        alert_ids=alert_ids,
        previous_slot_at=found.previous_slot_at,
        next_slot_at=found.next_slot_at,
    )


def _fields(stored: StoredSignal) -> dict[str, Any]:
    signal = stored.signal
    same = (
        "symbol slot_at strategy price change_pct last_close score since confidence coverage "
        "agreement freshness regime stories"
    )
    return {
        **{name: getattr(signal, name) for name in same.split()},
        "revision": stored.revision,
        "live": stored.live,
        "action": str(signal.action),
        "suspected_split": signal.split,
        "components": list(signal.contributions),
        "missing": dict(signal.missing),
        "articles": len(signal.articles),
        "cutoff_at": stored.cutoff_at,
        "run_id": stored.run_id,
    }


def _article(share: ArticleShare, chain: Chain) -> ArticleBehind:
    article = chain.articles.get(share.article_id)
    key = (share.article_id, chain.signal.symbol, share.model_version)
    return ArticleBehind(
        article_id=share.article_id,
        share=share.share,
        story_id=article and article.story_id,
        headline=article and article.headline,
        outlet=article and article.outlet,
        url=article and article.url,
        known_at=article and article.known_at,
        sentiment=_score(chain.scores.get(key)),
    )


def _score(stored: StoredScore | None) -> ScoreShown | None:
    if stored is None:
        return None
    score, stands_in = stored.score, stored.stands_in
    return ScoreShown(
        label=str(score.label),
        score=score.value,
        confidence=score.confidence,
        reason=score.reason,
        model=stored.model_version,
        answered_by=score.answered_by,
        cost_usd=exact(score.cost_usd),
        stands_in_for=stands_in
        and StandInShown(version=stands_in.preferred_version, because=stands_in.reason),
    )


def _basis(basis: Basis) -> BasisShown:
    return BasisShown(
        definition=definition(basis.strategy),
        models=list(basis.models),
        half_life_hours=basis.half_life / timedelta(hours=1),
        source_weights=dict(basis.source_weights),
        formulas=basis.formulas,
    )
