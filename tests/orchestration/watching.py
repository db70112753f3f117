"""The `fintech` command on a database and against vendors of the test's, mostly in this process."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import psycopg
from psycopg import sql

from fintech_pipeline.cli import session
from fintech_pipeline.cli.main import main
from fintech_pipeline.composition import open_pipeline
from tests.vendors.standin import KEY

FINTECH = Path(sys.executable).with_name("fintech")
DATA = (
    "bars",
    "bar_revisions",
    "corporate_actions",
    "corporate_action_revisions",
    "articles",
    "article_symbols",
    "stories",
    "sentiment_scores",
    "unscored",
    "signals",
)
"""The tables that no fault of a vendor's may touch."""


@dataclass(frozen=True)
class Said:
    """What a command answered: its exit code, and what it wrote."""

    exit_code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one sentence of a command that failed as it should."""
        assert self.exit_code == 1, self
        assert self.out == ""
        [line] = self.err.splitlines()
        assert line.startswith("Error: ")
        assert line.endswith(".")
        return line.removeprefix("Error: ")

    @property
    def warnings(self) -> list[str]:
        """What a command that succeeded had to tell beside its output."""
        assert self.exit_code == 0, self
        lines = self.err.splitlines()
        assert all(line.startswith("Warning: ") and line.endswith(".") for line in lines), lines
        return [line.removeprefix("Warning: ") for line in lines]


@dataclass
class Watch:
    """A configuration, a database, and the commands on them.

    Attributes:
        folder: Where the configuration and Dagster's files are.
        url: The database.
        environment: The vendors' keys.
        clock: The present that the command believes in; None is the true one.
    """

    folder: Path
    url: str = field(repr=False)
    environment: Mapping[str, str]
    clock: Callable[[], datetime] | None = None

    def configure(self, text: str) -> None:
        self.folder.joinpath("live.toml").write_text(text)

    def run(self, *words: str) -> Said:
        """The command as its script calls it."""
        out, err, exit_code = io.StringIO(), io.StringIO(), 0
        with (
            mock.patch.dict(os.environ, self._named()),
            mock.patch.object(sys, "argv", ["fintech", *words]),
            self._believing(),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as end:
                exit_code = int(end.code or 0)
        said = Said(exit_code, out.getvalue(), err.getvalue())
        self.require_secrecy(said)
        return said

    def tick(self, slot_at: datetime) -> Said:
        return self.run("tick", "--slot", f"{slot_at:%Y-%m-%dT%H:%MZ}", "--json")

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """The command in a process of its own."""
        return subprocess.Popen(
            [str(FINTECH), *words],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], **self._named()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, process: "subprocess.Popen[str]") -> Said:
        """What it said, once it has ended."""
        out, err = process.communicate(timeout=120)
        said = Said(process.returncode, out, err)
        self.require_secrecy(said)
        return said

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        options = "-ctimezone=UTC -csearch_path=fintech"
        with psycopg.connect(self.url, options=options) as connection:
            return connection.execute(query, values).fetchall()

    def stored(self) -> dict[str, list[str]]:
        """Every row of the data, byte for byte, by table."""
        return self._texts([("fintech", table) for table in DATA])

    def require_secrecy(self, said: Said) -> None:
        """No key stands in what was said, in any table of ours and Dagster's, or in any file."""
        tables = self.rows(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname ~ '^(f|d)'"
        )
        texts = [text for rows in self._texts(tables).values() for text in rows]
        files = [file.read_text("utf-8", "replace") for file in self._files()]
        for key in {KEY, *self.environment.values()}:
            for form in {key, quote(key, safe="")}:
                assert not [text for text in (said.out, said.err, *texts, *files) if form in text]

    def _named(self) -> dict[str, str]:
        config = self.folder / "live.toml"
        return {"FINTECH_CONFIG": str(config), "DATABASE_URL": self.url, **self.environment}

    def _believing(self) -> contextlib.AbstractContextManager[object]:
        if self.clock is None:
            return contextlib.nullcontext()
        opens = partial(open_pipeline, clock=self.clock)
        return mock.patch.object(session, "open_pipeline", opens)

    def _texts(self, tables: Sequence[tuple[str, ...]]) -> dict[str, list[str]]:
        """The rows of tables, by the name of each."""
        query = sql.SQL("SELECT one::text FROM {} AS one ORDER BY 1")
        with psycopg.connect(self.url, options="-ctimezone=UTC") as connection:
            return {
                name[-1]: [
                    text for (text,) in connection.execute(query.format(sql.Identifier(*name)))
                ]
                for name in tables
            }

    def _files(self) -> Iterator[Path]:
        return (path for path in self.folder.rglob("*") if path.is_file())
