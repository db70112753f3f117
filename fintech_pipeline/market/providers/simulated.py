"""The `simulated` market provider: a made-up exchange that never closes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fintech_pipeline.clock import Window
from fintech_pipeline.market import simulation
from fintech_pipeline.market.provider import MarketAnswer, Problem
from fintech_pipeline.market.watchlist import Instrument


@dataclass(frozen=True, slots=True)
class SimulatedMarket:
    """Half-hour bars and splits of a made-up world, the same for ever; any symbol works.

    It never reads the clock: a window that reaches into the future is answered like any other.

    Attributes:
        seed: Names the world.
        effect: What the drift after planted events is multiplied by.
    """

    seed: int
    effect: float = 1.0

    @property
    def name(self) -> str:
        """As it stands in the configuration and on every row."""
        return "simulated"

    @property
    def simulated(self) -> bool:
        """Always true: everything it gives is made up."""
        return True

    @property
    def usual_delay(self) -> timedelta:
        """None: a bar can be had at its close."""
        return timedelta(0)

    def bars(self, instruments: Sequence[Instrument], window: Window) -> MarketAnswer:
        """The half-hour bars that open and close inside the window, and its splits.

        A symbol without a bar in the window, in a halt for example, has no entry.
        """
        if window.end <= simulation.EPOCH:
            reason = f"the simulated exchange opened on {simulation.EPOCH:%Y-%m-%d}"
            problems = [Problem(instrument.symbol, reason) for instrument in instruments]
            return MarketAnswer([], problems=problems)
        symbols = [instrument.symbol for instrument in instruments]
        series = [simulation.bars(self.seed, symbol, window, self.effect) for symbol in symbols]
        actions = [simulation.splits(self.seed, symbol, window, self.effect) for symbol in symbols]
        return MarketAnswer(
            [bars for bars in series if len(bars)],
            [action for splits in actions for action in splits],
        )
