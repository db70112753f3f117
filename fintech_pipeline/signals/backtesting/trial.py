"""A backtest: one strategy traded over one range on one set of terms. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fintech_pipeline.clock import Instants
from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.backtesting.accounting import Account, account
from fintech_pipeline.signals.backtesting.figures import (
    Days,
    Figures,
    Stretch,
    days_of,
    falls,
    figures_of,
    regimes_of,
    years_of,
)
from fintech_pipeline.signals.backtesting.luck import FEWEST_DAYS, Luck, luck_of, sharpe
from fintech_pipeline.signals.backtesting.sizes import wished_sizes
from fintech_pipeline.signals.backtesting.tape import Tape
from fintech_pipeline.signals.backtesting.terms import Terms

MOST_POINTS = 500
"""Of a path: more than a chart shows."""


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """How it went, at most `MOST_POINTS` days of it.

    Attributes:
        at: When (UTC).
        equity: What the account was worth; it began as 1.
        benchmark: What holding all symbols alike was worth.
        drawdown_pct: How far the account was below its highest so far.
    """

    at: Instants
    equity: Floats
    benchmark: Floats
    drawdown_pct: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What came of it, before it is compared with other trials.

    Attributes:
        figures: The account's.
        benchmark: Those of who holds all symbols alike, bought when each is first traded.
        years: Each calendar year.
        regimes: The market's states; none under 50 days.
        path: How it went.
        days: The account's days.
        account: The account itself.
    """

    figures: Figures
    benchmark: Figures
    years: list[Stretch]
    regimes: list[Stretch]
    path: Path
    days: Days
    account: Account

    @property
    def daily_sharpe(self) -> float | None:
        """The Sharpe ratio of one day, by which trials are compared.

        None where nothing is said of luck either: of a few days it is any number.
        """
        found = sharpe(self.days.returns)
        enough = np.count_nonzero(self.days.returns) >= FEWEST_DAYS
        return found if enough and np.isfinite(found) else None

    def luck(self, others: Sequence[float], chance: np.random.Generator) -> Luck | None:
        """What of its Sharpe ratio may be luck.

        Args:
            others: The daily Sharpe ratios of the other trials there were.
            chance: Draws the blocks of the bootstrap.
        """
        own = self.daily_sharpe
        if own is None:
            return None
        tried = np.array([own, *others])
        return luck_of(self.days.returns, tried, self.days.a_year, chance)


def tried(tape: Tape, sides: Floats, terms: Terms) -> Trial:
    """Trades the sides on the tape, and looks at what came of it.

    Args:
        tape: At least one row.
        sides: What the strategy says at each row's close, 1, -1 or 0; NaN where it says nothing
            new; (row, symbol).
        terms: Costs and sizes.
    """
    ended = tape.with_endings()
    made = account(ended, wished_sizes(sides, tape, terms), terms.cost, terms.band)
    held = account(ended, wished_sizes(np.ones(tape.close.shape), tape, Terms()), terms.cost)
    days, held_days = days_of(tape.closed_at, made.equity), days_of(tape.closed_at, held.equity)
    return Trial(
        figures_of(made, tape.closed_at, days),
        figures_of(held, tape.closed_at, held_days),
        years_of(days, held_days),
        regimes_of(days, held_days),
        _path(tape, made, held, days),
        days,
        made,
    )


def _path(tape: Tape, made: Account, held: Account, days: Days) -> Path:
    fallen = 100.0 * falls(made.equity[days.last])
    points = np.arange(len(days.last))
    if len(points) > MOST_POINTS:
        points = np.linspace(0, len(points) - 1, MOST_POINTS).round().astype(np.intp)
    rows = days.last[points]
    return Path(tape.closed_at[rows], made.equity[rows], held.equity[rows], fallen[points])
