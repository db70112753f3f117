"""Writes the figures of docs/backtests.md, and its pictures, from backtests of stored bars.

`python docs/backtests.py STRATEGY --from … --to …` takes what `fintech signals backtest` takes, on
the database that the configuration names, and puts what came of it between the marks of that
configuration on the page.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from marked import markdown, write_between
from matplotlib import pyplot as plt

from fintech_pipeline.settings import load_settings
from fintech_pipeline.signals.backtesting.telling import headline, luck_told, tables, terms_told

PAGE = Path(__file__).parent / "backtests.md"
PICTURES = Path(__file__).parent / "pictures"
BLUE, GREY, ORANGE = "#2b6cb0", "#718096", "#c05621"
TRIALS = ((), ("--long-short",), ("--sizing", "volatility"))
"""All are told: whoever shows only the best of them shows luck."""


def main() -> None:
    """Tries each of the terms, and writes what came of all."""
    name = load_settings().name
    for terms in TRIALS:
        _tried(terms)
    # Again, so that each is told among all of them.
    found = [_tried(terms) for terms in TRIALS]
    write(found, name)
    draw(found[0], PICTURES / f"backtest-{name}.png")


def _tried(terms: tuple[str, ...]) -> dict[str, Any]:
    command = [str(Path(sys.executable).with_name("fintech")), "signals", "backtest", "--json"]
    said = subprocess.run(  # noqa: S603  # our own command, with the caller's arguments
        [*command, *sys.argv[1:], *terms], capture_output=True, text=True, check=True
    )
    made: dict[str, Any] = json.loads(said.stdout)
    return made


def write(found: list[dict[str, Any]], name: str) -> None:
    """Puts the sentences and tables between the marks of this configuration."""
    parts = []
    for told in found:
        parts += [f"**{terms_told(told)}** {headline(told)} {luck_told(told)}"]
    parts += [markdown(table, ", of the first of these") for table in tables(found[0])]
    body = "\n\n".join(parts)
    write_between(PAGE, name, body)


def draw(told: dict[str, Any], file: Path) -> None:
    """The path beside holding, and how far below its highest it was."""
    mpl.use("Agg")
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(9, 4.2), layout="constrained", sharex=True, height_ratios=(3, 1)
    )
    path = told["path"]
    at = [mpl.dates.datestr2num(one) for one in path["at"]]
    above.plot(at, path["benchmark"], color=GREY, linestyle="--", label="held")
    above.plot(at, path["equity"], color=BLUE, label=told["strategy"])
    above.legend(frameon=False)
    above.set_ylabel("what 1 became")
    below.fill_between(at, path["drawdown_pct"], color=ORANGE, alpha=0.5)
    below.set_ylabel("fall %")
    below.xaxis_date()
    figure.savefig(file, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    main()
