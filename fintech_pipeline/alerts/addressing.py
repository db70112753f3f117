"""Which symbols a rule is about and whom it tells, read. Pure."""

from fintech_pipeline.alerts.reading import Table, near, short
from fintech_pipeline.alerts.rules import NAME, ChannelName, Metric, Recipient, Scope
from fintech_pipeline.market.watchlist import SYMBOL, TAG, symbol_of

EVERYTHING = "all"
BY = " by "

_CHANNELS = tuple(map(str, ChannelName))


def read_scope(table: Table, metric: Metric) -> Scope:
    """Which symbols the rule is about; the whole watchlist where nothing is said.

    What is wrong is noted in the table, and the scope is then of no use.
    """
    if not metric.of_symbols:
        for key in ("symbols", "tags"):
            if key in table:
                table.wrong(f"{metric} is not about symbols; leave {key} out")
        return Scope()
    if "symbols" in table and "tags" in table:
        table.wrong("symbols and tags are both there; write one of them, and a rule for the other")
    symbols, tags = _symbols(table), _tags(table)
    return Scope(symbols, tags, everything=not (symbols or tags))


def _symbols(table: Table) -> tuple[str, ...]:
    """Empty for the whole watchlist."""
    named = table.texts("symbols")
    if EVERYTHING in named:
        if len(named) > 1:
            table.wrong('symbols names some and "all"; write symbols = "all" alone')
        return ()
    symbols = tuple(symbol_of(one) for one in named)
    for symbol in symbols:
        if not SYMBOL.fullmatch(symbol):
            table.wrong(f'symbols: {short(symbol)} is no symbol; write it like "AAPL" or "BRK.B"')
    table.once("symbols", symbols)
    return symbols


def _tags(table: Table) -> tuple[str, ...]:
    tags = table.texts("tags")
    for tag in tags:
        if not TAG.fullmatch(tag):
            table.wrong(f"tags: {short(tag)} is no tag; write small letters, digits, - and _")
    table.once("tags", tags)
    return tags


def read_recipients(table: Table) -> tuple[Recipient, ...]:
    """Each person once, with the channels that are named."""
    if "notify" not in table:
        table.wrong('notify is missing; name who is told, like notify = ["anna", "ben by sms"]')
    named = [one.strip() for one in table.texts("notify")]
    found: dict[str, list[ChannelName]] = {}
    for one in named:
        person, by, channel = one.partition(BY)
        if not NAME.fullmatch(person):
            table.wrong(f'notify: {short(one)} is nobody; write "anna" or "anna by sms"')
        elif by and channel not in _CHANNELS:
            table.wrong(
                f"notify: nobody is reached by {short(channel)}; {near(channel, _CHANNELS)}"
            )
        else:
            found.setdefault(person, []).extend([ChannelName(channel)] if by else [])
    table.once("notify", named)
    for person, channels in found.items():
        if channels and person in named:
            table.wrong(
                f"notify names {person} and {person}{BY}{channels[0]}; {person} alone means every"
                " channel, so write one of them"
            )
    return tuple(Recipient(person, tuple(channels)) for person, channels in found.items())
