"""`fintech db`: the schema, backups, and the passwords of a release in a cluster."""

import click

from fintech_pipeline.cli.backups import backup_command, restore_command, verify_command
from fintech_pipeline.clock import utc_now
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import await_reachable, open_database
from fintech_pipeline.storage.schema import migrate


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


@database.command("tidy")
def tidy_command() -> None:
    """Delete what is too old, and make partitions that will be needed.

    `fintech deliver` does it every hour by itself.
    """
    from fintech_pipeline.orchestration.tidying import tidy

    settings = load_settings()
    opened = open_database(settings.database, settings.database_folder)
    try:
        done = tidy(opened, settings.retention, utc_now())
    finally:
        opened.close()
    rest = "" if done.complete else " There is more; run it again."
    click.echo(
        f"Deleted {done.calls:,} calls to vendors and {done.run_steps:,} small steps of ended"
        f" runs.{rest}"
    )


database.add_command(backup_command)
database.add_command(restore_command)
database.add_command(verify_command)


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
