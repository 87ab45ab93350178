"""What the migrated database must look like, whoever writes the next migration."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import URL

from local.database import NAME
from local.postgres import SUPERUSER, Server
from shared import tables
from shared.manifest.discovery import ROOT
from shared.tables import SERVICES, metadata
from shared.tables.types import Earth, Search, Xid8
from tests.architecture.samples import ALL
from tests.suite import Suite

LOGINS = [f"{kind}_{service}" for service in SERVICES for kind in ("svc", "job")]

_PERSONAL = ("user_id", "business_id", "actor", "audience", "uid", "author_id", "requested_by")
"""Columns that say whose a row is."""

_OPEN = {
    "users.public_profile": "A read model: only what anyone may see.",
    "listings.public_listing": "A read model: only what anyone may see.",
}
"""Tables with such a column and without row-level security, and why."""


def test_p8_rows_that_are_somebodys_are_behind_row_level_security(suite: Suite) -> None:
    """Enabled, and forced on the owner too."""
    found = suite.rows(
        """
        SELECT DISTINCT n.nspname || '.' || c.relname, c.relrowsecurity, c.relforcerowsecurity
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (:services) AND a.attname = ANY (:columns)
        """,
        services=list(SERVICES),
        columns=list(_PERSONAL),
    )
    bare = {table for table, enabled, forced in found if not (enabled and forced)}
    assert bare == _OPEN.keys()


def test_p8_every_policy_names_its_roles(suite: Suite) -> None:
    """A policy without TO is for everybody."""
    found = suite.rows(
        "SELECT schemaname, tablename, policyname FROM pg_policies WHERE 'public' = ANY (roles)"
    )
    assert found == []


def test_p9_a_login_role_can_do_nothing_beyond_its_grants(suite: Suite) -> None:
    """Neither superuser, nor past row-level security, nor owner of anything, nor its member."""
    found = suite.rows(
        """
        SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication,
            EXISTS (SELECT FROM pg_class WHERE relowner = r.oid)
                OR EXISTS (SELECT FROM pg_proc WHERE proowner = r.oid)
                OR EXISTS (SELECT FROM pg_namespace WHERE nspowner = r.oid),
            EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid)
        FROM pg_roles AS r WHERE rolname = ANY (:logins)
        """,
        logins=LOGINS,
    )
    assert sorted(found) == sorted([name, False, False, False] for name in LOGINS)


def test_p9_a_login_role_creates_no_objects(suite: Suite) -> None:
    """Not even in public, where extensions are."""
    schemas = [*SERVICES, "public", "migrations"]
    found = suite.rows(
        """
        SELECT r.rolname, n.nspname FROM pg_roles AS r, pg_namespace AS n
        WHERE r.rolname = ANY (:logins) AND n.nspname = ANY (:schemas)
            AND has_schema_privilege(r.oid, n.oid, 'CREATE')
        """,
        logins=LOGINS,
        schemas=schemas,
    )
    assert found == []


def test_p9_a_service_writes_its_own_schema_and_the_kernels_alone(suite: Suite) -> None:
    """What belongs to another service changes by an event."""
    found = suite.rows(
        """
        SELECT r.rolname, n.nspname FROM pg_roles AS r, pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE r.rolname = ANY (:logins) AND n.nspname = ANY (:services) AND c.relkind IN ('r', 'p')
            AND has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE')
        GROUP BY 1, 2
        """,
        logins=LOGINS,
        services=list(SERVICES),
    )
    foreign = [
        (role, schema)
        for role, schema in found
        if schema not in {"platform", role.partition("_")[2]}
    ]
    assert foreign == []


@pytest.mark.parametrize(
    "setting", ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
)
def test_every_login_role_gives_up_in_time(suite: Suite, setting: str) -> None:
    """Nothing waits for ever, whatever the caller forgot to set."""
    found = suite.rows(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY (:logins) "
        "AND EXISTS (SELECT FROM unnest(rolconfig) AS c WHERE c ~ ('^' || :setting || '=[1-9]'))",
        logins=LOGINS,
        setting=setting,
    )
    assert sorted(name for (name,) in found) == sorted(LOGINS)


def test_every_function_connects_as_a_role_that_exists() -> None:
    """A folder that is no service has no roles."""
    assert {entry.db_role for entry in ALL} <= set(LOGINS)


def test_p9_a_definer_function_is_pinned_and_closed(suite: Suite) -> None:
    """It runs as its owner: a search path that callers choose would be theirs to fill."""
    found = suite.rows(
        """
        SELECT p.oid::regprocedure::text, coalesce(array_to_string(p.proconfig, ';'), ''),
            has_function_privilege('public', p.oid, 'EXECUTE')
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = ANY (:services) AND p.prosecdef
        """,
        services=list(SERVICES),
    )
    assert found
    for name, config, public in found:
        assert "search_path=pg_catalog, pg_temp" in config, name
        assert not public, name


def test_p9_no_function_of_ours_is_open_to_everybody(suite: Suite) -> None:
    """Privileges are given, one by one."""
    found = suite.rows(
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_namespace AS n "
        "ON n.oid = p.pronamespace WHERE n.nspname = ANY (:services) "
        "AND has_function_privilege('public', p.oid, 'EXECUTE')",
        services=list(SERVICES),
    )
    assert found == []


def test_a_foreign_key_has_an_index(suite: Suite) -> None:
    """Deleting or moving the row it points at would otherwise read the whole table."""
    found = suite.rows(
        """
        SELECT c.conrelid::regclass::text, c.conname FROM pg_constraint AS c
        JOIN pg_namespace AS n ON n.oid = c.connamespace
        WHERE c.contype = 'f' AND n.nspname = ANY (:services) AND NOT EXISTS (
            SELECT FROM pg_index AS i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])
        """,
        services=list(SERVICES),
    )
    unindexed = {name for _, name in found} - _NEVER_DELETED
    assert unindexed == set()


_NEVER_DELETED = {
    "category_parent_fkey",  # Categories are reference data of a few hundred rows.
    "listing_category_fkey",  # A category is never deleted.
    "verification_request_business_id_fkey",  # A business is closed, never deleted.
}
"""Foreign keys whose target keeps its rows, so that no index is paid for on every write."""


def test_the_tables_in_python_are_the_ones_in_the_database(server: Server) -> None:
    """Statements are authored against the first and run against the second."""
    url = URL.create(
        "postgresql+pg8000",
        username=SUPERUSER,
        password=server.superuser_password,
        host=server.host,
        port=server.port,
        database=NAME,
    )
    engine = create_engine(url, poolclass=NullPool)
    for module in iter_modules(tables.__path__, f"{tables.__name__}."):
        import_module(module.name)
    known = {"xid8": Xid8, "cube": Earth, "tsvector": Search}
    engine.dialect.ischema_names = {**engine.dialect.ischema_names, **known}  # type: ignore[attr-defined]  # PostgreSQL's
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection,
                opts={
                    "include_schemas": True,
                    "include_object": _is_ours,
                    "compare_type": True,
                    "compare_server_default": True,
                },
            )
            differences = compare_metadata(context, metadata)
    finally:
        engine.dispose()
    assert differences == []


def _is_ours(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """Leave out what is said in SQL alone: foreign keys, and tables that no service owns."""
    if kind == "table":
        return thing.schema in SERVICES
    return kind != "foreign_key_constraint"


def test_every_migration_is_of_a_known_kind() -> None:
    """The schema is SQL beside a Python stub that runs it."""
    stubs = {file.stem for file in ROOT.glob("migrations/versions/*.py")}
    assert stubs == {file.stem for file in ROOT.glob("migrations/versions/*.sql")}
