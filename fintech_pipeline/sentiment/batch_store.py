"""Batches of texts at a vendor, in Postgres: each is written before the vendor hears of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from fintech_pipeline.quota.tables import provider_calls
from fintech_pipeline.storage.database import Database, instant, metadata


class BatchState(StrEnum):
    """What became of a batch."""

    OPEN = "open"
    STORED = "stored"
    FAILED = "failed"


model_batches = sa.Table(
    "model_batches",
    metadata,
    # Also the name by which the vendor lists it, so that one that was handed over by a process
    # that died is found again.
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("vendor_name", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("requests", JSONB, nullable=False),
    sa.Column("call_id", sa.BigInteger, sa.ForeignKey(provider_calls.c.id), nullable=False),
    sa.Column("created_at", instant, nullable=False),
    sa.Column("ended_at", instant),
    sa.Column("told", sa.Text),
    sa.CheckConstraint("state IN ('open', 'stored', 'failed')", name="known_state"),
)


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch whose answers have not come.

    Attributes:
        id: Ours.
        vendor_name: The vendor's; None where nobody knows whether it heard of the batch.
        requests: Whom each request asks for, as the model's adapter wrote it.
        call_id: The ledger's grant.
        granted_at: Its instant (UTC).
        created_at: Since when (UTC).
    """

    id: str
    vendor_name: str | None
    requests: list[dict[str, Any]]
    call_id: int
    granted_at: datetime
    created_at: datetime


def asked_for(requests: Sequence[dict[str, Any]]) -> set[tuple[int, str]]:
    """The articles and symbols that a batch's requests ask for, control articles among them."""
    return {
        (article_id, name.partition("/")[2])
        for request in requests
        for name, article_id in request["asked"].items()
    }


@dataclass(frozen=True, slots=True)
class BatchStore:
    """Reads and writes batches."""

    database: Database

    def add(  # a row
        self,
        batch_id: str,
        model_version: str,
        requests: Sequence[dict[str, Any]],
        call_id: int,
        at: datetime,
    ) -> None:
        """Writes a batch that is about to be handed over."""
        values = {"id": batch_id, "model_version": model_version, "requests": list(requests)}
        with self.database.transaction() as connection:
            connection.execute(
                sa.insert(model_batches).values(
                    **values, state=BatchState.OPEN, call_id=call_id, created_at=at
                )
            )

    def name(self, batch_id: str, vendor_name: str) -> None:
        """Notes that the vendor has it, and under which name."""
        with self.database.transaction() as connection:
            connection.execute(_of(batch_id).values(vendor_name=vendor_name))

    def end(
        self,
        connection: sa.Connection,
        batch_id: str,
        state: BatchState,
        at: datetime,
        told: str | None = None,
    ) -> None:
        """Notes what became of it, in the transaction that stores what it brought."""
        connection.execute(_of(batch_id).values(state=state, ended_at=at, told=told))

    def answered(self, model_version: str) -> set[tuple[int, str]]:
        """Every article and symbol that a batch was answered for, whatever was said of it."""
        query = sa.select(model_batches.c.requests).where(
            model_batches.c.model_version == model_version,
            model_batches.c.state == BatchState.STORED,
        )
        with self.database.transaction() as connection:
            return {key for requests in connection.scalars(query) for key in asked_for(requests)}

    def open(self, model_version: str) -> list[OpenBatch]:
        """The batches of the model that are not over, the oldest first."""
        of = model_batches.c
        query = (
            sa.select(of.id, of.vendor_name, of.requests, of.call_id)
            .add_columns(provider_calls.c.granted_at, of.created_at)
            .join(provider_calls, provider_calls.c.id == of.call_id)
            .where(of.model_version == model_version, of.state == BatchState.OPEN)
            .order_by(of.created_at, of.id)
        )
        with self.database.transaction() as connection:
            return [OpenBatch(*row) for row in connection.execute(query)]


def _of(batch_id: str) -> sa.Update:
    return sa.update(model_batches).where(model_batches.c.id == batch_id)
