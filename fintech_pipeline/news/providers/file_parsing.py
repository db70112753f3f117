"""Headlines from a payload in any of the layouts: CSV, JSON Lines or Parquet. Pure.

| field | names it may have |
|---|---|
| id | `id`, `provider_id`, `guid` |
| time | `time_utc`, `published_at`, `time`, `published`, `date`, `timestamp` |
| headline | `title`, `headline` |
| summary | `description`, `summary` |
| outlet | `site`, `source`, `outlet` |
| address | `url`, `link` |
| symbols | all of `tickers`, `symbols`, `queried_tickers`: a list, or text with any delimiter |

Only the time and the headline must be there. A time says its offset or is an epoch; the name
`time_utc` promises UTC where none is said.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from fintech_pipeline.errors import Malformed
from fintech_pipeline.market.providers.files.contents import Contents, whole_lines
from fintech_pipeline.market.providers.files.csv import text_table
from fintech_pipeline.market.providers.files.parquet import MAGIC, read_parquet
from fintech_pipeline.market.providers.files.rows import require_one_of_each
from fintech_pipeline.news.articles import MAX_HEADLINE, MAX_SUMMARY, RawArticle, plain_text

_TIME, _HEADLINE, _SYMBOLS = "time", "headline", "symbols"
_NAMES = {
    "id": ("id", "provider_id", "guid"),
    _TIME: ("time_utc", "published_at", "time", "published", "date", "timestamp"),
    _HEADLINE: ("title", "headline"),
    "summary": ("description", "summary"),
    "outlet": ("site", "source", "outlet"),
    "url": ("url", "link"),
}
_SYMBOL_NAMES = ("tickers", "symbols", "queried_tickers")
_PROMISES_UTC = "time_utc"
_MAX_OUTLET, _MAX_URL, _MAX_ID = 200, 2_000, 500
_EPOCH = re.compile(r"\d{9,19}(\.\d+)?")
_EPOCH_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (float("inf"), 1e9))
"""Below each bound an epoch counts this many units a second."""
_DELIMITERS = re.compile(r"[\s,;|]+")
_HAS_CLOCK = re.compile(r"\d:?\d\d")

NO_TIME = "lack a time or a title"
NO_OFFSET = "have a time without an offset"
SHAPE = "have the wrong number of cells or are no object"


@dataclass(frozen=True, slots=True)
class ParsedNews:
    """What one file holds.

    Attributes:
        articles: Its items, in the order of the file.
        left_out: How many rows were left out for each reason, a predicate.
        notes: What else a person should know of the file, each a predicate.
    """

    articles: list[RawArticle]
    left_out: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()


def parse_news(contents: Contents) -> ParsedNews:
    """The items of a file; rows that cannot be read are left out and counted.

    Raises:
        Malformed: It is no table, is damaged, or has no column for the time or the title.
    """
    left_out: Counter[str] = Counter()
    notes = []
    if contents.payload.startswith(MAGIC):
        if contents.cut:
            raise Malformed("ends too early; copy it again")
        table = read_parquet(contents.payload)
        columns, rows = table.column_names, iter(table.to_pylist())
    else:
        payload = whole_lines(contents)
        if payload.startswith(b"["):
            raise Malformed("is one JSON array; write one object a line")
        if payload.startswith(b"{"):
            objects = list(_objects(payload, left_out))
            columns = list(dict.fromkeys(name for found in objects for name in found))
            rows = iter(objects)
        else:
            if contents.cut:
                payload = whole_lines(contents, quoted=True)
            if payload.count(b'"') % 2:
                notes.append("has a quotation mark that is never closed, which may hide rows")
            skipped: list[str] = []
            table = text_table(payload, skipped)
            columns, rows = table.column_names, iter(table.to_pylist())
            left_out[SHAPE] += len(skipped)
    if contents.cut:
        notes.append("ends too early; the whole rows before that were used, copy it again")
    names = _column_names(columns)
    return ParsedNews(list(_articles(rows, names, left_out)), left_out, tuple(notes))


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which column is which; None where there is none."""

    of: Mapping[str, str | None]
    symbols: tuple[str, ...]

    def cell(self, row: Mapping[str, Any], name: str) -> Any:
        theirs = self.of[name]
        return None if theirs is None else row.get(theirs)

    def text(self, row: Mapping[str, Any], name: str, limit: int) -> str:
        cell = self.cell(row, name)
        if isinstance(cell, float) and not isfinite(cell):
            # So JSON from Python writes what is missing.
            cell = None
        # JSON can spell half a surrogate pair, which no database takes.
        text = "" if cell is None else str(cell).encode("utf-8", "replace").decode()
        return plain_text(text, limit)


def _column_names(found: Iterable[str]) -> _Columns:
    plain = [(name.strip().casefold(), name) for name in found]
    spelled = dict(reversed(plain))
    of = {
        ours: next((spelled[name] for name in theirs if name in spelled), None)
        for ours, theirs in _NAMES.items()
    }
    missing = [name for name in (_TIME, _HEADLINE) if of[name] is None]
    if missing:
        raise Malformed(f"lacks a column for the {' and the '.join(missing)}")
    require_one_of_each(plain, of.values())
    return _Columns(of, tuple(spelled[name] for name in _SYMBOL_NAMES if name in spelled))


def _objects(payload: bytes, left_out: Counter[str]) -> Iterator[dict[str, Any]]:
    for line in payload.splitlines():
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            yield found
        else:
            left_out[SHAPE] += 1


def _articles(
    rows: Iterable[Mapping[str, Any]], columns: _Columns, left_out: Counter[str]
) -> Iterator[RawArticle]:
    utc = (columns.of[_TIME] or "").strip().casefold() == _PROMISES_UTC
    for row in rows:
        headline = columns.text(row, _HEADLINE, MAX_HEADLINE)
        published_at = instant(columns.cell(row, _TIME))
        if published_at is None or not headline:
            left_out[NO_TIME] += 1
        elif published_at.tzinfo is None and not utc:
            left_out[NO_OFFSET] += 1
        else:
            at = published_at.replace(tzinfo=published_at.tzinfo or UTC).astimezone(UTC)
            yield _article(row, columns, headline, at)


def _article(
    row: Mapping[str, Any], columns: _Columns, headline: str, published_at: datetime
) -> RawArticle:
    url = columns.text(row, "url", _MAX_URL)
    provider_id = columns.text(row, "id", _MAX_ID)
    return RawArticle(
        provider_id=provider_id or url or f"{published_at.isoformat()} {headline}",
        headline=headline,
        summary=columns.text(row, "summary", MAX_SUMMARY),
        outlet=columns.text(row, "outlet", _MAX_OUTLET),
        url=url,
        published_at=published_at,
        symbols=_symbols(row.get(name) for name in columns.symbols),
    )


def _symbols(cells: Iterable[Any]) -> frozenset[str]:
    found: set[str] = set()
    for cell in cells:
        parts = cell if isinstance(cell, list) else _DELIMITERS.split(str(cell or ""))
        found.update(str(part).strip().lstrip("$").upper() for part in parts if part)
    return frozenset(found - {""})


def instant(cell: Any) -> datetime | None:
    """The cell as an instant, without a zone where it says none; None where it is no time.

    A bare date is none: nobody can say from when on such an item was known.
    """
    try:
        if isinstance(cell, datetime):
            return cell if cell.tzinfo is None else cell.astimezone(UTC)
        text = str(cell).strip()
        if _EPOCH.fullmatch(text) or (isinstance(cell, float) and cell > 0):
            return _from_epoch(float(text))
        found = datetime.fromisoformat(text)
        # Beyond year 1 and 9999 there is no UTC.
        within = found.tzinfo is None or found.astimezone(UTC)
        return found if within and _HAS_CLOCK.search(text[10:]) else None
    except (ValueError, OverflowError):
        return None


def _from_epoch(number: float) -> datetime:
    units = next(units for bound, units in _EPOCH_UNITS if number <= bound)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number / units)
