"""What the migrated database must look like, whoever writes the next migration."""

import re
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from string import Template
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pg8000.exceptions import DatabaseError
from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import URL

from local import catalogue
from local.catalogue import LOGINS
from local.database import NAME
from local.postgres import SUPERUSER, Server
from shared import tables
from shared.manifest.discovery import ROOT
from shared.tables import SERVICES, metadata
from shared.tables.grants import FUNCTIONS, GRANTS, REFERENCE, Grant, granted, usages
from shared.tables.listings import public_listing
from shared.tables.types import Earth, Search, Xid8
from tests.architecture.samples import ALL, STATEMENTS, sent_by
from tests.suite import Suite

_NAMES = {
    "services": ",".join(SERVICES),
    "logins": ",".join(LOGINS),
    "reference": ",".join(str(each) for each in REFERENCE),
    "tables": """pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        AND n.nspname = ANY ('{$services}') AND c.relkind IN ('r', 'p')""",
}
"""What stands for what in a query about the catalogue."""

_NEVER_DELETED = {
    "category_parent_fkey": "Categories are reference data of a few hundred rows.",
    "listing_category_fkey": "A category is never deleted.",
}
"""Foreign keys whose target keeps its rows, so that no index is paid for on every write."""

_READ_BY_ANYBODY = (
    "users.public_profile",
    "users.public_business",
    "listings.public_listing",
    "bizconnect.candidate",
    "bizconnect.candidate_key",
)
"""Read models: only what anyone may see. Their policy for SELECT is `true`, which costs nothing."""

_NAMES |= {"kept": ",".join(_NEVER_DELETED), "shown": ",".join(_READ_BY_ANYBODY)}


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold: a query for what breaks it, and SQL that breaks it."""

    finds: str
    planted: str

    def broken(self, suite: Suite) -> list[list[Any]]:
        """Return what breaks it."""
        return suite.rows(_named(self.finds))


def _named(query: str) -> str:
    return Template(Template(query).safe_substitute(_NAMES)).substitute(_NAMES)


RULES = {
    "rows that callers cause are behind row-level security, for the owner too": Rule(
        """SELECT c.oid::regclass::text FROM $tables
        WHERE NOT (relrowsecurity AND relforcerowsecurity)
            AND n.nspname || '.' || c.relname <> ALL ('{$reference}')""",
        "ALTER TABLE users.device NO FORCE ROW LEVEL SECURITY",
    ),
    "a role has one policy a command: several would all be asked, and any would do": Rule(
        """SELECT tablename, role, command FROM pg_policies, unnest(roles) AS role,
            unnest(CASE cmd WHEN 'ALL' THEN '{SELECT,INSERT,UPDATE,DELETE}'::text[]
                ELSE ARRAY[cmd] END) AS command
        WHERE schemaname = ANY ('{$services}')
        GROUP BY schemaname, tablename, role, command HAVING count(*) > 1""",
        "CREATE POLICY slip ON users.device FOR SELECT TO svc_users USING (false)",
    ),
    "a policy lets people's requests reach every row of nothing but a read model": Rule(
        """SELECT policyname FROM pg_policies WHERE roles && '{$logins}'::name[]
            AND EXISTS (SELECT FROM unnest(roles) AS r WHERE r LIKE 'svc%')
            AND (qual = 'true' OR with_check = 'true') AND NOT (cmd = 'SELECT'
                AND schemaname || '.' || tablename = ANY ('{$shown}'))""",
        "CREATE POLICY slip ON users.public_profile FOR DELETE TO svc_users USING (true)",
    ),
    "a privilege of a login role is declared": Rule(
        """SELECT n.nspname FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'local', 'migrations')
            AND n.nspname NOT LIKE 'pg_%' AND (a.grantee = 0 OR a.privilege_type <> 'USAGE')
            AND a.grantee <> n.nspowner""",
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
    ),
    "nobody may do anything to a table because he is somebody": Rule(
        """SELECT c.oid::regclass::text FROM pg_class AS c, aclexplode(c.relacl) AS a
        WHERE a.grantee = 0 AND c.relnamespace NOT IN (
            'pg_catalog'::regnamespace, 'information_schema'::regnamespace)""",
        "GRANT SELECT ON users.device TO PUBLIC",
    ),
    "nobody may enter the database, or keep tables in it, because he is somebody": Rule(
        """SELECT a.privilege_type FROM pg_database AS d, aclexplode(coalesce(
            d.datacl, acldefault('d', d.datdba))) AS a
        WHERE d.datname = current_database() AND (a.grantee = 0
            OR (a.privilege_type <> 'CONNECT' AND a.grantee <> d.datdba
                AND a.grantee <> 'migrator'::regrole))""",
        "GRANT TEMPORARY ON DATABASE pushnchat TO PUBLIC",
    ),
    "a function to come is open to nobody": Rule(
        """SELECT rolname FROM pg_roles AS r
        WHERE rolname LIKE 'own!_%' ESCAPE '!' AND rolname <> 'own_search'
        AND NOT EXISTS (SELECT FROM pg_default_acl AS d WHERE d.defaclrole = r.oid
            AND d.defaclobjtype = 'f' AND d.defaclnamespace = 0
            AND NOT EXISTS (SELECT FROM aclexplode(d.defaclacl) AS a WHERE a.grantee = 0))""",
        "SET ROLE own_users; ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC; "
        "RESET ROLE",
    ),
    "a function of ours looks for names where it says": Rule(
        """SELECT p.oid::regprocedure::text FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = ANY ('{$services}')
            AND NOT coalesce(p.proconfig, '{}') @> '{"search_path=pg_catalog, pg_temp"}'""",
        "ALTER FUNCTION users.take_phone(text) RESET search_path",
    ),
    "a view asks for the rights of who reads it": Rule(
        """SELECT c.oid::regclass::text FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = ANY ('{$services}')
        WHERE c.relkind IN ('m', 'f') OR (c.relkind = 'v'
            AND NOT coalesce(c.reloptions, '{}') @> '{security_invoker=true}')""",
        "CREATE VIEW users.slip AS SELECT * FROM users.device",
    ),
    "what is in a schema belongs to its owner role": Rule(
        """SELECT c.oid::regclass::text FROM $tables
        WHERE c.relowner::regrole::text <> 'own_' || n.nspname""",
        "ALTER TABLE users.device OWNER TO postgres",
    ),
    "a role that owns does not log in, and is the migrator's alone": Rule(
        """SELECT o.rolname FROM pg_roles AS o WHERE o.rolname LIKE 'own!_%' ESCAPE '!' AND (
            rolcanlogin OR rolsuper OR rolbypassrls OR EXISTS (
                SELECT FROM pg_auth_members AS m WHERE m.roleid = o.oid
                    AND m.member <> 'migrator'::regrole))""",
        "ALTER ROLE own_users LOGIN",
    ),
    "a login role gives up in time, and leaves connections to others": Rule(
        """SELECT rolname, setting FROM pg_roles, unnest(ARRAY['statement_timeout', 'lock_timeout',
            'idle_in_transaction_session_timeout', 'transaction_timeout']) AS setting
        WHERE rolname = ANY ('{$logins}') AND (rolconnlimit < 1 OR NOT EXISTS (
            SELECT FROM unnest(rolconfig) AS c WHERE c ~ ('^' || setting || '=[1-9]')))""",
        "ALTER ROLE svc_search RESET transaction_timeout",
    ),
    "a password is kept as SCRAM and asked for as SCRAM": Rule(
        """SELECT rolname::text FROM pg_authid WHERE (rolname = ANY ('{$logins}')
            OR rolname = 'migrator') AND coalesce(rolpassword, '') NOT LIKE 'SCRAM-SHA-256%'
        UNION ALL SELECT auth_method FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'""",
        "ALTER ROLE svc_search PASSWORD NULL",
    ),
    "a foreign key has an index, for the day on which what it points at goes": Rule(
        """SELECT c.conname FROM pg_constraint AS c
        JOIN pg_namespace AS n ON n.oid = c.connamespace
        WHERE c.contype = 'f' AND n.nspname = ANY ('{$services}') AND NOT EXISTS (
            SELECT FROM pg_index AS i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])
            AND c.conname <> ALL ('{$kept}')""",
        "DROP INDEX users.membership_user_id",
    ),
    "an index is valid": Rule(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users.account_uid'::regclass",
    ),
    "a column is of a type that does not lie": Rule(
        """SELECT c.oid::regclass || '.' || a.attname FROM $tables
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE a.atttypid = ANY ('{timestamp,time,timetz,json,bpchar,money,varchar}'::regtype[])""",
        "ALTER TABLE users.device ADD COLUMN slip timestamp",
    ),
    "a number that may be no number is checked": Rule(
        """SELECT c.oid::regclass || '.' || a.attname FROM $tables
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE a.atttypid = ANY ('{float4,float8,numeric}'::regtype[])
            AND n.nspname || '.' || c.relname <> ALL ('{$reference}')
            AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = c.oid
                AND k.contype = 'c' AND a.attnum = ANY (k.conkey)
                AND pg_get_constraintdef(k.oid) LIKE '%<=%')""",
        "ALTER TABLE users.device ADD COLUMN slip numeric",
    ),
}


def test_p8_p9_what_holds_of_every_revision_holds(suite: Suite) -> None:
    """And no table is left open any more."""
    assert catalogue.findings(suite.rows) == []
    assert catalogue.bare(suite.rows) == set()


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


@pytest.mark.parametrize("sentence", RULES)
def test_p8_p9_the_catalogue_is_as_it_must_be(suite: Suite, sentence: str) -> None:
    """Each rule finds nothing."""
    assert RULES[sentence].broken(suite) == []


@pytest.mark.parametrize("sentence", RULES)
def test_what_breaks_a_rule_is_found(suite: Suite, sentence: str) -> None:
    """Each rule finds what is planted."""
    rule = RULES[sentence]
    suite.rows("BEGIN")
    try:
        suite.rows(f"SET LOCAL allow_system_table_mods = on; {rule.planted}")
        assert rule.broken(suite) != []
    finally:
        suite.rows("ROLLBACK")


_SLIP = "CREATE POLICY slip ON users.device FOR SELECT TO svc_admin USING "


@pytest.mark.parametrize("planted", ["", "(current_setting('app.uid') = 'x')", "((SELECT 1) = 1)"])
def test_a_policy_asks_who_calls_once_a_statement(suite: Suite, planted: str) -> None:
    """Outside of a sub-select the setting would be read for every row."""
    suite.rows("BEGIN")
    try:
        if planted:
            suite.rows(_SLIP + planted)
        found = suite.rows("SELECT policyname, qual, with_check FROM pg_policies")
    finally:
        suite.rows("ROLLBACK")
    slips = [name for name, *texts in found for text in texts if text and _asks_each_row(text)]
    assert slips == (["slip"] if "app" in planted else [])


def _asks_each_row(text: str) -> bool:
    """Tell whether a setting is read outside of every `( SELECT …)`."""
    open_: list[bool] = []
    for found in re.finditer(r"\( SELECT\b|\(|\)|current_setting", text):
        if found[0] == ")":
            open_.pop()
        elif found[0].startswith("("):
            open_.append(found[0] != "(")
        elif not any(open_):
            return True
    return False


# Grants


_TABLE_GRANTS = """
    SELECT r.rolname, n.nspname || '.' || c.relname, a.privilege_type, ''
    FROM $tables, aclexplode(c.relacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee
    WHERE a.grantee <> c.relowner
    UNION ALL
    SELECT r.rolname, n.nspname || '.' || c.relname, a.privilege_type, t.attname
    FROM $tables JOIN pg_attribute AS t ON t.attrelid = c.oid,
        aclexplode(t.attacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee"""

_FUNCTION_GRANTS = """
    SELECT p.oid::regprocedure::text, r.rolname
    FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        AND n.nspname = ANY ('{$services}'),
        aclexplode(p.proacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee
    WHERE a.grantee <> p.proowner"""

_USAGES = """
    SELECT r.rolname, n.nspname FROM pg_roles AS r, pg_namespace AS n
    WHERE r.rolname = ANY ('{$logins}') AND n.nspname = ANY ('{$services}')
        AND has_schema_privilege(r.oid, n.oid, 'USAGE')"""


def _held(suite: Suite) -> set[tuple[str, ...]]:
    return {tuple(map(str, row)) for row in suite.rows(_named(_TABLE_GRANTS))}


def test_p9_a_role_may_do_to_tables_what_is_declared_and_nothing_else(suite: Suite) -> None:
    """Neither a grant that is missing nor one that is left over."""
    held = _held(suite)
    assert sorted(held - granted()) == []
    assert sorted(granted() - held) == []


def test_a_grant_too_many_and_one_too_few_are_found(suite: Suite) -> None:
    """Of a table, and of a column."""
    suite.rows(
        "BEGIN; GRANT DELETE ON users.account TO svc_users; "
        "GRANT UPDATE (roles) ON users.account TO svc_users; "
        "REVOKE UPDATE (zone) ON users.account FROM svc_users"
    )
    try:
        held = _held(suite)
    finally:
        suite.rows("ROLLBACK")
    assert {row[2:] for row in held - granted()} == {("DELETE", ""), ("UPDATE", "roles")}
    assert {row[2:] for row in granted() - held} == {("UPDATE", "zone")}


def test_p9_a_role_may_call_what_is_declared_and_nothing_else(suite: Suite) -> None:
    """And looks into the schemas alone in which it may do something."""
    declared = {
        (name.replace(", ", ","), role) for name, roles in FUNCTIONS.items() for role in roles
    }
    assert {(name, role) for name, role in suite.rows(_named(_FUNCTION_GRANTS))} == declared
    looks = {(role, schema) for role, schema in suite.rows(_named(_USAGES))}
    assert looks == {each for each in usages() if each[0] in LOGINS}


@pytest.mark.parametrize("role", LOGINS)
def test_p9_no_privilege_of_a_service_could_be_spared(suite: Suite, role: str) -> None:
    """Each is taken away once: a statement of the service must then be refused."""
    own = [each for each in GRANTS if each.role == role and not each.kernel]
    assert [each for grant in own for each in _spared(suite, grant)] == []


def test_a_privilege_that_nobody_needs_is_found(suite: Suite) -> None:
    """A column too many is one."""
    suite.rows("GRANT SELECT (detail) ON listings.public_listing TO svc_search")
    try:
        grant = Grant("svc_search", public_listing, "SELECT", ("card", "detail"))
        assert _spared(suite, grant) == ["SELECT (detail) ON listings.public_listing"]
    finally:
        suite.rows("REVOKE SELECT (detail) ON listings.public_listing FROM svc_search")


def _spared(suite: Suite, grant: Grant) -> list[str]:
    """Return what of a grant no statement of its service needs."""
    names = {name for entry in ALL if entry.db_role == grant.role for name in sent_by(entry)}
    texts = [STATEMENTS[name][1] for name in sorted(names)]
    about = [text for text in texts if grant.table.name in text]
    spared = []
    for column in grant.columns or ("",):
        may = f"{grant.privilege} ({column})" if column else grant.privilege
        suite.rows(
            f"BEGIN; REVOKE {may} ON {grant.table} FROM {grant.role}; SET LOCAL ROLE {grant.role}; "
            f"SET LOCAL search_path = {grant.role[4:]}, public"
        )
        try:
            if not any(_is_refused(suite, text) for text in about):
                spared.append(f"{may} ON {grant.table}")
        finally:
            suite.rows("ROLLBACK")
    return spared


def _is_refused(suite: Suite, text: str) -> bool:
    try:
        suite.rows(f"EXPLAIN (GENERIC_PLAN) {text}")
    except DatabaseError as error:
        if error.args[0]["C"] != "42501":
            raise
        return True
    return False


def test_every_function_connects_as_a_role_that_exists() -> None:
    """A folder that is no service has no roles."""
    assert {entry.db_role for entry in ALL} <= set(LOGINS)


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
