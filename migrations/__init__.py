"""Alembic migrations and reference data. Forward only: expand, deploy, contract.

A revision is SQL beside a stub, in one transaction that waits half a second for a lock, lets go and
is tried again. An index on a table in use is built by a revision of its own, see `sql.ONE_BY_ONE`.
"""
