"""How a `_statements.py` says what each of its statements returns.

Statements are authored in SQLAlchemy Core (`select`, `insert`, or `sql` for text), named by the
variable they are assigned to, and printed by `python -m functions write` as plain functions into
the `_queries.py` beside them. A running function imports only the printed text: SQLAlchemy costs
as much to import as everything else in a cold start together.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    bindparam,
    text,
)
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import TypeEngine

Kind = Literal["one", "maybe", "rows", "value", "done"]

UUID_: TypeEngine[Any] = Uuid()
TEXT: TypeEngine[Any] = Text()
INT: TypeEngine[Any] = Integer()
BIGINT: TypeEngine[Any] = BigInteger()
BOOL: TypeEngine[Any] = Boolean()
FLOAT: TypeEngine[Any] = Double()
INSTANT: TypeEngine[Any] = DateTime(timezone=True)
DATE: TypeEngine[Any] = Date()
BYTES: TypeEngine[Any] = LargeBinary()
TEXTS: TypeEngine[Any] = ARRAY(Text())
UUIDS: TypeEngine[Any] = ARRAY(Uuid())


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: what it returns, its Core construct, and a sentence about it."""

    kind: Kind
    construct: ClauseElement
    summary: str
    optional: frozenset[str]


def one(construct: ClauseElement, summary: str, *, optional: str = "") -> Statement:
    """Exactly one row, as a named tuple. `optional` names parameters that may be None."""
    return Statement("one", construct, summary, frozenset(optional.split()))


def maybe(construct: ClauseElement, summary: str, *, optional: str = "") -> Statement:
    """One row as a named tuple, or None."""
    return Statement("maybe", construct, summary, frozenset(optional.split()))


def rows(construct: ClauseElement, summary: str, *, optional: str = "") -> Statement:
    """A bounded list of named tuples."""
    return Statement("rows", construct, summary, frozenset(optional.split()))


def value(construct: ClauseElement, summary: str, *, optional: str = "") -> Statement:
    """The first column of the first row, or None."""
    return Statement("value", construct, summary, frozenset(optional.split()))


def done(construct: ClauseElement, summary: str, *, optional: str = "") -> Statement:
    """How many rows were touched."""
    return Statement("done", construct, summary, frozenset(optional.split()))


def sql(statement: str, /, **parameters: TypeEngine[Any]) -> Any:  # noqa: ANN401  # SQLAlchemy's own
    """Write a statement as text where that reads better than Core; `:name` are its parameters.

    `.columns(name=TYPE, …)` on the result types what it returns.
    """
    return text(statement).bindparams(
        *(bindparam(name, type_=kind) for name, kind in parameters.items())
    )
