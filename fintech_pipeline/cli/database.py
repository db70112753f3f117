"""`fintech db`: the schema, and the passwords of a release in a cluster."""

import click

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


@database.command("create-secret")
@click.argument("names", nargs=-1, required=True)
@click.option("--namespace", required=True, help="Where the Secrets belong.")
@click.option("--part-of", required=True, help="The label app.kubernetes.io/part-of.")
def create_secret_command(names: tuple[str, ...], namespace: str, part_of: str) -> None:
    """Make a password once and keep it in a Kubernetes Secret; one that is there is kept."""
    # The client costs half a second to import.
    from fintech_pipeline.storage.secret import create_secret

    for name in names:
        if create_secret(name, namespace, {"app.kubernetes.io/part-of": part_of}):
            click.echo(f"Made the Secret {name} with a new password.")
        else:
            click.echo(f"The Secret {name} is there already, and kept.")
