"""What a function may return: finished JSON text that names its schema, or a batch report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


class Json(str, Generic[T]):  # noqa: SLOT000  # a generic cannot have slots beside str
    """JSON text built by PostgreSQL; `Json[Listing]` names the schema that it follows."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: the JSON array of its items as text, and the cursor of the next page.

    `told` is what `meta` says beside `pagination`.
    """

    items: str
    next: str | None
    limit: int
    told: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a scheduled job did in one transaction, and whether it should be called again."""

    done: int
    more: bool
