"""The account of a backtest: what is wished for at a close is traded at the next open."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.backtesting.sizes import wished_sizes
from fintech_pipeline.signals.backtesting.tape import Tape, tape_of
from fintech_pipeline.signals.backtesting.terms import Sizing, Terms
from fintech_pipeline.signals.backtesting.trial import tried
from fintech_pipeline.signals.horizons import Prices, TradingRows

NAN = np.nan
FREE = Terms(0.0, 0.0, 0.0)


def tape(opens: object, closes: object) -> Tape:
    """A tape of days."""
    opening, closing = np.array(opens, dtype=float), np.array(closes, dtype=float)
    rows, columns = closing.shape
    opened = np.datetime64("2024-01-01T14:30", "us") + np.arange(rows) * np.timedelta64(1, "D")
    names = tuple(f"S{column}" for column in range(columns))
    return Tape(opened, opened + np.timedelta64(390, "m"), names, opening, closing)


def sides(*rows: float) -> Floats:
    """What is said of one symbol at each close."""
    return np.array(rows)[:, None]


def random_tape(rng: np.random.Generator, rows: int, columns: int) -> Tape:
    closes = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.02, (rows, columns)), axis=0))
    opens = closes * np.exp(rng.normal(0, 0.01, (rows, columns)))
    return tape(opens, closes)


def test_a_signal_is_traded_at_the_next_bars_open_and_never_at_its_own_close() -> None:
    prices = tape([[10.0], [20.0], [30.0]], [[10.0], [25.0], [30.0]])
    made = tried(prices, sides(1, 1, 1), FREE).account
    assert made.equity.tolist() == [1.0, 25 / 20, 30 / 20]
    assert made.orders[:, 0].tolist() == [0.0, 1 / 20, 0.0]


def test_a_trade_costs_commission_half_the_spread_and_slippage_of_what_is_traded() -> None:
    prices = tape([[10.0], [10.0], [10.0]], [[10.0], [10.0], [10.0]])
    made = tried(prices, sides(1, 0, 0), Terms(10.0, 20.0, 30.0)).account
    bought = 1.0 / 1.006
    assert made.equity[1] == pytest.approx(bought)
    assert made.equity[2] == pytest.approx(bought * (1 - 0.006))
    assert made.trades == 2


def test_who_is_only_long_takes_a_sell_signal_for_the_end_and_the_other_sells_short() -> None:
    prices = tape([[10.0], [10.0], [8.0]], [[10.0], [10.0], [8.0]])
    assert tried(prices, sides(-1, -1, -1), FREE).account.equity.tolist() == [1.0, 1.0, 1.0]
    short = Terms(0.0, 0.0, 0.0, long_short=True)
    made = tried(prices, sides(-1, -1, -1), short).account
    assert made.equity[2] == pytest.approx(1.2)
    assert made.net[1] == pytest.approx(-1.0)
    assert made.gross[1] == pytest.approx(1.0)


def test_each_symbol_has_one_place_in_the_capital_and_the_rest_stays_cash() -> None:
    prices = tape([[10.0, 5.0]] * 2, [[10.0, 5.0], [20.0, 5.0]])
    said = np.array([[1.0, 0.0], [1.0, 0.0]])
    made = tried(prices, said, FREE).account
    assert made.equity[1] == pytest.approx(1.5)
    assert made.gross[1] == pytest.approx(1.0 / 1.5)


def test_a_position_is_left_to_drift_as_far_as_its_band_and_traded_back_beyond() -> None:
    opens = [[10.0, 10.0], [10.0, 10.0], [11.0, 10.0], [30.0, 10.0]]
    made = tried(tape(opens, opens), np.ones((4, 2)), FREE).account
    assert np.count_nonzero(made.orders[2]) == 0
    assert made.orders[3, 0] < 0.0 < made.orders[3, 1]


def test_where_a_bar_lacks_it_is_traded_at_the_next_and_worth_its_last_close_until_then() -> None:
    prices = tape([[10.0], [NAN], [12.0]], [[10.0], [NAN], [12.0]])
    made = tried(prices, sides(1, NAN, NAN), FREE).account
    assert made.orders[:, 0].tolist() == [0.0, 0.0, 1 / 12]
    later = tape([[10.0], [10.0], [NAN], [20.0]], [[10.0], [10.0], [NAN], [20.0]])
    assert tried(later, sides(1, 1, 0, 0), FREE).account.equity.tolist() == [1.0, 1.0, 1.0, 2.0]


def test_who_has_no_further_bar_is_sold_once_at_his_last_close() -> None:
    opens = [[10.0, 1.0], [10.0, 1.0], *[[NAN, 1.0]] * 9]
    closes = [[10.0, 1.0], [15.0, 1.0], *[[NAN, 1.0]] * 9]
    made = tried(tape(opens, closes), np.array([[1.0, 0.0]] * 11), FREE).account
    assert made.equity.tolist() == [1.0, *[1.25] * 10]
    assert made.gross.tolist() == [0.0, pytest.approx(0.6), *[0.0] * 9]


def test_whose_bar_lacks_for_a_few_days_at_the_end_is_still_held() -> None:
    opens = [[10.0], [10.0], [NAN], [NAN]]
    made = tried(tape(opens, opens), sides(1, 1, 1, 1), FREE).account
    assert made.gross.tolist() == [0.0, 1.0, 1.0, 1.0]
    assert made.trades == 1


def test_who_is_closed_for_most_of_the_day_is_not_taken_for_calm() -> None:
    rng = np.random.default_rng(4)
    closes = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.02, (400, 2)), axis=0))
    closes[np.arange(400) % 4 != 0, 1] = NAN
    sizes = wished_sizes(np.ones((400, 2)), tape(closes, closes), Terms(sizing=Sizing.VOLATILITY))
    # It moves more from bar to bar, as these lie further apart.
    assert sizes[-2, 1] < sizes[-2, 0]


def test_who_loses_everything_is_out_and_stays_there() -> None:
    prices = tape([[10.0], [10.0], [30.0], [1.0]], [[10.0], [10.0], [30.0], [1.0]])
    made = tried(prices, sides(-1, -1, -1, -1), Terms(0.0, 0.0, 0.0, long_short=True))
    assert made.account.equity.tolist() == [1.0, 1.0, 0.0, 0.0]
    assert made.figures.return_pct == pytest.approx(-100.0)


def test_who_is_ruined_at_a_close_does_not_come_back() -> None:
    prices = tape([[10.0], [10.0], [10.0], [10.0]], [[10.0], [20.0], [10.0], [5.0]])
    made = tried(prices, sides(-1, -1, -1, -1), Terms(0.0, 0.0, 0.0, long_short=True))
    assert made.account.equity.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert made.figures.return_pct == pytest.approx(-100.0)


def test_a_split_and_a_dividend_change_nothing_for_who_holds() -> None:
    at = np.datetime64("2024-01-01T14:30", "us") + np.arange(3) * np.timedelta64(1, "D")
    rows = TradingRows(np.arange(3), at, at + np.timedelta64(390, "m"))
    raw = np.array([[100.0], [50.0], [45.0]])
    shares, paid = np.array([[1.0], [2.0], [2.0]]), np.array([[0.0], [0.0], [10.0]])
    told = tape_of(Prices(raw, raw, shares, paid), rows, ("A",))
    assert told.close[:, 0].tolist() == [100.0, 100.0, pytest.approx(100.0)]


def test_a_calm_symbol_gets_more_than_a_wild_one_and_all_together_no_more_than_there_is() -> None:
    rng = np.random.default_rng(4)
    closes = 100.0 * np.exp(np.cumsum(rng.normal(0, [0.005, 0.02, 0.04], (300, 3)), axis=0))
    sizes = wished_sizes(np.ones((300, 3)), tape(closes, closes), Terms(sizing=Sizing.VOLATILITY))
    calm, middle, wild = sizes[-2]
    assert calm > middle > wild > 0.0
    assert np.abs(sizes).sum(axis=1).max() <= 1.0 + 1e-12


@given(arrays(np.float64, (12, 3), elements=st.sampled_from([-1.0, 0.0, 1.0, NAN])), st.integers(0))
def test_costs_never_make_anybody_richer(said: Floats, seed: int) -> None:
    prices = random_tape(np.random.default_rng(seed), 12, 3)
    worth = [
        tried(prices, said, Terms(bps, 0.0, 0.0, band=10.0)).account.equity[-1]
        for bps in (0.0, 10.0, 100.0)
    ]
    assert worth[0] >= worth[1] - 1e-12
    assert worth[1] >= worth[2] - 1e-12


@given(arrays(np.float64, (12, 3), elements=st.sampled_from([-1.0, 0.0, 1.0, NAN])), st.integers(0))
def test_who_is_only_long_owes_nothing(said: Floats, seed: int) -> None:
    made = tried(random_tape(np.random.default_rng(seed), 12, 3), said, Terms()).account
    assert made.gross.max() <= 1.0 + 1e-9
    assert made.net.min() >= -1e-12


@given(st.integers(0), st.integers(2, 38), st.sampled_from(Sizing), st.booleans())
def test_what_comes_later_changes_nothing_before(
    seed: int, cut: int, sizing: Sizing, long_short: bool
) -> None:
    rng = np.random.default_rng(seed)
    prices = random_tape(rng, 40, 4)
    said = rng.choice([-1.0, 0.0, 1.0, NAN], (40, 4))
    terms = Terms(sizing=sizing, long_short=long_short)
    whole = tried(prices, said, terms).account.equity[:cut]
    short = Tape(
        prices.opened_at[:cut],
        prices.closed_at[:cut],
        prices.symbols,
        prices.open[:cut],
        prices.close[:cut],
    )
    assert tried(short, said[:cut], terms).account.equity.tolist() == whole.tolist()


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({"slippage_bps": -1.0}, "slippage_bps must lie between 0 and 1000, not -1.0"),
        ({"commission_bps": NAN}, "commission_bps must lie between 0 and 1000, not nan"),
        ({"band": 11.0}, "band must lie between 0 and 10, not 11.0"),
    ],
)
def test_terms_that_no_market_has_are_refused(terms: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Terms(**terms)  # type: ignore[arg-type]  # one of them is wrong, which is the point
