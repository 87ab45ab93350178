"""From what a function returned to bytes: envelope, errors, ETag, caching, compression, CORS."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from shared.answers import Page
from shared.errors import ApiError, InvalidError
from shared.http import Request, Response
from shared.settings import settings
from shared.triggers import Http, Sunset

SMALLEST_COMPRESSED = 1_024
_JSON = "application/json; charset=utf-8"
_ALLOWED_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_ALLOWED_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, traceparent"
)
_EXPOSED_HEADERS = (
    "ETag, Location, Retry-After, X-Request-Id, RateLimit-Limit, RateLimit-Remaining, "
    "RateLimit-Reset, RateLimit-Policy, RateLimit, Idempotency-Replayed, Deprecation, Sunset"
)
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Referrer-Policy": "no-referrer",
}


def answer(request: Request, trigger: Http, value: object, now: datetime, *, own: bool) -> Response:
    """Wrap what a function returned; `own` when the answer is the caller's alone."""
    if value is None:
        return Response(204 if trigger.status in {200, 204} else trigger.status, {}, b"")
    pagination = ""
    links = {"self": _link(request)}
    if isinstance(value, Page):
        data = value.items
        if value.next:
            links["next"] = _link(request, value.next)
        pagination = f'"pagination":{{"next":{json.dumps(value.next)},"limit":{value.limit}}},'
        pagination += "".join(f'"{name}":{told},' for name, told in value.told.items())
    elif hasattr(value, "model_dump_json"):  # a shape; asking so spares a read the import
        data = value.model_dump_json()
    elif isinstance(value, str):
        data = value
    else:
        data = json.dumps(value)
    if trigger.method == "GET":
        wanted = _wanted_fields(request.query)
        if wanted:
            data = _picked(data, wanted)
    stamp = now.astimezone(UTC).isoformat().replace("+00:00", "Z")
    meta = f'{{{pagination}"timestamp":"{stamp}"}}'
    text = f'{{"data":{data},"meta":{meta},"links":{json.dumps(links)}}}'
    headers = {"Content-Type": _JSON, "Cache-Control": "no-store"}
    if trigger.method == "GET":
        tag = f'W/"{hashlib.blake2b((data + pagination).encode(), digest_size=9).hexdigest()}"'
        headers["ETag"] = tag
        headers["Cache-Control"] = "private, no-cache" if own else _cache_control(trigger)
        if _matches(request.header("if-none-match"), tag):
            return Response(304, {"ETag": tag, "Cache-Control": headers["Cache-Control"]}, b"")
    return Response(trigger.status, headers, text.encode())


def nothing() -> Response:
    """Return an empty acknowledgement."""
    return Response(204, {}, b"")


def report(value: dict[str, Any]) -> Response:
    """Return what a job did."""
    return Response(200, {"Content-Type": _JSON}, json.dumps({"data": value}).encode())


def refusal(error: ApiError, source: str) -> Response:
    """Turn a refusal into its status and `errors`."""
    errors = []
    for problem in error.problems:
        entry = {"code": problem.code, "message": problem.message, "source": source}
        if problem.field:
            entry["field"] = problem.field
        errors.append(entry)
    body = json.dumps({"errors": errors}, ensure_ascii=False)
    if error.current is not None:
        body = f'{body[:-1]},"current":{error.current}}}'
    headers = {"Content-Type": _JSON, "Cache-Control": "no-store", **error.headers}
    return Response(error.status, headers, body.encode("utf-8", "replace"))


def failure(source: str) -> Response:
    """Return the bare 500: what happened is in the log, under the request id."""
    error = {"code": "INTERNAL", "message": "Something went wrong on our side.", "source": source}
    headers = {"Content-Type": _JSON, "Cache-Control": "no-store"}
    return Response(500, headers, json.dumps({"errors": [error]}).encode())


def preflight(request: Request) -> Response:
    """Answer a browser that asks whether it may send the real request.

    Any function of a path answers for all of them: a method that none has is refused when it comes.
    """
    if request.header("origin") not in settings().cors_origins:
        return Response(204, {"Vary": "Origin"}, b"")
    return Response(
        204,
        {
            "Access-Control-Allow-Methods": _ALLOWED_METHODS,
            "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
            "Access-Control-Max-Age": "86400",
        },
        b"",
    )


def farewell(sunset: Sunset) -> dict[str, str]:
    """Return the headers of an operation that will be gone: RFC 9745 and RFC 8594."""
    from email.utils import format_datetime  # noqa: PLC0415  # only the few that are left

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), UTC)

    return {
        "Deprecation": f"@{int(midnight(sunset.deprecated).timestamp())}",
        "Sunset": format_datetime(midnight(sunset.gone), usegmt=True),
    }


def finish(request: Request, response: Response, request_id: str, extra: Mapping[str, str]) -> None:
    """Add what every answer carries: request id, limits, security, CORS, compression."""
    headers = response.headers
    varies = "Vary" in extra or "private" in headers.get("Cache-Control", "")
    for name, value in extra.items():
        headers.setdefault(name, value)
    headers["X-Request-Id"] = request_id
    headers.update(_SECURITY)
    headers["Vary"] = f"Accept-Encoding, Origin{', Authorization' if varies else ''}"
    origin = request.header("origin")
    if origin and origin in settings().cors_origins:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = _EXPOSED_HEADERS
    _compress(request, response)
    if request.method == "HEAD":
        headers["Content-Length"] = str(len(response.body))
        response.body = b""


def _cache_control(trigger: Http) -> str:
    if trigger.cache_seconds:
        return f"public, max-age={trigger.cache_seconds}"
    return "public, no-cache"


def _link(request: Request, cursor: str | None = None) -> str:
    kept = [
        part
        for part in request.query.split("&")
        if part and (not cursor or not part.startswith("cursor="))
    ]
    query = "&".join([*kept, f"cursor={cursor}"] if cursor else kept)
    return f"{request.path}?{query}" if query else request.path


def _matches(header: str | None, tag: str) -> bool:
    if header is None:
        return False
    return header.strip() == "*" or tag in [each.strip() for each in header.split(",")]


def _wanted_fields(query: str) -> list[str] | None:
    if "fields=" not in query:
        return None
    from urllib.parse import parse_qs  # noqa: PLC0415  # only the few who ask

    given = parse_qs(query).get("fields")
    return [name.strip() for name in given[-1].split(",") if name.strip()] if given else None


def _picked(data: str, wanted: list[str]) -> str:
    value = json.loads(data)
    items = value if isinstance(value, list) else [value]
    known = {name for item in items if isinstance(item, dict) for name in item}
    if items and (unknown := [name for name in wanted if name not in known]):
        shown = ", ".join(unknown)[:100]
        raise InvalidError(f"There is no field {shown}.", code="UNKNOWN_FIELD", field="fields")
    picked = [{name: item[name] for name in wanted if name in item} for item in items]
    return json.dumps(picked if isinstance(value, list) else picked[0], ensure_ascii=False)


def _compress(request: Request, response: Response) -> None:
    accepted = request.header("accept-encoding") or ""
    if len(response.body) < SMALLEST_COMPRESSED:
        return
    if _accepts(accepted, "br"):
        import brotli  # noqa: PLC0415  # only for those who ask

        response.body = brotli.compress(response.body, quality=4)
        response.headers["Content-Encoding"] = "br"
    elif _accepts(accepted, "gzip"):
        import gzip  # noqa: PLC0415  # as above

        response.body = gzip.compress(response.body, compresslevel=5, mtime=0)
        response.headers["Content-Encoding"] = "gzip"


def _accepts(header: str, coding: str) -> bool:
    for each in header.split(","):
        name, _, weight = each.partition(";")
        if name.strip() == coding:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
