"""What all operations of the API document have in common: envelope, errors, headers."""

from shared.http import LARGEST_BODY
from shared.manifest.dialect import Schema

REFERENCE = "#/components/schemas/"

ABOUT = f"""\
Every answer is an envelope: `data`, `meta` and `links`. Every refusal is `errors`, each with a
stable `code`, a sentence, and the `field` it is about; all wrong fields are told at once.

Lists page by `meta.pagination.next`, an opaque cursor: send it back as `cursor` with the same
filters. Reads carry an `ETag` and answer `If-None-Match` with 304; `fields` picks fields of `data`.

Whatever writes takes an `Idempotency-Key`: the same key gets the same answer, once, and the
repetition counts against no limit. An edit takes the `version` it is based on as `If-Match`; a
stale one is refused with 409 and `current`.

Within a version what worked goes on working. New operations, optional fields of a request, fields
of an answer and values of an enumeration in an answer may come at any time: ignore what you do not
know. An operation that will be gone says so in `Deprecation` and `Sunset`, 90 days before at least.

Bodies are JSON of at most {LARGEST_BODY // 1024} KB, and a field that is not in the schema is an
error. Money is in the currency's smallest unit, instants are UTC. A 5xx has no detail: quote its
`X-Request-Id`.
"""

HEADERS = {
    "X-Request-Id": ("string", "Names this request in every log line."),
    "ETag": ("string", "The version of `data`; send it back as `If-None-Match`."),
    "Cache-Control": ("string", "Who may keep the answer, and for how long."),
    "RateLimit-Limit": ("integer", "Calls a window allows."),
    "RateLimit-Remaining": ("integer", "Calls left now."),
    "RateLimit-Reset": ("integer", "Seconds until all calls are there again."),
    "RateLimit-Policy": ("string", "What the plan of the business allows, a day and a month."),
    "RateLimit": (
        "string",
        "What is left of that (`r`), and in how many seconds it is renewed (`t`).",
    ),
    "Retry-After": ("integer", "Seconds to wait before the same request may succeed."),
    "Deprecation": ("string", "Since when clients should use another operation, as in RFC 9745."),
    "Sunset": ("string", "When this operation may be gone, as in RFC 8594."),
    "Idempotency-Replayed": ("string", "`true` when this answer was given before under this key."),
    "WWW-Authenticate": (
        "string",
        "The scheme to authenticate with; what a sensitive operation wants more, as in RFC 9470.",
    ),
}

SCHEMAS: dict[str, Schema] = {
    "Errors": {
        "type": "object",
        "required": ["errors"],
        "properties": {
            "errors": {
                "type": "array",
                "minItems": 1,
                "items": {"$ref": REFERENCE + "Error"},
            },
            "current": {
                "type": "object",
                "description": "The row as it is now, where the caller's version is stale.",
            },
        },
    },
    "Error": {
        "type": "object",
        "required": ["code", "message", "source"],
        "properties": {
            "code": {"type": "string", "description": "Stable: programs compare it."},
            "message": {"type": "string", "description": "For people."},
            "source": {"type": "string", "description": "The service that refuses."},
            "field": {"type": "string", "description": "The path of the field it is about."},
        },
    },
    "Meta": {
        "type": "object",
        "required": ["timestamp"],
        "properties": {"timestamp": {"type": "string", "format": "date-time"}},
    },
    "PageMeta": {
        "type": "object",
        "required": ["timestamp", "pagination"],
        "properties": {
            "timestamp": {"type": "string", "format": "date-time"},
            "pagination": {
                "type": "object",
                "required": ["next", "limit"],
                "properties": {
                    "next": {
                        "type": "string",
                        "nullable": True,
                        "description": "The cursor of the next page; null on the last.",
                    },
                    "limit": {"type": "integer"},
                },
            },
            "weights": {
                "type": "integer",
                "description": "Of suggestions: the version of the weights that rated them.",
            },
        },
    },
    "Links": {
        "type": "object",
        "required": ["self"],
        "properties": {"self": {"type": "string", "description": "The path of this answer."}},
    },
}
