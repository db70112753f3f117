"""A backtest as one page of HTML: charts as SVG, nothing loaded from anywhere. Pure."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from fintech_pipeline.signals.backtesting.backtest import Told
from fintech_pipeline.signals.backtesting.telling import (
    headline,
    luck_told,
    tables,
    terms_told,
)
from fintech_pipeline.signals.outcome_telling import ToldTable

WIDTH, HEIGHT, FALL_HEIGHT = 960.0, 300.0, 120.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 12.0, 10.0, 24.0
STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#161a23, #e9ecf3);
  --soft: light-dark(#4b5364, #aab2c3); --page: light-dark(#f4f5f8, #0c0f15);
  --surface: light-dark(#fff, #141822); --line: light-dark(#dfe2ea, #252c3b);
  --own: light-dark(#3644c2, #a9b8ff); --held: light-dark(#8a5700, #f3c25a);
  --fall: light-dark(#bb3a0a, #ff8f66); }
body { margin: 0 auto; max-width: 1000px; padding: 24px 16px; background: var(--page);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 8px; } h2 { font-size: 1rem; margin: 24px 0 8px; }
p { margin: 0 0 8px; max-width: 75ch; } .soft { color: var(--soft); }
.simulated { margin: 0 0 16px; padding: 6px 12px; border-radius: 6px; background: #f2b01e;
  color: #2a1c00; font-weight: 650; }
figure { margin: 16px 0; padding: 12px; border: 1px solid var(--line); border-radius: 10px;
  background: var(--surface); } svg { display: block; width: 100%; height: auto; }
figcaption { font-size: .85rem; color: var(--soft); margin-bottom: 6px; }
.own { color: var(--own); } .held { color: var(--held); }
text { fill: var(--soft); font-size: 12px; } .grid { stroke: var(--line); }
.wide { overflow-x: auto; } table { border-collapse: collapse; background: var(--surface); }
th, td { padding: 4px 12px; border: 1px solid var(--line); text-align: right;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
"""


def page(told: Told) -> str:
    """The whole page.

    Args:
        told: The backtest as `backtest.document` makes it.
    """
    title = f"Backtest of {told['strategy']}, {told['from_on']} to {told['to_on']}"
    simulated = (
        '<p class="simulated">SIMULATED: a made-up exchange, not a market.</p>'
        if told["simulated"]
        else ""
    )
    sentences = "".join(
        f"<p>{escape(one)}</p>" for one in (headline(told), terms_told(told), luck_told(told))
    )
    left = "".join(
        f"<li>{escape(name)}: {escape(why)}</li>" for name, why in told["left_out"].items()
    )
    out = f"<h2>Left out</h2><ul>{left}</ul>" if left else ""
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
{simulated}
<h1>{escape(title)}</h1>
{sentences}
{_charts(told)}
{"".join(_table(one) for one in tables(told))}
{out}
<p class="soft">Made {escape(told["made_at"])}. Only what is followed today is traded, so nothing of
what was given up on is in it. What a backtest shows is what would have been; it promises
nothing.</p>
</html>
"""


def _charts(told: Told) -> str:
    path = told["path"]
    own, held, fallen = path["equity"], path["benchmark"], path["drawdown_pct"]
    if len(own) < 2:
        return ""
    least, most = min(*own, *held), max(*own, *held)
    lines = (
        _grid(least, most, HEIGHT, "")
        + _line(held, least, most, HEIGHT, "--held")
        + _line(own, least, most, HEIGHT, "--own")
    )
    deepest = min(*fallen, -0.01)
    falls = _grid(deepest, 0.0, FALL_HEIGHT, " %") + _line(
        fallen, deepest, 0.0, FALL_HEIGHT, "--fall"
    )
    when = _times(path["at"])
    final = f"{own[-1]:.2f}", f"{held[-1]:.2f}"
    return f"""<figure><figcaption>What 1 became: <b class="own">{escape(told["strategy"])}</b>
{final[0]}, <b class="held">held</b> {final[1]}</figcaption>
<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="What 1 became: {final[0]} traded,
{final[1]} held">{lines}{when.format(y=HEIGHT - 6)}</svg></figure>
<figure><figcaption>How far below its highest it was</figcaption>
<svg viewBox="0 0 {WIDTH:g} {FALL_HEIGHT:g}" role="img" aria-label="The deepest fall was
{deepest:.1f} per cent">{falls}{when.format(y=FALL_HEIGHT - 6)}</svg></figure>"""


def _line(values: Sequence[float], least: float, most: float, height: float, colour: str) -> str:
    across = (WIDTH - LEFT - RIGHT) / (len(values) - 1)
    points = " ".join(
        f"{LEFT + place * across:.1f},{_up(value, least, most, height):.1f}"
        for place, value in enumerate(values)
    )
    return f'<polyline points="{points}" fill="none" stroke="var({colour})" stroke-width="1.8"/>'


def _grid(least: float, most: float, height: float, unit: str) -> str:
    """Four lines across, each with its value."""
    made = []
    for place in range(4):
        value = least + (most - least) * place / 3
        y = _up(value, least, most, height)
        # A zero has no sign.
        told = f"{round(value, 1) + 0.0:.1f}{unit}" if unit else f"{value:.2f}"
        made.append(
            f'<line class="grid" x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{told}</text>'
        )
    return "".join(made)


def _times(at: Sequence[str]) -> str:
    """Where it begins, is half through, and ends; `{y}` is left to be filled."""
    days = [f"{datetime.fromisoformat(at[place]):%Y-%m-%d}" for place in (0, len(at) // 2, -1)]
    places = ((LEFT, "start"), ((LEFT + WIDTH - RIGHT) / 2, "middle"), (WIDTH - RIGHT, "end"))
    return "".join(
        f'<text x="{x:g}" y="{{y}}" text-anchor="{anchor}">{day}</text>'
        for (x, anchor), day in zip(places, days, strict=True)
    )


def _up(value: float, least: float, most: float, height: float) -> float:
    """How far down a value stands."""
    share = (value - least) / (most - least) if most > least else 0.5
    return height - BOTTOM - share * (height - TOP - BOTTOM)


def _table(told: ToldTable) -> str:
    header = "".join(f'<th scope="col">{escape(name)}</th>' for name in told.header)
    rows = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in told.rows
    )
    return (
        f'<h2>{escape(told.title)}</h2><div class="wide"><table><thead><tr>{header}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
