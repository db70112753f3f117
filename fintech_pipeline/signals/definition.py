"""A strategy's definition: the tables and keys that a file or the database has of it. Pure."""

import difflib
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.strategy import (
    INTERVALS,
    Action,
    Band,
    Regime,
    Strategy,
    key_in,
    normalised,
)

_KEYS = ("name", "version", "interval", "weights", "bands")
_ACTIONS = tuple(str(action) for action in Action if action is not Action.HOLD)


def definition(strategy: Strategy) -> dict[str, Any]:
    """The whole strategy as plain data, from which `strategy_of` makes the same one again."""
    return {
        "name": strategy.name,
        "version": strategy.version,
        "interval": str(strategy.interval),
        "weights": {name: float(weight) for name, weight in strategy.weights.items()},
        "bands": {
            str(action): {"enter": float(band.enter), "leave": float(band.leave)}
            for action, band in strategy.bands.items()
        },
        "regimes": [
            {
                "name": regime.name,
                "indicator": regime.indicator,
                "above": float(regime.above),
                "weights": {name: float(factor) for name, factor in regime.weights.items()},
            }
            for regime in strategy.regimes
        ],
    }


def strategy_of(tree: Mapping[str, Any]) -> Strategy:
    """The strategy that the tables and keys define; its weights are divided by their sum.

    Raises:
        ValueError: One sentence: which key is wrong, and what it may be.
    """
    _require_keys("", tree, _KEYS, ("regimes",))
    if tree["interval"] not in INTERVALS:
        told = " or ".join(INTERVALS)
        raise ValueError(f"interval must be {told}, not {reprlib.repr(tree['interval'])}")
    bands = _table("bands", tree["bands"])
    _require_keys("bands", bands, _ACTIONS)
    regimes = tree.get("regimes", [])
    if not isinstance(regimes, list):
        raise ValueError("each of regimes must begin with [[regimes]]")  # noqa: TRY004  # whatever is wrong in a file is one kind of error
    return Strategy(
        tree["name"],
        tree["version"],
        Interval(tree["interval"]),
        normalised(_numbers("weights", tree["weights"])),
        {Action(action): _band(f"bands.{action}", band) for action, band in bands.items()},
        tuple(_regime(f"regimes.{place}", regime) for place, regime in enumerate(regimes)),
    )


def _band(key: str, tree: object) -> Band:
    _require_keys(key, _table(key, tree), ("enter", "leave"))
    return Band(**_numbers(key, tree))


def _regime(key: str, tree: object) -> Regime:
    table = _table(key, tree)
    _require_keys(key, table, ("name", "indicator", "above", "weights"))
    return Regime(
        table["name"],
        table["indicator"],
        _number(f"{key}.above", table["above"]),
        _numbers(f"{key}.weights", table["weights"]),
    )


def _table(key: str, tree: object) -> dict[str, Any]:
    if not isinstance(tree, dict):
        raise ValueError(f"{key} must be a table, not {reprlib.repr(tree)}")  # noqa: TRY004  # whatever is wrong in a file is one kind of error
    return tree


def _numbers(key: str, tree: object) -> dict[str, float]:
    return {name: _number(key_in(key, name), value) for name, value in _table(key, tree).items()}


def _number(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{key} must be a number, not {reprlib.repr(value)}")  # noqa: TRY004  # whatever is wrong in a file is one kind of error
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{key} is too large a number") from None


def _require_keys(
    parent: str, tree: Mapping[str, Any], needed: Sequence[str], allowed: Sequence[str] = ()
) -> None:
    known = (*needed, *allowed)
    for key in tree:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            told = (
                f"did you mean {key_in(parent, near[0])}"
                if near
                else f"there is {', '.join(known)}"
            )
            raise ValueError(f"{key_in(parent, key)} is not a key; {told}")
    for key in needed:
        if key not in tree:
            raise ValueError(f"{key_in(parent, key)} is missing")
