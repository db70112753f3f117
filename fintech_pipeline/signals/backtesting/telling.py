"""A backtest in tables and sentences, for a terminal, a page and the Dagster UI. Pure.

It is told from the document that is stored, so that an old one reads like a new one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fintech_pipeline.signals.backtesting.backtest import Told
from fintech_pipeline.signals.outcome_telling import ToldTable


def headline(told: Told) -> str:
    """What was tried and what it shows, in two sentences."""
    symbols = len(told["symbols"])
    return (
        f"{told['strategy']} on {symbols} {'symbol' if symbols == 1 else 'symbols'}, "
        f"{told['from_on']} to {told['to_on']}: {signed(told['figures']['return_pct'])} %, where "
        f"holding them alike brought {signed(told['benchmark']['return_pct'])} %. {told['verdict']}"
    )


def terms_told(told: Told) -> str:
    """On which terms it traded, in a sentence."""
    terms = told["terms"]
    cost = terms["commission_bps"] + terms["half_spread_bps"] + terms["slippage_bps"]
    sizes = "equal places" if terms["sizing"] == "equal" else "places by volatility"
    sides = "long and short" if terms["long_short"] else "long only"
    return (
        f"Traded at the next bar's open, {sides}, {sizes}, {cost:g} basis points a trade "
        f"(commission {terms['commission_bps']:g}, half the spread {terms['half_spread_bps']:g}, "
        f"slippage {terms['slippage_bps']:g}); cash earns nothing."
    )


def luck_told(told: Told) -> str:
    """What of it may be luck, in a sentence or two."""
    luck = told["luck"]
    if luck is None:
        return "Of its Sharpe ratio nothing is said: too few days gained or lost anything."
    interval = f"{luck['level']:.0%} interval {signed(luck['low'])} to {signed(luck['high'])}"
    before = f"Sharpe ratio {number(told['figures']['sharpe'])}, {interval}."
    if luck["trials"] == 1:
        return (
            f"{before} It is above 0 with a probability of {luck['probabilistic']:.0%}; nothing "
            "else was tried on this database, so nothing is deflated."
        )
    return (
        f"{before} It is above 0 with a probability of {luck['probabilistic']:.0%}, and above what "
        f"the best of {luck['trials']} trials shows without skill ({number(luck['expected_best'])})"
        f" with {luck['deflated']:.0%}."
    )


def tables(told: Told) -> list[ToldTable]:
    """The figures beside those of holding, by year, and by the market's state."""
    found = [_figures(told["figures"], told["benchmark"])]
    if told["years"]:
        found.append(_stretches("By year", "Year", told["years"]))
    if told["regimes"]:
        found.append(
            _stretches("By the market's state the evening before", "Market", told["regimes"])
        )
    return found


def number(value: float | None) -> str:
    """Two decimals, or a dash."""
    return "–" if value is None else f"{value:.2f}"


def signed(value: float | None) -> str:
    """Two decimals with a sign, or a dash."""
    return "–" if value is None else f"{value:+.2f}"


def _figures(own: Mapping[str, Any], held: Mapping[str, Any]) -> ToldTable:
    rows: list[tuple[str, str, str]] = []
    for name, key, told in (
        ("Return %", "return_pct", signed),
        ("Return a year %", "yearly_return_pct", signed),
        ("Volatility a year %", "volatility_pct", number),
        ("Sharpe ratio", "sharpe", number),
        ("Deepest fall %", "drawdown_pct", number),
        ("Longest fall, days", "drawdown_days", str),
        ("Turnover a year", "turnover", number),
        ("Exposure %", "exposure_pct", number),
        ("Net exposure %", "net_pct", number),
        ("Costs %", "cost_pct", number),
        ("Orders", "trades", str),
        ("Days", "days", str),
    ):
        rows.append((name, told(own[key]), told(held[key])))
    return ToldTable("Figures", ("", "Strategy", "Held"), rows)


def _stretches(title: str, first: str, parts: Sequence[Mapping[str, Any]]) -> ToldTable:
    # Days that do not follow one another have no fall of their own.
    follow = any(part["drawdown_pct"] is not None for part in parts)
    header = (first, "Days", "Return %", "Held %", "Sharpe", *["Deepest fall %"] * follow)
    return ToldTable(
        title,
        header,
        [
            (
                part["name"],
                str(part["days"]),
                signed(part["return_pct"]),
                signed(part["benchmark_return_pct"]),
                number(part["sharpe"]),
                *[number(part["drawdown_pct"])] * follow,
            )
            for part in parts
        ],
    )
