"""Signals as columns: what is stored of each, the components and inputs as JSON made by Arrow.

No object is made for a signal, so that a million of them take seconds. Pure.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants
from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.sentiment.aggregation import NewsSentiment
from fintech_pipeline.signals.bands import LEVELS, Micros
from fintech_pipeline.signals.composite import MICRO

_INSTANT = pa.timestamp("us", "UTC")
_TYPES: dict[str, pa.DataType] = {
    "symbol": pa.string(),
    "interval": pa.string(),
    "slot_at": _INSTANT,
    "strategy": pa.string(),
    "price": pa.float64(),
    "change_pct": pa.float64(),
    "score": pa.float64(),
    "action": pa.string(),
    "confidence": pa.float64(),
    "components": pa.string(),
    "inputs": pa.string(),
    "cutoff_at": _INSTANT,
}
COLUMNS = pa.schema(_TYPES)
Texts = Any
"""An Arrow array of strings."""


@dataclass(frozen=True, slots=True, eq=False)
class ComponentColumn:
    """One component of some signals; equal columns.

    Attributes:
        name: The component.
        present: Where it is present.
        value: In millionths.
        weight: In millionths.
        contribution: In millionths.
        figure: What a person reads.
        lack: Why it is missing, as a place in `phrases`.
        phrases: Why it can be missing.
    """

    name: str
    present: NDArray[np.bool_]
    value: Micros
    weight: Micros
    contribution: Micros
    figure: Floats
    lack: NDArray[np.integer[Any]]
    phrases: Sequence[str]


def components_json(components: Sequence[ComponentColumn]) -> Texts:
    """The components present as a JSON list, in the given order, for each signal."""
    pieces = []
    for one in components:
        piece = _joined(
            f'{{"name":"{one.name}","value":',
            _numbers(one.value / MICRO),
            ',"weight":',
            _numbers(one.weight / MICRO),
            ',"contribution":',
            _numbers(one.contribution / MICRO),
            ',"figure":',
            _numbers(np.round(one.figure, 6) + 0.0),
            "}",
        )
        pieces.append(pc.if_else(pa.array(one.present), piece, None))
    # A signal has a component, so that Arrow has something to put its commas between.
    listed = pc.binary_join_element_wise(*pieces, ",", null_handling="skip")
    return _joined("[", listed, "]")


def missing_json(components: Sequence[ComponentColumn]) -> Texts:
    """Why each component that is missing is, as a JSON object, for each signal."""
    # Few signals lack anything, and most of those the same: each case is told once.
    case = np.zeros(len(components[0].present), dtype=np.int64)
    for one in components:
        case = case * (len(one.phrases) + 1) + np.where(one.present, 0, one.lack + 1)
    _, first, cases = np.unique(case, return_index=True, return_inverse=True)
    told = [
        json.dumps(
            {one.name: one.phrases[one.lack[row]] for one in components if not one.present[row]}
        )
        for row in first.tolist()
    ]
    return pa.array(told, pa.string()).take(cases)


def articles_json(count: int, behind: Mapping[int, NewsSentiment]) -> Texts:
    """The articles behind each signal's news as a JSON list, most signals having none."""
    texts = ["[]"] * count
    for place, news in behind.items():
        # As `composite.ArticleShare` reads them.
        shares = [
            {"article_id": c.article_id, "share": c.share, "model_version": c.model_version}
            for c in news.contributions
        ]
        texts[place] = json.dumps(shares, separators=(",", ":"))
    return pa.array(texts, pa.string())


def inputs_json(**parts: Texts) -> Texts:
    """A JSON object of parts that are JSON already, for each signal."""
    pieces: list[Texts | str] = []
    for place, (name, texts) in enumerate(parts.items()):
        pieces += [f'{"," if place else "{"}"{name}":', texts]
    return _joined(*pieces, "}")


def numbers_json(numbers: Floats | NDArray[np.integer[Any]]) -> Texts:
    """Numbers, `null` where there is none."""
    return pc.fill_null(_numbers(numbers), "null")


def chosen_json(values: Sequence[object], places: NDArray[np.integer[Any]]) -> Texts:
    """For each place the value that stands there; the last one is that of -1."""
    told = pa.array([json.dumps(value) for value in values], pa.string())
    return told.take(np.where(places < 0, len(values) - 1, places))


def signal_table(
    interval: Interval,
    strategy: str,
    symbols: Texts,
    slots: Instants,
    cutoffs: Instants,
    numbers: Mapping[str, Floats],
    level: NDArray[np.int8],
    components: Texts,
    inputs: Texts,
) -> pa.Table:
    """The signals' columns, as they are stored.

    Args:
        interval: Of the strategy.
        strategy: Its label.
        symbols: Of each signal, an Arrow column.
        slots: The slot that each judges.
        cutoffs: When its inputs were read.
        numbers: `price`, `change_pct`, `score` and `confidence`.
        level: The action's place in `LEVELS`.
        components: JSON.
        inputs: JSON.
    """
    actions = pa.array([str(action) for action in LEVELS]).take(level)
    count = len(slots)
    columns = {
        "symbol": symbols,
        "interval": pa.repeat(pa.scalar(str(interval)), count),
        "slot_at": pa.array(slots).cast(_INSTANT),
        "strategy": pa.repeat(pa.scalar(strategy), count),
        **{name: pa.array(values, from_pandas=True) for name, values in numbers.items()},
        "action": actions,
        "components": components,
        "inputs": inputs,
        "cutoff_at": pa.array(cutoffs).cast(_INSTANT),
    }
    return pa.table([columns[name] for name in COLUMNS.names], schema=COLUMNS)


def no_signals() -> pa.Table:
    """None."""
    return COLUMNS.empty_table()


def not_adding_up(made: pa.Table) -> list[str]:
    """The signals whose contributions do not add up to their score, each told by a phrase."""
    found = []
    texts = (made[name].to_pylist() for name in ("symbol", "slot_at", "score", "components"))
    for symbol, slot, score, components in zip(*texts, strict=True):
        parts = sum(round(one["contribution"] * MICRO) for one in json.loads(components))
        if max(-MICRO, min(MICRO, parts)) != round(score * MICRO):
            found.append(f"{symbol} at {slot:%Y-%m-%d %H:%MZ}")
    return found


def _numbers(numbers: Floats | NDArray[np.integer[Any]]) -> Texts:
    return pc.cast(pa.array(numbers, from_pandas=True), pa.string())


def _joined(*pieces: Texts | str) -> Texts:
    joined: Texts = pc.binary_join_element_wise(*pieces, "")  # type: ignore[call-overload]  # scalars beside arrays
    return joined
