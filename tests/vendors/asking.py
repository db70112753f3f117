"""What the tests of callers ask, and what they look at afterwards."""

import pytest
import sqlalchemy as sa

from fintech_pipeline.errors import (
    ProviderError,
)
from fintech_pipeline.quota.caller import Caller
from fintech_pipeline.quota.calls import Answer, Call
from fintech_pipeline.quota.tables import provider_calls
from fintech_pipeline.storage.database import Database
from tests.vendors.loopback import (
    says,
)

CALL = Call("/query", {"symbol": "AAPL"}, "daily bars", ("AAPL",))
GOOD = says(b'{"fine": true}', X_Mark="yes")
BUSY = says(status="503 Service Unavailable")


def accepts(_: Answer) -> ProviderError | None:
    return None


def failure(caller: Caller, call: Call = CALL) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        caller.ask(call, accepts)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
    return caught.value


def states(database: Database) -> list[str]:
    query = sa.select(provider_calls.c.state).order_by(provider_calls.c.id)
    with database.transaction() as connection:
        return list(connection.scalars(query))
