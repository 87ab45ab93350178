"""The seam to Cloud Storage, over Google's own client, against what listens in its place.

The embedded storage checks what Google checks, and keeps the bytes in files or in the emulator of
PyPI. That by itself checks nothing, as is tried here. So what is stored, read and deleted is held
against all three; what is signed or made only once against the two whose front door verifies with
the public key what Google's client has signed.
"""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from local.emulators.objects import EmulatedObjects
from local.emulators.process import Emulator
from local.identity import Signer
from local.objects import Buckets, Objects, Stored
from local.signatures import DeniedError
from local.storage import Storage, notification
from shared.cloud import storage
from shared.cloud.breaker import FAILURES, OpenError
from shared.envelopes import object_of
from shared.errors import BadRequestError, UnavailableError
from shared.http import Request
from shared.settings import settings
from tests import web
from tests.emulators.conftest import BUCKET
from tests.factories.storage import serving

MINUTES = timedelta(minutes=5)
T = TypeVar("T")
IMAGE: dict[str, Any] = {"content_type": "image/jpeg", "largest": 1_000, "lasts": MINUTES}


@dataclass
class Embedded:
    """The storage of `make run`, and what it has told of."""

    objects: Buckets
    told: list[Stored] = field(default_factory=list)


@pytest.fixture(params=["files", "emulator"])
def embedded(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Embedded]:
    """Have the seam speak with the storage of `make run`, over files or over the emulator."""
    yield from _embedded(request, tmp_path, monkeypatch)


def _embedded(
    request: pytest.FixtureRequest, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Embedded]:
    buckets = frozenset({BUCKET})
    if request.param == "files":
        made = Embedded(Objects(directory, buckets))
    else:
        made = Embedded(EmulatedObjects(_wiped(request), buckets))
    with serving(made.objects, Signer.fresh(), made.told.append) as url:
        yield from _spoken_with(url, monkeypatch, made)


def _wiped(request: pytest.FixtureRequest) -> str:
    """Return the address of the emulator, with nothing in it."""
    emulator: Emulator = request.getfixturevalue("storage_emulator")
    web.get(f"{emulator.url}/wipe?keep-buckets=true", timeout=10).raise_for_status()
    return emulator.url


def _spoken_with(url: str, monkeypatch: pytest.MonkeyPatch, made: T) -> Iterator[T]:
    with monkeypatch.context() as environment:
        environment.setenv("STORAGE_URL", url)
        settings.cache_clear()
        storage.forget()
        yield made
        storage.forget()
    settings.cache_clear()


@pytest.fixture(params=["files", "emulator", "emulator alone"])
def _place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[object]:
    """Have the seam speak with each in turn."""
    if request.param == "emulator alone":
        yield from _spoken_with(_wiped(request), monkeypatch, None)
    else:
        yield from _embedded(request, tmp_path, monkeypatch)


# Both


@pytest.mark.usefixtures("_place")
@pytest.mark.parametrize("body", [b"", b"\r\n--x\r\n\r\n\0\xff\r\n", b"x" * 9_000_000])
def test_what_is_stored_is_read_as_it_was(body: bytes) -> None:
    """Of any bytes, and of more than Google's client sends at once."""
    name = "a folder/Ọ̀rọ̀ & #1?.bin"
    storage.put(BUCKET, name, body, "application/octet-stream")
    assert storage.get(BUCKET, name) == body


@pytest.mark.usefixtures("_place")
def test_stored_again_it_is_replaced_and_deleted_again_it_is_gone() -> None:
    """A delivery that comes twice does both twice."""
    for body in (b"first", b"second"):
        storage.put(BUCKET, "a/b", body, "text/plain")
    assert storage.get(BUCKET, "a/b") == b"second"
    for _ in range(2):
        storage.delete(BUCKET, "a/b")
    assert storage.get(BUCKET, "a/b") is None


@pytest.mark.usefixtures("embedded")
def test_what_is_new_is_stored_and_what_is_there_is_left() -> None:
    """Whether it is sent at once or in pieces."""
    for content, stored in ((b"first", True), (b"second", False), (b"x" * 9_000_000, False)):
        assert storage.put_new(BUCKET, "a/b", content, "text/plain") is stored
    assert storage.get(BUCKET, "a/b") == b"first"


@pytest.mark.usefixtures("embedded")
def test_who_may_not_replace_an_object_is_told_that_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Google may say so by refusing to delete it; any other refusal is one."""

    def refused(permission: str) -> Callable[..., None]:
        def refuse(*_: object) -> None:
            raise DeniedError(403, "forbidden", f"fn-x does not have {permission} access.")

        return refuse

    monkeypatch.setattr(Storage, "_require_new", refused("storage.objects.delete"))
    assert storage.put_new(BUCKET, "a/b", b"again", "text/plain") is False
    monkeypatch.setattr(Storage, "_require_new", refused("storage.objects.create"))
    with pytest.raises(storage.StorageError):
        storage.put_new(BUCKET, "a/b", b"again", "text/plain")


@pytest.mark.usefixtures("_place")
def test_a_folder_is_emptied_and_its_neighbours_are_not() -> None:
    for name in ("a/1", "a/b/2", "ab/3", "b/a/4"):
        storage.put(BUCKET, name, b"x", "text/plain")
    for _ in range(2):
        storage.delete_under(BUCKET, "a/")
    left = [name for name in ("a/1", "a/b/2", "ab/3", "b/a/4") if storage.get(BUCKET, name)]
    assert left == ["ab/3", "b/a/4"]


@pytest.mark.parametrize("folder", ["", "/", "a"])
def test_what_is_no_folder_is_not_emptied(folder: str) -> None:
    """A slip would otherwise empty the bucket."""
    with pytest.raises(ValueError, match="is no folder"):
        storage.delete_under(BUCKET, folder)


def test_the_emulator_of_pypi_cannot_take_the_place_of_the_embedded_storage(
    storage_emulator: Emulator,
) -> None:
    """When it learns one of these, `make run CLOUD=emulators` may start it: see the README."""
    at = storage_emulator.url
    for body in (b"first", b"second"):
        path = f"{at}/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name=a&ifGenerationMatch=0"
        answer = web.post(path, content=body, headers={"Content-Type": "text/plain"}, timeout=10)
        assert answer.status_code == 200, "it replaces what it was told to leave"
    link = f"{at}/{BUCKET}/a?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Expires=1&X-Goog-Signature=00"
    assert web.get(link, timeout=10).text == "second", "it reads no signature"
    signed = web.post(f"{at}/v1/projects/-/serviceAccounts/a:signBlob", json={}, timeout=10)
    assert signed.status_code >= 400, "nobody can sign there"
    form = web.post(f"{at}/{BUCKET}", data={"key": "b"}, files={"file": b"x"}, timeout=10)
    assert form.status_code >= 400, "it takes no form"


# Links


def test_a_link_downloads_one_object_as_a_file(embedded: Embedded) -> None:
    """Whatever the object's own type, and with no token."""
    embedded.objects.put(BUCKET, "a/b c.zip", "text/html", b"held")
    answer = web.get(_link("a/b c.zip"), timeout=10)
    assert (answer.status_code, answer.content) == (200, b"held")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="mine.zip"'
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_link_says_when_it_ends_and_for_whom_it_was_signed(embedded: Embedded) -> None:
    query = parse_qs(urlsplit(_link("a")).query)
    assert query["X-Goog-Expires"] == [str(int(MINUTES.total_seconds()))]
    assert query["X-Goog-Algorithm"] == ["GOOG4-RSA-SHA256"]
    assert query["X-Goog-SignedHeaders"] == ["host"]
    (credential,) = query["X-Goog-Credential"]
    today = datetime.now(UTC).strftime("%Y%m%d")
    account = f"storage@{settings().project}.iam.gserviceaccount.com"
    assert credential == f"{account}/{today}/auto/storage/goog4_request"


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (lambda link: link.replace("/mine", "/others"), "SignatureDoesNotMatch"),
        (lambda link: link.replace("attachment", "inline"), "SignatureDoesNotMatch"),
        (lambda link: link.replace("Expires=300", "Expires=900"), "SignatureDoesNotMatch"),
        (lambda link: f"{link}&generation=1", "SignatureDoesNotMatch"),
        (lambda link: f"{link[:-4]}abcd", "SignatureDoesNotMatch"),
        (lambda link: f"{link[:-4]}wxyz", "SignatureDoesNotMatch"),
        (lambda link: link.partition("?")[0], "AccessDenied"),
    ],
)
def test_a_link_that_was_touched_opens_nothing(embedded: Embedded, spoilt: Any, code: str) -> None:
    """Neither another object, nor another way to show it, nor a longer time."""
    for name in ("mine", "others"):
        embedded.objects.put(BUCKET, name, "text/plain", name.encode())
    link = spoilt(_link("mine"))
    assert link != _link("mine")
    answer = web.get(link, timeout=10)
    assert answer.status_code == 403
    assert f"<Code>{code}</Code>" in answer.text
    for method in ("PUT", "DELETE"):
        assert web.request(method, _link("mine"), timeout=10).status_code >= 400
    assert embedded.objects.get(BUCKET, "mine") is not None


def test_a_link_ends(embedded: Embedded) -> None:
    """And a link to nothing leads nowhere."""
    embedded.objects.put(BUCKET, "mine", "text/plain", b"mine")
    assert web.get(_link("nothing"), timeout=10).status_code == 404
    ended = _link("mine", timedelta(seconds=1))
    ends = datetime.now(UTC) + timedelta(seconds=1.1)
    while datetime.now(UTC) < ends:
        answer = web.get(ended, timeout=10)
    answer = web.get(ended, timeout=10)
    assert (answer.status_code, "ExpiredToken" in answer.text) == (400, True)


def test_nothing_is_signed_for_long() -> None:
    with pytest.raises(ValueError, match="at most"):
        _link("a", timedelta(minutes=16))
    with pytest.raises(ValueError, match="at most"):
        storage.signed_upload(BUCKET, "a", **{**IMAGE, "lasts": timedelta(minutes=11)})


# Forms


def test_a_form_stores_what_it_was_signed_for(embedded: Embedded) -> None:
    """And storage tells that it is there."""
    signed = storage.signed_upload(BUCKET, "up/1.jpg", **IMAGE)
    assert _posted(signed, b"x" * 1_000).status_code == 204
    stored, body = embedded.objects.get(BUCKET, "up/1.jpg") or (None, b"")
    assert (stored and stored.content_type, body) == ("image/jpeg", b"x" * 1_000)
    assert embedded.told == [stored]


def test_a_policy_names_object_type_size_and_end(embedded: Embedded) -> None:
    """Read back from what was signed, not from what was asked."""
    signed = storage.signed_upload(BUCKET, "up/1.jpg", **IMAGE)
    policy = json.loads(base64.b64decode(signed.fields["policy"]))
    for condition in (
        {"bucket": BUCKET},
        {"key": "up/1.jpg"},
        {"Content-Type": "image/jpeg"},
        ["content-length-range", 1, 1_000],
    ):
        assert condition in policy["conditions"]
    ends = datetime.fromisoformat(policy["expiration"])
    assert abs(datetime.now(UTC) + MINUTES - ends) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("change", "body", "status", "code"),
    [
        ({}, b"", 400, "EntityTooSmall"),
        ({}, b"x" * 1_001, 400, "EntityTooLarge"),
        ({"key": "up/2.jpg"}, b"x", 403, "AccessDenied"),
        ({"Content-Type": "text/html"}, b"x", 403, "AccessDenied"),
        ({"x-goog-meta-owner": "me"}, b"x", 403, "AccessDenied"),
        ({"acl": "public-read"}, b"x", 403, "AccessDenied"),
        ({"x-goog-signature": "00"}, b"x", 403, "SignatureDoesNotMatch"),
        ({"policy": ""}, b"x", 403, "SignatureDoesNotMatch"),
    ],
)
def test_a_form_that_was_touched_stores_nothing(
    embedded: Embedded, change: dict[str, str], body: bytes, status: int, code: str
) -> None:
    """Not another name, type or size; and nothing that the policy does not speak of."""
    signed = storage.signed_upload(BUCKET, "up/1.jpg", **IMAGE)
    answer = _posted(storage.SignedUpload(signed.url, {**signed.fields, **change}), body)
    assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (status, True)
    assert embedded.objects.under(BUCKET) == []
    assert embedded.told == []


def test_a_policy_that_was_rewritten_stores_nothing(embedded: Embedded) -> None:
    """The signature is of the policy's own bytes."""
    signed = storage.signed_upload(BUCKET, "up/1.jpg", **IMAGE)
    policy = json.loads(base64.b64decode(signed.fields["policy"]))
    policy["conditions"].append(["starts-with", "$key", ""])
    fields = {**signed.fields, "policy": base64.b64encode(json.dumps(policy).encode()).decode()}
    assert _posted(storage.SignedUpload(signed.url, fields), b"x").status_code == 403


def test_a_form_ends(embedded: Embedded) -> None:
    signed = storage.signed_upload(BUCKET, "up/1.jpg", **{**IMAGE, "lasts": timedelta(seconds=1)})
    ends = datetime.now(UTC) + timedelta(seconds=1.1)
    while datetime.now(UTC) < ends:
        pass
    answer = _posted(signed, b"x")
    assert (answer.status_code, "ExpiredToken" in answer.text) == (400, True)
    assert embedded.objects.under(BUCKET) == []


# The suite's own door, and what is told


def test_without_the_suites_token_nothing_is_read_or_signed(embedded: Embedded) -> None:
    """Whoever finds the address finds no more than that."""
    embedded.objects.put(BUCKET, "a", "text/plain", b"a")
    url = str(settings().storage_url)
    sign = "/v1/projects/-/serviceAccounts/storage@x.iam.gserviceaccount.com:signBlob"
    for method, path in (
        ("GET", f"/storage/v1/b/{BUCKET}/o"),
        ("GET", f"/download/storage/v1/b/{BUCKET}/o/a?alt=media"),
        ("DELETE", f"/storage/v1/b/{BUCKET}/o/a"),
        ("POST", f"/upload/storage/v1/b/{BUCKET}/o?uploadType=multipart"),
        ("POST", sign),
    ):
        answer = web.request(method, f"{url}{quote(path, safe='/?=:@')}", timeout=10)
        assert answer.status_code == 401, path


def test_what_storage_tells_is_read(embedded: Embedded) -> None:
    """As Pub/Sub pushes it; stored anew it is another object, told again it is the same."""
    for _ in range(2):
        storage.put(BUCKET, "a/b", b"held", "text/plain")
    first, second = (object_of(_push(notification(each))) for each in embedded.told)
    assert (first.bucket, first.name, first.size) == (BUCKET, "a/b", 4)
    assert first.content_type == "text/plain"
    assert first.id != second.id
    assert object_of(_push(notification(embedded.told[0]))) == first


@pytest.mark.parametrize(
    "message",
    [
        {"attributes": {"eventType": "OBJECT_DELETE"}, "data": "e30="},
        {"attributes": {"eventType": "OBJECT_FINALIZE"}, "data": "e30="},
        {"attributes": {"eventType": "OBJECT_FINALIZE"}, "data": "!"},
        {"data": "e30="},
        {},
    ],
)
def test_what_tells_of_no_complete_object_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(BadRequestError):
        object_of(_push(message))


def test_one_who_does_not_answer_is_told_so_and_then_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """503, whatever was asked; after some of these nobody waits for it any more."""
    monkeypatch.setenv("STORAGE_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    storage.forget()
    try:
        for _ in range(FAILURES):
            with pytest.raises(UnavailableError):
                storage.get(BUCKET, "a")
        with pytest.raises(OpenError):
            storage.get(BUCKET, "a")
    finally:
        storage.forget()
        monkeypatch.undo()
        settings.cache_clear()


def _link(name: str, lasts: timedelta = MINUTES) -> str:
    return storage.signed_link(
        BUCKET, name, filename="mine.zip", content_type="application/zip", lasts=lasts
    )


def _posted(signed: storage.SignedUpload, body: bytes) -> httpx.Response:
    return web.post(signed.url, data=signed.fields, files={"file": ("f", body)}, timeout=10)


def _push(message: dict[str, Any]) -> Request:
    return Request("POST", "/", body=json.dumps({"message": message}).encode())
