"""A backtest as it is stored and told: what was tried, what came of it, and what it shows. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from fintech_pipeline.clock import from_instant64
from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.signals.backtesting.luck import Luck, best_by_luck, probability
from fintech_pipeline.signals.backtesting.terms import Terms
from fintech_pipeline.signals.backtesting.trial import Path, Trial

Told = Mapping[str, Any]
"""A part of a document, or the whole of it."""
BELIEVED = 0.95
"""From which chance on, after deflation, a result is called more than luck."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was tried.

    Attributes:
        strategy: The strategy's label.
        definition: The SHA-256 of its whole definition: a label says little of a file of one's own.
        interval: Of the bars it judges.
        symbols: What was traded, sorted.
        from_on: The first UTC day.
        to_on: The last UTC day, included.
        terms: Costs and sizes.
    """

    strategy: str
    definition: str
    interval: Interval
    symbols: tuple[str, ...]
    from_on: date
    to_on: date
    terms: Terms


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """What came of it.

    Attributes:
        question: What was tried.
        made_at: When (UTC).
        simulated: Whether the prices were made up.
        left_out: What was not, each with the reason.
        trial: The figures.
        luck: What of its Sharpe ratio may be luck; None where that cannot be said.
    """

    question: Question
    made_at: datetime
    simulated: bool
    left_out: Mapping[str, str]
    trial: Trial
    luck: Luck | None


def verdict(figures: Told, benchmark: Told, luck: Told | None) -> str:
    """What it shows, in a sentence that promises nothing.

    Args:
        figures: The account's, as in a document.
        benchmark: Those of holding.
        luck: What of it may be luck.
    """
    if figures["trades"] == 0:
        return "Nothing was traded: no signal asked for it."
    if luck is None:
        return "Too few days gained or lost anything to say anything of luck."
    better = figures["return_pct"] > benchmark["return_pct"]
    beside = "and more was gained than by holding" if better else "yet holding gained more"
    if luck["low"] <= 0.0 <= luck["high"]:
        return "Not told apart from luck: the interval of its Sharpe ratio holds 0."
    if luck["high"] < 0.0:
        return "Worse than luck: even the upper end of its Sharpe ratio is below 0."
    if luck["deflated"] < BELIEVED:
        return (
            f"Not surely more than luck among {luck['trials']} tried: "
            f"{luck['deflated']:.1%} after deflation, where {BELIEVED:.0%} is asked for."
        )
    return f"More than luck by this test, {beside}; that it goes on is not shown."


def document(made: Backtest) -> dict[str, Any]:
    """The whole of it as JSON has it, without its id."""
    question, trial = made.question, made.trial
    figures, benchmark = asdict(trial.figures), asdict(trial.benchmark)
    luck = None if made.luck is None else asdict(made.luck)
    return {
        "strategy": question.strategy,
        "interval": str(question.interval),
        "from_on": question.from_on.isoformat(),
        "to_on": question.to_on.isoformat(),
        "made_at": made.made_at.isoformat().replace("+00:00", "Z"),
        "simulated": made.simulated,
        "verdict": verdict(figures, benchmark, luck),
        "symbols": list(question.symbols),
        "left_out": dict(made.left_out),
        "terms": question.terms.plain(),
        "figures": figures,
        "benchmark": benchmark,
        "luck": luck,
        "years": [asdict(year) for year in trial.years],
        "regimes": [asdict(regime) for regime in trial.regimes],
        "path": _path(trial.path),
    }


def among(told: Told, trials: Floats) -> dict[str, Any]:
    """The document with its luck and verdict as they are among all trials there are by now.

    Args:
        told: As it was stored; later trials make the same result less telling.
        trials: The daily Sharpe ratios of all trials, its own among them.
    """
    luck = told["luck"]
    if luck is None or not luck["daily"]:
        return dict(told)
    best = best_by_luck(trials)
    a_year = told["figures"]["sharpe"] / luck["daily"]
    days = told["figures"]["days"]
    now = {
        **luck,
        "deflated": probability(luck["daily"], best, days, luck["skew"], luck["tails"]),
        "trials": max(len(trials), 1),
        "expected_best": best * a_year,
    }
    return {**told, "luck": now, "verdict": verdict(told["figures"], told["benchmark"], now)}


def _path(path: Path) -> dict[str, list[Any]]:
    return {
        "at": [from_instant64(at).isoformat().replace("+00:00", "Z") for at in path.at],
        "equity": [round(float(one), 6) for one in path.equity],
        "benchmark": [round(float(one), 6) for one in path.benchmark],
        "drawdown_pct": [round(float(one), 4) for one in path.drawdown_pct],
    }
