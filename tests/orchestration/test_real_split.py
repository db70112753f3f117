"""Apple's split of seven for one on 9 June 2014, in prices as they were quoted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.components import price_readings
from fintech_pipeline.signals.prices import PriceMatrix

SPLIT_ON = np.datetime64("2014-06-09")


@pytest.fixture(scope="module")
def apple(shared_data: Path) -> PriceMatrix:
    folder = shared_data / "bars" / "unadjusted_daily_with_corporate_actions"
    names = ["at", "open", "high", "low", "close", "volume"]
    frame = pd.read_csv(folder / "aapl.csv.gz", names=names)
    frame["at"] = pd.to_datetime(frame["at"], format="%Y%m%d %H:%M")
    frame = frame[(frame["at"] >= "2013-09-01") & (frame["at"] < "2014-08-01")]
    rows, shape = np.arange(len(frame)), (len(frame), 1)
    prices = {name: frame[name].to_numpy()[:, None] / 1e4 for name in names[1:5]}
    return PriceMatrix(
        Interval.DAY,
        frame["at"].to_numpy().astype("datetime64[us]"),
        ("AAPL",),
        rows,
        np.zeros_like(rows),
        volume_shares=frame["volume"].to_numpy(dtype=np.float64)[:, None],
        split=np.ones(shape),
        payout=np.zeros(shape),
        **prices,
    )


def test_a_real_split_bends_no_component_whether_it_was_told_or_not(apple: PriceMatrix) -> None:
    row = int(np.searchsorted(apple.slots, SPLIT_ON))
    split = apple.split.copy()
    split[row] = 7.0
    told, untold = price_readings(replace(apple, split=split)), price_readings(apple)
    assert (untold.suspected[row : row + 26, 0] == 7.0).all()
    assert np.isnan(untold.suspected[:row]).all()
    assert np.isnan(told.suspected).all()
    for name, values in told.values.items():
        assert np.isfinite(values[row:]).all(), name
        assert values.tobytes() == untold.values[name].tobytes(), name
    change = apple.close[row, 0] / untold.previous_close[row, 0] - 1
    assert change == pytest.approx(0.016, abs=0.001), "Apple rose by 1.6 % that day"
