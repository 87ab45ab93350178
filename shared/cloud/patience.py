"""How Google's clients are called here: for how long, how often again, and what counts as silence.

For `shared/cloud` alone, and imported there with the client: google.api_core is no light thing.
"""

from typing import Any

from google.api_core.exceptions import GatewayTimeout, RetryError, ServiceUnavailable
from google.api_core.retry import Retry

DEADLINE_SECONDS = 5.0
AGAIN_SECONDS = 2.0
"""A connection that died while the instance was frozen shows by its first call, and at once."""


def terms() -> dict[str, Any]:
    """Return what a call is given: a deadline, and another try after an error that passes."""
    again = Retry(initial=0.05, maximum=0.5, timeout=AGAIN_SECONDS)
    return {"timeout": DEADLINE_SECONDS, "retry": again}


def silence() -> tuple[type[BaseException], ...]:
    """Return the errors that say that nobody answered."""
    return (ServiceUnavailable, GatewayTimeout, RetryError, OSError)
