"""When a failing provider is left alone, and for how long."""

from datetime import UTC, datetime, timedelta

from fintech_pipeline.quota.circuit import Circuit

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def test_the_fifth_failure_in_a_row_opens_it_for_five_minutes() -> None:
    circuit = Circuit()
    assert circuit.paused_until(4, NOW) is None
    assert circuit.paused_until(5, NOW) == datetime(2026, 6, 15, 12, 5, tzinfo=UTC)


def test_while_it_is_open_every_further_failure_opens_it_anew() -> None:
    circuit = Circuit(failures=2, pause=timedelta(seconds=90))
    assert not circuit.on_trial(1)
    assert circuit.on_trial(3)
    assert circuit.paused_until(3, NOW) == NOW + timedelta(seconds=90)
