"""How a server went about every statement that anybody sent it, as its own `auto_explain` tells.

It sees what no hook in our process does: ADBC's reads, COPY, and what triggers ask.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

GROWN = 10_000
"""Rows from which on a table may not be read whole."""
_SETTINGS = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_format": "json",
}
_ENTRY = re.compile(r"duration: ([\d.]+) ms  plan:\n((?:\t.*\n)+)")
_PARTITION = re.compile(r"_\d{4}$")
# Of the partitions' table itself.
_GROWN = """
    SELECT c.relname, c.reltuples FROM pg_class AS c
    WHERE c.relnamespace = ANY ('{fintech,dagster}'::regnamespace[]) AND c.relkind = 'r'
        AND c.reltuples >= %s
"""
# A partition counts as a part of its table.
_SIZES = """
    SELECT root.relname, sum(c.reltuples)::bigint,
        pg_size_pretty(sum(pg_total_relation_size(c.oid)))
    FROM pg_class AS c JOIN pg_class AS root ON root.oid = coalesce(pg_partition_root(c.oid), c.oid)
    WHERE c.relnamespace = ANY ('{fintech,dagster}'::regnamespace[]) AND c.relkind = 'r'
    GROUP BY 1 ORDER BY sum(pg_total_relation_size(c.oid)) DESC LIMIT 12
"""


@dataclass(frozen=True, slots=True)
class Whole:
    """A table that a statement read from one end to the other.

    Attributes:
        table: Which; of a partition the table it is of.
        how: The step of the plan.
        rows: How many it read.
        statement: As it was sent, on one line.
        ms: How long all of it took.
    """

    table: str
    how: str
    rows: int
    statement: str
    ms: float

    def __str__(self) -> str:
        read = f"{self.how} over {self.rows:,} rows of {self.table}, {self.ms:,.0f} ms"
        return f"{read}: {self.statement[:600]}"


@dataclass(frozen=True, slots=True)
class Exempt:
    """A statement that may read a table whole.

    Attributes:
        table: Which.
        words: What stands in the statement.
        reason: Why it may.
    """

    table: str
    words: str
    reason: str

    def covers(self, found: Whole) -> bool:
        """Whether it is about this one."""
        return found.table == self.table and self.words in found.statement


@dataclass(frozen=True)
class Plans:
    """Tells the plans of one database's statements.

    Attributes:
        url: The database, as a superuser.
        log: The server's log.
    """

    url: str
    log: Path

    def __post_init__(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            name = connection.info.dbname
            for setting, value in _SETTINGS.items():
                connection.execute(f"ALTER DATABASE {name} SET {setting} = '{value}'".encode())

    def of(self, work: Callable[[], object]) -> list[tuple[float, dict[str, Any]]]:
        """What each statement took, in milliseconds, and its plan; of all while the work is done.

        Connections that were open before `Plans` was made tell nothing.
        """
        begin = self.log.stat().st_size
        work()
        with self.log.open("rb") as file:
            file.seek(begin)
            text = file.read().decode("utf-8", "replace")
        return [(float(ms), json.loads(plan)) for ms, plan in _ENTRY.findall(text)]

    def sizes(self) -> list[str]:
        """The largest tables, with their indexes, and the whole, as a table in Markdown."""
        with psycopg.connect(self.url) as connection:
            rows = connection.execute(_SIZES).fetchall()
            query = "SELECT pg_size_pretty(pg_database_size(current_database()))"
            (whole,) = connection.execute(query).fetchone() or ("",)
        lines = [f"| {name} | {count:,} | {size} |" for name, count, size in rows]
        return ["| table | rows | on disk |", "|---|---:|---:|", *lines, f"| all | | {whole} |"]

    def whole(self, plans: list[tuple[float, dict[str, Any]]]) -> list[Whole]:
        """The grown tables that were read whole."""
        with psycopg.connect(self.url) as connection:
            grown: dict[str, float] = dict(connection.execute(_GROWN, [GROWN]).fetchall())
        return [found for ms, told in plans for found in _whole(told, ms, grown)]


def _whole(told: Mapping[str, Any], ms: float, grown: Mapping[str, float]) -> Iterator[Whole]:
    statement = " ".join(told["Query Text"].split())
    for node in _nodes(told["Plan"]):
        name, kind = node.get("Relation Name", ""), node["Node Type"]
        loops = node.get("Actual Loops", 0)
        rows = loops * (node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0))
        unled = kind in {"Index Scan", "Index Only Scan"} and "Index Cond" not in node
        # One that stops after the first few, because they come in the order asked for, is well led.
        if name in grown and loops and (kind == "Seq Scan" or (unled and rows >= GROWN)):
            yield Whole(_PARTITION.sub("", name), kind, int(rows), statement, ms)


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)
