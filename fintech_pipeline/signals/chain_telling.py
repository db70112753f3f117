"""The sentences of `fintech why`: from bars and articles to score, action and confidence. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fintech_pipeline.market.bars import ActionKind, Interval
from fintech_pipeline.signals.bands import ACTION_ROWS
from fintech_pipeline.signals.composite import ArticleShare, Signal
from fintech_pipeline.signals.strategy import Action

if TYPE_CHECKING:
    from fintech_pipeline.news.article_store import ArticleSummary
    from fintech_pipeline.sentiment.provenance import Key, StoredScore
    from fintech_pipeline.signals.chain import Chain
    from fintech_pipeline.signals.evidence import UsedAction

_BARS = {Interval.HALF_HOUR: "half-hour bar", Interval.DAY: "daily bar"}
_INDICATORS = {"adx": "ADX 14", "volatility_ratio": "the volatility of 13 bars over that of 65"}
_BUYS = (Action.BUY, Action.STRONG_BUY)


def bars_told(chain: "Chain") -> Iterator[str]:
    """The bars that the signal saw, who gave them, and what they are adjusted for."""
    prices, signal = chain.prices, chain.signal
    if prices is None:
        yield "None is stored any more."
        return
    bar = prices.newest
    if signal.bars is None:
        yield "How many there were was not stored by the version that made this signal."
    else:
        noun = f"{_BARS[chain.interval]}{'' if prices.bars == 1 else 's'}"
        given = ", ".join(
            name if len(prices.providers) == 1 else f"{count:,} by {name}"
            for name, count in prices.providers.items()
        )
        by = f"all by {given}" if len(prices.providers) == 1 else given
        span = f"{slot_told(prices.first_at)} to {slot_told(bar.closed_at)}"
        yield f"{prices.bars:,} {noun}, {span}, {by}."
    yield (
        f"The newest, {_span(bar.opened_at, bar.closed_at)}: open {bar.open:,.2f}, high "
        f"{bar.high:,.2f}, low {bar.low:,.2f}, close {bar.close:,.2f}, volume "
        f"{bar.volume_shares:,.0f}; by {bar.provider}, known {bar.known_at:%Y-%m-%d %H:%M:%SZ}."
    )
    if prices.actions:
        told = ", ".join(_adjustment(one, chain.currency) for one in prices.actions)
        yield f"The bars before are adjusted for {told}."
    elif signal.bars is not None:
        yield "No split and no dividend fell between them."


def _adjustment(action: "UsedAction", currency: str) -> str:
    what = (
        f"a split of {action.value:g} for 1"
        if action.kind == ActionKind.SPLIT
        else f"a dividend of {action.value:g} {currency}"
    )
    return f"{what} on {action.ex_on} ({action.provider}, known {action.known_at:%Y-%m-%d %H:%MZ})"


def weights_told(chain: "Chain") -> Iterator[str]:
    """How the weights in the table come about."""
    strategy, signal, regime = chain.strategy, chain.signal, chain.regime
    if strategy is None:
        return
    if regime is not None:
        factors = ", ".join(f"{words(name)} × {f:g}" for name, f in regime.weights.items())
        seen = _INDICATORS[regime.indicator]
        yield f"Regime {regime.name} ({seen} is above {regime.above:g}): {factors}."
    weights = strategy.weights_in(regime)
    present = [part.name for part in signal.contributions]
    total = math.fsum(weights[name] for name in present)
    if not signal.missing and regime is None:
        yield "All are present, so each weighs what the strategy gives it."
    elif total > 0:
        own = " + ".join(f"{weights[name]:.4g}" for name in present)
        first = max(present, key=lambda name: weights[name])
        yield (
            f"Weights are shares of those present, {own} = {total:.4g}: {words(first)} weighs "
            f"{weights[first]:.4g} / {total:.4g}."
        )


def action_told(chain: "Chain") -> Iterator[str]:
    """From the score to the action: where it begins and ends, and since when it holds."""
    strategy, signal = chain.strategy, chain.signal
    action = signal.action
    if signal.split is not None:
        yield (
            f"Hold, whatever the score: the price moved like a split of {_split(signal.split)} "
            "that nobody told of. The components above read it as one."
        )
        return
    if strategy is None:
        yield "Where the actions began was not stored by the version that made this signal."
        return
    if action is Action.HOLD:
        sell, buy = strategy.bands[Action.SELL], strategy.bands[Action.BUY]
        if sell.enter < signal.score < buy.enter:
            yield (
                f"{signal.score:+.6f} lies between {sell.enter:+.2f}, where sell begins, and "
                f"{buy.enter:+.2f}, where buy does."
            )
        yield f"No action that began in the last {ACTION_ROWS} rows still holds: hold."
        return
    band, side = strategy.bands[action], "below" if action in _BUYS else "above"
    name = words(action)
    yield (
        f"{name.capitalize()} begins at {band.enter:+.2f} and lasts until the score is {side} "
        f"{band.leave:+.2f}, or until it has not begun again for {ACTION_ROWS} rows."
    )
    if signal.since == signal.slot_at:
        yield f"{signal.score:+.6f} begins it at this very slot: {name}."
    elif signal.since is not None:
        yield (
            f"It last began at {slot_told(signal.since)}, and {signal.score:+.6f} does not end it: "
            f"{name}."
        )


def confidence_told(signal: Signal) -> str:
    """What the confidence is the product of."""
    if signal.coverage is None or signal.agreement is None or signal.freshness is None:
        return f"Confidence {signal.confidence:.6f}; what it is made of was not stored."
    return (
        f"coverage {signal.coverage:.6f} × agreement {signal.agreement:.6f} × freshness "
        f"{signal.freshness:.6f} = confidence {signal.confidence:.6f}"
    )


def stories_behind(
    signal: Signal, articles: Mapping[int, "ArticleSummary"]
) -> list[tuple[float, list[ArticleShare]]]:
    """The articles of each story with what they add together, the greatest first."""
    told: dict[int, list[ArticleShare]] = {}
    for share in signal.articles:
        told.setdefault(articles[share.article_id].story_id, []).append(share)
    together = [(summed(one.share for one in shares), shares) for shares in told.values()]
    return sorted(together, key=lambda one: -abs(one[0]))


def summed(numbers: Iterable[float]) -> float:
    """The sum of numbers of six digits, to six digits, and no -0."""
    return round(math.fsum(numbers), 6) + 0.0


def scores_behind(signal: Signal, scores: "Mapping[Key, StoredScore]") -> "list[StoredScore]":
    """The scores that went into the signal, as far as it names them."""
    keys = [(share.article_id, signal.symbol, share.model_version) for share in signal.articles]
    return [scores[key] for key in keys if key in scores]


def scorers_told(scores: "Sequence[StoredScore]") -> list[str]:
    """Who gave these scores, and a sentence for each model that could not be asked for some."""
    if not scores:
        return []
    by = Counter(one.model_version for one in scores)
    told = ", ".join(f"{count} by {model}" for model, count in by.most_common())
    return [f"Scores: {told}.", *stand_ins_told(scores)]


def stand_ins_told(scores: "Iterable[StoredScore]") -> list[str]:
    """A sentence for each model that could not be asked for some of these scores."""
    found = Counter(
        (one.model_version, one.stands_in) for one in scores if one.stands_in is not None
    )
    return [
        f"{count} of {model} stand in for {stands_in.preferred_version}: {stands_in.reason}"
        for (model, stands_in), count in found.most_common()
    ]


def _split(ratio: float) -> str:
    return f"{ratio:g} for 1" if ratio >= 1 else f"1 for {1 / ratio:g}"


def words(name: str) -> str:
    """The name of a component or an action as a person reads it."""
    return name.replace("_", " ")


def _span(start: datetime, end: datetime) -> str:
    same_day = start.date() == end.date()
    return f"{slot_told(start)} to {f'{end:%H:%MZ}' if same_day else slot_told(end)}"


def slot_told(instant: datetime) -> str:
    """The instant to the minute, UTC."""
    return f"{instant:%Y-%m-%d %H:%MZ}"
