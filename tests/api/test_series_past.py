"""Charts up to a past slot: no bar that closed later, and signals as they were first made."""

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.storage.database import Database
from tests.api.living import serving_api
from tests.api.test_overview import APPLE, write_signal
from tests.api.test_overview_past import AT, DAY, OPEN, a_past, write_bars, written


def test_a_chart_up_to_a_slot_has_no_bar_that_closed_later(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    write_bars(database, OPEN - DAY, [390.0], interval=Interval.DAY)
    write_bars(database, OPEN, [400.0], interval=Interval.DAY)
    path = f"/api/v1/instruments/AAPL/bars?interval=1d&to={written(AT)}"
    with serving_api(database) as api:
        assert api.get(path).document["close"] == [390.0]


def test_a_series_is_drawn_as_it_was_first_made_where_that_is_asked_for(
    database: Database,
) -> None:
    a_past(database)
    write_signal(database, AT, "sell", revision=2)
    path = f"/api/v1/instruments/AAPL/signals?to={written(AT)}"
    with serving_api(database) as api:
        assert api.get(path).document["action"] == ["hold", "sell"]
        assert api.get(f"{path}&first=true").document["action"] == ["hold", "buy"]
        assert api.get(f"{path}&first=true&from={written(AT)}").document["changed"] == [True]
