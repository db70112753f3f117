"""Following a symbol: what is looked up of it, and what a person is told."""

from dataclasses import dataclass

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.directories import directories
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.following import (
    checked_instrument,
    needs_lookup,
    require_exchange,
    usual_mic,
)
from fintech_pipeline.market.lookup import Lookup, Wish, is_described, look_up
from fintech_pipeline.market.names import everyday_names
from fintech_pipeline.market.watchlist import Instrument


@dataclass(frozen=True, slots=True)
class Told:
    """What a person is told.

    Attributes:
        sentence: What is followed, and as what.
        warnings: What they may want to mend.
    """

    sentence: str
    warnings: list[str]


def follow(pipeline: Pipeline, wish: Wish) -> Told:
    """Follows a symbol from the next tick on.

    Raises:
        ConfigurationError: What is wished is malformed, or there is no such symbol; nothing was
            added.
    """
    simulated = pipeline.settings.simulated
    require_exchange(wish, simulated=simulated, leave_out="--mic")
    usual = usual_mic(simulated=simulated)
    known = pipeline.instruments.known(checked_instrument(wish, None, Lookup(), usual).symbol)
    found = Lookup() if simulated else _looked_up(pipeline, wish, known)
    if found.refused and wish.name is None:
        raise ConfigurationError(
            f"{' '.join(found.told)} Nothing was added; --mic looks on another exchange, --name"
            " adds it all the same."
        )
    instrument = checked_instrument(wish, known, found, usual)
    followed = instrument.symbol in pipeline.instruments.followed_since()
    pipeline.instruments.add(instrument)
    warnings = [] if simulated else _lookup_told(pipeline, wish, known, found)
    return Told(
        _sentence(instrument, found, followed, known == instrument),
        [*warnings, *_names_told(instrument), *_file_told(pipeline, wish)],
    )


def _looked_up(pipeline: Pipeline, wish: Wish, known: Instrument | None) -> Lookup:
    if not needs_lookup(wish, known):
        return Lookup()
    return look_up(directories(pipeline), wish.symbol, wish.mic)


def _sentence(instrument: Instrument, found: Lookup, followed: bool, same: bool) -> str:
    """What is followed, under which names, and who says so."""
    since = "already" if followed else "from the next tick on"
    changed = ", now as" if followed and not same else ":"
    names = f" (also {', '.join(instrument.aliases)})" if instrument.aliases else ""
    tags = f", tagged {', '.join(instrument.tags)}" if instrument.tags else ""
    by = f", as {found.source} has it" if found.listing else ""
    taken = ""
    if found.listing is not None and found.listing.mic is None:
        taken = f"; it does not tell the exchange, so {instrument.mic} is taken"
    return (
        f"{instrument.symbol} is followed {since}{changed} {instrument.name}{names} on"
        f" {instrument.mic} in {instrument.currency}{tags}{by}{taken}."
    )


def _lookup_told(
    pipeline: Pipeline, wish: Wish, known: Instrument | None, found: Lookup
) -> list[str]:
    """Why a symbol has no better name than itself, and what to do."""
    if found.listing is not None or is_described(known) or wish.name is not None:
        return []
    undo = f"`fintech watchlist remove {wish.symbol}` undoes it"
    name = f'fintech watchlist add {wish.symbol} --name "…"'
    if found.told:
        return [
            f"{' '.join(found.told)} Headlines are matched by the symbol alone until you run the"
            f" same again, or `{name}`; {undo}."
        ]
    if not any(one.covers(wish.mic) for one in directories(pipeline)):
        return [
            f"No configured provider knows who {wish.symbol} is (yahoo, edgar and alpha_vantage"
            f" do); headlines are matched by the symbol alone until you name it: `{name}`."
        ]
    return []


def _names_told(instrument: Instrument) -> list[str]:
    """Which of its names is left out of the matching."""
    told = []
    for name in everyday_names(instrument.name):
        if name not in instrument.aliases:
            options = " ".join(f'--alias "{one}"' for one in (*instrument.aliases, name))
            told.append(
                f'"{name}" is an everyday word, so a headline that says only that is not matched;'
                f" `fintech watchlist add {instrument.symbol} {options}` matches it too."
            )
    return told


def _file_told(pipeline: Pipeline, wish: Wish) -> list[str]:
    """That the file wins over what was said of a symbol it names."""
    said = any((wish.name, wish.aliases, wish.mic, wish.currency, wish.tags is not None))
    if said and any(one.symbol == wish.symbol for one in pipeline.settings.watchlist):
        return [
            f"{wish.symbol} stands in the configuration file, whose names and tags win with the"
            " next command; change them there."
        ]
    return []
