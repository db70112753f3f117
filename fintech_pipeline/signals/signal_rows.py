"""Signals as columns: what is stored of each, the components and inputs as JSON made by Arrow.

No object is made for a signal, so that a million of them take seconds. Pure.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.sentiment.aggregation import NewsSentiment
from fintech_pipeline.signals.bands import LEVELS, Micros
from fintech_pipeline.signals.composite import MICRO, ArticleShare
from fintech_pipeline.storage.bulk import INSTANT

_TYPES: dict[str, pa.DataType] = {
    "symbol": pa.string(),
    "interval": pa.string(),
    "slot_at": INSTANT,
    "strategy": pa.string(),
    "price": pa.float64(),
    "change_pct": pa.float64(),
    "score": pa.float64(),
    "action": pa.string(),
    "confidence": pa.float64(),
    "components": pa.string(),
    "inputs": pa.string(),
    "cutoff_at": INSTANT,
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
        why_missing: The phrase, where it is missing.
    """

    name: str
    present: NDArray[np.bool_]
    value: Micros
    weight: Micros
    contribution: Micros
    figure: Floats
    why_missing: Sequence[str] | NDArray[np.str_]


def components_json(components: Sequence[ComponentColumn]) -> Texts:
    """The components present as a JSON list, in the given order, for each signal."""
    pieces = []
    for one in components:
        piece = _joined(
            f',{{"name":"{one.name}","value":',
            _numbers(one.value / MICRO),
            ',"weight":',
            _numbers(one.weight / MICRO),
            ',"contribution":',
            _numbers(one.contribution / MICRO),
            ',"figure":',
            _numbers(np.round(one.figure, 6) + 0.0),
            "}",
        )
        pieces.append(pc.if_else(pa.array(one.present), piece, ""))
    return _joined("[", _without_comma(_joined(*pieces)), "]")


def missing_json(components: Sequence[ComponentColumn]) -> Texts:
    """Why each component that is missing is, as a JSON object, for each signal."""
    pieces = []
    for one in components:
        phrases = pa.array(one.why_missing, pa.string())
        piece = _joined(f',"{one.name}":"', phrases, '"')
        pieces.append(pc.if_else(pa.array(one.present), "", piece))
    return _joined("{", _without_comma(_joined(*pieces)), "}")


def articles_json(count: int, behind: Mapping[int, NewsSentiment]) -> Texts:
    """The articles behind each signal's news as a JSON list, most signals having none."""
    texts = ["[]"] * count
    for place, news in behind.items():
        shares = [ArticleShare(c.article_id, c.share, c.model_version) for c in news.contributions]
        texts[place] = json.dumps([asdict(share) for share in shares], separators=(",", ":"))
    return pa.array(texts, pa.string())


def inputs_json(**parts: Texts) -> Texts:
    """A JSON object of parts that are JSON already, for each signal."""
    pieces: list[Texts | str] = []
    for name, texts in parts.items():
        pieces += [f',"{name}":', texts]
    return _joined("{", _without_comma(_joined(*pieces)), "}")


def numbers_json(numbers: Floats | NDArray[np.int64]) -> Texts:
    """Numbers, `null` where there is none."""
    return pc.fill_null(_numbers(numbers), "null")


def texts_json(texts: Sequence[str | None] | NDArray[np.object_]) -> Texts:
    """Texts of ours, which need no escaping; `null` where there is none."""
    return pc.fill_null(_joined('"', pa.array(texts, pa.string()), '"'), "null")


def instants_json(instants: NDArray[np.datetime64]) -> Texts:
    """Instants (UTC) as ISO 8601; `null` where there is none."""
    column = pa.array(instants.astype("datetime64[s]"), from_pandas=True)
    return pc.fill_null(_joined('"', pc.strftime(column, "%Y-%m-%dT%H:%M:%SZ"), '"'), "null")


def signal_table(
    interval: Interval,
    strategy: str,
    symbols: NDArray[np.str_],
    slots: NDArray[np.datetime64],
    cutoffs: Sequence[datetime],
    numbers: Mapping[str, Floats],
    level: NDArray[np.int8],
    components: Texts,
    inputs: Texts,
) -> pa.Table:
    """The signals' columns, as they are stored.

    Args:
        interval: Of the strategy.
        strategy: Its label.
        symbols: Of each signal.
        slots: The slot that each judges.
        cutoffs: When its inputs were read (UTC).
        numbers: `price`, `change_pct`, `score` and `confidence`.
        level: The action's place in `LEVELS`.
        components: JSON.
        inputs: JSON.
    """
    actions = pa.array([str(action) for action in LEVELS]).take(level)
    count = len(symbols)
    columns = {
        "symbol": pa.array(symbols, pa.string()),
        "interval": pa.repeat(pa.scalar(str(interval)), count),
        "slot_at": pa.array(slots).cast(pa.timestamp("us")).cast(INSTANT),
        "strategy": pa.repeat(pa.scalar(strategy), count),
        **{name: pa.array(values, from_pandas=True) for name, values in numbers.items()},
        "action": actions,
        "components": components,
        "inputs": inputs,
        "cutoff_at": pa.array(cutoffs, INSTANT),
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


def _numbers(numbers: Floats | NDArray[np.int64]) -> Texts:
    return pc.cast(pa.array(numbers, from_pandas=True), pa.string())


def _joined(*pieces: Texts | str) -> Texts:
    joined: Texts = pc.binary_join_element_wise(*pieces, "")  # type: ignore[call-overload]  # scalars beside arrays
    return joined


def _without_comma(texts: Texts) -> Texts:
    return pc.utf8_slice_codeunits(texts, 1)
