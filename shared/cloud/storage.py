"""Cloud Storage, as far as the suite needs it: signed uploads and links, and objects of its own.

Google's client speaks in production, and on a development machine to `STORAGE_URL`: what listens
there checks and signs as Google does. Nothing is tried again here: whoever asked is asked again, by
the bus, the clock or the person.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import Any
from urllib.parse import urlsplit

from shared.cloud.breaker import Breaker
from shared.errors import UnavailableError
from shared.settings import settings

DEADLINE_SECONDS = 5
LONGEST_UPLOAD = timedelta(minutes=10)
LONGEST_LINK = timedelta(minutes=15)

breaker = Breaker("Storage")
_lock = threading.Lock()


class StorageError(UnavailableError):
    """Storage did not do what it was asked."""


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """Where a form is posted to, and the fields that stand in it before its `file`."""

    url: str
    fields: dict[str, str]


def signed_upload(
    bucket: str, name: str, *, content_type: str, largest: int, smallest: int = 1, lasts: timedelta
) -> SignedUpload:
    """Let whoever holds the answer store one object: this name, this type, a size within bounds."""
    _require_short(lasts, LONGEST_UPLOAD)
    with _asking() as google:
        signed = google.client.generate_signed_post_policy_v4(
            bucket,
            name,
            expiration=lasts,
            conditions=[["content-length-range", smallest, largest]],
            fields={"Content-Type": content_type},
            credentials=google.signing,
        )
    return SignedUpload(signed["url"], signed["fields"])


def signed_link(
    bucket: str, name: str, *, filename: str, content_type: str, lasts: timedelta
) -> str:
    """Return an address at which anybody may download one object until it `lasts` no longer."""
    _require_short(lasts, LONGEST_LINK)
    with _asking() as google:
        link: str = _blob(google, bucket, name).generate_signed_url(
            version="v4",
            expiration=lasts,
            response_disposition=f'attachment; filename="{filename}"',
            response_type=content_type,
            credentials=google.signing,
        )
    return link


def put(bucket: str, name: str, body: bytes, content_type: str) -> None:
    """Store an object; one of the same name is replaced."""
    with _asking() as google:
        _blob(google, bucket, name).upload_from_string(
            body, content_type=content_type, timeout=DEADLINE_SECONDS, retry=None
        )


def put_new(bucket: str, name: str, body: bytes, content_type: str) -> bool:
    """Store an object unless there is one of that name; tell whether it was stored.

    Whoever may create objects and not delete them, may not replace one either.
    """
    from google.api_core.exceptions import Forbidden, PreconditionFailed  # noqa: PLC0415  # see _google

    with _asking() as google:
        try:
            _blob(google, bucket, name).upload_from_string(
                body,
                content_type=content_type,
                if_generation_match=0,
                timeout=DEADLINE_SECONDS,
                retry=None,
            )
        except PreconditionFailed:
            return False
        except Forbidden as error:
            # Google asks whether one may delete an object only where there is one.
            if "storage.objects.delete" not in str(error):
                raise
            return False
    return True


def get(bucket: str, name: str) -> bytes | None:
    """Return what an object holds; None when there is none."""
    from google.api_core.exceptions import NotFound  # noqa: PLC0415  # Google's client, see _google

    with _asking() as google:
        try:
            held: bytes = _blob(google, bucket, name).download_as_bytes(
                timeout=DEADLINE_SECONDS, retry=None
            )
        except NotFound:
            return None
    return held


def delete(bucket: str, name: str) -> None:
    """Delete an object; one that is gone already is no failure."""
    from google.api_core.exceptions import NotFound  # noqa: PLC0415  # Google's client, see _google

    with _asking() as google:
        try:
            _blob(google, bucket, name).delete(timeout=DEADLINE_SECONDS, retry=None)
        except NotFound:
            return


def delete_under(bucket: str, folder: str) -> None:
    """Delete every object whose name begins with `folder`, which ends with a slash."""
    if not folder.strip("/") or not folder.endswith("/"):
        raise ValueError(f"{folder!r} is no folder: more would go than is in it")
    with _asking() as google:
        found = [
            each.name
            for each in google.client.list_blobs(
                bucket, prefix=folder, timeout=DEADLINE_SECONDS, retry=None
            )
        ]
    for name in found:
        delete(bucket, name)


def forget() -> None:
    """Let go of the client: the next call makes another, as a process does that was just forked."""
    with _lock:
        if _google.cache_info().currsize:
            _google().close()
        _google.cache_clear()
    breaker.reset()


@dataclass(frozen=True, slots=True)
class _Google:
    """Google's client, and what signs in the name of this function's service account."""

    client: Any
    signing: Any
    sessions: tuple[Any, ...]

    def close(self) -> None:
        """Close what is kept open."""
        self.client.close()
        for each in self.sessions:
            each.close()


def _require_short(lasts: timedelta, longest: timedelta) -> None:
    if not timedelta(0) < lasts <= longest:
        raise ValueError(f"a signature lasts {longest} at most")


def _blob(google: _Google, bucket: str, name: str) -> Any:  # noqa: ANN401  # Google's, untyped
    return google.client.bucket(bucket).blob(name)


@contextmanager
def _asking() -> Iterator[_Google]:
    """Lend Google's client for one call; what it raises means that storage has not done it."""
    from google.api_core.exceptions import GoogleAPICallError  # noqa: PLC0415  # see _google
    from google.auth.exceptions import GoogleAuthError, TransportError  # noqa: PLC0415  # as above
    from google.cloud.storage.exceptions import DataCorruption, InvalidResponse  # noqa: PLC0415
    from requests.exceptions import RequestException  # noqa: PLC0415  # Google's client has it

    try:
        with _lock:
            google = _google()
        with breaker.watch(RequestException, TransportError):
            yield google
    except (
        GoogleAPICallError,
        GoogleAuthError,
        DataCorruption,
        InvalidResponse,
        RequestException,
    ) as error:
        raise StorageError("Storage does not answer. Try again shortly.") from error


@cache
def _google() -> _Google:
    """Make the client: half a second of a cold start, and only for those who store something."""
    import google.auth  # noqa: PLC0415  # see above
    from google.auth.iam import Signer  # noqa: PLC0415  # see above
    from google.auth.transport.requests import Request  # noqa: PLC0415  # see above
    from google.cloud.storage import Client  # noqa: PLC0415  # see above
    from google.oauth2 import credentials as oauth2  # noqa: PLC0415  # see above
    from google.oauth2 import service_account  # noqa: PLC0415  # see above
    from requests import Session  # noqa: PLC0415  # see above

    now = settings()
    if not now.production and not now.storage_url:
        raise StorageError("No storage is configured.")
    session = Session()
    request: Any = partial(Request(session), timeout=DEADLINE_SECONDS)
    options: dict[str, str] = {}
    if now.storage_url:
        # As Google's emulators are told that it is the suite which asks.
        credentials: Any = oauth2.Credentials("owner")  # type: ignore[no-untyped-call]  # Google's
        email = f"storage@{now.project}.iam.gserviceaccount.com"
        options = {"api_endpoint": now.storage_url}
        request = _led_to(now.storage_url, request)
    else:
        credentials, _ = google.auth.default(
            scopes=["https://www.googleapis.com/auth/cloud-platform"]
        )
        credentials.refresh(request)  # only then it knows its own name
        email = credentials.service_account_email
    client = Client(now.project, credentials, client_options=options)  # type: ignore[no-untyped-call]
    # It would look up every bucket in a thread of its own, for labels of traces that nobody keeps.
    client._bucket_metadata_cache = None  # type: ignore[assignment]  # noqa: SLF001  # see above
    # No key lies in a function: IAM signs for it.
    signer = Signer(request, credentials, email)  # type: ignore[no-untyped-call]  # Google's
    signing = service_account.Credentials(signer, email, "")  # type: ignore[no-untyped-call]
    return _Google(client, signing, (session,))


def _led_to(url: str, request: Any) -> Any:  # noqa: ANN401  # what Google's signer calls
    """Return `request` with IAM's address replaced by that of a development machine."""
    return lambda **sent: request(**{**sent, "url": url + urlsplit(sent["url"]).path})
