"""Prints what is held of whom and what becomes of it, `docs/retention.md`."""

from shared.grace import GRACE
from shared.tables.retention import MATRIX, Action, Category, Held

_HEAD = f"""\
<!-- Printed from `shared/tables/retention.py` by `python -m functions write`. Do not edit. -->
# What is held of people, how long, and what erasure does with it

Erasure begins {GRACE.days} days after a person asked for it. A business that somebody else leads
goes on; a business that nobody else can lead is erased with the person. What is kept has no name on
it but the id of the account, which leads to nobody: the account's row is empty.

- **delete**: the row goes.
- **pseudonymise**: the row stays, the column is emptied.
- **keep**: stays, under the id.
- **none**: tells of nobody.
"""

_COLUMNS = "\n| Column | What it tells | On erasure |\n| --- | --- | --- |\n"


def render() -> str:
    """Return the text of `docs/retention.md`."""
    return _HEAD + "".join(_table(name, held) for name, held in MATRIX.items())


def _table(name: str, held: Held) -> str:
    whose = f"Whose: {held.whose}. " if held.whose else "Whose: nobody's. "
    why = f" {held.why}" if held.why else ""
    rows = "".join(
        f"| {column} | {category} | {action} |\n"
        for column, (category, action) in held.tags().items()
        if action is not Action.NONE or category is not Category.TECHNICAL
    )
    said = f"\n## {name}\n\n{whose}Kept {held.kept}.{why}\n"
    return said + _COLUMNS + rows if rows else said
