"""What must be equal in a database and in what was restored of it."""

import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

from pg8000.exceptions import DatabaseError

from local import catalogue, database, postgres
from local.catalogue import Ask
from local.postgres import programs

_TABLES = """
    SELECT format('%I.%I', n.nspname, c.relname)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema|public$)' ORDER BY 1
"""

_ROLES = """
    SELECT format('%s %s', rolname, to_jsonb(r) - 'oid' - 'rolpassword') FROM pg_roles AS r
    WHERE rolname !~ '^pg_' ORDER BY 1
"""

_ROLES_OF_A_POLICY = re.compile(r"(?<= TO )\w+(, \w+)+(?= USING | WITH CHECK |;)")

_BROKEN_ENTRIES = """
    SELECT format('entry %s of audit chain %s does not follow from those before it', seq, chain)
    FROM (
        SELECT e.chain, e.seq, e.previous, e.hash, platform.audit_hash(e) AS made,
            row_number() OVER chained AS place,
            lag(e.hash, 1, decode(repeat('00', 32), 'hex')) OVER chained AS before
        FROM platform.audit_entry AS e WINDOW chained AS (PARTITION BY e.chain ORDER BY e.seq)
    ) AS entry
    WHERE hash <> made OR previous <> before OR seq <> place
    UNION ALL
    SELECT format('audit chain %s does not end with its last entry', chain)
    FROM platform.audit_chain AS c WHERE entries > 0 AND NOT EXISTS (
        SELECT FROM platform.audit_entry AS e
        WHERE e.chain = c.chain AND e.seq = c.entries AND e.hash = c.hash)
"""

_INDEXES = """
    SELECT c.oid, c.oid::regclass::text, a.amname
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_am AS a ON a.oid = c.relam JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE i.indisvalid AND a.amname IN ('btree', 'gin') AND n.nspname <> 'pg_toast'
    ORDER BY 2
"""

_IDENTITIES = """
    SELECT format('%I.%I', n.nspname, c.relname), a.attname,
        pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname)
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE a.attidentity <> '' AND c.relkind = 'r'
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """`rows` is table → how many rows, and two sums over the hash of each."""

    rows: dict[str, tuple[int, int, int]]
    schema: tuple[str, ...]
    roles: tuple[str, ...]

    @property
    def count(self) -> int:
        """Return how many rows there are."""
        return sum(count for count, _, _ in self.rows.values())


def take(server: postgres.Server) -> Facts:
    """Read the facts of the suite's database on a server."""
    said = programs.run(server, "pg_dump", "--schema-only", f"--dbname={database.NAME}")
    with closing(postgres.superuser_connection(server, database.NAME)) as db:
        return Facts(
            {table: _sums(db.run, table) for (table,) in db.run(_TABLES) or ()},
            steady(said),
            tuple(role for (role,) in db.run(_ROLES) or ()),
        )


def differences(before: Facts, after: Facts) -> list[str]:
    """Return what is not in the second as it was in the first."""
    found = [
        f"{table}: {before.rows.get(table)} became {after.rows.get(table)}"
        for table in sorted(before.rows.keys() | after.rows.keys())
        if before.rows.get(table) != after.rows.get(table)
    ]
    found += _unequal("schema", before.schema, after.schema)
    return found + _unequal("role", before.roles, after.roles)


def faults(server: postgres.Server) -> tuple[list[str], int]:
    """Return what is wrong with a database in itself, and how many indexes were compared."""
    with closing(postgres.superuser_connection(server, database.NAME)) as db:
        found = catalogue.findings(db.run)
        found += [said for (said,) in db.run(_BROKEN_ENTRIES) or ()]
        found += _sequences_behind(db.run)
        db.run("CREATE EXTENSION IF NOT EXISTS amcheck")
        indexes = db.run(_INDEXES) or []
        for oid, name, method in indexes:
            found += _index_faults(db.run, oid, name, method)
    return found, len(indexes)


def steady(schema: str) -> tuple[str, ...]:
    """Return what pg_dump says, without its made up password; roles of a policy have no order."""
    return tuple(
        _ROLES_OF_A_POLICY.sub(lambda found: ", ".join(sorted(found[0].split(", "))), line)
        for line in schema.splitlines()
        if not line.startswith(("\\restrict", "\\unrestrict"))
    )


def _sums(ask: Ask, table: str) -> tuple[int, int, int]:
    ((count, first, second),) = ask(
        "SELECT count(*), coalesce(sum(hashtextextended(t::text, 1)), 0)::text, "
        f"coalesce(sum(hashtextextended(t::text, 2)), 0)::text FROM {table} AS t"
    )
    return count, int(first), int(second)


def _unequal(kind: str, before: Iterable[str], after: Iterable[str]) -> list[str]:
    one, other = list(before), list(after)
    were, are = set(one), set(other)
    found = [f"{kind}: lost: {line}" for line in one if line not in are]
    found += [f"{kind}: came: {line}" for line in other if line not in were]
    return found or ([f"{kind}: in another order"] if one != other else [])


def _sequences_behind(ask: Ask) -> list[str]:
    """Return the sequences that would hand out again what a row has already."""
    found = []
    for table, column, sequence in ask(_IDENTITIES):
        ((behind,),) = ask(
            f"SELECT coalesce(max(t.{column}), 0) > "
            f"(SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}) "
            f"FROM {table} AS t"
        )
        if behind:
            found.append(f"{sequence} would hand out again what {table} has")
    return found


def _index_faults(ask: Ask, oid: int, name: str, method: str) -> list[str]:
    check = "bt_index_check(:index, true)" if method == "btree" else "gin_index_check(:index)"
    try:
        ask(f"SELECT {check}", index=oid)
    except DatabaseError as error:
        return [f"index {name}: {error.args[0]['M']}"]
    return []
