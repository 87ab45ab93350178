"""P19: of every column it is said whose it is, how long it is kept, what erasure does with it."""

from importlib import import_module
from pkgutil import iter_modules

import pytest

from shared import tables
from shared.tables import metadata
from shared.tables.retention import MATRIX, Action, Category, Held

for _module in iter_modules(tables.__path__, f"{tables.__name__}."):
    import_module(_module.name)

COLUMNS = {
    name: {column.name for column in table.columns} for name, table in metadata.tables.items()
}


def untagged(matrix: dict[str, Held]) -> list[str]:
    """Return the columns of which a matrix says nothing, and those that it says are and are not."""
    tagged = {f"{table}.{column}" for table, held in matrix.items() for column in held.tags()}
    there = {f"{table}.{column}" for table, columns in COLUMNS.items() for column in columns}
    return sorted(tagged ^ there)


def test_p19_every_column_of_every_table_is_in_the_matrix() -> None:
    """Add a column to shared/tables/retention.py in the change that makes it."""
    assert untagged({**MATRIX}) == []


def test_p19_a_column_that_nobody_tagged_is_found() -> None:
    held = MATRIX["users.device"]
    columns = {**held.columns, Category.CONTACT: "install_id"}
    forgotten = {**MATRIX, "users.device": Held("user_id", "", Action.DELETE, columns)}
    assert untagged(forgotten) == ["users.device.push_token"]


@pytest.mark.parametrize("name", MATRIX)
def test_p19_what_the_matrix_says_of_a_table_fits_together(name: str) -> None:
    """No column twice; what is emptied stands in a row that stays; whoever is named is a column."""
    held = MATRIX[name]
    listed = [each for names in held.columns.values() for each in names.split()]
    assert len(listed) == len(set(listed))
    assert held.blank.keys() <= held.tags().keys()
    assert bool(held.blank) is (held.erasure is Action.PSEUDONYMISE)
    personal = {category for category, _ in held.tags().values()} - {Category.TECHNICAL}
    assert bool(personal) is (held.erasure is not Action.NONE)
    assert bool(held.whose) is bool(personal)


@pytest.mark.parametrize("name", MATRIX)
def test_p19_what_says_who_somebody_is_does_not_outlive_him(name: str) -> None:
    """Names, numbers, papers and copies of them are never kept."""
    never = {Category.IDENTITY, Category.CONTACT, Category.COPY}
    kept = [
        column
        for column, (category, action) in MATRIX[name].tags().items()
        if category in never and action not in {Action.DELETE, Action.PSEUDONYMISE}
    ]
    assert kept == []
