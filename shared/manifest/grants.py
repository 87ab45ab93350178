"""Prints what each login role may do in the database: as a page, and as SQL for a migration."""

from collections import defaultdict
from collections.abc import Iterator

from shared.tables import SERVICES
from shared.tables.grants import FUNCTIONS, GRANTS, JOB, SVC, usages

_HEAD = """<!-- Printed from shared/tables by `python -m functions write`. Do not edit. -->
# What each login role may do in the database

`svc_` roles serve people's requests, `job_` roles events, tasks and schedules. Beneath these grants
row-level security decides on which rows: `svc_` roles reach those of the caller, `job_` roles all.
Nobody may do what is not here; a test takes each privilege of a service away once, and some
statement of it must then be refused.

"""


def render() -> str:
    """Return the page of grants."""
    return _HEAD + "\n".join([*_kernel(), "", *_tables(), "", *_functions()]) + "\n"


def sql() -> str:
    """Return the statements that give every login role what is declared, and nothing else."""
    roles = ", ".join((*SVC, *JOB))
    parts = []
    for schema in SERVICES:
        lines = [
            f"SET ROLE own_{schema};",
            f"REVOKE ALL ON SCHEMA {schema} FROM {roles};",
            f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {roles};",
            f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {schema} FROM {roles};",
        ]
        may_look = [role for role, where in sorted(usages()) if where == schema]
        if may_look:
            lines.append(f"GRANT USAGE ON SCHEMA {schema} TO {', '.join(may_look)};")
        lines += [
            f"GRANT {said} ON {table} TO {', '.join(holders)};"
            for (table, said), holders in _grouped(kernel=None).items()
            if table.startswith(f"{schema}.")
        ]
        lines += [
            f"GRANT EXECUTE ON FUNCTION {name} TO {', '.join(holders)};"
            for name, holders in FUNCTIONS.items()
            if name.startswith(f"{schema}.")
        ]
        parts.append("\n".join([*lines, "RESET ROLE;"]))
    return "\n\n".join(parts) + "\n"


def _grouped(*, kernel: bool | None) -> dict[tuple[str, str], list[str]]:
    """Return table and privileges → roles, of the kernel's grants, a service's own, or all."""
    said: dict[tuple[str, str], list[str]] = defaultdict(list)
    for grant in GRANTS:
        if kernel is None or grant.kernel is kernel:
            said[str(grant.table), grant.role].append(str(grant))
    grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (table, role), privileges in sorted(said.items()):
        grouped[table, ", ".join(privileges)].append(role)
    return grouped


def _kernel() -> Iterator[str]:
    yield "| For what the edge does around any function | Table | May |"
    yield "| --- | --- | --- |"
    for (table, said), roles in _grouped(kernel=True).items():
        yield f"| {_named(roles)} | {table} | {said} |"


def _tables() -> Iterator[str]:
    yield "| For what the functions of a service do | Table | May |"
    yield "| --- | --- | --- |"
    rows = [
        (role, table, said)
        for (table, said), roles in _grouped(kernel=False).items()
        for role in roles
    ]
    for role, table, said in sorted(rows):
        yield f"| {role} | {table} | {said} |"


def _functions() -> Iterator[str]:
    yield "| Function | May be called by |"
    yield "| --- | --- |"
    for name, roles in FUNCTIONS.items():
        yield f"| `{name}` | {_named(roles)} |"


def _named(roles: tuple[str, ...] | list[str]) -> str:
    held, names = set(roles), []
    for kind, all_of in (("all `svc_`", SVC), ("all `job_`", JOB)):
        if held.issuperset(all_of):
            names.append(kind)
            held -= set(all_of)
    return ", ".join([*names, *sorted(held)])
