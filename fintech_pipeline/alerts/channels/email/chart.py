"""The small picture of a price in a mail.

It is drawn without a window system and without matplotlib's global state, so in any thread. Bars
stand side by side as in a session, without the hours in which nothing trades.
"""

import io
import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from fintech_pipeline.alerts.channels.email.price_line import PriceLine, PricesOf
from fintech_pipeline.alerts.phrases import DAYS, amount
from fintech_pipeline.errors import PipelineError

WIDTH, HEIGHT, DPI = 400, 160, 100
"""Of the picture in a mail; it has twice the points, for the screens of phones."""
KEPT = 256
"""Pictures that are kept: the same alert goes to many people."""
BREAK = timedelta(hours=3)
"""So long without a bar, and another session begins."""
UP, DOWN, TEXT, GRID, PAPER = "#15803d", "#b91c1c", "#334155", "#e2e8f0", "#ffffff"
MOST_DAYS = 7
LETTER = 7.2
"""Pixels of a digit of the labels."""
COLOURS = 32


class Charts:
    """Pictures of prices, each drawn once."""

    def __init__(self, prices_of: PricesOf) -> None:
        self._prices_of = prices_of
        self._drawn: OrderedDict[tuple[str, datetime], bytes | None] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, symbol: str, at: datetime) -> bytes | None:
        """The prices up to the instant as a PNG; None where there are too few, or cannot be read.

        A mail goes without its picture rather than not at all.
        """
        with self._lock:
            if (symbol, at) not in self._drawn:
                try:
                    line = self._prices_of(symbol, at)
                except PipelineError:
                    return None
                usable = line.drawable() if line else None
                self._drawn[symbol, at] = draw(usable) if usable else None
                while len(self._drawn) > KEPT:
                    self._drawn.popitem(last=False)
            return self._drawn[symbol, at]


def draw(line: PriceLine) -> bytes:
    """The line as a PNG; the same line gives the same bytes."""
    picture = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=2 * DPI)
    picture.set_facecolor(PAPER)
    low, high = min(line.closes), max(line.closes)
    room = (high - low) * 0.12 or abs(high) * 0.01 or 1.0
    ticks = sorted({low, high, line.closes[-1]} if _apart(line, room) else {low, high})
    labels = [amount(tick, None) for tick in ticks]
    beside = (max(map(len, labels)) * LETTER + 12) / WIDTH
    axes = picture.add_axes((0.015, 0.15, 0.985 - beside, 0.8))
    axes.set_ylim(low - room, high + room)
    axes.yaxis.tick_right()
    axes.set_yticks(ticks, labels)
    _draw_prices(axes, line)
    _draw_days(axes, line)
    return _png(picture)


def _draw_prices(axes: Axes, line: PriceLine) -> None:
    """The line, its colour by where it ends, and a dot there."""
    colour = UP if line.closes[-1] >= line.closes[0] else DOWN
    places = range(len(line.closes))
    axes.plot(places, line.closes, color=colour, linewidth=1.6, solid_joinstyle="round")
    axes.fill_between(places, line.closes, min(line.closes), color=colour, alpha=0.08, linewidth=0)
    axes.plot(places[-1], line.closes[-1], "o", color=colour, markersize=5)
    axes.set_xlim(-0.5, len(line.closes) - 1 + max(1.0, len(line.closes) * 0.015))


def _draw_days(axes: Axes, line: PriceLine) -> None:
    """The days below, and nothing around that says nothing."""
    starts = sessions(line.instants)
    axes.set_xticks([place for place, _ in starts], [label for _, label in starts], ha="left")
    axes.tick_params(colors=TEXT, labelsize=8.5, length=0)
    axes.grid(axis="both", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_facecolor(PAPER)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _png(picture: Figure) -> bytes:
    """The picture in few colours, a fifth of the bytes."""
    canvas = FigureCanvasAgg(picture)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    full = Image.frombuffer("RGBA", canvas.get_width_height(), pixels)
    out = io.BytesIO()
    full.convert("RGB").quantize(COLOURS).save(out, "PNG")
    return out.getvalue()


def _apart(line: PriceLine, room: float) -> bool:
    """Whether the last close has a place of its own between the highest and the lowest."""
    last = line.closes[-1]
    return min(abs(max(line.closes) - last), abs(min(line.closes) - last)) > room


def sessions(instants: tuple[datetime, ...]) -> list[tuple[int, str]]:
    """Where each session, or each day where trading never pauses, begins, and its day's label.

    The day of a session's middle in UTC is the exchange's own day, from Sydney to New York.
    """
    begins = [0]
    for place in range(1, len(instants)):
        earlier, later = instants[place - 1], instants[place]
        if later - earlier > BREAK:
            begins.append(place)
    if len(begins) == 1:
        begins += [
            place
            for place in range(1, len(instants))
            if instants[place].date() != instants[place - 1].date()
        ]
    ends = [*begins[1:], len(instants)]
    step = -(-len(begins) // MOST_DAYS)
    labelled = []
    for begin, end in list(zip(begins, ends, strict=True))[::step]:
        day = instants[(begin + end - 1) // 2]
        labelled.append((begin, f"{DAYS[day.weekday()]} {day.day}"))
    return labelled
