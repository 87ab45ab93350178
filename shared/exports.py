"""What a person is given who asks for his data: parts that services write, in one archive.

A service writes its own part, so that none reads what another holds: into a folder of its own, in
which alone its account may create objects. One service keeps them all: it reads the parts, and
deletes what is over. Within each folder everything lies under the person's id, where erasure finds
it.
"""

import json
from datetime import datetime, timedelta
from io import BytesIO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from schemas.events.exports import ExportPartWritten
from schemas.events.users import ExportRequested
from shared import outbox
from shared.cloud import storage
from shared.db import Connection
from shared.errors import UnavailableError
from shared.settings import settings

PARTS = (
    "admin",
    "bizconnect",
    "listings",
    "messaging",
    "notifications",
    "platform",
    "users",
)
"""The services that hold something of people, in order."""

KEEPER = "users"
"""The service that makes archives of parts, hands them out and deletes both."""

KEPT = timedelta(days=7)
GIVEN_UP = timedelta(days=1)
"""After so long nothing is written any more: an event that is later than that may find the account
being erased, which takes longer to begin."""

LINK_LASTS = timedelta(minutes=5)
_ARCHIVES = "archives/"
_ARCHIVE = "application/zip"
_README = """\
This is all that PushNchat holds of you, as of the day on which you asked for it.

Each file is one table of our database: `kept` says how long its rows are kept, `rows` are yours.
Instants are in UTC. `*_minor` are amounts in the smallest unit of their currency. What a row would
tell of somebody else is left out of it. Of a business you find what is held if you own it.

In the app you may correct it, take back what you agreed to, or have all of it erased.
This archive can be fetched for seven days; then it is deleted.
"""


def is_given_up(event: ExportRequested, now: datetime) -> bool:
    """Tell whether an export was asked for so long ago that nobody writes to it any more."""
    return now >= event.asked_at + GIVEN_UP


def folder_of(part: str) -> str:
    """Return what the names of all objects begin with that a service writes."""
    return f"parts/{part}/"


def write_part(db: Connection, event: ExportRequested, part: str, held: str | None) -> None:
    """Store what a service holds of a person, and tell. Written twice it is there once."""
    name = part_name(part, event.user_id, event.export_id)
    storage.put_new(settings().export_bucket, name, (held or "{}").encode(), "application/json")
    written = ExportPartWritten(export_id=event.export_id, user_id=event.user_id, part=part)
    outbox.publish(db, written)


def assemble(user_id: UUID, export_id: UUID) -> None:
    """Make one archive of all the parts: a file a table, and one that says how to read them."""
    files = {"README.txt": _README}
    for part in PARTS:
        held = storage.get(settings().export_bucket, part_name(part, user_id, export_id))
        if held is None:
            raise UnavailableError(f"The part of {part} is not there.")
        for table, rows in json.loads(held).items():
            files[f"{table}.json"] = json.dumps(rows, ensure_ascii=False, indent=1)
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as zipped:
        for name, text in files.items():
            # Without a clock, so that made twice it is the same.
            zipped.writestr(ZipInfo(name), text, ZIP_DEFLATED)
    place = archive_name(user_id, export_id)
    storage.put(settings().export_bucket, place, archive.getvalue(), _ARCHIVE)


def link(user_id: UUID, export_id: UUID) -> str:
    """Return an address at which the archive may be downloaded for some minutes."""
    return storage.signed_link(
        settings().export_bucket,
        archive_name(user_id, export_id),
        filename="pushnchat-export.zip",
        content_type=_ARCHIVE,
        lasts=LINK_LASTS,
    )


def delete(user_id: UUID, export_id: UUID) -> None:
    """Delete an export: the archive and its parts."""
    parts = (part_name(part, user_id, export_id) for part in PARTS)
    for name in (archive_name(user_id, export_id), *parts):
        storage.delete(settings().export_bucket, name)


def delete_all(user_id: UUID) -> None:
    """Delete every export of a person."""
    for folder in (_ARCHIVES, *map(folder_of, PARTS)):
        storage.delete_under(settings().export_bucket, f"{folder}{user_id}/")


def part_name(part: str, user_id: UUID, export_id: UUID) -> str:
    """Return the name of the object that a service writes for an export."""
    return f"{folder_of(part)}{user_id}/{export_id}.json"


def archive_name(user_id: UUID, export_id: UUID) -> str:
    """Return the name of the object that a person downloads."""
    return f"{_ARCHIVES}{user_id}/{export_id}.zip"
