"""Runs migrations on the connection that `schema.migrate` hands over, inside its transaction."""

from alembic import context

from fintech_pipeline.storage.database import SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema=SCHEMA,
    transactional_ddl=True,
)
context.run_migrations()
