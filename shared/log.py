"""Structured logs: one JSON object a line on standard output, as Cloud Logging reads it.

Values that may identify a person are never passed here by the kernel. Of an exception the stack
and the type are written; messages repeat values, and only our own are kept, redacted.
"""

import json
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

_context: ContextVar[dict[str, object] | None] = ContextVar("log_context", default=None)

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_PHONE = re.compile(r"\+?\d[\d ()-]{6,18}\d")
_TOKEN = re.compile(r"eyJ[\w-]{10,}(?:\.[\w-]*){0,2}")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")

_OURS = frozenset({"functions", "local", "schemas", "shared"})
_NAMES = {"C": "sqlstate", "t": "table", "c": "column", "n": "constraint", "R": "routine"}
"""What may be told of an error of PostgreSQL: its message and detail repeat the row."""


def bind(**fields: object) -> None:
    """Start the fields that every line of this request carries."""
    _context.set(fields)


def add(**fields: object) -> None:
    """Add to the fields that every line of this request carries."""
    _context.set({**(_context.get() or {}), **fields})


def redact(text: str) -> str:
    """Blank out e-mail addresses, phone numbers and tokens."""
    return _PHONE.sub("[phone]", _EMAIL.sub("[email]", _TOKEN.sub("[token]", text)))


def write(severity: str, message: str, **fields: object) -> None:
    """Write one line."""
    line = {
        "severity": severity,
        "time": datetime.now(UTC).isoformat(),
        "message": message,
        **(_context.get() or {}),
        **fields,
    }
    sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()


def described(error: BaseException) -> str:
    """Return the type of an error, and as much of what it says as holds nothing of a request."""
    detail = error.args[0] if error.args else None
    name = type(error).__qualname__
    if isinstance(detail, dict):
        said = ", ".join(f"{_NAMES[code]} {detail[code]}" for code in _NAMES if code in detail)
    elif type(error).__module__.partition(".")[0] in _OURS:
        said = _QUOTED.sub("[quoted]", redact(str(error)[:300]))
    else:
        said = ""
    return f"{name}: {said}" if said else name


def exception(message: str, error: BaseException) -> None:
    """Write an ERROR line with the stack, so that Error Reporting groups it."""
    write("ERROR", f"{message}\n{_stack(error)}")


def _stack(error: BaseException) -> str:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    frames = redact("".join(traceback.format_tb(error.__traceback__)))
    own = f"Traceback (most recent call last):\n{frames}{described(error)}"
    return f"{_stack(before)}\n\n{own}" if before else own
