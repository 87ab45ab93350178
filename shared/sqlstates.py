"""What an error of the database means, by its SQLSTATE: the driver's classes say nothing."""

from collections.abc import Callable

from pg8000.exceptions import DatabaseError, InterfaceError

from shared.errors import (
    ApiError,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    UnavailableError,
)

_RETRYABLE = frozenset({"40001", "40P01", "26000", "0A000"})
"""Serialization failure, deadlock, a prepared plan gone stale: nothing happened, run it again."""

_STALE_PLAN = frozenset({"26000", "0A000"})
_LOST = ("08", "57P")
"""Classes of a connection that the server has closed, or is about to."""

_IDLED = frozenset({"25P03", "25P04"})
"""A transaction that stood still for too long: the server has closed its connection."""

_BUSY = frozenset({"57014", *_IDLED})
_SHORT = "53"
"""Class of what the server has too little of: connections, memory, disk."""

_VIOLATED = {"23505": "ALREADY_EXISTS", "23503": "MISSING_REFERENCE", "23514": "NOT_ALLOWED_NOW"}
"""Constraints that two requests at once, or a rule that was forgotten, may still run into."""

_REFUSED: dict[str, Callable[[], ApiError]] = {
    "55P03": lambda: ConflictError(
        "Another request is changing this. Try again.",
        code="LOCKED",
        headers={"Retry-After": "1"},
    ),
    # A check was forgotten and row-level security caught it.
    "42501": lambda: ForbiddenError("You may not do this."),
    **dict.fromkeys(
        ("22021", "22P05", "22003", "22P02", "22007", "22008"),
        lambda: BadRequestError("A value cannot be stored.", code="UNSTORABLE_VALUE"),
    ),
}


def sqlstate(error: BaseException) -> str | None:
    """Return the SQLSTATE of an error of the server; None when the driver itself failed."""
    detail = error.args[0] if error.args else None
    if isinstance(error, DatabaseError) and isinstance(detail, dict):
        return detail.get("C")
    return None


def constraint(error: BaseException) -> str | None:
    """Return the name of the constraint that an error of the server names."""
    detail = error.args[0] if error.args else None
    return detail.get("n") if isinstance(detail, dict) else None


def breaks_connection(error: BaseException) -> bool:
    """Tell whether the connection must not be used again after `error`.

    Anything but an error of the server may have left replies unread.
    """
    state = sqlstate(error)
    return state is None or state in _STALE_PLAN | _IDLED or state.startswith(_LOST)


def is_lost(error: BaseException) -> bool:
    """Tell whether `error` says that the server, or the way to it, is gone."""
    state = sqlstate(error)
    if state is None:
        return isinstance(error, (InterfaceError, OSError))
    return state.startswith(_LOST)


def may_run_again(error: Exception, *, committing: bool) -> bool:
    """Tell whether the transaction surely left no trace, so that running it again is safe.

    A connection lost while `COMMIT` was under way may have committed: that is never run again.
    """
    return sqlstate(error) in _RETRYABLE or (is_lost(error) and not committing)


def as_refusal(error: Exception) -> Exception:
    """Turn an error of the database into what a caller can act on, or return it as it is."""
    state = sqlstate(error)
    if is_lost(error):
        return UnavailableError()
    if state is None:
        return error
    if state in _RETRYABLE or state in _BUSY or state.startswith(_SHORT):
        return UnavailableError()
    if state in _VIOLATED:
        return ConflictError("This does not fit what is stored.", code=_VIOLATED[state])
    refused = _REFUSED.get(state)
    return refused() if refused else error
