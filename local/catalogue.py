"""Who may do what in a database, read from its catalogue and held against what must be.

Asked of every revision of the schema and of every restored backup, not only of today's.
"""

from collections.abc import Callable
from typing import Any

from shared.tables import SERVICES

LOGINS = [f"{kind}_{service}" for service in SERVICES for kind in ("svc", "job")]

PERSONAL = ("user_id", "business_id", "actor", "audience", "uid", "author_id", "requested_by")
"""Columns that say whose a row is."""

OPEN = {
    "users.public_profile": "A read model: only what anyone may see.",
    "listings.public_listing": "A read model: only what anyone may see.",
}
"""Tables with such a column and without row-level security, and why."""

Ask = Callable[..., list[list[Any]]]
"""Runs a query with named values as a superuser; returns its rows."""


def findings(ask: Ask) -> list[str]:
    """Return what is wrong with grants and row-level security, one sentence each."""
    return [
        *(f"{table} is not behind row-level security" for table in sorted(bare(ask) - OPEN.keys())),
        *(f"policy {name} is for everybody" for name in policies_for_everybody(ask)),
        *(f"login role {name} can do too much" for name in powerful(ask)),
        *(f"{role} creates objects in {schema}" for role, schema in creators(ask)),
        *(f"{role} writes in {schema}" for role, schema in foreign_writers(ask)),
        *(f"definer function {name} is not pinned" for name in unpinned(ask)),
        *(f"function {name} is open to everybody" for name in functions_for_everybody(ask)),
    ]


def bare(ask: Ask) -> set[str]:
    """Return the tables that say whose a row is without row-level security, forced on the owner."""
    found = ask(
        """
        SELECT DISTINCT n.nspname || '.' || c.relname
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (:services) AND a.attname = ANY (:columns)
            AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
        """,
        services=list(SERVICES),
        columns=list(PERSONAL),
    )
    return {table for (table,) in found}


def policies_for_everybody(ask: Ask) -> list[str]:
    """Return the policies without TO."""
    found = ask(
        "SELECT format('%s of %s.%s', policyname, schemaname, tablename) FROM pg_policies "
        "WHERE 'public' = ANY (roles) ORDER BY 1"
    )
    return [name for (name,) in found]


def powerful(ask: Ask) -> list[str]:
    """Return the login roles that are superusers, pass row-level security, own or are members."""
    found = ask(
        """
        SELECT rolname FROM pg_roles AS r WHERE rolname = ANY (:logins) AND (
            rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
            OR EXISTS (SELECT FROM pg_class WHERE relowner = r.oid)
            OR EXISTS (SELECT FROM pg_proc WHERE proowner = r.oid)
            OR EXISTS (SELECT FROM pg_namespace WHERE nspowner = r.oid)
            OR EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid))
        ORDER BY 1
        """,
        logins=LOGINS,
    )
    return [name for (name,) in found]


def creators(ask: Ask) -> list[tuple[str, str]]:
    """Return the login roles that may create objects, and where; not even in public, say we."""
    found = ask(
        """
        SELECT r.rolname, n.nspname FROM pg_roles AS r, pg_namespace AS n
        WHERE r.rolname = ANY (:logins) AND n.nspname = ANY (:schemas)
            AND has_schema_privilege(r.oid, n.oid, 'CREATE')
        ORDER BY 1, 2
        """,
        logins=LOGINS,
        schemas=[*SERVICES, "public", "migrations"],
    )
    return [(role, schema) for role, schema in found]


def foreign_writers(ask: Ask) -> list[tuple[str, str]]:
    """Return the login roles that may write in a schema of another service than the kernel's."""
    found = ask(
        """
        SELECT r.rolname, n.nspname FROM pg_roles AS r, pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE r.rolname = ANY (:logins) AND n.nspname = ANY (:services) AND c.relkind IN ('r', 'p')
            AND has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE')
        GROUP BY 1, 2 ORDER BY 1, 2
        """,
        logins=LOGINS,
        services=list(SERVICES),
    )
    return [
        (role, schema)
        for role, schema in found
        if schema not in {"platform", role.partition("_")[2]}
    ]


def unpinned(ask: Ask) -> list[str]:
    """Return the functions that run as their owner on a search path that callers choose."""
    found = ask(
        """
        SELECT p.oid::regprocedure::text
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = ANY (:services) AND p.prosecdef AND 'search_path=pg_catalog, pg_temp'
            <> ALL (coalesce(p.proconfig, '{}'))
        ORDER BY 1
        """,
        services=list(SERVICES),
    )
    return [name for (name,) in found]


def functions_for_everybody(ask: Ask) -> list[str]:
    """Return the functions of ours that whoever connects may run."""
    found = ask(
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_namespace AS n "
        "ON n.oid = p.pronamespace WHERE n.nspname = ANY (:services) "
        "AND has_function_privilege('public', p.oid, 'EXECUTE') ORDER BY 1",
        services=list(SERVICES),
    )
    return [name for (name,) in found]
