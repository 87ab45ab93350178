"""The refusals that each operation can answer with, as responses of the API document."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from schemas.shape import Shape
from shared import db, edge, idempotency, limits, parsing, rendering, tokens
from shared.entry import Entry, needs_account, open_to_strangers
from shared.errors import ApiError, InvalidError, NotFoundError
from shared.manifest.refusals import UNKNOWN, Refusal, findings
from shared.triggers import Http

Part = dict[str, Any]

MEDIA = "application/json"


@dataclass(frozen=True, slots=True)
class Common:
    """A response that many operations share, because the edge gives it."""

    name: str
    status: int
    when: Callable[[Entry, Http], bool]
    given_by: tuple[Callable[..., Any], ...] = ()
    only: frozenset[str] = frozenset()
    headers: tuple[str, ...] = ()

    def refusals(self) -> list[Refusal]:
        """Return what it can say."""
        found = [
            refusal
            for refusal in findings(*self.given_by).refusals
            if refusal.status == self.status and (not self.only or refusal.code in self.only)
        ]
        if self.name == "NotFound":
            found.append(Refusal(404, NotFoundError.code, "There is nothing here."))
        if parsing.body_of in self.given_by and self.status == InvalidError.status:
            found += _wrong_fields()
        return found


class _Sample(Shape):
    title: str


def _wrong_fields() -> list[Refusal]:
    """Return what a body with a missing and an unknown field is told."""
    try:
        parsing.validated(_Sample, b'{"colour": 1}')
    except InvalidError as error:
        return [
            Refusal(error.status, each.code, each.message, each.field) for each in error.problems
        ]
    return []


def _has_body(entry: Entry, _: Http) -> bool:
    return entry.body is not None


def _has_none(entry: Entry, _: Http) -> bool:
    return entry.body is None


def _needs_token(_: Entry, trigger: Http) -> bool:
    return not open_to_strangers(trigger)


# What the edge refuses is read from the very functions that it refuses with.
_ADMISSION = (edge._bearer, tokens.verify, edge._admit)  # noqa: SLF001  # see above
_VERSION = edge._version  # noqa: SLF001  # see above
_NOT_ADMITTED = frozenset({"ACCOUNT_SUSPENDED", "NOT_ONBOARDED", "ROLE_NOT_ALLOWED"})

COMMON = (
    Common("UnreadableQuery", 400, _has_none, (parsing.query_of,)),
    Common("Unreadable", 400, _has_body, (parsing.query_of, parsing.body_of, db.as_refusal)),
    Common("Unauthenticated", 401, _needs_token, _ADMISSION, headers=("WWW-Authenticate",)),
    Common("NotAdmitted", 403, lambda _, trigger: needs_account(trigger), _ADMISSION),
    Common(
        "Suspended",
        403,
        lambda entry, trigger: _needs_token(entry, trigger) and not needs_account(trigger),
        _ADMISSION,
        only=frozenset({"ACCOUNT_SUSPENDED"}),
    ),
    Common("NotFound", 404, lambda entry, _: bool(entry.path)),
    Common(
        "Locked",
        409,
        lambda entry, trigger: "db" in entry.wants and trigger.method != "GET",
        (db.as_refusal,),
    ),
    Common("TooLarge", 413, _has_body, (parsing.body_of,)),
    Common("UnsupportedMedia", 415, _has_body, (parsing.body_of,)),
    Common(
        "InvalidQuery",
        422,
        _has_none,
        (parsing.query_of, parsing.path_value, rendering.answer),
    ),
    Common("Invalid", 422, _has_body, (parsing.query_of, parsing.path_value, parsing.body_of)),
    Common("PreconditionRequired", 428, lambda entry, _: "version" in entry.wants, (_VERSION,)),
    Common(
        "TooManyRequests",
        429,
        lambda _, trigger: trigger.limit is not None,
        (limits.take,),
        headers=("Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
    ),
    Common(
        "Unavailable",
        503,
        lambda entry, trigger: "db" in entry.wants or _needs_token(entry, trigger),
        (db.as_refusal,),
        headers=("Retry-After",),
    ),
)


def failures(entry: Entry, trigger: Http) -> dict[str, Part]:
    """Return every refusal of an operation as a response: shared ones by reference."""
    shared = {each.status: each for each in COMMON if each.when(entry, trigger)}
    own = _own(entry, trigger, set(shared))
    known = _names()
    responses = {}
    for status in sorted(shared.keys() | {refusal.status for refusal in own}):
        mine = [refusal for refusal in own if refusal.status == status]
        common = shared.get(status)
        if common and not mine:
            responses[str(status)] = {"$ref": f"#/components/responses/{common.name}"}
            continue
        said = common.refusals() if common else []
        shown = {
            name: _reference(known[refusal])
            if refusal in said
            else {"value": _body(refusal, entry.service)}
            for name, refusal in _named([*said, *mine]).items()
        }
        responses[str(status)] = _response(status, shown, common.headers if common else ())
    return responses


def common_responses() -> dict[str, Part]:
    """Return the responses that operations refer to."""
    known = _names()
    return {
        each.name: _response(
            each.status,
            {known[refusal]: _reference(known[refusal]) for refusal in each.refusals()},
            each.headers,
        )
        for each in COMMON
    }


def common_examples() -> dict[str, Part]:
    """Return the examples that responses refer to."""
    return {name: {"value": _body(refusal, "listings")} for refusal, name in _names().items()}


def _own(entry: Entry, trigger: Http, shared: set[int]) -> list[Refusal]:
    """Return what only some operations say: the function itself, keys, versions."""
    sources: list[Callable[..., Any]] = [entry.function]
    if trigger.idempotent:
        sources += [idempotency.read, idempotency.claim]
    if "version" in entry.wants:
        sources.append(_VERSION)
    said = {refusal for common in COMMON for refusal in common.refusals()}
    return [
        refusal
        for source in sources
        for refusal in findings(source).refusals
        if refusal not in said or refusal.status not in shared
    ]


def _names() -> dict[Refusal, str]:
    """Return the name of each example that responses share."""
    said = dict.fromkeys(refusal for each in COMMON for refusal in each.refusals())
    return {refusal: name for name, refusal in _named(said).items()}


def _named(refusals: Iterable[Refusal]) -> dict[str, Refusal]:
    """Return refusals by code; where several share a code, by code and number."""
    named: dict[str, Refusal] = {}
    for refusal in refusals:
        name, number = refusal.code, 1
        while name in named:
            number += 1
            name = f"{refusal.code}.{number}"
        named[name] = refusal
    return named


def _reference(name: str) -> Part:
    return {"$ref": f"#/components/examples/{name}"}


def _body(refusal: Refusal, source: str) -> Part:
    error = {"code": refusal.code, "message": refusal.message, "source": source}
    if refusal.field and refusal.field != UNKNOWN:
        error["field"] = refusal.field
    return {"errors": [error]}


def _response(status: int, examples: Part, headers: tuple[str, ...]) -> Part:
    classes = {each.status: each for each in ApiError.__subclasses__()}
    sentence = (classes[status].__doc__ or "").strip().split("\n", maxsplit=1)[0]
    names = ("X-Request-Id", *headers)
    return {
        "description": sentence,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {
            MEDIA: {"schema": {"$ref": "#/components/schemas/Errors"}, "examples": examples}
        },
    }
