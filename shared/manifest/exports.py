"""Makes from the matrix the statement by which a service says all that it holds of a person."""

from shared.manifest.statements import TEXT, UUID_, UUIDS, Statement, sql, value
from shared.tables.retention import MATRIX, Held, Share

_PARAMETERS = {"user_id": UUID_, "uid": TEXT, "business_ids": UUIDS}


def part_of(service: str) -> Statement:
    """Return the statement of one service: table → how long it is kept, and the rows, as JSON."""
    tables = {
        name: held
        for name, held in MATRIX.items()
        if held.export and name.startswith(f"{service}.")
    }
    text = f"SELECT jsonb_build_object({', '.join(map(_table, tables, tables.values()))})::text"
    asked = {name: kind for name, kind in _PARAMETERS.items() if f":{name}" in text}
    return value(
        sql(f"{text} AS json", **asked).columns(json=TEXT),
        "All that this service holds of a person, and nothing of anybody else.",
    )


def _table(name: str, held: Held) -> str:
    shares = "\n                UNION ALL ".join(_rows(name, held, share) for share in held.export)
    kept = held.kept.replace("'", "''")
    return f"""
        '{name}', jsonb_build_object('kept', '{kept}', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                {shares}) AS given))"""  # noqa: S608  # names of the matrix, which is ours


def _rows(name: str, held: Held, share: Share) -> str:
    withheld = {*share.without.split(), *share.sealed.split()}
    columns = ", ".join(each for each in held.tags() if each not in withheld)
    rows = f"SELECT {columns} FROM {name} WHERE {share.where}"  # noqa: S608  # as above
    return f"SELECT to_jsonb(r) AS held FROM ({rows}) AS r"  # noqa: S608  # as above
