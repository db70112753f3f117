"""What each call to a vendor used and cost."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    kinds: dict[str, sa.types.TypeEngine[Any]] = {
        "tokens_in": sa.Integer(),
        "tokens_out": sa.Integer(),
        "cost_usd": sa.Numeric(),
    }
    for name, kind in kinds.items():
        # With a default: code of the revision before goes on to write calls without them.
        column = sa.Column(name, kind, nullable=False, server_default=sa.text("0"))
        op.add_column("provider_calls", column, schema="fintech")


def downgrade() -> None:
    for name in ("cost_usd", "tokens_out", "tokens_in"):
        op.drop_column("provider_calls", name, schema="fintech")
