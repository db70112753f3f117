"""What must hold before a symbol is followed: its exchange, its form, what is looked up of it."""

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.lookup import Lookup, Wish, instrument_of, is_described
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument

SIMULATED_MIC, USUAL_MIC = "XSIM", "XNYS"


def usual_mic(*, simulated: bool) -> str:
    """The exchange where nobody says one."""
    return SIMULATED_MIC if simulated else USUAL_MIC


def require_exchange(wish: Wish, *, simulated: bool, leave_out: str) -> None:
    """Lets a wish pass whose exchange has a calendar and fits the configuration.

    Args:
        wish: What a person says.
        simulated: Whether the configuration makes its prices up.
        leave_out: What a person leaves out to take the usual one, such as `--mic`.

    Raises:
        ConfigurationError: It does not.
    """
    if simulated and wish.mic not in {None, SIMULATED_MIC}:
        raise ConfigurationError(
            f"A simulated watchlist trades on XSIM only; leave {leave_out} out."
        )
    if wish.mic is not None:
        calendar_of(wish.mic)


def checked_instrument(
    wish: Wish, known: Instrument | None, found: Lookup, usual: str
) -> Instrument:
    """The instrument that is wished for, on an exchange whose sessions are known.

    Args:
        wish: What a person says.
        known: What is stored of the symbol.
        found: What was looked up.
        usual: The exchange where nobody says one.

    Raises:
        ConfigurationError: It is malformed, or its exchange has no calendar.
    """
    try:
        instrument = instrument_of(wish, known, found.listing, usual)
    except ValueError as error:
        raise ConfigurationError(f"{error}; nothing was added.") from None
    calendar_of(instrument.mic)
    return instrument


def needs_lookup(wish: Wish, known: Instrument | None) -> bool:
    """Whether there is something to find out: a name or an exchange that nobody has said."""
    return not (is_described(known) or (wish.name is not None and wish.mic is not None))
