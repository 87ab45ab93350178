"""Objects in buckets, as files: what is answered for is on the disk."""

import base64
import hashlib
import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import google_crc32c

LONGEST_NAME = 1_024


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of an object beside its bytes."""

    bucket: str
    name: str
    content_type: str
    size: int
    generation: int
    crc32c: str

    def resource(self) -> dict[str, Any]:
        """Return it as Cloud Storage's JSON shows it: numbers are text."""
        instant = datetime.fromtimestamp(self.generation / 1e6, UTC).isoformat()
        return {
            "kind": "storage#object",
            "id": f"{self.bucket}/{self.name}/{self.generation}",
            "bucket": self.bucket,
            "name": self.name,
            "generation": str(self.generation),
            "metageneration": "1",
            "contentType": self.content_type,
            "size": str(self.size),
            "crc32c": self.crc32c,
            "timeCreated": instant,
            "updated": instant,
        }


class Buckets(Protocol):
    """What keeps objects: files, or an emulator."""

    buckets: frozenset[str]

    def put(self, bucket: str, name: str, content_type: str, body: bytes) -> Stored:
        """Store an object, whole or not at all."""

    def get(self, bucket: str, name: str) -> tuple[Stored, bytes] | None:
        """Return an object and its bytes."""

    def delete(self, bucket: str, name: str) -> bool:
        """Delete an object; tell whether it was there."""

    def under(self, bucket: str, prefix: str = "") -> list[Stored]:
        """Return the objects whose names begin with `prefix`, by name."""


class Objects:
    """Every object of some buckets, each a file: a line that says what it is, and its bytes."""

    def __init__(self, directory: Path, buckets: frozenset[str]) -> None:
        """Keep them in `directory`."""
        self.buckets = buckets
        self._directory = directory
        for bucket in buckets:
            (directory / bucket).mkdir(parents=True, exist_ok=True)

    def put(self, bucket: str, name: str, content_type: str, body: bytes) -> Stored:
        """Store an object, whole or not at all."""
        made = Stored(
            bucket, named(name), content_type, len(body), time.time_ns() // 1_000, checksum(body)
        )
        place = self._place(bucket, name)
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=".", delete=False) as file:
            file.write(json.dumps(asdict(made)).encode() + b"\n" + body)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(place)
        return made

    def get(self, bucket: str, name: str) -> tuple[Stored, bytes] | None:
        """Return an object and its bytes."""
        try:
            said, _, body = self._place(bucket, name).read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        return Stored(**json.loads(said)), body

    def delete(self, bucket: str, name: str) -> bool:
        """Delete an object; tell whether it was there."""
        try:
            self._place(bucket, name).unlink()
        except FileNotFoundError:
            return False
        return True

    def under(self, bucket: str, prefix: str = "") -> list[Stored]:
        """Return the objects whose names begin with `prefix`, by name."""
        found = []
        for file in (self._directory / bucket).glob("[!.]*"):
            try:
                with file.open("rb") as opened:
                    found.append(Stored(**json.loads(opened.readline())))
            except FileNotFoundError:  # deleted meanwhile
                continue
        return sorted(
            (each for each in found if each.name.startswith(prefix)), key=lambda each: each.name
        )

    def _place(self, bucket: str, name: str) -> Path:
        # A name may be longer than a file's, and hold what a file's may not.
        return self._directory / bucket / hashlib.sha256(name.encode()).hexdigest()


def named(name: str) -> str:
    """Demand a name that Cloud Storage would take."""
    if not name or len(name.encode()) > LONGEST_NAME or {"\r", "\n"} & {*name}:
        raise ValueError("this is no name of an object")
    return name


def checksum(body: bytes) -> str:
    """Return the CRC32C of bytes as Cloud Storage writes it."""
    return base64.b64encode(google_crc32c.value(body).to_bytes(4, "big")).decode()
