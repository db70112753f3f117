"""`fintech db backup | restore | verify`: in a folder, or in an S3-compatible bucket."""

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from fintech_pipeline.clock import utc_now
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.settings import load_settings
from fintech_pipeline.settings.bucket import bucket_access
from fintech_pipeline.storage.backup import (
    ENDING,
    Backup,
    back_up,
    backups_in,
    empty_again,
    restore,
)
from fintech_pipeline.storage.bucket import SCHEME, open_bucket
from fintech_pipeline.storage.database import Database, connect, open_database
from fintech_pipeline.storage.embedded import EmbeddedServer
from fintech_pipeline.storage.schema import require_current


@click.command("backup")
@click.argument("target")
@click.option(
    "--keep", type=click.IntRange(1, 10_000), default=14, help="How many stay; 14 without it."
)
def backup_command(target: str, keep: int) -> None:
    """Write the whole database, Dagster's part too, as one consistent file to a TARGET.

    TARGET is a folder or s3://BUCKET/PREFIX, reached by AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and
    AWS_SECRET_ACCESS_KEY. Ticks go on meanwhile. Beside the file lies a list of what must be in it:
    the rows of each table, and a sum of their hashes.

    \b
    Examples:
      fintech db backup /backups --keep 30
      fintech db backup s3://backups/market
    """  # noqa: D301  # click's mark for lines it leaves as they are
    _ends_tidily()
    settings = load_settings()
    opened = open_database(settings.database, settings.database_folder)
    try:
        require_current(opened)
        made = _written(opened, settings.name, target, keep)
    finally:
        opened.close()
    size = made.size_bytes / 2**20
    click.echo(
        f"Wrote {target.rstrip('/')}/{made.file}: {made.rows:,} rows of {len(made.tables)} tables "
        f"in {size:,.1f} MiB."
    )


@click.command("restore")
@click.argument("file")
def restore_command(file: str) -> None:
    """Bring a backup FILE into the configured database, which must be empty.

    What was restored is compared to the last digit with what was backed up.

    \b
    Examples:
      fintech db restore /backups/demo-20261129T020000Z.dump
      fintech db restore s3://backups/market/demo-20261129T020000Z.dump
    """  # noqa: D301  # click's mark for lines it leaves as they are
    _ends_tidily()
    settings = load_settings()
    opened = open_database(settings.database, settings.database_folder)
    try:
        with _at_hand(file) as local:
            made = restore(local, opened)
    finally:
        opened.close()
    click.echo(
        f"Restored {made.rows:,} rows of {len(made.tables)} tables, as they were at "
        f"{made.made_at:%Y-%m-%d %H:%M:%SZ}, revision {made.revision}."
    )


@click.command("verify")
@click.argument("file")
@click.option(
    "--server",
    metavar="URL",
    help="An empty database for it, on a server where the package brings none.",
)
def verify_command(file: str, server: str | None) -> None:
    """Restore a backup FILE into a database of its own, compare everything, and throw it away.

    Of a folder, or of s3://BUCKET/PREFIX, it is the newest backup of this configuration.

    \b
    Examples:
      fintech db verify /backups/demo-20261129T020000Z.dump
      fintech db verify s3://backups/market
    """  # noqa: D301  # click's mark for lines it leaves as they are
    _ends_tidily()
    file = file if file.endswith(ENDING) else _newest(file)
    with _at_hand(file) as local, _trial_database(server) as opened:
        made = restore(local, opened)
        empty_again(opened)
    click.echo(
        f"{file} is good: {made.rows:,} rows of {len(made.tables)} tables came back as they were "
        f"at {made.made_at:%Y-%m-%d %H:%M:%SZ}."
    )


def _written(database: Database, name: str, target: str, keep: int) -> Backup:
    if not target.startswith(SCHEME):
        return back_up(database, name, Path(target), utc_now(), keep)
    bucket = open_bucket(target, bucket_access())
    bucket.backups(name)  # before the work: is it there, and may we?
    with _scratch() as folder:
        made = back_up(database, name, folder, utc_now(), keep=1)
        bucket.send(folder / made.file, made)
    bucket.keep(name, keep)
    return made


def _newest(place: str) -> str:
    name = load_settings().name
    if place.startswith(SCHEME):
        there = open_bucket(place, bucket_access()).backups(name)
    else:
        there = [file.name for file in backups_in(Path(place), name)]
    if not there:
        raise ConfigurationError(f"There is no backup of {name} in {place}.")
    return f"{place.rstrip('/')}/{there[-1]}"


@contextmanager
def _at_hand(file: str) -> Iterator[Path]:
    """The backup's file on this machine."""
    if not file.startswith(SCHEME):
        yield Path(file)
        return
    place, _, name = file.rpartition("/")
    with _scratch() as folder:
        yield open_bucket(place, bucket_access()).fetch(name, folder)


@contextmanager
def _trial_database(url: str | None) -> Iterator[Database]:
    """An empty database: of a server that lives as long, or the one at an address."""
    with _scratch() as folder:
        if url is None:
            server = EmbeddedServer.acquire(folder / "postgres")
            opened = connect(server.url(), server)
        else:
            opened = connect(url)
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fintech-backup-") as name:
        folder = Path(name)
        # Run by root, a server has an account of its own, which must be able to pass.
        folder.chmod(0o711)
        yield folder


def _ends_tidily() -> None:
    """Kubernetes ends a Job that takes too long by SIGTERM; nothing half-written may stay."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
