"""Providers that ask nobody: they are looked through for the last day of all of the watchlist."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial

from fintech_pipeline.cli.doctor.findings import Finding, State
from fintech_pipeline.cli.doctor.offers import roles_document, roles_told
from fintech_pipeline.clock import Window, slot_at_or_before
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import PipelineError
from fintech_pipeline.market.provider import MarketProvider
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.provider import NewsProvider

MADE_UP = (
    "Nothing of this is a market. Real data needs a configuration and a database of its own"
    " (docs/configuration.md), with one of these:"
)
Look = Callable[[Sequence[Instrument], Window], tuple[bool, str]]


def look_through(pipeline: Pipeline, name: str) -> Finding:
    """Whether the provider has something of the last day, and what it lacks."""
    watched = pipeline.instruments.watched()
    end = slot_at_or_before(pipeline.clock())
    found = [
        _looked(look, watched, Window(end - timedelta(days=1), end))
        for look in _looks(pipeline, name)
    ]
    return Finding(
        name,
        State.OK if all(well for well, _ in found) else State.FAIL,
        f"{roles_told(pipeline.settings, name)}; {'; '.join(told for _, told in found)}.",
        (MADE_UP,) if name == "simulated" else (),
        details=roles_document(pipeline.settings, name),
    )


def _looks(pipeline: Pipeline, name: str) -> Iterator[Look]:
    yield from (partial(_bars, one) for one in pipeline.market_providers if one.name == name)
    yield from (partial(_articles, one) for one in pipeline.news_providers if one.name == name)
    if name == "local":
        yield lambda *_: (True, "judges on this machine")


def _looked(look: Look, watched: Sequence[Instrument], window: Window) -> tuple[bool, str]:
    try:
        return look(watched, window)
    except PipelineError as error:
        return False, str(error).rstrip(".")


def _bars(
    provider: MarketProvider, watched: Sequence[Instrument], window: Window
) -> tuple[bool, str]:
    answer = provider.bars(watched, window)
    missing = _first_of([problem.reason for problem in answer.problems])
    served = len({bars.symbol for bars in answer.bars if len(bars)})
    if not served:
        return False, f"no bar of the last day{missing}"
    return True, f"bars of {served} of {len(watched)} symbols in the last day{missing}"


def _articles(
    provider: NewsProvider, watched: Sequence[Instrument], window: Window
) -> tuple[bool, str]:
    answer = provider.articles(watched, window)
    return True, f"{len(answer.articles)} articles in the last day{_first_of(answer.problems)}"


def _first_of(problems: Sequence[str]) -> str:
    """The first problem of several, to stand behind what is well."""
    if not problems:
        return ""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f", but {problems[0].rstrip('.')}{more}"
