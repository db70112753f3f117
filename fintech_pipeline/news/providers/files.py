"""News from a file of headlines: a CSV, plain or gzipped, in TickerTick's columns."""

import csv
import gzip
import zlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

from fintech_pipeline.clock import Window
from fintech_pipeline.errors import Malformed, Unavailable
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import MAX_HEADLINE, MAX_SUMMARY, RawArticle, plain_text
from fintech_pipeline.news.provider import NewsAnswer

COLUMNS = ("id", "time_utc", "site", "queried_tickers", "tickers", "title", "description", "url")
"""What the file must have; other columns are ignored."""
USUAL_DELAY = timedelta(minutes=5)
_MAX_OUTLET, _MAX_URL = 200, 2_000


@dataclass(frozen=True, slots=True)
class _Parsed:
    """The file's articles by time, as of one version of the file."""

    version: tuple[int, int]
    articles: list[RawArticle]
    problems: list[str]
    times: list[datetime] = field(default_factory=list)


class FilesNews:
    """Serves the articles of one file. The file is parsed once for each version of it.

    Args:
        path: A `.csv` or `.csv.gz` with the columns of `COLUMNS`; it is first read when asked.
        delay: How far behind the file's times an item counts as usually seen.
    """

    name = "files"
    simulated = False

    def __init__(self, path: Path, delay: timedelta = USUAL_DELAY) -> None:
        self._path = path
        self.usual_delay = delay
        self._parsed: _Parsed | None = None

    def articles(
        self,
        instruments: Sequence[Instrument],  # noqa: ARG002 the matcher decides whom they are about
        window: Window,
    ) -> NewsAnswer:
        """Every item of the file with start <= published_at < end, in time order.

        Problems name the rows of the whole file that had to be left out: a row without a time
        belongs to no window.

        Raises:
            Unavailable: The file is missing or cannot be read.
            Malformed: A column is missing, or the text is no CSV.
        """
        parsed = self._current()
        first = bisect_left(parsed.times, window.start)
        last = bisect_left(parsed.times, window.end)
        return NewsAnswer(parsed.articles[first:last], list(parsed.problems))

    def _current(self) -> _Parsed:
        try:
            status = self._path.stat()
            version = (status.st_mtime_ns, status.st_size)
            parsed = self._parsed
            if parsed is None or parsed.version != version:
                parsed = self._read(version)
                self._parsed = parsed
        except (OSError, EOFError, zlib.error) as error:
            why = getattr(error, "strerror", None) or str(error) or "it ends too early"
            raise Unavailable(
                f"The headlines in {self._path} cannot be read ({why}); nothing stored was changed."
            ) from error
        return parsed

    def _read(self, version: tuple[int, int]) -> _Parsed:
        with _opened(self._path) as lines:
            try:
                rows = csv.DictReader(lines)
                missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
                if missing:
                    raise Malformed(
                        f"{self._path} lacks the columns {', '.join(missing)}; "
                        f"expected are {', '.join(COLUMNS)}."
                    )
                return _parse(rows, self._path, version)
            except csv.Error as error:
                raise Malformed(f"{self._path} is not readable as CSV: {error}.") from error


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    # A stray byte must not cost the other six thousand headlines.
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="") as lines:
            yield lines
    else:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            yield lines


def _parse(rows: Iterator[dict[str, str]], path: Path, version: tuple[int, int]) -> _Parsed:
    """The rows as articles by time; the first of several rows with one id is kept."""
    articles: dict[str, RawArticle] = {}
    incomplete = repeated = 0
    for row in rows:
        article = _article(row)
        if article is None:
            incomplete += 1
        elif article.provider_id in articles:
            repeated += 1
        else:
            articles[article.provider_id] = article
    ordered = sorted(articles.values(), key=lambda a: (a.published_at, a.provider_id))
    problems = [
        f"{count} of the rows in {path.name} {what} and were left out."
        for count, what in ((incomplete, "lack a time or a title"), (repeated, "repeat an id"))
        if count
    ]
    return _Parsed(version, ordered, problems, [article.published_at for article in ordered])


def _article(row: dict[str, str]) -> RawArticle | None:
    """The row as an article; None where it has no readable time or no title."""
    published_at = _instant(row["time_utc"])
    headline = plain_text(row["title"] or "", MAX_HEADLINE)
    if published_at is None or not headline:
        return None
    url = plain_text(row["url"] or "", _MAX_URL)
    return RawArticle(
        provider_id=(row["id"] or "").strip() or url or f"{published_at.isoformat()} {headline}",
        headline=headline,
        summary=plain_text(row["description"] or "", MAX_SUMMARY),
        outlet=plain_text(row["site"] or "", _MAX_OUTLET),
        url=url,
        published_at=published_at,
        symbols=_symbols(row["tickers"], row["queried_tickers"]),
    )


def _symbols(*cells: str | None) -> frozenset[str]:
    joined = "|".join(cell or "" for cell in cells)
    return frozenset(joined.upper().replace("|", " ").split())


def _instant(text: str | None) -> datetime | None:
    """The ISO 8601 time in UTC; the column promises UTC where no offset is given."""
    try:
        instant = datetime.fromisoformat((text or "").strip())
        return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
