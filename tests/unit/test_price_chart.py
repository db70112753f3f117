import io
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from fintech_pipeline.alerts.channels.email.chart import (
    DPI,
    HEIGHT,
    KEPT,
    WIDTH,
    Charts,
    draw,
    sessions,
)
from fintech_pipeline.alerts.channels.email.price_line import PriceLine
from fintech_pipeline.errors import Unreachable
from tests.unit.made_messages import AT


def bars(first: datetime, *closes: float) -> PriceLine:
    return PriceLine(tuple(first + timedelta(minutes=30 * n) for n in range(len(closes))), closes)


def joined(*lines: PriceLine) -> PriceLine:
    return PriceLine(
        tuple(one for line in lines for one in line.instants),
        tuple(one for line in lines for one in line.closes),
    )


def test_a_line_is_drawn_in_twice_the_points_and_few_bytes() -> None:
    png = draw(bars(AT, *(100 + 3 * math.sin(n / 5) for n in range(65))))
    picture = Image.open(io.BytesIO(png))
    assert picture.size == (2 * WIDTH, 2 * HEIGHT)
    assert picture.format == "PNG"
    assert len(png) < 25_000
    assert DPI == 100


def test_the_same_line_gives_the_same_bytes() -> None:
    line = bars(AT, 100, 101, 99)
    assert draw(line) == draw(line)
    assert draw(line) != draw(bars(AT, 100, 101, 98))


@pytest.mark.parametrize(
    "closes",
    [(100.0, 100.0), (0.0, 0.0), (1e-9, 2e-9), (1e12, 2e12), (-37.6, 10.0), (5.0, 5.0000001)],
)
def test_every_line_can_be_drawn(closes: tuple[float, ...]) -> None:
    assert draw(bars(AT, *closes)).startswith(b"\x89PNG")


@pytest.mark.parametrize("price", [0.0123, 9.99, 1_234.5, 98_765.43, 12_345_678.9])
def test_the_labels_have_room(price: float) -> None:
    picture = Image.open(io.BytesIO(draw(bars(AT, price, price * 1.02, price * 1.01))))
    edge = picture.convert("L").crop((2 * WIDTH - 4, 0, 2 * WIDTH, 2 * HEIGHT))
    assert edge.getextrema() == (255, 255)


def test_a_rise_and_a_fall_have_their_colours() -> None:
    def green(png: bytes) -> int:
        pixels = Image.open(io.BytesIO(png)).convert("RGB").getcolors(1_000_000) or []
        return sum(count for count, (r, g, b) in pixels if g > r + 40 and g > b + 40)  # type: ignore[misc]

    assert green(draw(bars(AT, 100, 105))) > 500
    assert green(draw(bars(AT, 105, 100))) == 0


@pytest.mark.parametrize(
    ("closes", "left"),
    [
        ((), None),
        ((1.0,), None),
        ((math.nan, 1.0), None),
        ((1.0, math.inf, 2.0), (1.0, 2.0)),
        ((1.0, 2.0), (1.0, 2.0)),
    ],
)
def test_what_is_no_number_is_left_out(
    closes: tuple[float, ...], left: tuple[float, ...] | None
) -> None:
    usable = bars(AT, *closes).drawable()
    assert (usable.closes if usable else None) == left


def test_a_line_has_as_many_closes_as_instants() -> None:
    with pytest.raises(ValueError, match="as many closes"):
        PriceLine((AT,), (1.0, 2.0))


def test_sessions_are_labelled_by_the_exchanges_own_day() -> None:
    new_york = joined(
        *(bars(datetime(2026, 11, day, 15, tzinfo=UTC), *[1.0] * 13) for day in (27, 30))
    )
    sydney = joined(
        *(bars(datetime(2026, 11, day, 23, 30, tzinfo=UTC), *[1.0] * 12) for day in (29, 30))
    )
    assert sessions(new_york.instants) == [(0, "Fri 27"), (13, "Mon 30")]
    assert sessions(sydney.instants) == [(0, "Mon 30"), (12, "Tue 1")]


def test_where_trading_never_pauses_days_are_labelled() -> None:
    line = bars(datetime(2026, 11, 29, 12, tzinfo=UTC), *[1.0] * 48)
    assert sessions(line.instants) == [(0, "Sun 29"), (24, "Mon 30")]


def test_many_days_do_not_crowd_each_other() -> None:
    line = joined(
        *(bars(datetime(2026, 11, day, 15, tzinfo=UTC), 1.0, 2.0) for day in range(1, 31))
    )
    assert len(sessions(line.instants)) <= 7


def test_a_picture_is_drawn_once_and_forgotten_in_the_end() -> None:
    asked: list[str] = []

    def prices(symbol: str, at: datetime) -> PriceLine | None:
        asked.append(symbol)
        return bars(at, 1.0, 2.0) if symbol == "AAPL" else None

    charts = Charts(prices)
    assert charts.of("AAPL", AT) == charts.of("AAPL", AT)
    assert asked == ["AAPL"]
    for n in range(KEPT):
        charts.of(f"S{n}", AT)
    charts.of("AAPL", AT)
    assert asked.count("AAPL") == 2


def test_a_database_that_is_away_costs_the_picture_only_then() -> None:
    answers: Iterator[PriceLine | Unreachable] = iter([Unreachable("away"), bars(AT, 1.0, 2.0)])

    def prices(_: str, __: datetime) -> PriceLine | None:
        answer = next(answers)
        if isinstance(answer, Unreachable):
            raise answer
        return answer

    charts = Charts(prices)
    assert charts.of("AAPL", AT) is None
    assert charts.of("AAPL", AT) is not None
