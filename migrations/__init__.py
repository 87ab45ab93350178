"""Alembic migrations and reference data. Forward only: expand, deploy, contract."""
