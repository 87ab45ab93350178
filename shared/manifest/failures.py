"""The refusals that each operation can answer with, as responses of the API document."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pg8000.exceptions import DatabaseError

from schemas.shape import Shape
from shared import admission, edge, idempotency, limits, parsing, rendering, sqlstates, tokens
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
    also: tuple[Callable[[], list[Refusal]], ...] = ()
    only: frozenset[str] = frozenset()
    headers: tuple[str, ...] = ()

    def refusals(self) -> list[Refusal]:
        """Return what it can say, each code once."""
        said = [refusal for source in self.also for refusal in source()]
        return _once(
            [
                refusal
                for refusal in (*said, *findings(*self.given_by).refusals)
                if refusal.status == self.status and (not self.only or refusal.code in self.only)
            ]
        )


def _once(refusals: list[Refusal]) -> list[Refusal]:
    """Return the first refusal of each code: the code is the contract, the sentence is not."""
    return list({refusal.code: refusal for refusal in reversed(refusals)}.values())[::-1]


class _Sample(Shape):
    title: str


def _said(error: ApiError) -> list[Refusal]:
    return [Refusal(error.status, each.code, each.message, each.field) for each in error.problems]


def _wrong_fields() -> list[Refusal]:
    """Return what a body with a missing and an unknown field is told."""
    try:
        parsing.validated(_Sample, b'{"colour": 1}')
    except InvalidError as error:
        return _said(error)
    return []


def _nothing() -> list[Refusal]:
    return _said(NotFoundError("There is nothing here."))


def _database() -> list[Refusal]:
    """Return what a caller is told of what PostgreSQL refuses."""
    errors = [sqlstates.as_refusal(DatabaseError({"C": state})) for state in _SQLSTATES]
    return [refusal for error in errors if isinstance(error, ApiError) for refusal in _said(error)]


_SQLSTATES = ("55P03", "23505", "23503", "23514", "22021", "57014")
"""A lock, three kinds of constraint, a character, the time: one of each kind of refusal."""


def _has_body(entry: Entry, _: Http) -> bool:
    return entry.body is not None


def _has_none(entry: Entry, _: Http) -> bool:
    return entry.body is None


def _takes_token(_: Entry, trigger: Http) -> bool:
    return trigger.hides or not open_to_strangers(trigger)


# What the edge refuses is read from the very functions that it refuses with.
_ADMISSION = (admission.bearer, tokens.verify, admission.admit)
_VERSION = edge._version  # noqa: SLF001  # see above

COMMON = (
    Common("UnreadableQuery", 400, _has_none, (parsing.query_of,)),
    Common("Unreadable", 400, _has_body, (parsing.query_of, parsing.body_of), (_database,)),
    Common("Unauthenticated", 401, _takes_token, _ADMISSION, headers=("WWW-Authenticate",)),
    Common(
        "NotRecent",
        401,
        lambda _, trigger: trigger.sensitive,
        (*_ADMISSION, admission.step_up),
        headers=("WWW-Authenticate",),
    ),
    Common("NotAdmitted", 403, lambda _, trigger: needs_account(trigger), _ADMISSION),
    Common(
        "Suspended",
        403,
        lambda entry, trigger: _takes_token(entry, trigger) and not needs_account(trigger),
        _ADMISSION,
        only=frozenset({"ACCOUNT_SUSPENDED"}),
    ),
    Common("NotFound", 404, lambda entry, _: bool(entry.path), also=(_nothing,)),
    Common(
        "Conflict",
        409,
        lambda entry, trigger: "db" in entry.wants and trigger.method != "GET",
        also=(_database,),
    ),
    Common("TooLarge", 413, _has_body, (parsing.body_of,)),
    Common("UnsupportedMedia", 415, _has_body, (parsing.body_of,)),
    Common(
        "InvalidQuery",
        422,
        _has_none,
        (parsing.query_of, parsing.path_value, rendering.answer),
    ),
    Common(
        "Invalid",
        422,
        _has_body,
        (parsing.query_of, parsing.path_value, parsing.body_of),
        (_wrong_fields,),
    ),
    Common("PreconditionRequired", 428, lambda entry, _: "version" in entry.wants, (_VERSION,)),
    Common(
        "TooManyRequests",
        429,
        lambda _, trigger: trigger.limit is not None,
        (limits.demand,),
        headers=("Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
    ),
    Common(
        "Unavailable",
        503,
        lambda entry, trigger: "db" in entry.wants or _takes_token(entry, trigger),
        also=(_database,),
        headers=("Retry-After",),
    ),
)


def failures(entry: Entry, trigger: Http) -> dict[str, Part]:
    """Return every refusal of an operation as a response: shared ones by reference."""
    shared = {each.status: each for each in COMMON if each.when(entry, trigger)}
    own = _own(entry, trigger)
    names = _names()
    responses = {}
    for status in sorted(shared.keys() | {refusal.status for refusal in own}):
        common = shared.get(status)
        said = common.refusals() if common else []
        known = {refusal.code for refusal in said}
        mine = [each for each in own if each.status == status and each.code not in known]
        if common and not mine:
            responses[str(status)] = {"$ref": f"#/components/responses/{common.name}"}
            continue
        shown = {refusal.code: _reference(names[refusal]) for refusal in said}
        shown |= {each.code: {"value": _body(each, entry.service)} for each in _once(mine)}
        responses[str(status)] = _response(status, shown, common.headers if common else ())
    return responses


def common_responses() -> dict[str, Part]:
    """Return the responses that operations refer to."""
    names = _names()
    return {
        each.name: _response(
            each.status,
            {refusal.code: _reference(names[refusal]) for refusal in each.refusals()},
            each.headers,
        )
        for each in COMMON
    }


def common_examples() -> dict[str, Part]:
    """Return the examples that responses refer to."""
    return {name: {"value": _body(refusal, "listings")} for refusal, name in _names().items()}


def _own(entry: Entry, trigger: Http) -> list[Refusal]:
    """Return what only some operations say: the function itself, keys, versions."""
    sources: list[Callable[..., Any]] = [entry.function]
    if trigger.idempotent:
        sources += [idempotency.read, idempotency.answered]
    if "version" in entry.wants:
        sources.append(_VERSION)
    return findings(*sources).refusals


def _names() -> dict[Refusal, str]:
    """Return the name of each shared example: its code, and a number where several have that."""
    names: dict[Refusal, str] = {}
    for refusal in dict.fromkeys(said for each in COMMON for said in each.refusals()):
        same = sum(known.code == refusal.code for known in names)
        names[refusal] = f"{refusal.code}.{same + 1}" if same else refusal.code
    return names


def _reference(name: str) -> Part:
    return {"$ref": f"#/components/examples/{name}"}


def _body(refusal: Refusal, source: str) -> Part:
    error = {"code": refusal.code, "message": refusal.message, "source": source}
    if refusal.field and UNKNOWN not in refusal.field:
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
