"""Replay: stored signals are computed again from stored inputs and compared to the last bit.

Each with the basis it was made with (strategy, models, half-life, trust in outlets) and the cutoff
its inputs were read by, whatever the configuration is now. What differs was tampered with, lacks an
input that came later, or the code that made it has changed without saying so.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.signals.basis_store import FORMULAS, Basis, BasisStore
from fintech_pipeline.signals.computation import compute_signals
from fintech_pipeline.signals.differences import CONTENT, Difference, Differing, differences
from fintech_pipeline.signals.judgements import Chunk, judgements, passes
from fintech_pipeline.signals.late_inputs import told_late
from fintech_pipeline.signals.parts import SignalInputs
from fintech_pipeline.storage.bulk import stage
from fintech_pipeline.storage.database import SCHEMA

_KEY = ("symbol", "slot_at")
_OLD = ", ".join(
    f"old.{name}{'::text' if name in {'components', 'inputs'} else ''} AS old_{name}"
    for name in CONTENT
)
_NEW = ", ".join(f"new.{name} AS new_{name}" for name in CONTENT)
_AS_STORED = ", ".join(
    f"CAST(new.{name} AS jsonb)" if name in {"components", "inputs"} else f"new.{name}"
    for name in CONTENT
)
# JSON is compared by Postgres, which holds its numbers in all their digits.
_DIFFERENT = sa.text(f"""
    SELECT old.id, old.symbol, old.slot_at, old.strategy, old.revision, {_OLD}, {_NEW}
    FROM {SCHEMA}.signals AS old JOIN replayed_signals AS new USING (id)
    WHERE ({", ".join(f"old.{name}" for name in CONTENT)}) IS DISTINCT FROM ({_AS_STORED})
    ORDER BY old.slot_at, old.symbol
""")  # noqa: S608  # every name in it is a constant of this module


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay found.

    Attributes:
        equal: How many came out the same to the last bit.
        differing: Those that did not.
        left_out: How many could not be replayed, by the reason.
    """

    equal: int = 0
    differing: tuple[Differing, ...] = ()
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def signals(self) -> int:
        """How many there were."""
        return self.equal + len(self.differing) + self.left_out.total()

    def __add__(self, other: "Replayed") -> "Replayed":
        return Replayed(
            self.equal + other.equal,
            self.differing + other.differing,
            self.left_out + other.left_out,
        )


@dataclass(frozen=True, slots=True)
class Replay:
    """Computes stored signals again.

    Attributes:
        bases: The store of what signals were made with.
        inputs: Where the inputs are; what weighs them is each signal's own.
        instruments: Every instrument there is, followed or not, by symbol.
    """

    bases: BasisStore
    inputs: SignalInputs
    instruments: Mapping[str, Instrument]

    def of(self, chunk: Chunk) -> Replayed:
        """What came out of the signals of one chunk.

        Raises:
            StorageError: The database is away.
        """
        found = Replayed()
        judged = judgements(self.bases.database, chunk.wanted)
        ids: list[int] = np.unique(judged["basis_id"].to_numpy()).tolist()
        bases = self.bases.read(ids)
        for basis_id in ids:
            own = judged.filter(pc.equal(judged["basis_id"], pa.scalar(basis_id)))
            basis = bases.get(basis_id)
            if (why := _why_not(basis)) is not None:
                found += Replayed(left_out=Counter({why: len(own)}))
            elif basis is not None:
                found += self._compared(own, basis)
        return found

    def _compared(self, judged: pa.Table, basis: Basis) -> Replayed:
        """What came out of the signals of one basis."""
        inputs = replace(
            self.inputs,
            strategies=(basis.strategy,),
            model_versions=basis.models,
            half_life=basis.half_life,
            source_weights=basis.source_weights,
        )
        tables, skipped = [], {}
        for instruments, cutoffs in passes(judged, self.instruments):
            computed = compute_signals(inputs, instruments, cutoffs)
            tables.append(computed.table.select([*_KEY, *CONTENT]))
            for slot, reasons in computed.skipped.items():
                skipped.update({(symbol, slot): why for symbol, why in reasons.items()})
        keys = judged.select(["id", *_KEY])
        again = keys.join(pa.concat_tables(tables), list(_KEY), join_type="left outer")
        database = self.bases.database
        with database.transaction() as connection:
            stage(connection, "replayed_signals", again.select(["id", *CONTENT]))
            rows = connection.execute(_DIFFERENT).mappings().all()
            connection.execute(sa.text("DROP TABLE replayed_signals"))
        because = told_late(database, [row["id"] for row in rows]) if rows else {}
        differing = tuple(_differing(row, skipped, because.get(row["id"])) for row in rows)
        return Replayed(len(judged) - len(differing), differing)


def _why_not(basis: Basis | None) -> str | None:
    """Why the signals of a basis cannot be computed again; None where they can."""
    if basis is None:
        return "made by an earlier version, which did not store what it made them with"
    if basis.formulas != FORMULAS:
        return f"made with formulas {basis.formulas}; this version computes formulas {FORMULAS}"
    return None


def _differing(
    row: Any, skipped: Mapping[tuple[str, datetime], str], because: str | None
) -> Differing:
    key = (row["symbol"], row["slot_at"])
    found: tuple[Difference, ...]
    stored, again = ({n: row[f"{side}_{n}"] for n in CONTENT} for side in ("old", "new"))
    if again["score"] is None:
        why = skipped.get(key, "not judged")
        found = (Difference("signal", f"score {stored['score']!r}", f"none: {why}"),)
    else:
        found = differences(stored, again)
    return Differing(*key, row["strategy"], row["revision"], found, because)
