"""Objects kept by the Cloud Storage emulator, behind what this machine checks in front of it.

By itself `gcp-storage-emulator` takes a link with any signature, has no form to upload by, signs
nothing and replaces what may only be made. So it holds the bytes, and `local/storage.py`, which
verifies as Google does, stands before it.
"""

import json
from urllib.parse import quote, urlencode
from uuid import uuid4

from local.objects import Stored, named
from shared.cloud import wire
from shared.http import Response

SECONDS = 30.0
_API = "/storage/v1/b"
_GONE, _THERE = 404, 409


class EmulatedObjects:
    """Every object of some buckets, kept by the emulator at `url`; they are gone when it ends."""

    def __init__(self, url: str, buckets: frozenset[str]) -> None:
        """Make the buckets that are not there."""
        self.buckets = buckets
        self._url = url
        for bucket in sorted(buckets):
            self._ask("POST", _API, json.dumps({"name": bucket}).encode(), also=_THERE)

    def put(self, bucket: str, name: str, content_type: str, body: bytes) -> Stored:
        """Store an object, whole or not at all."""
        said = json.dumps({"name": named(name), "contentType": content_type}).encode()
        mark = uuid4().hex.encode()
        parts = ((b"application/json", said), (content_type.encode(), body))
        sent = b"".join(b"--%b\r\nContent-Type: %b\r\n\r\n%b\r\n" % (mark, *each) for each in parts)
        kind = f'multipart/related; boundary="{mark.decode()}"'
        path = f"/upload{_API}/{bucket}/o?uploadType=multipart"  # of no bytes it takes nothing else
        made = self._ask("POST", path, sent + b"--%b--" % mark, kind)
        return _stored(json.loads(made.body))

    def get(self, bucket: str, name: str) -> tuple[Stored, bytes] | None:
        """Return an object and its bytes."""
        known = self._ask("GET", _path(bucket, name), also=_GONE)
        held = self._ask("GET", f"/download{_path(bucket, name)}?alt=media", also=_GONE)
        if _GONE in {known.status, held.status}:
            return None
        return _stored(json.loads(known.body)), held.body

    def delete(self, bucket: str, name: str) -> bool:
        """Delete an object; tell whether it was there."""
        return self._ask("DELETE", _path(bucket, name), also=_GONE).status != _GONE

    def under(self, bucket: str, prefix: str = "") -> list[Stored]:
        """Return the objects whose names begin with `prefix`, by name."""
        found = self._ask("GET", f"{_API}/{bucket}/o?{urlencode({'prefix': prefix})}")
        each = [_stored(said) for said in json.loads(found.body).get("items", ())]
        return sorted(each, key=lambda stored: stored.name)

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        content_type: str = "application/json",
        *,
        also: int = 200,
    ) -> Response:
        """Return an answer that is good, or has the status that is fine `also`."""
        headers = {"Content-Type": content_type} if body or method == "POST" else {}
        answer = wire.request(self._url, method, path, headers, body, SECONDS)
        if answer.status not in {200, 204, also}:
            raise OSError(f"the storage emulator answered {method} {path} with {answer.status}")
        return answer


def _path(bucket: str, name: str) -> str:
    return f"{_API}/{bucket}/o/{quote(name, safe='')}"


def _stored(said: dict[str, str]) -> Stored:
    """Read what the emulator says of an object; it counts generations in nanoseconds."""
    return Stored(
        bucket=said["bucket"],
        name=said["name"],
        content_type=said["contentType"],
        size=int(said["size"]),
        generation=int(said["generation"]) // 1_000,
        crc32c=said["crc32c"],
    )
