"""A caller of a vendor on the loopback interface, and what its tests ask and look at."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from fintech_pipeline.errors import ProviderError
from fintech_pipeline.quota.access import Access, KeyPlace
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.caller import Caller
from fintech_pipeline.quota.calls import Answer, Call
from fintech_pipeline.quota.circuit import Circuit
from fintech_pipeline.quota.exchange import Limits
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.quota.tables import provider_calls
from fintech_pipeline.storage.database import Database
from tests.vendors.loopback import says, self_signed
from tests.vendors.standin import standing_in
from tests.vendors.twilio_standin import TwilioStandIn

KEY = "k3y+of/ours=S3CRET"
IN_QUERY = KeyPlace("query", "apikey", "VENDOR_KEY")
IN_HEADER = KeyPlace("header", "X-Api-Key", "VENDOR_KEY")
QUICK = Limits(connect_seconds=2, silence_seconds=0.4, total_seconds=1, body_bytes=1_000_000)
MakeCaller = Callable[..., Caller]
CALL = Call("/query", {"symbol": "AAPL"}, "daily bars", ("AAPL",))
GOOD = says(b'{"fine": true}', X_Mark="yes")
BUSY = says(status="503 Service Unavailable")


class SteppingClock:
    """A clock that the caller's sleeping moves on, beside the time that really passes."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=sum(self.slept))


@pytest.fixture(scope="session")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("authority") / "one.pem")


@pytest.fixture
def no_authorities(one_authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Google's library reads all authorities of the web three times a client: half a second."""
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stands between us and a vendor on the loopback interface."""
    for variable in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)


@pytest.fixture
def twilio(no_proxy: None) -> Iterator[TwilioStandIn]:  # noqa: ARG001  # nothing else uses it
    twilio = TwilioStandIn()
    with standing_in(twilio) as twilio.url:
        yield twilio


@pytest.fixture
def make_caller(
    database: Database, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> MakeCaller:
    """Makes callers that do not really sleep between two attempts."""
    for variable in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)

    def make(
        url: str,
        allowance: Allowance | None = None,
        place: KeyPlace | None = IN_QUERY,
        key: str | None = KEY,
        ledger: Ledger | None = None,
        circuit: Circuit | None = None,
    ) -> Caller:
        return Caller(
            Access("vendor", url, place, SecretStr(key) if key else None),
            allowance or Allowance(),
            ledger or Ledger(database, circuit or Circuit(), "test/1"),
            QUICK,
            clock,
            random.Random(7),  # noqa: S311  # spreads repetitions, hides nothing
            clock.slept.append,
        )

    return make


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
