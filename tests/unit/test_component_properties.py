"""What holds of the price components whatever the prices: hostile matrices by Hypothesis."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fintech_pipeline.signals.components import price_readings
from fintech_pipeline.signals.explanation import LACKS, Lack
from fintech_pipeline.signals.prices import PriceMatrix
from fintech_pipeline.signals.strategy import PRICE_COMPONENTS
from tests.unit.made_prices import BARS, NEW_YORK, changed, matrices, part, walk, without

ROWS = 160


@st.composite
def hostile(draw: st.DrawFn) -> PriceMatrix:
    """Walks with holes, constant and silent stretches, wild jumps, splits told and untold."""
    seed = draw(st.integers(0, 10_000))
    made = walk(ROWS, 3, seed=seed, per_session=draw(st.sampled_from((1, NEW_YORK))))
    rng = np.random.default_rng(seed)
    for _ in range(draw(st.integers(0, 4))):
        first, symbol = draw(st.integers(0, ROWS - 1)), draw(st.integers(0, 2))
        rows = slice(first, first + draw(st.integers(1, ROWS)))
        made = _spoilt(draw, made, rows, symbol, rng)
    return made


def _spoilt(
    draw: st.DrawFn, made: PriceMatrix, rows: slice, symbol: int, rng: np.random.Generator
) -> PriceMatrix:
    spoil = draw(st.sampled_from((_constant, _silent, _holes, _jump, _split, _dividend, _odd)))
    columns = {name: getattr(made, name).copy() for name in (*BARS, "split", "payout")}
    spoil(draw, columns, (rows, symbol), rng)
    return changed(made, columns)


Columns = dict[str, np.ndarray]
Where = tuple[slice, int]


def _constant(_: st.DrawFn, columns: Columns, where: Where, __: np.random.Generator) -> None:
    known = columns["close"][where][~np.isnan(columns["close"][where])]
    for name in BARS[:-1]:
        columns[name][where] = np.where(np.isnan(columns[name][where]), np.nan, known[:1].sum())


def _silent(_: st.DrawFn, columns: Columns, where: Where, __: np.random.Generator) -> None:
    columns["volume_shares"][where] *= 0.0


def _holes(draw: st.DrawFn, columns: Columns, where: Where, rng: np.random.Generator) -> None:
    share = draw(st.sampled_from((0.05, 0.2, 0.6, 1.0)))
    gone = rng.uniform(size=columns["close"][where].shape) < share
    for name in BARS:
        columns[name][where] = np.where(gone, np.nan, columns[name][where])


def _jump(draw: st.DrawFn, columns: Columns, where: Where, _: np.random.Generator) -> None:
    factor = draw(st.sampled_from((1e-6, 0.1, 0.25, 0.7, 1.0001, 3.0, 1e6)))
    for name in BARS[:-1]:
        columns[name][where] *= factor


def _split(draw: st.DrawFn, columns: Columns, where: Where, _: np.random.Generator) -> None:
    columns["split"][where[0].start, where[1]] = draw(st.sampled_from((0.1, 2.0, 7.0)))


def _dividend(draw: st.DrawFn, columns: Columns, where: Where, _: np.random.Generator) -> None:
    columns["payout"][where[0].start, where[1]] = draw(st.floats(0.001, 0.9))


def _odd(_: st.DrawFn, columns: Columns, where: Where, rng: np.random.Generator) -> None:
    volumes = columns["volume_shares"][where]
    columns["volume_shares"][where] = 10.0 ** rng.uniform(-6, 12, volumes.shape) + 0.0 * volumes


@settings(max_examples=120, deadline=None)
@given(prices=hostile())
def test_a_value_is_a_number_within_one_exactly_where_nothing_lacks(prices: PriceMatrix) -> None:
    found = price_readings(prices)
    for name in PRICE_COMPONENTS:
        value, figure, lack = found.values[name], found.figures[name], found.lacks[name]
        assert ((lack >= 0) & (lack < len(LACKS))).all(), name
        assert (np.isfinite(value) == (lack == 0)).all(), name
        assert (np.isnan(value) == (lack != 0)).all(), name
        assert (np.isfinite(figure) == (lack == 0)).all(), name
        assert (np.abs(value[lack == 0]) <= 1.0).all(), name
        assert (lack[~found.present] == Lack.NO_BAR).all(), name
        assert (lack[found.present] != Lack.NO_BAR).all(), name
    for name, regime in found.regimes.items():
        assert not np.isinf(regime).any(), name
        assert (regime[~np.isnan(regime)] >= 0).all(), name
    assert (found.present == np.isfinite(prices.close)).all()
    assert not np.isinf(found.previous_close).any()
    assert (found.suspected[~np.isnan(found.suspected)] > 0).all()
    assert (found.history == np.cumsum(found.present, axis=0)).all()


@settings(max_examples=60, deadline=None)
@given(prices=hostile(), rows=st.integers(1, ROWS))
def test_a_row_has_the_same_bits_whether_the_matrix_ends_there_or_goes_on(
    prices: PriceMatrix, rows: int
) -> None:
    whole, ended = (
        matrices(price_readings(prices)),
        matrices(price_readings(part(prices, slice(0, rows)))),
    )
    for name, matrix in whole.items():
        assert matrix[:rows].tobytes() == ended[name].tobytes(), name


@settings(max_examples=60, deadline=None)
@given(prices=hostile(), symbol=st.integers(0, 2))
def test_a_symbol_has_the_same_bits_alone_as_among_others(prices: PriceMatrix, symbol: int) -> None:
    column = slice(symbol, symbol + 1)
    together = matrices(price_readings(prices))
    alone = matrices(price_readings(part(prices, columns=column)))
    for name, matrix in together.items():
        assert matrix[:, column].tobytes() == alone[name].tobytes(), name


def test_a_symbol_has_the_same_bits_in_whichever_group_it_is_computed() -> None:
    many = walk(2 * ROWS, 70)
    gone = np.random.default_rng(1).uniform(size=many.close.shape) < 0.02
    gone[:, ::2] = False
    many = without(many, gone)
    together = matrices(price_readings(many))
    for symbol in (0, 33, 69):
        column = slice(symbol, symbol + 1)
        alone = matrices(price_readings(part(many, columns=column)))
        for name, matrix in together.items():
            assert matrix[:, column].tobytes() == alone[name].tobytes(), name


def test_the_bits_do_not_depend_on_how_the_matrix_lies_in_memory() -> None:
    prices = walk(ROWS, 3)
    turned = changed(
        prices, {name: np.asfortranarray(getattr(prices, name)) for name in (*BARS, "split")}
    )
    found = matrices(price_readings(turned))
    for name, matrix in matrices(price_readings(prices)).items():
        assert matrix.tobytes() == found[name].tobytes(), name
