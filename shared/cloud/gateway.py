"""Our own API, as people's apps call it: how one function asks others in the caller's name."""

from shared import trace
from shared.cloud import wire
from shared.errors import UnavailableError
from shared.http import Response
from shared.settings import settings


def call(
    method: str, path: str, headers: dict[str, str], body: bytes, *, token: str, seconds: float
) -> Response:
    """Send a request with the caller's own token and return its answer, whatever its status.

    It may arrive twice, so a write carries an `Idempotency-Key`. Raises OSError or HTTPException
    when no answer comes in `seconds`.
    """
    url = settings().gateway_url
    if not url:
        raise UnavailableError
    sent = {**headers, "Authorization": f"Bearer {token}"}
    if body:
        sent["Content-Type"] = "application/json"
    if traceparent := trace.current():
        sent["traceparent"] = traceparent
    return wire.request(url, method, path, sent, body, seconds)
