"""One archive of all parts, once."""

import json

from shared.exports import PARTS
from shared.manifest.discovery import entries
from shared.settings import settings
from tests.factories.exports import archive_of, asked, part_of
from tests.factories.users import person
from tests.suite import Suite

HANDLER = "on_export_part_written_assemble_export"


def _parts(suite: Suite) -> list[str]:
    """Have every service write its part; return what each announces."""
    request = json.dumps(suite.events("ExportRequested")[-1])
    for part in PARTS:
        handler = entries()[f"on_export_requested_write_{part}"]
        assert suite.push(handler, request).status == 204
    return [json.dumps(each) for each in suite.events("ExportPartWritten")]


def test_p19_it_waits_for_the_last_part_in_whatever_order_they_come(suite: Suite) -> None:
    ngozi = person(suite)
    export_id = asked(suite, ngozi)
    for event in reversed(_parts(suite)):
        assert suite.events("ExportReady") == []
        assert suite.push(entries()[HANDLER], event).status == 204
    (ready,) = suite.events("ExportReady")
    assert ready["data"]["export_id"] == str(export_id)
    assert suite.objects.get(settings().export_bucket, archive_of(ngozi, export_id))


def test_a_part_that_comes_twice_is_one(suite: Suite) -> None:
    """Announced anew, as when its service was killed after it had written."""
    asked(suite, person(suite))
    first, *_ = _parts(suite)
    for number in range(len(PARTS)):
        event = json.loads(first) | {"id": f"00000000-0000-7000-8000-00000000000{number}"}
        assert suite.push(entries()[HANDLER], json.dumps(event)).status == 204
    assert suite.value("SELECT parts FROM users.export") == [json.loads(first)["data"]["part"]]
    assert suite.events("ExportReady") == []


def test_what_was_deleted_meanwhile_is_not_made_again(suite: Suite) -> None:
    """The person was forgotten, or the export purged."""
    ngozi = person(suite)
    export_id = asked(suite, ngozi)
    parts = _parts(suite)
    suite.rows("DELETE FROM users.export")
    for event in parts:
        assert suite.push(entries()[HANDLER], event).status == 204
    assert suite.objects.get(settings().export_bucket, archive_of(ngozi, export_id)) is None
    assert suite.events("ExportReady") == []


def test_a_part_that_cannot_be_read_is_tried_again(suite: Suite) -> None:
    """Nothing is announced of an archive that would not be whole."""
    ngozi = person(suite)
    export_id = asked(suite, ngozi)
    *others, last = _parts(suite)
    bucket, name = settings().export_bucket, part_of(ngozi, export_id, "users")
    stored, body = suite.objects.get(bucket, name) or (None, b"")
    suite.objects.delete(bucket, name)
    for event in others:
        assert suite.push(entries()[HANDLER], event).status == 204
    assert suite.push(entries()[HANDLER], last).status == 503
    assert suite.events("ExportReady") == []
    assert stored is not None
    suite.objects.put(bucket, name, stored.content_type, body)
    assert suite.push(entries()[HANDLER], last, attempt=2).status == 204
    assert len(suite.events("ExportReady")) == 1
