"""The account against an independent engine: backtrader executes the same orders."""

import warnings

import numpy as np
import pandas as pd
import pytest

with warnings.catch_warnings():
    # Of its escape sequences, told while it is compiled.
    warnings.simplefilter("ignore")
    import backtrader as bt

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.backtesting.tape import Tape
from fintech_pipeline.signals.backtesting.terms import Sizing, Terms
from fintech_pipeline.signals.backtesting.trial import tried
from tests.unit.test_backtest_account import random_tape

CREDIT = 10.0
"""Lies beside the capital of 1: the peer executes the orders of one open one after the other, and
refuses a buy that a later sell would pay for."""


class _Orders(bt.Strategy):  # type: ignore[misc]  # it ships no types
    """Sends given orders the evening before, to be executed at the next open."""

    params = (("shares", None),)

    def __init__(self) -> None:
        self.worth: list[float] = []

    def next(self) -> None:
        row = len(self) - 1
        self.worth.append(self.broker.getvalue() - CREDIT)
        if row + 1 < len(self.p.shares):
            for feed, size in zip(self.datas, self.p.shares[row + 1], strict=True):
                if size:
                    (self.buy if size > 0 else self.sell)(data=feed, size=abs(size))


def by_backtrader(tape: Tape, orders: Floats, cost: float) -> list[float]:
    """What an account of 1 is worth at each close."""
    engine = bt.Cerebro(stdstats=False)
    for column in range(len(tape.symbols)):
        frame = pd.DataFrame(
            {"open": tape.open[:, column], "close": tape.close[:, column], "volume": 1.0},
            index=pd.DatetimeIndex(tape.opened_at),
        )
        frame["high"] = frame[["open", "close"]].max(axis=1)
        frame["low"] = frame[["open", "close"]].min(axis=1)
        engine.adddata(bt.feeds.PandasData(dataname=frame))
    engine.broker.setcash(1.0 + CREDIT)
    engine.broker.setcommission(commission=cost)
    engine.broker.set_checksubmit(checksubmit=False)
    engine.addstrategy(_Orders, shares=orders)
    (ran,) = engine.run()
    worth: list[float] = ran.worth
    return worth


@pytest.mark.parametrize("sizing", Sizing)
@pytest.mark.parametrize("long_short", [False, True])
def test_on_the_same_orders_the_equity_is_the_peers_to_a_billionth(
    sizing: Sizing, long_short: bool
) -> None:
    rng = np.random.default_rng(11)
    prices = random_tape(rng, 400, 6)
    said = rng.choice([-1.0, 0.0, 1.0, np.nan], (400, 6), p=[0.05, 0.05, 0.1, 0.8])
    terms = Terms(3.0, 2.0, 5.0, sizing=sizing, long_short=long_short)
    made = tried(prices, said, terms).account
    assert made.trades > 100
    theirs = by_backtrader(prices, made.orders, terms.cost)
    np.testing.assert_allclose(made.equity, theirs, rtol=0, atol=1e-9)
