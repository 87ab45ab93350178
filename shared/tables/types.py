"""Column shorthands, so that a table reads as a list of facts."""

from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import UserDefinedType

Instant = DateTime(timezone=True)
Texts = ARRAY(Text())
BigIntegers = ARRAY(BigInteger())
Json = JSONB()
Money = BigInteger()


class Search(UserDefinedType[str]):
    """A `tsvector`."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return its name in DDL."""
        return "TSVECTOR"


class Xid8(UserDefinedType[int]):
    """A 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return its name in DDL."""
        return "XID8"


class Earth(UserDefinedType[str]):
    """A point on the earth as a `cube`, made by `ll_to_earth`."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return its name in DDL."""
        return "CUBE"


def must(name: str, kind: Any, **more: Any) -> Column[Any]:  # noqa: ANN401  # SQLAlchemy's own types
    """Return a NOT NULL column."""
    return Column(name, kind, nullable=False, **more)


def may(name: str, kind: Any, **more: Any) -> Column[Any]:  # noqa: ANN401  # SQLAlchemy's own types
    """Return a nullable column."""
    return Column(name, kind, nullable=True, **more)


def key(name: str = "id", kind: Any = None) -> Column[Any]:  # noqa: ANN401  # SQLAlchemy's own types
    """Return a primary key column, a UUID unless said otherwise."""
    return Column(name, kind or Uuid(), primary_key=True, nullable=False)
