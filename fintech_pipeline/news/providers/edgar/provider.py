"""Asking EDGAR what the watchlist's companies filed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from fintech_pipeline.clock import Clock, Window
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import RawArticle
from fintech_pipeline.news.gathering import gathered
from fintech_pipeline.news.provider import NewsAnswer
from fintech_pipeline.news.providers.edgar.directory import (
    edgar_ticker,
    listed_in_us,
    parse_directory,
)
from fintech_pipeline.news.providers.edgar.filings import Filing, parse_filings
from fintech_pipeline.news.providers.edgar.forms import told_items
from fintech_pipeline.news.providers.edgar.refusals import refusal
from fintech_pipeline.quota.calls import Asks, Call

ARCHIVES = "https://www.sec.gov/Archives/edgar/data"
OUTLET = "SEC EDGAR"
USUAL_DELAY = timedelta(minutes=1)
"""The submissions follow a filing within a second (sec.gov); the minute is our caution."""
DIRECTORY_KEPT = timedelta(days=1)


def user_agent(contact: str) -> str:
    """The header `User-Agent` that EDGAR demands: who asks, and an address that reaches them."""
    return f"fintech-pipeline {contact}"


@dataclass(slots=True)
class _Directory:
    ciks: Mapping[str, int] = field(default_factory=dict)
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Edgar:
    """Filings as articles, one request a company.

    Attributes:
        asks: Makes the calls to `data.sec.gov`, with the contact in the User-Agent.
        asks_directory: The same for `www.sec.gov`, once a day.
        clock: The present.
    """

    asks: Asks
    asks_directory: Asks
    clock: Clock
    _directory: _Directory = field(default_factory=_Directory, repr=False, compare=False)

    @property
    def name(self) -> str:
        """As it stands in the configuration and on every row."""
        return "edgar"

    @property
    def simulated(self) -> bool:
        """Never."""
        return False

    @property
    def usual_delay(self) -> timedelta:
        """How far behind its acceptance a filing is usually seen."""
        return USUAL_DELAY

    def articles(self, instruments: Sequence[Instrument], window: Window) -> NewsAnswer:
        """The filings with window.start ≤ accepted < window.end of companies listed in the US.

        Raises:
            ProviderError: The directory cannot be had, or no company was answered.
        """
        wanted = listed_in_us(list(instruments))
        if not wanted:
            return NewsAnswer([])
        ciks = self._ciks()
        companies: dict[int, list[Instrument]] = defaultdict(list)
        unknown = []
        for one in wanted:
            cik = ciks.get(edgar_ticker(one.symbol))
            if cik is None:
                unknown.append(one.symbol)
            else:
                companies[cik].append(one)
        parts = {
            ", ".join(one.symbol for one in several): partial(self._filed, cik, several, window)
            for cik, several in companies.items()
        }
        answer = gathered(parts)
        problems = [f"EDGAR knows no company of the ticker {symbol}." for symbol in unknown]
        return replace(answer, problems=problems + answer.problems)

    def _ciks(self) -> Mapping[str, int]:
        """The companies' numbers, asked for once a day."""
        now, kept = self.clock(), self._directory
        if kept.read_at is None or not timedelta(0) <= now - kept.read_at < DIRECTORY_KEPT:
            call = Call("/files/company_tickers.json", {}, "companies")
            kept.ciks = parse_directory(self.asks_directory.ask(call, refusal).body)
            kept.read_at = now
        return kept.ciks

    def _filed(self, cik: int, of: Sequence[Instrument], window: Window) -> NewsAnswer:
        symbols = tuple(one.symbol for one in of)
        call = Call(f"/submissions/CIK{cik:010d}.json", {}, "filings", symbols)
        answer = parse_filings(self.asks.ask(call, refusal).body)
        inside = [f for f in answer.filings if window.start <= f.accepted_at < window.end]
        names = ", ".join(symbols)
        problems = [
            f"{count} of EDGAR's filings of {names} {why} and were left out."
            for why, count in answer.left_out.items()
        ]
        oldest = min((f.accepted_at for f in answer.filings), default=None)
        if answer.older and oldest is not None and window.start < oldest:
            problems.append(
                f"EDGAR's filings of {names} were read back to {oldest:%Y-%m-%d}; older ones of"
                " the window are missing."
            )
        return NewsAnswer([_article(f, cik, of) for f in inside], problems)


def _article(filing: Filing, cik: int, of: Sequence[Instrument]) -> RawArticle:
    items = told_items(filing.items) if filing.form.startswith("8-K") else ""
    company = of[0].name
    folder = f"{ARCHIVES}/{cik}/{filing.accession.replace('-', '')}"
    return RawArticle(
        provider_id=filing.accession,
        headline=f"{company} filed {filing.form}: {items or filing.meaning}",
        summary=f"{company} filed form {filing.form} ({filing.meaning}) with the SEC.",
        outlet=OUTLET,
        url=f"{folder}/{filing.document or f'{filing.accession}-index.htm'}",
        published_at=filing.accepted_at,
        symbols=frozenset(one.symbol for one in of),
    )
