"""Runs the migrations as the role `migrator`, in one transaction each, on the URL it is given."""

from alembic import context

from migrations.database import alone

with alone(context.config.get_main_option("sqlalchemy.url") or "") as connection:
    context.configure(
        connection=connection, transaction_per_migration=True, version_table_schema="migrations"
    )
    with context.begin_transaction():
        context.run_migrations()
