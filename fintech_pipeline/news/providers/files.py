"""The `files` news provider: a file of headlines, or a folder of them, gzipped or not.

What such a file may look like stands in `files_parsing`.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from fintech_pipeline.clock import Clock, Window, utc_now
from fintech_pipeline.errors import Malformed, NoData, ProviderError, Unavailable
from fintech_pipeline.market.providers.files.contents import Stamp, read_contents, stamp_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import RawArticle
from fintech_pipeline.news.provider import NewsAnswer
from fintech_pipeline.news.providers.file_parsing import ParsedNews, parse_news

USUAL_DELAY = timedelta(minutes=5)
_KINDS = frozenset({".csv", ".jsonl", ".ndjson", ".json", ".parquet", ".pq"})
_REPEATED = "repeat an id"
_Version = tuple[tuple[Path, Stamp | None], ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """The articles of all files by time, as of one version of the files."""

    version: _Version
    articles: list[RawArticle]
    problems: list[str]
    times: list[datetime]
    lacking: dict[str, str]


class FilesNews:
    """Serves the articles of the files. A file is parsed once for each version of it.

    Args:
        path: A file in any of the layouts, or a folder of such files; first read when asked.
        delay: How far behind the files' times an item counts as usually seen.
        clock: Tells which articles claim to be of the future.
    """

    name = "files"
    simulated = False

    def __init__(self, path: Path, delay: timedelta = USUAL_DELAY, clock: Clock = utc_now) -> None:
        self._path = path
        self.usual_delay = delay
        self._clock = clock
        self._read: _Read | None = None
        self._parsed: dict[Path, tuple[Stamp, ParsedNews]] = {}

    def articles(
        self,
        instruments: Sequence[Instrument],  # noqa: ARG002 the matcher decides whom they are about
        window: Window,
    ) -> NewsAnswer:
        """Every item of the files with start <= published_at < end, in time order.

        Problems name the rows of whole files that had to be left out: a row without a time
        belongs to no window. Of several files the good ones are served.

        Raises:
            Unavailable: The file or folder is missing or cannot be read.
            Malformed: The only file is damaged, or no table of headlines.
            NoData: The folder holds no file of headlines.
        """
        read = self._current()
        first = bisect_left(read.times, window.start)
        last = bisect_left(read.times, window.end)
        ahead = len(read.times) - bisect_right(read.times, self._clock())
        problems = list(read.problems)
        if ahead:
            rows = "rows are" if ahead > 1 else "row is"
            problems.append(
                f"{ahead} {rows} dated in the future in {self._path.name}, up to"
                f" {read.times[-1]:%Y-%m-%d %H:%MZ}; nothing uses them before."
            )
        return NewsAnswer(read.articles[first:last], problems, lacking=read.lacking)

    def _current(self) -> _Read:
        paths = self._paths()
        version = tuple((path, _stamp(path)) for path in paths)
        if self._read is None or self._read.version != version:
            self._read = self._together(version)
        return self._read

    def _paths(self) -> list[Path]:
        try:
            if not self._path.is_dir():
                return [self._path]
            found = sorted(path for path in self._path.iterdir() if _is_news(path))
        except OSError as error:
            raise Unavailable(_unreadable(self._path, error.strerror or str(error))) from error
        if not found:
            raise NoData(
                f"The folder {self._path} holds no file of headlines ({', '.join(sorted(_KINDS))},"
                " gzipped or not); nothing stored was changed."
            )
        return found

    def _together(self, version: _Version) -> _Read:
        """All files' articles by time; a file that cannot be read costs only itself."""
        articles: dict[str, RawArticle] = {}
        problems: list[str] = []
        lacking: dict[str, str] = {}
        failures: list[ProviderError] = []
        for path, stamp in version:
            try:
                parsed = self._parse(path, stamp)
            except ProviderError as error:
                failures.append(_told(path, error))
                problems.append(str(failures[-1]))
                lacking[path.name] = str(failures[-1])
                continue
            left_out = parsed.left_out + Counter({_REPEATED: _add(articles, parsed, path)})
            problems.extend(
                f"{count} of the rows in {path.name} {why} and were left out."
                for why, count in left_out.items()
                if count
            )
            problems.extend(f"{path.name} {note}." for note in parsed.notes)
        if len(failures) == len(version):
            raise failures[0]
        self._parsed = {path: self._parsed[path] for path, _ in version if path in self._parsed}
        ordered = sorted(articles.values(), key=lambda a: (a.published_at, a.provider_id))
        times = [article.published_at for article in ordered]
        return _Read(version, ordered, problems, times, lacking)

    def _parse(self, path: Path, stamp: Stamp | None) -> ParsedNews:
        known, parsed = self._parsed.get(path, (None, None))
        if parsed is None or stamp is None or known != stamp:
            parsed = parse_news(read_contents(path))
            if stamp is not None:
                self._parsed[path] = (stamp, parsed)
        return parsed


def _add(articles: dict[str, RawArticle], parsed: ParsedNews, path: Path) -> int:
    """Adds a file's articles under their ids; gives how many repeat one and were not added.

    Vendors number their items alike: the same id for another item of another file is told apart
    by the file's name.
    """
    own: set[str] = set()
    repeated = 0
    for article in parsed.articles:
        if article.provider_id in own:
            repeated += 1
            continue
        own.add(article.provider_id)
        there = articles.get(article.provider_id)
        if there is None:
            articles[article.provider_id] = article
        elif (there.headline, there.published_at) == (article.headline, article.published_at):
            repeated += 1
        else:
            other = f"{path.name.partition('.')[0]}/{article.provider_id}"
            articles[other] = replace(article, provider_id=other)
    return repeated


def _is_news(path: Path) -> bool:
    name = path.name.lower().removesuffix(".gz")
    return not name.startswith(".") and Path(name).suffix in _KINDS


def _stamp(path: Path) -> Stamp | None:
    try:
        return stamp_of(path)
    except Unavailable:
        return None


def _told(path: Path, error: ProviderError) -> ProviderError:
    if isinstance(error, Malformed):
        return Malformed(f"{path} {error}; nothing stored was changed.")
    return Unavailable(_unreadable(path, str(error).removeprefix("cannot be read: ")))


def _unreadable(path: Path, why: str) -> str:
    return f"The headlines in {path} cannot be read ({why}); nothing stored was changed."
