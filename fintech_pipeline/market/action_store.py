"""Corporate actions in Postgres: what each was known to be at any past instant.

As with bars, an equal row changes nothing and what is replaced becomes a revision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from fintech_pipeline.clock import KnownBy, Window
from fintech_pipeline.market.bar_writing import OUTRANKS
from fintech_pipeline.market.bars import CorporateAction
from fintech_pipeline.storage.bulk import INSTANT, stage
from fintech_pipeline.storage.database import SCHEMA, Database, instant, metadata


def _action_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("symbol", sa.Text, sa.ForeignKey("instruments.symbol"), nullable=False),
        sa.Column("ex_on", sa.Date, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("ex_at", instant, nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("observed_at", instant, nullable=False),
        sa.Column("known_at", instant, nullable=False),
        sa.Column("known_by", sa.Text, nullable=False),
    ]


corporate_actions = sa.Table(
    "corporate_actions",
    metadata,
    *_action_columns(),
    sa.PrimaryKeyConstraint("symbol", "ex_on", "kind"),
)

corporate_action_revisions = sa.Table(
    "corporate_action_revisions",
    metadata,
    *_action_columns(),
    sa.Column("replaced_at", instant, nullable=False),
    sa.PrimaryKeyConstraint("symbol", "ex_on", "kind", "replaced_at"),
    sa.ForeignKeyConstraint(
        ["symbol", "ex_on", "kind"],
        ["corporate_actions.symbol", "corporate_actions.ex_on", "corporate_actions.kind"],
    ),
)

_COLUMNS = tuple(column.name for column in corporate_actions.columns)
_NAMES = ", ".join(_COLUMNS)
_DIFFERENT = "(old.value, old.ex_at) IS DISTINCT FROM (new.value, new.ex_at)"
_SAVE_REVISIONS = sa.text(f"""
    INSERT INTO {SCHEMA}.corporate_action_revisions ({_NAMES}, replaced_at)
    SELECT {", ".join(f"old.{name}" for name in _COLUMNS)}, new.observed_at
    FROM {SCHEMA}.corporate_actions AS old
    JOIN staged_actions AS new USING (symbol, ex_on, kind)
    WHERE {_DIFFERENT} AND {OUTRANKS}
    ON CONFLICT DO NOTHING
""")  # noqa: S608  # every name in it is a constant of this module
_UPSERT = sa.text(f"""
    INSERT INTO {SCHEMA}.corporate_actions AS old ({_NAMES})
    SELECT {_NAMES} FROM staged_actions
    ON CONFLICT (symbol, ex_on, kind) DO UPDATE
    SET ex_at = excluded.ex_at, value = excluded.value, provider = excluded.provider,
        observed_at = excluded.observed_at, known_by = excluded.known_by,
        -- Until a correction was seen, what it corrects was what was known.
        known_at = greatest(old.known_at, excluded.observed_at)
    WHERE {_DIFFERENT.replace("new.", "excluded.")} AND {OUTRANKS.replace("new.", "excluded.")}
""")  # noqa: S608  # every name in it is a constant of this module


@dataclass(frozen=True, slots=True)
class ToldAction:
    """A corporate action as one collection learned of it.

    Attributes:
        action: The split or dividend.
        provider: Who told of it.
        observed_at: When we asked (UTC).
        known_at: From when it may be used (UTC).
        known_by: How we know that.
    """

    action: CorporateAction
    provider: str
    observed_at: datetime
    known_at: datetime
    known_by: KnownBy


@dataclass(frozen=True, slots=True)
class ActionStore:
    """Reads and writes corporate actions.

    Attributes:
        database: Where they are.
        chain: The providers in order; what an earlier one tells replaces what a later one told.
    """

    database: Database
    chain: tuple[str, ...]

    def write(self, connection: sa.Connection, told: Sequence[ToldAction]) -> None:
        """Upserts splits and dividends inside the caller's transaction."""
        if not told:
            return
        rank = {name: place for place, name in enumerate(self.chain)}
        # One statement cannot touch a row twice: where two providers tell of it, the first counts.
        first: dict[tuple[object, ...], ToldAction] = {}
        for one in sorted(told, key=lambda one: rank.get(one.provider, len(rank))):
            action = one.action
            first.setdefault((action.symbol, action.ex_on, action.kind), one)
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('fintech actions'))"))
        stage(connection, "staged_actions", _table(list(first.values())))
        for statement in (_SAVE_REVISIONS, _UPSERT):
            connection.execute(statement, {"chain": list(self.chain)})
        connection.execute(sa.text("DROP TABLE staged_actions"))

    def read(self, symbols: Sequence[str], window: Window) -> pa.Table:
        """Every version of the actions whose ex-date's session opens inside the window.

        Returns:
            `symbol, kind, ex_on, ex_at, value, known_at`; the versions of an action stand
            together, the newest last.
        """
        query = f"""
            SELECT symbol, kind, ex_on, ex_at, value, known_at FROM (
                SELECT {_NAMES}, 'infinity'::timestamptz AS replaced_at
                FROM {SCHEMA}.corporate_actions
                UNION ALL
                SELECT {_NAMES}, replaced_at FROM {SCHEMA}.corporate_action_revisions
            ) AS versions
            WHERE symbol = ANY({{symbols}}) AND ex_at >= {{start}} AND ex_at < {{end}}
            ORDER BY symbol, kind, ex_on, known_at, replaced_at
        """  # noqa: S608  # the schema is a constant, the values are quoted by Database.arrow
        values = {"symbols": list(symbols), "start": window.start, "end": window.end}
        return self.database.arrow(query, values)

    def current(self, symbols: Sequence[str], window: Window) -> pa.Table:
        """The actions whose ex-date's session opens inside the window, as they stand now.

        Returns:
            `symbol, kind, ex_on, ex_at, value`.
        """
        query = f"""
            SELECT symbol, kind, ex_on, ex_at, value FROM {SCHEMA}.corporate_actions
            WHERE symbol = ANY({{symbols}}) AND ex_at >= {{start}} AND ex_at < {{end}}
        """  # noqa: S608  # the schema is a constant, the values are quoted by Database.arrow
        values = {"symbols": list(symbols), "start": window.start, "end": window.end}
        return self.database.arrow(query, values)


def _table(told: Sequence[ToldAction]) -> pa.Table:
    return pa.table(
        {
            "symbol": [one.action.symbol for one in told],
            "ex_on": pa.array([one.action.ex_on for one in told], pa.date32()),
            "kind": [str(one.action.kind) for one in told],
            "ex_at": pa.array([one.action.ex_at for one in told], INSTANT),
            "value": [float(one.action.value) for one in told],
            "provider": [one.provider for one in told],
            "observed_at": pa.array([one.observed_at for one in told], INSTANT),
            "known_at": pa.array([one.known_at for one in told], INSTANT),
            "known_by": [str(one.known_by) for one in told],
        }
    )
