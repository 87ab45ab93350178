"""Runs the migrations as the role `migrator`, in one transaction each, on the URL it is given."""

from alembic import context
from sqlalchemy import NullPool, create_engine

config = context.config
engine = create_engine(config.get_main_option("sqlalchemy.url") or "", poolclass=NullPool)
with engine.connect() as connection:
    context.configure(
        connection=connection, transaction_per_migration=True, version_table_schema="migrations"
    )
    with context.begin_transaction():
        context.run_migrations()
