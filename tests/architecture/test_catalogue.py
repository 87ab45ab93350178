"""What the migrated database must look like, whoever writes the next migration."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import URL

from local import catalogue
from local.catalogue import LOGINS
from local.database import NAME
from local.postgres import SUPERUSER, Server
from shared import tables
from shared.manifest.discovery import ROOT
from shared.tables import SERVICES, metadata
from shared.tables.types import Earth, Search, Xid8
from tests.architecture.samples import ALL
from tests.suite import Suite


def test_p8_rows_that_are_somebodys_are_behind_row_level_security(suite: Suite) -> None:
    """Enabled, and forced on the owner too."""
    assert catalogue.bare(suite.rows) == catalogue.OPEN.keys()


def test_p8_every_policy_names_its_roles(suite: Suite) -> None:
    """A policy without TO is for everybody."""
    assert catalogue.policies_for_everybody(suite.rows) == []


def test_p9_a_login_role_can_do_nothing_beyond_its_grants(suite: Suite) -> None:
    """Neither superuser, nor past row-level security, nor owner of anything, nor its member."""
    found = suite.rows("SELECT rolname FROM pg_roles WHERE rolname = ANY (:logins)", logins=LOGINS)
    assert len(found) == len(LOGINS)
    assert catalogue.powerful(suite.rows) == []


def test_p9_a_login_role_creates_no_objects(suite: Suite) -> None:
    """Not even in public, where extensions are."""
    assert catalogue.creators(suite.rows) == []


def test_p9_a_service_writes_its_own_schema_and_the_kernels_alone(suite: Suite) -> None:
    """What belongs to another service changes by an event."""
    assert catalogue.foreign_writers(suite.rows) == []


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


def test_p9_a_definer_function_is_pinned(suite: Suite) -> None:
    """It runs as its owner: a search path that callers choose would be theirs to fill."""
    assert catalogue.unpinned(suite.rows) == []


def test_p9_no_function_of_ours_is_open_to_everybody(suite: Suite) -> None:
    """Privileges are given, one by one."""
    assert catalogue.functions_for_everybody(suite.rows) == []


PLANTED = {
    "CREATE TABLE users.note (user_id uuid)": "users.note is not behind row-level security",
    "CREATE POLICY wide ON users.account USING (true)": (
        "policy wide of users.account is for everybody"
    ),
    "ALTER ROLE svc_users CREATEDB": "login role svc_users can do too much",
    "GRANT CREATE ON SCHEMA public TO svc_users": "svc_users creates objects in public",
    "GRANT UPDATE (title) ON listings.listing TO svc_users": "svc_users writes in listings",
    "CREATE FUNCTION users.one() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1; "
    "REVOKE EXECUTE ON FUNCTION users.one() FROM PUBLIC": (
        "definer function users.one() is not pinned"
    ),
    "CREATE FUNCTION users.one() RETURNS int LANGUAGE sql RETURN 1": (
        "function users.one() is open to everybody"
    ),
}


@pytest.mark.parametrize(("fault", "finding"), PLANTED.items(), ids=PLANTED.values())
def test_p9_each_fault_of_the_catalogue_is_found(suite: Suite, fault: str, finding: str) -> None:
    """What is never found may not be looked for."""
    assert catalogue.findings(suite.rows) == []
    suite.rows("BEGIN")
    suite.rows(fault)
    found = catalogue.findings(suite.rows)
    suite.rows("ROLLBACK")
    assert found == [finding]


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
