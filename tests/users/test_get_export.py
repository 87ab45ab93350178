"""How an export stands, and where it is fetched."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.exports import KEPT, LINK_LASTS
from shared.ids import new_id
from shared.settings import settings
from tests import web
from tests.factories.exports import archive_of, asked, fetched, part_of, written
from tests.factories.users import leaving, person
from tests.suite import Suite


def _path(export_id: object) -> str:
    return f"GET /api/v1/users/me/exports/{export_id}"


def test_until_it_is_ready_there_is_nothing_to_fetch(suite: Suite) -> None:
    ngozi = person(suite)
    export_id = asked(suite, ngozi)
    preparing = suite.call(_path(export_id), ngozi).data
    assert (preparing["state"], preparing["download"]) == ("preparing", None)
    suite.deliver()
    ready = suite.call(_path(export_id), ngozi)
    assert ready.data["state"] == "ready"
    assert (
        ready.headers["Cache-Control"] == "no-store"
        or "private" in (ready.headers["Cache-Control"])
    )


def test_p19_the_link_opens_for_minutes_and_without_a_token(suite: Suite) -> None:
    """As a file of its own name; its signature is of this object alone."""
    ngozi = person(suite)
    export_id = written(suite, ngozi)
    download = suite.call(_path(export_id), ngozi).data["download"]
    ends = datetime.fromisoformat(download["expires_at"])
    assert abs(ends - datetime.now(UTC) - LINK_LASTS) < timedelta(seconds=30)
    answer = web.get(download["url"], timeout=10)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="pushnchat-export.zip"'
    archive, others = archive_of(ngozi, export_id), part_of(ngozi, export_id, "users")
    part = download["url"].replace(archive, others)
    assert part != download["url"]
    assert web.get(part, timeout=10).status_code == 403
    assert web.get(download["url"].partition("?")[0], timeout=10).status_code == 403


def test_p8_anothers_export_is_not_there(suite: Suite) -> None:
    """Nor one that never was."""
    ngozi, ada = person(suite), person(suite)
    export_id = written(suite, ngozi)
    for path in (_path(export_id), _path(new_id())):
        assert suite.call(path, ada).status == 404


def test_after_seven_days_it_is_gone_whether_or_not_anybody_tidied(suite: Suite) -> None:
    ngozi = person(suite)
    export_id = written(suite, ngozi)
    now = datetime.now(UTC) + KEPT
    early = suite.call(_path(export_id), ngozi, now=now - timedelta(minutes=5))
    assert early.status in {200, 401}, "the clock of the sign-in may have run out"
    assert suite.call(_path(export_id), ngozi, now=now).status in {401, 404}
    suite.rows("UPDATE users.export SET expires_at = clock_timestamp()")
    assert suite.call(_path(export_id), ngozi).status == 404


def test_every_look_at_it_goes_on_record(suite: Suite) -> None:
    """Whoever had a link can be asked."""
    ngozi = person(suite)
    export_id = written(suite, ngozi)
    fetched(suite, ngozi, export_id)
    seen = "SELECT target_id, after FROM platform.audit_entry WHERE operation = 'get_export'"
    assert suite.rows(seen) == [[export_id, {"state": "ready"}]]


def test_p19_who_waits_to_be_erased_fetches_nothing(suite: Suite) -> None:
    ngozi = person(suite)
    export_id = written(suite, ngozi)
    again = leaving(suite, ngozi)
    assert suite.call(_path(export_id), again).codes == [("ACCOUNT_ERASING", None)]


def test_p16_without_storage_it_says_come_back(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And shows how the export stands as soon as it is there again."""
    from shared.cloud import storage  # noqa: PLC0415

    ngozi = person(suite)
    export_id = written(suite, ngozi)
    monkeypatch.setenv("STORAGE_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    storage.forget()
    refused = suite.call(_path(export_id), ngozi)
    assert (refused.status, refused.codes) == (503, [("UNAVAILABLE", None)])
    monkeypatch.undo()
    settings.cache_clear()
    storage.forget()
    assert suite.call(_path(export_id), ngozi).status == 200
