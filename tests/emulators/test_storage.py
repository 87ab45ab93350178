"""The seam to Cloud Storage, over Google's own client, against what listens in its place.

The embedded storage checks what Google checks. The emulator of PyPI does not: it takes any token
or none, serves a signed link whatever its signature and age, has no `signBlob` to sign with and no
forms to post to. So what is stored, read and deleted is held against both, what is signed against
the embedded one alone, which verifies with the public key what Google's client has signed.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from local.emulators.process import Emulator
from local.identity import Signer
from local.objects import Objects, Stored
from local.storage import notification
from shared.cloud import storage
from shared.cloud.breaker import FAILURES, OpenError
from shared.envelopes import object_of
from shared.errors import BadRequestError, UnavailableError
from shared.http import Request
from shared.settings import settings
from tests.emulators.conftest import BUCKET
from tests.factories.storage import serving

MINUTES = timedelta(minutes=5)
IMAGE: dict[str, Any] = {"content_type": "image/jpeg", "largest": 1_000, "lasts": MINUTES}


@dataclass
class Embedded:
    """The storage of `make run`, and what it has told of."""

    objects: Objects
    told: list[Stored] = field(default_factory=list)


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Embedded]:
    """Have the seam speak with the embedded storage."""
    made = Embedded(Objects(tmp_path, frozenset({BUCKET})))
    with serving(made.objects, Signer.fresh(), made.told.append) as url:
        monkeypatch.setenv("STORAGE_URL", url)
        yield from _afresh(made)
    monkeypatch.undo()
    settings.cache_clear()


def _afresh(made: Embedded) -> Iterator[Embedded]:
    settings.cache_clear()
    storage.forget()
    yield made
    storage.forget()


@pytest.fixture(params=["embedded", "storage_emulator"])
def _place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the seam speak with each in turn."""
    found = request.getfixturevalue(request.param)
    if isinstance(found, Emulator):
        httpx.get(f"{found.url}/wipe?keep-buckets=true", timeout=10).raise_for_status()
        monkeypatch.setenv("STORAGE_URL", found.url)
        settings.cache_clear()
        storage.forget()
    yield
    storage.forget()
    monkeypatch.undo()
    settings.cache_clear()


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


# Links


def test_a_link_downloads_one_object_as_a_file(embedded: Embedded) -> None:
    """Whatever the object's own type, and with no token."""
    embedded.objects.put(BUCKET, "a/b c.zip", "text/html", b"held")
    answer = httpx.get(_link("a/b c.zip"), timeout=10)
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
    answer = httpx.get(link, timeout=10)
    assert answer.status_code == 403
    assert f"<Code>{code}</Code>" in answer.text
    for method in ("PUT", "DELETE"):
        assert httpx.request(method, _link("mine"), timeout=10).status_code >= 400
    assert embedded.objects.get(BUCKET, "mine") is not None


def test_a_link_ends(embedded: Embedded) -> None:
    """And a link to nothing leads nowhere."""
    embedded.objects.put(BUCKET, "mine", "text/plain", b"mine")
    assert httpx.get(_link("nothing"), timeout=10).status_code == 404
    ended = _link("mine", timedelta(seconds=1))
    ends = datetime.now(UTC) + timedelta(seconds=1.1)
    while datetime.now(UTC) < ends:
        answer = httpx.get(ended, timeout=10)
    answer = httpx.get(ended, timeout=10)
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
        answer = httpx.request(method, f"{url}{quote(path, safe='/?=:@')}", timeout=10)
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
    return httpx.post(signed.url, data=signed.fields, files={"file": ("f", body)}, timeout=10)


def _push(message: dict[str, Any]) -> Request:
    return Request("POST", "/", body=json.dumps({"message": message}).encode())
