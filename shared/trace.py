"""W3C trace context: one id from the phone's request through every event that it causes."""

import re
import secrets
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def begin(traceparent: str | None) -> str:
    """Continue the caller's trace in a span of our own, or start one; return the trace id."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    known = match is not None and match[1] != "0" * 32
    trace_id = match[1] if match and known else secrets.token_hex(16)
    flags = match[3] if match and known else "01"
    _current.set(f"00-{trace_id}-{secrets.token_hex(8)}-{flags}")
    return trace_id


def current() -> str | None:
    """Return the `traceparent` to pass on."""
    return _current.get()
