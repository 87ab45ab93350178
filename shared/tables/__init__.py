"""SQLAlchemy Core tables, one module per owning service. Imported at build time only."""

from sqlalchemy import MetaData

metadata = MetaData()

SERVICES = (
    "users",
    "listings",
    "notifications",
    "admin",
    "search",
    "messaging",
    "platform",
    "bizconnect",
)
"""One PostgreSQL schema, one owner role and two login roles (`svc_`, `job_`) each."""
