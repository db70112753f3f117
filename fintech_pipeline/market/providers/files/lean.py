"""LEAN's files beside its unadjusted days: whose rows are whose, and the corporate actions. Pure.

**Map files** (`map_files/googl.csv`) hold `date,ticker,exchange`. A row says under which ticker the
security traded up to that date, the date included; the first row's date is its first day. The file
`goog.csv` holds whatever traded as GOOG, so that the security behind a symbol is read across files:

    20040819,goog     GOOGL began as GOOG on 2004-08-19,
    20140402,goog     was GOOG up to 2014-04-02 (its rows stand in goog.csv)
    20501231,googl    and has been GOOGL since (in googl.csv).

What goog.csv holds before 2014-04-03 is therefore not today's GOOG; what fb.csv holds before
2012-05-18 is another company altogether. (LEAN, Common/Data/Auxiliary/MapFile.cs.)

**Factor files** hold `date,dividend factor,split factor,reference price`. The factors hold for the
rows up to that date, which is the last session before the ex-date; the reference price is that
session's raw close. A dividend D and a split of n new shares for one old were written as

    dividend factor = next dividend factor × (close − D) / close
    split factor    = next split factor / n

(LEAN, CorporateFactorRow.Apply), and are read back as D = close × (1 − factor / next factor) and
n = next factor / factor. Factors have seven or eight decimals: D is rounded to what they are good
for, a tenth of a cent or better, and n is taken for the plain ratio it is near.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import numpy as np

from fintech_pipeline.clock import from_instant64
from fintech_pipeline.errors import Malformed
from fintech_pipeline.market.bars import ActionKind, CorporateAction
from fintech_pipeline.market.resampling import Sessions

_FACTOR_STEP = 1e-7
_RATIO_TERMS = 20
_RATIO_TOLERANCE = 1e-5
_LEAST_CHANGE = 1e-7


@dataclass(frozen=True, slots=True)
class Tenure:
    """A span of days during which a security traded under one ticker.

    Attributes:
        ticker: As LEAN writes it, lower case.
        first_on: Its first day.
        last_on: Its last day, included.
    """

    ticker: str
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Factors:
    """One row of a factor file.

    Attributes:
        last_on: The last session the factors hold for.
        dividend: What a raw price is multiplied by for the dividends after it.
        split: What it is multiplied by for the splits after it.
        close: The raw close of that session.
    """

    last_on: date
    dividend: float
    split: float
    close: float


def parse_history(payload: bytes) -> list[Tenure]:
    """The tickers of a security in order of time, from a map file.

    Raises:
        Malformed: A row is not `yyyymmdd,ticker,…`.
    """
    rows = sorted((_day(row[0]), row[1].strip().lower()) for row in _rows(payload, 2))
    tenures: list[Tenure] = []
    first_on = rows[0][0]
    for last_on, ticker in rows:
        if tenures and tenures[-1].ticker == ticker:
            first_on = tenures.pop().first_on
        tenures.append(Tenure(ticker, first_on, last_on))
        first_on = last_on + timedelta(days=1)
    return tenures


def parse_factors(payload: bytes) -> list[Factors]:
    """The rows of a factor file in order of time; those LEAN itself passes over are left out.

    Raises:
        Malformed: A row is not `yyyymmdd,factor,factor,price`.
    """
    rows = []
    for cells in _rows(payload, 3):
        try:
            dividend, split, close = (float(cell) for cell in (*cells[1:4], "0")[:3])
        except ValueError:
            raise Malformed(f"has a row that is no number: {','.join(cells)!r}") from None
        if 0 < dividend < np.inf and 0 < split < np.inf:
            rows.append(Factors(_day(cells[0]), dividend, split, close))
    return sorted(rows, key=lambda row: row.last_on)


def corporate_actions(
    symbol: str, factors: list[Factors], sessions: Sessions, until: datetime
) -> Iterator[CorporateAction]:
    """The splits and dividends a factor file tells of.

    Args:
        symbol: Our symbol.
        factors: The file's rows in order of time.
        sessions: The exchange's sessions; what falls before them is left out.
        until: Actions whose ex-date's session opens later (UTC) are left out.
    """
    for row, after in pairwise(factors):
        last_on = np.datetime64(row.last_on)
        ex = int(np.searchsorted(sessions.session_on, last_on, side="right"))
        if not 0 < ex < len(sessions):
            continue
        ex_at = from_instant64(sessions.opened_at[ex])
        if ex_at > until:
            continue
        ex_on: date = sessions.session_on[ex].item()
        if abs(after.split / row.split - 1.0) > _LEAST_CHANGE:
            ratio = plain_ratio(after.split / row.split)
            yield CorporateAction(symbol, ex_at, ex_on, ActionKind.SPLIT, ratio)
        paid = dividend(row, after)
        if paid > 0:
            yield CorporateAction(symbol, ex_at, ex_on, ActionKind.DIVIDEND, paid)


def dividend(row: Factors, after: Factors) -> float:
    """The dividend between two rows, in money a share, to the decimals the factors are good for."""
    if row.close <= 0:
        return 0.0
    decimals = int(-np.log10(2.0 * row.close * _FACTOR_STEP))
    return round(row.close * (1.0 - row.dividend / after.dividend), max(decimals, 2))


def plain_ratio(ratio: float) -> float:
    """The ratio of small whole numbers it is near (7 for 6.999997), else itself."""
    if ratio < 1.0:
        return 1.0 / plain_ratio(1.0 / ratio)
    plain = float(Fraction(ratio).limit_denominator(_RATIO_TERMS))
    return plain if abs(plain / ratio - 1.0) < _RATIO_TOLERANCE else ratio


def _rows(payload: bytes, cells: int) -> list[list[str]]:
    try:
        rows = [row for row in csv.reader(payload.decode("ascii").splitlines()) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Malformed("is no table of text") from error
    if not rows:
        raise Malformed("is empty")
    for row in rows:
        if len(row) < cells:
            raise Malformed(f"has a row that is too short: {','.join(row)!r}")
    return rows


def _day(text: str) -> date:
    try:
        return datetime.strptime(text.strip(), "%Y%m%d").date()  # noqa: DTZ007 it is a date
    except ValueError:
        raise Malformed(f"has {text!r} where a date like 20140402 should be") from None
