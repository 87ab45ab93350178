"""A circuit breaker a seam: what does not answer is left alone for a while, and costs nobody time.

State is a process's own and may vanish with it: an instance that starts tries once more.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from shared.errors import UnavailableError

FAILURES = 5
"""So many calls in a row that got no answer open the circuit."""

REST_SECONDS = 10.0


class OpenError(UnavailableError):
    """The other side was not asked: it did not answer the last calls."""


@dataclass(eq=False)
class Breaker:
    """Lets calls through until several in a row got no answer; then one every `rest_seconds`."""

    name: str
    failures: int = FAILURES
    rest_seconds: float = REST_SECONDS
    _failed: int = 0
    _closed_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def watch(self, *silent: type[BaseException]) -> Iterator[None]:
        """Make one call; the errors in `silent` say that nobody answered, any other is an answer.

        Raises `OpenError` without making it while the circuit is open.
        """
        self._enter()
        try:
            yield
        except silent:
            self._note(failed=True)
            raise
        except BaseException:
            self._note(failed=False)
            raise
        self._note(failed=False)

    def reset(self) -> None:
        """Close the circuit: what is on the other side is another one now."""
        self._note(failed=False)

    def _enter(self) -> None:
        with self._lock:
            if self._failed < self.failures:
                return
            now = time.monotonic()
            if now < self._closed_at:
                raise OpenError(f"{self.name} does not answer.")
            # This call tries for all: the others go on resting until it is known how it went.
            self._closed_at = now + self.rest_seconds

    def _note(self, *, failed: bool) -> None:
        with self._lock:
            self._failed = self._failed + 1 if failed else 0
            if failed:
                self._closed_at = time.monotonic() + self.rest_seconds
