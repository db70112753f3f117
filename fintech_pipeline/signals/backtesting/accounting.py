"""The account: what is wished for at a close is traded at the next open, and paid for. Pure.

One step a row, each over all symbols at once. The capital begins as 1; nothing is borrowed by who
is only long, and cash earns nothing.
"""

from dataclasses import dataclass

import numpy as np

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.backtesting.tape import Tape

_NEVER = np.inf


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """What became of the capital; columns by row, as at the row's close.

    Attributes:
        equity: What the account is worth; it begins as 1.
        gross: What is held and owed, as a share of the equity.
        net: What is held less what is owed, as a share of the equity.
        traded: What was bought and sold at the row's open, as a share of the equity then.
        paid: What that cost, as a share of the equity then.
        orders: Shares bought (+) and sold (-) at each row's open, in the tape's; (row, symbol).
    """

    equity: Floats
    gross: Floats
    net: Floats
    traded: Floats
    paid: Floats
    orders: Floats

    @property
    def trades(self) -> int:
        """How many orders were made."""
        return int(np.count_nonzero(self.orders))


def account(tape: Tape, wished: Floats, cost: float, band: float = _NEVER) -> Account:
    """Trades what is wished for.

    A symbol is traded where its side changes, or where it has drifted from the wished size by more
    than the band. Where a row has no bar of it, it is neither traded nor valued anew. An account
    that has lost everything ends there.

    Args:
        tape: The prices.
        wished: The share of the equity in each symbol, known at each row's close; (row, symbol).
        cost: Of a trade, as a share of what is traded.
        band: How far a position may drift, as a share of it; without end it is left to drift.
    """
    rows, columns = tape.close.shape
    equity_of, gross, net, traded_of, paid = np.zeros((5, rows))
    made = Account(equity_of, gross, net, traded_of, paid, np.zeros((rows, columns)))
    cash, held, worth = 1.0, np.zeros(columns), np.zeros(columns)
    tradable, quoted = np.isfinite(tape.open), np.isfinite(tape.close)
    for row in range(rows):
        if row > 0:
            price = np.where(tradable[row], tape.open[row], worth)
            equity = cash + float(held @ price)
            if equity <= 0.0:
                break
            traded = _orders(
                wished[row - 1] * (equity / (1.0 + cost)), held * price, tradable[row], band
            )
            traded = _affordable(traded, cash, cost, shorts=bool((wished[row - 1] < 0.0).any()))
            there = traded != 0.0
            shares = np.zeros(columns)
            shares[there] = traded[there] / price[there]
            size = float(np.abs(traded).sum())
            # Whoever sells all of it holds exactly nothing.
            closed = there & (wished[row - 1] == 0.0)
            shares[closed] = -held[closed]
            cash -= float(shares @ price) + size * cost
            held = held + shares
            made.orders[row] = shares
            made.traded[row] = size / equity
            made.paid[row] = size * cost / equity
        worth = np.where(quoted[row], tape.close[row], worth)
        values = held * worth
        equity = cash + float(values.sum())
        if equity <= 0.0:
            break
        made.equity[row] = equity
        made.gross[row] = float(np.abs(values).sum()) / equity
        made.net[row] = float(values.sum()) / equity
    return made


def _orders(wished: Floats, holds: Floats, tradable: Floats, band: float) -> Floats:
    """The money to trade of each symbol."""
    difference = wished - holds
    turned = np.sign(wished) != np.sign(holds)
    drifted = np.abs(difference) > band * np.abs(wished) if band < _NEVER else False
    return np.where(tradable & (turned | drifted), difference, 0.0)


def _affordable(orders: Floats, cash: float, cost: float, *, shorts: bool) -> Floats:
    """No more than there is money for: who is only long borrows nothing."""
    if shorts:
        return orders
    bought = float(orders[orders > 0.0].sum()) * (1.0 + cost)
    sold = -float(orders[orders < 0.0].sum()) * (1.0 - cost)
    left = max(cash + sold, 0.0)
    if bought <= left:
        return orders
    return np.where(orders > 0.0, orders * (left / bought), orders)
