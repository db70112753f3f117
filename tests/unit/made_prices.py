"""Price matrices for tests: random walks with opens, highs, lows and volumes that can be true."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.signals.components import PriceReadings
from fintech_pipeline.signals.prices import PriceMatrix

NEW_YORK = 13
BARS = ("open", "high", "low", "close", "volume_shares")


def walk(rows: int = 300, columns: int = 3, *, seed: int = 5, per_session: int = 1) -> PriceMatrix:
    """Days, or half hours where there are several rows a session; no splits, no dividends."""
    rng = np.random.default_rng(seed)
    shape = (rows, columns)
    close: Floats = 100 * np.multiply.accumulate(1 + rng.normal(0, 0.004, shape), axis=0)
    before = np.vstack([close[:1], close[:-1]])
    opening = before * (1 + rng.normal(0, 0.002, shape))
    high = np.maximum(opening, close) * (1 + np.abs(rng.normal(0, 0.002, shape)))
    low = np.minimum(opening, close) * (1 - np.abs(rng.normal(0, 0.002, shape)))
    session, place = np.divmod(np.arange(rows), per_session)
    return PriceMatrix(
        Interval.HALF_HOUR if per_session > 1 else Interval.DAY,
        np.datetime64("2025-03-03T14:00", "us")
        + session * np.timedelta64(1, "D")
        + place * np.timedelta64(30, "m"),
        tuple(f"S{n}" for n in range(columns)),
        session,
        place,
        opening,
        close,
        high,
        low,
        np.round(rng.uniform(5e4, 2e5, shape)),
        np.ones(shape),
        np.zeros(shape),
    )


def changed(prices: PriceMatrix, columns: Mapping[str, Any]) -> PriceMatrix:
    """The prices with other matrices under these names."""
    return replace(prices, **columns)


def constant(rows: int = 300, price: float = 50.0, *, per_session: int = 1) -> PriceMatrix:
    """A price that does not move at all."""
    made = walk(rows, 1, per_session=per_session)
    flat = np.full((rows, 1), price)
    return replace(made, open=flat, high=flat, low=flat, close=flat)


def part(
    prices: PriceMatrix, rows: slice = slice(None), columns: slice = slice(None)
) -> PriceMatrix:
    """Some rows and columns."""
    kept = {name: getattr(prices, name)[rows, columns] for name in (*BARS, "split", "payout")}
    kept |= {name: getattr(prices, name)[rows] for name in ("slots", "session", "place")}
    return changed(prices, kept | {"symbols": prices.symbols[columns]})


def without(prices: PriceMatrix, missing: np.ndarray) -> PriceMatrix:
    """The prices without the bars where `missing`, (time, symbol), is true."""
    return changed(
        prices, {name: np.where(missing, np.nan, getattr(prices, name)) for name in BARS}
    )


def scaled(prices: PriceMatrix, factor: Floats, shares: Floats) -> PriceMatrix:
    """Prices × factor and volumes × shares."""
    columns = {name: getattr(prices, name) * factor for name in BARS[:-1]}
    return changed(prices, columns | {"volume_shares": prices.volume_shares * shares})


def matrices(readings: PriceReadings) -> dict[str, np.ndarray]:
    """Everything that was read, by name."""
    found: dict[str, np.ndarray] = {}
    for field in fields(readings):
        value = getattr(readings, field.name)
        if isinstance(value, dict):
            found |= {f"{field.name}.{name}": matrix for name, matrix in value.items()}
        else:
            found[field.name] = value
    return found
