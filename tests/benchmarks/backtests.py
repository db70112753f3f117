"""A backtest of 500 symbols over ten years of days, from matrices to figures and luck."""

import time

import numpy as np

from fintech_pipeline.signals.backtesting.tape import Tape
from fintech_pipeline.signals.backtesting.terms import Sizing, Terms
from fintech_pipeline.signals.backtesting.trial import tried

SYMBOLS, DAYS, RUNS = 500, 2_520, 3
TERMS = (Terms(), Terms(sizing=Sizing.VOLATILITY, long_short=True))


def seconds() -> float:
    """The slowest of each of the terms' medians: what is loaded already is not counted."""
    rng = np.random.default_rng(0)
    close = 100 * np.exp(np.cumsum(rng.normal(0.0003, 0.02, (DAYS, SYMBOLS)), axis=0))
    opened = close * np.exp(rng.normal(0, 0.005, (DAYS, SYMBOLS)))
    at = np.datetime64("2012-01-03T14:30", "us") + np.arange(DAYS) * np.timedelta64(1, "D")
    symbols = tuple(f"S{n:03}" for n in range(SYMBOLS))
    tape = Tape(at, at + np.timedelta64(390, "m"), symbols, opened, close)
    chances = [0.02, 0.02, 0.05, 0.91]
    sides = rng.choice([-1.0, 0.0, 1.0, np.nan], (DAYS, SYMBOLS), p=chances)
    medians = []
    for terms in TERMS:
        took = []
        for _ in range(RUNS):
            began = time.perf_counter()
            trial = tried(tape, sides, terms)
            assert trial.luck([0.01], np.random.default_rng(1)) is not None
            took.append(time.perf_counter() - began)
        medians.append(float(np.median(took)))
    return max(medians)
