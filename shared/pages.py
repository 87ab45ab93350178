"""Turns what a keyset statement found into a page, and a cursor back into where to go on."""

from typing import Any, Protocol
from uuid import UUID

from schemas.shape import PageQuery
from shared import cursors
from shared.answers import Page

NEWEST = ("infinity", str(UUID(int=2**128 - 1)))
"""Where a list begins that has its newest first."""

LEAST = ("-1", str(UUID(int=0)))
"""Where a list begins that counts upwards: by price, by distance."""


class Found(Protocol):
    """What the statement of a list returns: items, the last key as text, whether there are more."""

    @property
    def items(self) -> str: ...
    @property
    def last_key(self) -> str | None: ...
    @property
    def last_id(self) -> str | None: ...
    @property
    def more(self) -> bool: ...


def scope_of(operation: str, query: PageQuery, *owner: object) -> str:
    """Name a list by its operation, its filters and whose it is; a cursor fits no other."""
    filters = query.model_dump_json(exclude={"cursor", "limit"}, exclude_none=True)
    return "\0".join([operation, filters, *map(str, owner)])


def after(scope: str, query: PageQuery, first: tuple[str, str]) -> tuple[str, str]:
    """Return the key and the id that the page begins after."""
    if query.cursor is None:
        return first
    key, row_id = cursors.decode(scope, query.cursor)
    return str(key), str(row_id)


def page(found: Found, scope: str, query: PageQuery) -> Page[Any]:
    """Return the page, with the cursor of the next one if there is more."""
    going_on = found.more and found.last_key is not None and found.last_id is not None
    cursor = (
        cursors.encode(scope, [found.last_key or "", found.last_id or ""]) if going_on else None
    )
    return Page(f"[{found.items}]", cursor, query.limit)
