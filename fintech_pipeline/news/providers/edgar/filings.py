"""Reading a company's filings. Pure.

Source: sec.gov/search-filings/edgar-application-programming-interfaces: `filings.recent` holds at
least a year or the newest 1,000 filings as columns; older ones stand in `filings.files`.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from fintech_pipeline.errors import Malformed
from fintech_pipeline.news.providers.edgar.acceptance import Stamp, accepted_at, is_utc
from fintech_pipeline.news.providers.edgar.forms import meaning_of
from fintech_pipeline.quota.payloads import json_object

_ACCESSION = re.compile(r"\d{10}-\d{2}-\d{6}")
_DOCUMENT = re.compile(r"[\w.\-/]{1,200}", re.ASCII)
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d{1,6})?Z?", re.ASCII)
_YEARS = range(1993, 2200)
"""EDGAR began in 1993; the upper bound keeps arithmetic on instants safe."""


@dataclass(frozen=True, slots=True)
class Filing:
    """One filing of interest.

    Attributes:
        accession: EDGAR's number of it.
        form: `8-K`, `10-Q/A`, …
        meaning: What the form is, in words.
        items: Of an 8-K: `2.02,9.01`.
        document: The file name of the primary document; empty where there is none.
        accepted_at: When EDGAR accepted it (UTC); it is public seconds later.
    """

    accession: str
    form: str
    meaning: str
    items: str
    document: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Filings:
    """What a company filed lately.

    Attributes:
        filings: Those of interest, in EDGAR's order, newest first.
        older: Whether there are older ones that this answer does not hold.
        left_out: Why others cannot be used, and how many each.
    """

    filings: list[Filing]
    older: bool
    left_out: Counter[str] = field(default_factory=Counter)


def parse_filings(body: bytes) -> Filings:
    """The filings of one answer of `submissions/CIK##########.json`.

    Columns of unequal length cost the filings that lack a value, nothing else.

    Raises:
        Malformed: The body is no such answer.
    """
    tree = json_object(body, "EDGAR").get("filings")
    recent = tree.get("recent") if isinstance(tree, dict) else None
    if not isinstance(recent, dict) or not isinstance(recent.get("accessionNumber"), list):
        raise Malformed("EDGAR sent JSON without filings; nothing stored was changed.")
    rows = [_row(recent, at) for at in range(len(recent["accessionNumber"]))]
    utc = is_utc(stamp for stamp in map(_stamp, rows) if stamp is not None)
    answer = Filings([], isinstance(tree, dict) and bool(tree.get("files")))
    for row in rows:
        read = _filing(row, utc=utc)
        if isinstance(read, Filing):
            answer.filings.append(read)
        elif read:
            answer.left_out[read] += 1
    return answer


def _row(recent: dict[str, Any], at: int) -> dict[str, str]:
    """One filing's texts; a column that is too short, or no column, gives none."""
    columns = ((name, col) for name, col in recent.items() if isinstance(col, list))
    cells = ((name, col[at]) for name, col in columns if at < len(col))
    return {name: cell.strip() for name, cell in cells if isinstance(cell, str)}


def _stamp(row: dict[str, str]) -> Stamp | None:
    """What the row says of its time; None where it says nothing."""
    written = _STAMP.fullmatch(row.get("acceptanceDateTime", ""))
    if written is None:
        return None
    try:
        clock = datetime.fromisoformat(f"{written[1]}T{written[2]}")
    except ValueError:
        return None
    try:
        filed_on = date.fromisoformat(row.get("filingDate", ""))
    except ValueError:
        filed_on = None
    return Stamp(row.get("form", ""), clock, filed_on) if clock.year in _YEARS else None


def _filing(row: dict[str, str], *, utc: bool) -> Filing | str:
    """The filing, or why it is none; one of no interest needs no word."""
    form = row.get("form", "")
    meaning, stamp = meaning_of(form), _stamp(row)
    if form and meaning is None:
        return ""
    if meaning is None or stamp is None:
        return "lack a form or a time"
    accession = row.get("accessionNumber", "")
    if not _ACCESSION.fullmatch(accession):
        return "lack a number"
    document = row.get("primaryDocument", "")
    return Filing(
        accession,
        form,
        meaning,
        row.get("items", ""),
        document if _DOCUMENT.fullmatch(document) and ".." not in document else "",
        accepted_at(stamp.clock, utc=utc),
    )
