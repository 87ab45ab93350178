"""The request that a task or a job makes, in Google's JSON; and how often it is made again."""

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from local.home import HOST
from local.rest import RefusedError

_POST = {1, "POST", None}
_LONGEST_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a task or a job calls, and what it sends him."""

    url: str
    headers: dict[str, str]
    body: str
    account: str
    audience: str

    @property
    def function(self) -> str:
        """Return the name of the function at its address."""
        return urlsplit(self.url).path.rpartition("/")[2].replace("-", "_")


def target(given: dict[str, Any], url_field: str) -> Target:
    """Read an `httpRequest` or an `httpTarget`; refuse what Google would, and foreign machines."""
    url = str(given[url_field])
    if urlsplit(url).scheme != "http" or urlsplit(url).hostname != HOST:
        raise RefusedError(400, f"{url_field} must be an address of this machine, {HOST}.")
    if given.get("httpMethod") not in _POST:
        raise RefusedError(400, "Only POST is sent here.")
    token = given["oidcToken"]
    return Target(
        url=url,
        headers=given.get("headers") or {},
        body=base64.b64decode(given.get("body") or "", validate=True).decode(),
        account=str(token["serviceAccountEmail"]).partition("@")[0],
        audience=token.get("audience") or url,
    )


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a failed delivery waits: twice as long each time, up to `longest_seconds`."""

    first_seconds: float = 0.2
    longest_seconds: float = 30.0
    doublings: int = 30

    def after(self, attempt: int) -> float:
        """Return the delay after the attempt of that number; from the last doubling on it adds."""
        doubled = min(attempt - 1, self.doublings)
        steps = max(attempt - 1 - self.doublings, 0) + 1
        return min(self.first_seconds * 2.0**doubled * steps, self.longest_seconds)


def backoff(config: dict[str, Any], first: str, longest: str, least: float) -> Backoff:
    """Read a `retryConfig`, whose fields of the two services have different names."""
    return Backoff(
        seconds(config.get(first), least),
        seconds(config.get(longest), _LONGEST_SECONDS),
        int(config.get("maxDoublings") or 5),
    )


def seconds(duration: str | None, otherwise: float) -> float:
    """Read a duration of Google's JSON, as in `1.5s`."""
    return float(duration.removesuffix("s")) if duration else otherwise
