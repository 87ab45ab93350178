"""Structured logs: one JSON object a line on standard output, as Cloud Logging reads it.

Values that may identify a person are never passed here by the kernel; `redact` is the second
fence, for messages of exceptions that we did not write.
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
_TOKEN = re.compile(r"eyJ[\w-]{10,}\.[\w-]{4,}\.?[\w-]*")


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


def exception(message: str, error: BaseException) -> None:
    """Write an ERROR line with the stack, so that Error Reporting groups it; values redacted."""
    stack = "".join(traceback.format_exception(error))
    write("ERROR", f"{message}\n{redact(stack)}")
