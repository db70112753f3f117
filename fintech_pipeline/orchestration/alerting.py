"""Deciding alerts: of every live slot, once it is judged.

Only live slots alert. A decision, its alerts and its messages are stored in one transaction, and
the slot with them, so that it is decided once, whoever asks and however often.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from fintech_pipeline.alerts.alert_store import begin
from fintech_pipeline.alerts.board import Board, BoardInputs, read_board
from fintech_pipeline.alerts.deciding import decide
from fintech_pipeline.alerts.evaluation import Look, by_clock
from fintech_pipeline.alerts.facts import Scene
from fintech_pipeline.alerts.lifecycle import Elapsed
from fintech_pipeline.alerts.orders import read_orders
from fintech_pipeline.alerts.rules import Metric
from fintech_pipeline.alerts.tables import decided_slots
from fintech_pipeline.clock import LIVE_SLOTS, SLOT, Window
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.orchestration.due import TRADING_SIGNALS
from fintech_pipeline.storage.database import SCHEMA
from fintech_pipeline.telemetry.doing import doing

_DUE = sa.text(f"""
    SELECT s.slot_at, coalesce(made.id, 0) AS signal_id, coalesce(d.signal_id, -1) AS decided
    FROM {SCHEMA}.slots AS s
    LEFT JOIN {SCHEMA}.decided_slots AS d USING (slot_at)
    CROSS JOIN LATERAL (
        SELECT max(id) AS id FROM {SCHEMA}.signals
        WHERE slot_at = s.slot_at AND strategy = :strategy AND revision = 1
    ) AS made
    WHERE s.asset = '{TRADING_SIGNALS}' AND s.live AND s.slot_at >= :since AND s.slot_at <= :now
        AND (d.slot_at IS NULL OR d.signal_id < made.id)
        AND s.slot_at >= coalesce((
            -- Of a clock that ran ahead nothing is believed.
            SELECT max(slot_at) FROM {SCHEMA}.decided_slots WHERE slot_at <= :now
        ), :since)
    ORDER BY s.slot_at
""")  # noqa: S608  # constants of ours
_NEW = sa.text(f"""
    SELECT symbol, min(id) AS id FROM {SCHEMA}.signals
    WHERE slot_at = :slot_at AND strategy = :strategy AND id > :after AND revision = 1
    GROUP BY symbol
""")  # noqa: S608  # the schema is a constant


@dataclass(frozen=True, slots=True)
class DueSlot:
    """A live slot that is judged and not decided, or has signals that were not looked at.

    Attributes:
        slot_at: The slot (UTC).
        signal_id: Its newest signal; 0 where it has none.
        decided: The newest that was looked at; -1 where the slot was never decided.
    """

    slot_at: datetime
    signal_id: int
    decided: int


def decide_slots(pipeline: Pipeline) -> list[str]:
    """Decides every live slot that is judged and not decided; gives a sentence for each.

    Raises:
        StorageError: The database is away; what was decided before is stored, the rest is not.
    """
    told = []
    with pipeline.database.transaction() as connection:
        due = due_slots(connection, pipeline)
    for one in due:
        with pipeline.database.transaction() as connection:
            begin(connection)
            # Read again: another sensor may have decided it meanwhile.
            if any(still.slot_at == one.slot_at for still in due_slots(connection, pipeline)):
                with doing("decide alerts", slot_at=one.slot_at):
                    told.append(_decide_slot(connection, pipeline, one))
    return told


def due_slots(connection: sa.Connection, pipeline: Pipeline) -> list[DueSlot]:
    """The live slots that are judged and not decided, the oldest first.

    A slot older than one that is decided is not: time only goes forward.
    """
    now = pipeline.clock()
    values = {
        "strategy": pipeline.strategy.label,
        "since": now - LIVE_SLOTS * SLOT,
        "now": now,
    }
    return [DueSlot(*row) for row in connection.execute(_DUE, values)]


def _decide_slot(connection: sa.Connection, pipeline: Pipeline, slot: DueSlot) -> str:
    now, instruments = pipeline.clock(), pipeline.instruments.watched()
    orders = read_orders(connection, pipeline.settings.alerts)
    keys = {one.rule.key for one in orders.rules if one.rule.metric.of_symbols}
    board = read_board(board_inputs(pipeline), keys, instruments, {slot.slot_at: now})
    look = look_of(board, 0, instruments)
    values = {"slot_at": slot.slot_at, "strategy": pipeline.strategy.label, "after": slot.decided}
    signal_ids = {row.symbol: row.id for row in connection.execute(_NEW, values)}
    judged = pipeline.signals.at_slot(slot.slot_at, pipeline.strategy.label) if keys else []
    scene = Scene(
        slot.slot_at,
        {one.symbol: one for one in instruments},
        {one.signal.symbol: one.signal for one in judged},
        pipeline.settings.simulated,
    )
    # Of a slot that has gained signals only the new ones are looked at.
    only = signal_ids if slot.decided >= 0 else None
    outcome = decide(connection, orders, look, scene, now, signal_ids, only)
    told = f"{slot.slot_at:%Y-%m-%d %H:%MZ}: {outcome}."
    row = {"decided_at": now, "signal_id": slot.signal_id, "told": told}
    statement = insert(decided_slots).values(slot_at=slot.slot_at, **row)
    connection.execute(statement.on_conflict_do_update(index_elements=["slot_at"], set_=row))
    return told


def board_inputs(pipeline: Pipeline) -> BoardInputs:
    """Where what rules look at is stored."""
    return BoardInputs(pipeline.database, pipeline.bars, pipeline.actions, pipeline.strategy)


def look_of(board: Board, row: int, instruments: Sequence[Instrument]) -> Look:
    """One row of a board as a look.

    Args:
        board: What was measured.
        row: Which of its slots.
        instruments: Its columns.
    """
    return Look(
        board.slots[row],
        board.symbols,
        tuple(frozenset(one.tags) for one in instruments),
        {key: measured.value[row] for key, measured in board.measured.items()},
        {key: measured.why[row] for key, measured in board.measured.items()},
        MarketTime(instruments),
    )


class MarketTime:
    """How time is counted for a symbol: the half hours in which its exchange trades."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self._mics = {one.symbol: one.mic for one in instruments}
        self._known: dict[tuple[str, datetime, datetime], timedelta] = {}

    def __call__(self, metric: Metric, symbol: str) -> Elapsed:
        """How a metric counts time for a symbol."""
        # News does not sleep.
        if metric is Metric.STORIES:
            return by_clock
        return lambda since, at: self._between(symbol, since, at)

    def _between(self, symbol: str, since: datetime, at: datetime) -> timedelta:
        if at <= since:  # the clock was set back
            return timedelta(0)
        calendar = calendar_of(self._mics[symbol])
        key = (calendar.name, since, at)
        if key not in self._known:
            self._known[key] = len(calendar.slots(Window(since, at))) * SLOT
        return self._known[key]
