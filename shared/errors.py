"""Every way a function may refuse: one class an HTTP status, one code a reason."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of the `errors` array: a stable code, a sentence, the field it is about."""

    code: str
    message: str
    field: str | None = None


class ApiError(Exception):
    """A refusal that the caller can act on; the edge turns it into its status and `errors`."""

    status = 400
    code = "BAD_REQUEST"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        problems: tuple[Problem, ...] = (),
        headers: Mapping[str, str] | None = None,
        current: str | None = None,
    ) -> None:
        """Refuse with `message`; `current` is the JSON text of the row as it is now."""
        super().__init__(message)
        self.problems = problems or (Problem(code or self.code, message, field),)
        self.headers = dict(headers or {})
        self.current = current


class BadRequestError(ApiError):
    """The request cannot be read at all: not JSON, too deep, a forbidden character."""


class UnauthenticatedError(ApiError):
    """No token, or one that does not verify."""

    status = 401
    code = "UNAUTHENTICATED"

    def __init__(self, message: str, *, code: str | None = None, challenge: str = "Bearer") -> None:
        """Refuse and name the scheme, as RFC 9110 demands of a 401; `challenge` may say more."""
        super().__init__(message, code=code, headers={"WWW-Authenticate": challenge})


class ForbiddenError(ApiError):
    """The caller is known and may not do this."""

    status = 403
    code = "FORBIDDEN"


class NotFoundError(ApiError):
    """Nothing is there, or nothing that the caller may know of: the two look the same."""

    status = 404
    code = "NOT_FOUND"


class MethodNotAllowedError(ApiError):
    """The path exists, the method does not."""

    status = 405
    code = "METHOD_NOT_ALLOWED"


class ConflictError(ApiError):
    """The state of the row does not allow it; reading it again tells why."""

    status = 409
    code = "CONFLICT"


class TooLargeError(ApiError):
    """The body is over the limit."""

    status = 413
    code = "BODY_TOO_LARGE"


class UnsupportedMediaTypeError(ApiError):
    """The body is not `application/json`."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class InvalidError(ApiError):
    """The request reads well and one or more of its fields are wrong."""

    status = 422
    code = "VALIDATION_ERROR"


class PreconditionRequiredError(ApiError):
    """An edit without `If-Match` would overwrite what the caller has not seen."""

    status = 428
    code = "PRECONDITION_REQUIRED"


class TooManyRequestsError(ApiError):
    """A rate limit or quota is used up; `Retry-After` says when to come back."""

    status = 429
    code = "RATE_LIMITED"


class UnavailableError(ApiError):
    """Busy or restarting: the same request may succeed after `Retry-After`."""

    status = 503
    code = "UNAVAILABLE"

    def __init__(
        self, message: str = "Busy. Try again shortly.", *, retry_after: int | None = None
    ) -> None:
        """Refuse for `retry_after` seconds; else one to three, that not all come back at once."""
        seconds = retry_after or 1 + secrets.randbelow(3)
        super().__init__(message, headers={"Retry-After": str(seconds)})
