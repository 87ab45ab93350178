"""Exports, asked for, written and fetched as in life."""

import json
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

from shared import exports
from shared.ids import new_id
from shared.settings import settings
from tests import web
from tests.suite import Person, Suite


def asked(suite: Suite, who: Person) -> UUID:
    """Ask for all that is held of somebody; return the export's id."""
    suite.rows("DELETE FROM platform.rate_limit")
    made = suite.call("POST /api/v1/users/me/export", who)
    assert made.status == 201, made.body
    return UUID(made.data["id"])


def noted(suite: Suite, who: Person) -> UUID:
    """Have an export that nobody prepares, whatever the caller's sign-in is worth."""
    export_id = new_id()
    suite.rows(
        "INSERT INTO users.export (id, user_id, asked_at, expires_at) "
        "VALUES (:id, :user_id, clock_timestamp(), clock_timestamp() + interval '1 day')",
        id=export_id,
        user_id=who.user_id,
    )
    return export_id


def written(suite: Suite, who: Person) -> UUID:
    """Ask, and let every service do its part."""
    export_id = asked(suite, who)
    suite.deliver()
    return export_id


def fetched(suite: Suite, who: Person, export_id: UUID) -> dict[str, str]:
    """Download an archive as the person does; return file → its text."""
    answer = suite.call(f"GET /api/v1/users/me/exports/{export_id}", who)
    assert answer.status == 200, answer.body
    archive = web.get(answer.data["download"]["url"], timeout=10)
    assert archive.status_code == 200, archive.text
    with ZipFile(BytesIO(archive.content)) as zipped:
        return {name: zipped.read(name).decode() for name in zipped.namelist()}


def part(suite: Suite, who: Person, service: str) -> dict[str, list[dict[str, Any]]]:
    """Return what one service has written of somebody, last: table → its rows."""
    folder = f"{exports.folder_of(service)}{who.user_id}/"
    held = suite.objects.under(settings().export_bucket, folder)
    newest = max(held, key=lambda each: each.generation)
    _, body = suite.objects.get(newest.bucket, newest.name) or (None, b"{}")
    return {table: given["rows"] for table, given in json.loads(body).items()}


def part_of(who: Person, export_id: UUID, service: str) -> str:
    """Return the name of the object that a service writes of somebody."""
    assert who.user_id is not None
    return exports.part_name(service, who.user_id, export_id)


def archive_of(who: Person, export_id: UUID) -> str:
    """Return the name of the object that somebody downloads."""
    assert who.user_id is not None
    return exports.archive_name(who.user_id, export_id)
