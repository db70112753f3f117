"""Readers that give nothing which was unknown at a cutoff or had not happened by a slot.

What was known is asked of the tables themselves, with the limit in the query, so that a reader that
dates what it gives too early, or forgets what was corrected, gains nothing by it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import pyarrow as pa

from fintech_pipeline.clock import Window
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.market.bar_writing import VALUES
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.sentiment.score_store import ScoreStore
from fintech_pipeline.signals.parts import SignalInputs
from fintech_pipeline.storage.database import SCHEMA


@dataclass(frozen=True, slots=True)
class Limit:
    """Where the future begins.

    Attributes:
        slot_at: Bars had closed and actions taken effect by it (UTC).
        cutoff_at: Everything was known by it (UTC).
    """

    slot_at: datetime
    cutoff_at: datetime


def limited(inputs: SignalInputs, limit: Limit) -> SignalInputs:
    """The same inputs without the future."""
    database = inputs.scores.database
    return replace(
        inputs,
        bars=BarsUntil(database, inputs.bars.chain, limit),
        actions=ActionsUntil(database, inputs.actions.chain, limit),
        scores=ScoresUntil(database, inputs.scores, limit),
    )


@dataclass(frozen=True, slots=True)
class BarsUntil(BarStore):
    """Bars that had closed and were known."""

    limit: Limit

    def read(self, symbols: Sequence[str], interval: Interval, window: Window) -> pa.Table:
        """As `BarStore.read`, the versions of a bar together, the newest last."""
        columns = f"symbol, interval, opened_at, closed_at, {', '.join(VALUES)}, known_at"
        query = f"""
            SELECT {columns.replace(" interval,", "")} FROM (
                SELECT {columns}, 'infinity'::timestamptz AS replaced_at FROM {SCHEMA}.bars
                UNION ALL
                SELECT {columns}, replaced_at FROM {SCHEMA}.bar_revisions
            ) AS versions
            WHERE symbol = ANY({{symbols}}) AND interval = {{interval}}
                AND opened_at >= {{start}} AND opened_at < {{end}} AND closed_at <= {{end}}
                AND closed_at <= {{slot_at}} AND known_at <= {{cutoff_at}}
            ORDER BY symbol, opened_at, known_at, replaced_at
        """  # noqa: S608  # constants; the values are quoted by Database.arrow
        values = {
            "symbols": list(symbols),
            "interval": str(interval),
            "start": window.start,
            "end": window.end,
        }
        return self.database.arrow(query, values | asdict(self.limit))


@dataclass(frozen=True, slots=True)
class ActionsUntil(ActionStore):
    """Splits and dividends that had taken effect and were known."""

    limit: Limit

    def read(self, symbols: Sequence[str], window: Window) -> pa.Table:
        """As `ActionStore.read`, the versions of an action together, the newest last."""
        columns = "symbol, kind, ex_on, ex_at, value, known_at"
        query = f"""
            SELECT {columns} FROM (
                SELECT {columns}, 'infinity'::timestamptz AS replaced_at
                FROM {SCHEMA}.corporate_actions
                UNION ALL
                SELECT {columns}, replaced_at FROM {SCHEMA}.corporate_action_revisions
            ) AS versions
            WHERE symbol = ANY({{symbols}}) AND ex_at >= {{start}} AND ex_at < {{end}}
                AND ex_at < {{slot_at}} AND known_at <= {{cutoff_at}}
            ORDER BY symbol, kind, ex_on, known_at, replaced_at
        """  # noqa: S608  # constants; the values are quoted by Database.arrow
        values = {"symbols": list(symbols), "start": window.start, "end": window.end}
        return self.database.arrow(query, values | asdict(self.limit))


@dataclass(frozen=True, slots=True)
class ScoresUntil(ScoreStore):
    """Scores of articles that were known, and had been given."""

    source: ScoreStore
    limit: Limit

    def scored(
        self, symbols: Sequence[str], model_versions: Sequence[str], window: Window
    ) -> pa.Table:
        """As `ScoreStore.scored`, of the articles and scores that were known."""
        query = f"""
            SELECT v.symbol, v.article_id, v.model_version
            FROM {SCHEMA}.articles AS a JOIN {SCHEMA}.sentiment_scores AS v ON v.article_id = a.id
            WHERE v.symbol = ANY({{symbols}}) AND a.known_at >= {{start}}
                AND greatest(a.known_at, v.known_at) <= {{cutoff_at}}
        """  # noqa: S608  # the schema is a constant, the values are quoted by Database.arrow
        values = {"symbols": list(symbols), "start": window.start}
        known = self.database.arrow(query, values | {"cutoff_at": self.limit.cutoff_at})
        rows = self.source.scored(symbols, model_versions, window)
        return _among(rows, known)


def _among(rows: pa.Table, known: pa.Table) -> pa.Table:
    """The rows, in their order, that stand among the known ones by all columns of these."""
    keys = known.column_names
    placed = rows.select(keys).append_column("place", pa.array(range(len(rows)), pa.int64()))
    found = placed.join(known.cast(rows.select(keys).schema), keys, join_type="left semi")
    return rows.take(found["place"].combine_chunks().sort())
