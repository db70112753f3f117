"""Reading strategies from TOML files."""

import tomllib
from pathlib import Path

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.strategy import Action, Band, Regime, Strategy, normalised

SHIPPED = Path(__file__).parent / "strategies"


def load_strategy(name: str) -> Strategy:
    """The shipped strategy of that name.

    Raises:
        ConfigurationError: There is none, or its file is wrong.
    """
    known = sorted(path.stem for path in SHIPPED.glob("*.toml"))
    if name not in known:
        raise ConfigurationError(f"There is no strategy {name}; there is {', '.join(known)}.")
    tree = tomllib.loads((SHIPPED / f"{name}.toml").read_text("utf-8"))
    try:
        return Strategy(
            tree["name"],
            tree["version"],
            Interval(tree["interval"]),
            normalised(tree["weights"]),
            {Action(action): Band(**band) for action, band in tree["bands"].items()},
            tuple(Regime(**regime) for regime in tree.get("regimes", [])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"The strategy {name} is wrong: {error}.") from None
