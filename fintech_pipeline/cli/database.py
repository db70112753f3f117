"""`fintech db`: the schema, backups, and the passwords of a release in a cluster."""

import tempfile
from pathlib import Path

import click

from fintech_pipeline.clock import utc_now
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.backup import back_up, read_backup, restore
from fintech_pipeline.storage.database import await_reachable, connect, open_database
from fintech_pipeline.storage.embedded import EmbeddedServer
from fintech_pipeline.storage.schema import migrate, require_current


@click.group("db")
def database() -> None:
    """Look after the database."""


@database.command("migrate")
@click.option(
    "--wait",
    type=click.IntRange(0, 3600),
    default=0,
    metavar="SECONDS",
    help="Wait so long for a database that does not answer yet.",
)
def migrate_command(wait: int) -> None:
    """Bring the schema to this version; safe to repeat, two at once go one after the other."""
    settings = load_settings()
    opened = open_database(settings.database, settings.database_folder)
    try:
        await_reachable(opened, wait, lambda why: click.echo(f"Waiting {wait} s at most: {why}"))
        revision = migrate(opened)
    finally:
        opened.close()
    click.echo(f"The database is at revision {revision}.")


@database.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--keep", type=click.IntRange(1, 10_000), default=14, help="How many stay; 14 without it."
)
def backup_command(folder: Path, keep: int) -> None:
    """Write the whole database, Dagster's part too, as one consistent file into a FOLDER.

    Ticks go on meanwhile. Beside the file lies a list of what must be in it: the rows of each
    table, and a sum of their hashes.

    \b
    Example:
      fintech db backup /backups --keep 30
    """  # noqa: D301  # click's mark for lines it leaves as they are
    settings = load_settings()
    opened = open_database(settings.database, settings.database_folder)
    try:
        require_current(opened)
        made = back_up(opened, settings.name, folder, utc_now(), keep)
    finally:
        opened.close()
    size = made.size_bytes / 2**20
    click.echo(
        f"Wrote {folder / made.file}: {made.rows:,} rows of {len(made.tables)} tables in "
        f"{size:,.1f} MiB."
    )


@database.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def restore_command(file: Path) -> None:
    """Bring a backup FILE into the configured database, which must be empty.

    What was restored is compared to the last digit with what was backed up.

    \b
    Example:
      fintech db restore /backups/demo-20261129T020000Z.dump
    """  # noqa: D301  # click's mark for lines it leaves as they are
    settings = load_settings()
    opened = open_database(settings.database, settings.database_folder)
    try:
        made = restore(file, opened)
    finally:
        opened.close()
    click.echo(
        f"Restored {made.rows:,} rows of {len(made.tables)} tables, as they were at "
        f"{made.made_at:%Y-%m-%d %H:%M:%SZ}, revision {made.revision}."
    )


@database.command("verify")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def verify_command(file: Path) -> None:
    """Restore a backup FILE into a database of its own, compare everything, and throw it away.

    \b
    Example:
      fintech db verify /backups/demo-20261129T020000Z.dump
    """  # noqa: D301  # click's mark for lines it leaves as they are
    read_backup(file)
    with tempfile.TemporaryDirectory(prefix="fintech-verify-") as folder:
        # Run by root, the server has an account of its own, which must be able to pass.
        Path(folder).chmod(0o711)
        server = EmbeddedServer.acquire(Path(folder) / "postgres")
        opened = connect(server.url(), server)
        try:
            made = restore(file, opened)
        finally:
            opened.close()
    click.echo(
        f"{file} is good: {made.rows:,} rows of {len(made.tables)} tables came back as they were "
        f"at {made.made_at:%Y-%m-%d %H:%M:%SZ}."
    )


@database.command("create-secret")
@click.argument("secrets", metavar="NAME[:KEY,…]…", nargs=-1, required=True)
@click.option("--namespace", required=True, help="Where the Secrets belong.")
@click.option("--part-of", required=True, help="The label app.kubernetes.io/part-of.")
def create_secret_command(secrets: tuple[str, ...], namespace: str, part_of: str) -> None:
    """Make passwords once and keep them in Kubernetes Secrets; a Secret that is there is kept.

    One password a Secret, under the key `password`, or one for each key that is named.
    """
    # The client costs half a second to import.
    from fintech_pipeline.storage.secret import create_secret

    for secret in secrets:
        name, _, named = secret.partition(":")
        keys = named.split(",") if named else ["password"]
        if create_secret(name, namespace, {"app.kubernetes.io/part-of": part_of}, keys):
            made = "a new password" if len(keys) == 1 else f"{len(keys)} new passwords"
            click.echo(f"Made the Secret {name} with {made}.")
        else:
            click.echo(f"The Secret {name} is there already, and kept.")
