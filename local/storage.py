"""Cloud Storage on this machine, in Google's own HTTP: its JSON API, signed forms and signed links.

What a form or a link allows is checked as Google checks it: signature, expiry, name, type, size.
IAM's `signBlob` is answered too, with the key that signs everything here.
"""

import base64
import html
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from werkzeug.formparser import parse_form_data

from local import signatures
from local.identity import Signer
from local.objects import Buckets, Stored, checksum
from local.signatures import DeniedError
from shared.adapter import StartResponse
from shared.http import Response, to_wsgi

LARGEST_BODY = 64 * 1024 * 1024
TOPIC = "storage"
OWNER = "Bearer owner"
"""The token by which Google's emulators know who may do anything."""

_SIGN = re.compile(r"/v1/projects/-/serviceAccounts/[^/:]+:signBlob")
_LIST = re.compile(r"/storage/v1/b/([^/]+)/o")
_OBJECT = re.compile(r"/(?:download/)?storage/v1/b/([^/]+)/o/(.+)", re.DOTALL)
_UPLOAD = re.compile(r"/upload/storage/v1/b/([^/]+)/o")
_API = (_SIGN, _LIST, _OBJECT, _UPLOAD)
_BOUNDARY = re.compile(r'boundary="?([^";]+)')
_JSON = {"Content-Type": "application/json; charset=UTF-8"}


@dataclass(slots=True)
class _Asked:
    """One request, read."""

    method: str
    path: str
    query: dict[str, str]
    environ: dict[str, Any]
    matched: tuple[str, ...] = ()
    body: bytes = b""


@dataclass
class Storage:
    """A WSGI application for the paths that it `serves`."""

    objects: Buckets
    signer: Signer
    announce: Callable[[Stored], None]
    """Told of every object that is complete, as Cloud Storage tells a topic of Pub/Sub."""
    _begun: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def serves(self, path: str) -> bool:
        """Tell whether a path is storage's: its API, or one of its buckets."""
        first = path.split("/")[1] if "/" in path else ""
        return first in self.objects.buckets or any(each.fullmatch(path) for each in _API)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        query = {name: values[-1] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        asked = _Asked(environ["REQUEST_METHOD"], path, query, environ)
        try:
            response = self._answer(asked)
        except DeniedError as error:
            response = _refused(error, as_json=any(each.fullmatch(path) for each in _API))
        response.headers["X-Content-Type-Options"] = "nosniff"
        status, headers, body = to_wsgi(response)
        start_response(status, headers)
        return body

    def _answer(self, asked: _Asked) -> Response:
        for pattern, serve in (
            (_SIGN, self._sign),
            (_LIST, self._list),
            (_OBJECT, self._object),
            (_UPLOAD, self._upload),
        ):
            if found := pattern.fullmatch(asked.path):
                asked.matched = found.groups()
                return self._owned(asked, serve)
        bucket, _, name = asked.path[1:].partition("/")
        if asked.method == "POST" and not name:
            return self._form(asked, bucket)
        if asked.method in {"GET", "HEAD"}:
            return self._link(asked, bucket, name)
        raise DeniedError(405, "MethodNotAllowed", "This is not served here.")

    def _owned(self, asked: _Asked, serve: Callable[[_Asked], Response]) -> Response:
        if asked.environ.get("HTTP_AUTHORIZATION") != OWNER:
            raise DeniedError(401, "AuthenticationRequired", "The suite alone may do this.")
        if asked.matched and asked.matched[0] not in self.objects.buckets:
            raise DeniedError(404, "NoSuchBucket", f"There is no bucket {asked.matched[0]}.")
        asked.body = _body(asked.environ)
        return serve(asked)

    # The JSON API

    def _sign(self, asked: _Asked) -> Response:
        message = base64.b64decode(json.loads(asked.body)["payload"])
        signed = self.signer.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return _json({"keyId": "local", "signedBlob": base64.b64encode(signed).decode()})

    def _list(self, asked: _Asked) -> Response:
        (bucket,) = asked.matched
        found = self.objects.under(bucket, asked.query.get("prefix", ""))
        return _json({"kind": "storage#objects", "items": [each.resource() for each in found]})

    def _object(self, asked: _Asked) -> Response:
        bucket, name = asked.matched
        if asked.method == "DELETE" and self.objects.delete(bucket, name):
            return Response(204, {}, b"")
        held = self.objects.get(bucket, name) if asked.method == "GET" else None
        if held is None:
            raise DeniedError(404, "NoSuchKey", f"No such object: {bucket}/{name}")
        stored, body = held
        if asked.query.get("alt") == "media":
            return Response(200, _headers(stored), body)
        return _json(stored.resource())

    def _upload(self, asked: _Asked) -> Response:
        (bucket,) = asked.matched
        match asked.method, asked.query.get("uploadType"):
            case "POST", "multipart":
                said, content_type, body = _parts(asked)
                self._require_new(asked, bucket, said["name"])
                return self._store(bucket, said, content_type, body)
            case "POST", "resumable":
                key = uuid4().hex
                said = json.loads(asked.body)
                self._require_new(asked, bucket, said["name"])
                content_type = asked.environ.get("HTTP_X_UPLOAD_CONTENT_TYPE", "")
                self._begun[key] = (bucket, said["name"], content_type)
                host = f"http://{asked.environ['HTTP_HOST']}{asked.path}"
                location = f"{host}?uploadType=resumable&upload_id={key}"
                return Response(200, {"Location": location, "X-GUploader-UploadID": key}, b"")
            case "PUT", "resumable":
                bucket, name, content_type = self._begun.pop(asked.query["upload_id"])
                return self._store(bucket, {"name": name}, content_type, asked.body)
        raise DeniedError(400, "InvalidArgument", "Upload at once, or in one resumable piece.")

    def _require_new(self, asked: _Asked, bucket: str, name: str) -> None:
        """Refuse to replace an object for one who asked to make one."""
        if asked.query.get("ifGenerationMatch") == "0" and self.objects.get(bucket, name):
            raise DeniedError(412, "conditionNotMet", "There is such an object.")

    def _store(self, bucket: str, said: dict[str, Any], content_type: str, body: bytes) -> Response:
        if said.get("crc32c", checksum(body)) != checksum(body):
            raise DeniedError(400, "BadDigest", "What arrived is not what was sent.")
        stored = self.objects.put(bucket, said["name"], content_type, body)
        self.announce(stored)
        return _json(stored.resource())

    # What is signed

    def _form(self, asked: _Asked, bucket: str) -> Response:
        _, form, files = parse_form_data(asked.environ, max_content_length=LARGEST_BODY)
        fields = {"bucket": bucket, **{name.lower(): value for name, value in form.items()}}
        file = files.get("file")
        if file is None:
            raise DeniedError(400, "InvalidArgument", "There is no file in the form.")
        with file.stream as stream:
            body = stream.read()
        signatures.require_form(self.signer.key.public_key(), fields, len(body))
        content_type = fields.get("content-type", "application/octet-stream")
        self.announce(self.objects.put(bucket, fields["key"], content_type, body))
        return Response(204, {}, b"")

    def _link(self, asked: _Asked, bucket: str, name: str) -> Response:
        signatures.require_link(self.signer.key.public_key(), asked.method, asked.environ)
        held = self.objects.get(bucket, name)
        if held is None:
            raise DeniedError(404, "NoSuchKey", "The specified key does not exist.")
        stored, body = held
        headers = _headers(stored)
        for parameter, header in (
            ("response-content-type", "Content-Type"),
            ("response-content-disposition", "Content-Disposition"),
        ):
            if parameter in asked.query:
                headers[header] = asked.query[parameter]
        return Response(200, headers, b"" if asked.method == "HEAD" else body)


def notification(stored: Stored) -> dict[str, Any]:
    """Return the Pub/Sub message by which Cloud Storage says that an object is complete."""
    return {
        "attributes": {
            "eventType": "OBJECT_FINALIZE",
            "payloadFormat": "JSON_API_V1",
            "bucketId": stored.bucket,
            "objectId": stored.name,
            "objectGeneration": str(stored.generation),
        },
        "data": base64.b64encode(json.dumps(stored.resource()).encode()).decode(),
    }


def _headers(stored: Stored) -> dict[str, str]:
    return {
        "Content-Type": stored.content_type,
        "X-Goog-Generation": str(stored.generation),
        "X-Goog-Hash": f"crc32c={stored.crc32c}",
        "Cache-Control": "private, max-age=0",
    }


def _body(environ: dict[str, Any]) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > LARGEST_BODY:
        raise DeniedError(413, "EntityTooLarge", "This is more than is stored here.")
    read: bytes = environ["wsgi.input"].read(length)
    if len(read) < length:
        raise DeniedError(400, "IncompleteBody", "Less arrived than was promised.")
    return read


def _parts(asked: _Asked) -> tuple[dict[str, Any], str, bytes]:
    """Return metadata, type and bytes of a `multipart/related` upload."""
    found = _BOUNDARY.search(asked.environ.get("CONTENT_TYPE", ""))
    if found is None:
        raise DeniedError(400, "InvalidArgument", "The upload has no boundary.")
    boundary = b"--" + found[1].encode()
    _, said, rest = asked.body.split(boundary, 2)
    head, _, body = rest.partition(b"\r\n\r\n")
    types = [
        line.partition(b":")[2].strip().decode()
        for line in head.splitlines()
        if line.lower().startswith(b"content-type:")
    ]
    end = b"\r\n" + boundary + b"--"
    return json.loads(said.partition(b"\r\n\r\n")[2]), types[0], body[: body.rindex(end)]


def _json(document: dict[str, Any]) -> Response:
    return Response(200, {**_JSON}, json.dumps(document).encode())


def _refused(error: DeniedError, *, as_json: bool) -> Response:
    if as_json:
        document = {"error": {"code": error.status, "message": str(error), "status": error.code}}
        return Response(error.status, {**_JSON}, json.dumps(document).encode())
    text = (
        "<?xml version='1.0' encoding='UTF-8'?><Error>"
        f"<Code>{error.code}</Code><Message>{html.escape(str(error))}</Message></Error>"
    )
    return Response(error.status, {"Content-Type": "application/xml; charset=UTF-8"}, text.encode())
