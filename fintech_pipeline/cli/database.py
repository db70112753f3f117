"""`fintech db`: the schema."""

import click

from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import open_database
from fintech_pipeline.storage.schema import migrate


@click.group("db")
def database() -> None:
    """Look after the database."""


@database.command("migrate")
def migrate_command() -> None:
    """Bring the schema to this version; safe to repeat, two at once go one after the other."""
    settings = load_settings()
    opened = open_database(settings.database, settings.database_folder)
    try:
        revision = migrate(opened)
    finally:
        opened.close()
    click.echo(f"The database is at revision {revision}.")
