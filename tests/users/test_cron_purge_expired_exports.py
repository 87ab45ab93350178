"""Exports are kept for seven days."""

from datetime import UTC, datetime, timedelta

import pytest

from shared import jobs
from shared.cloud import storage
from shared.exports import KEPT, PARTS
from shared.settings import settings
from tests.factories.exports import asked, fetched, written
from tests.factories.users import person
from tests.suite import OBJECTS, Suite

JOB = "cron_purge_expired_exports"


def test_p19_what_is_expired_goes_with_all_its_objects(suite: Suite) -> None:
    """Also one that never became ready; what is younger stays whole."""
    ngozi = person(suite)
    written(suite, ngozi)
    asked(suite, ngozi)
    suite.rows("UPDATE users.export SET expires_at = clock_timestamp()")
    kept = written(suite, ngozi)
    now = datetime.now(UTC) + timedelta(seconds=1)
    assert suite.tick(JOB, now) == 2
    assert suite.rows("SELECT id FROM users.export") == [[kept]]
    left = suite.stored()[OBJECTS]
    assert len(left) == len(PARTS) + 1
    assert all(str(kept) in each for each in left)
    assert "README.txt" in fetched(suite, ngozi, kept)


def test_nothing_goes_before_its_time(suite: Suite) -> None:
    written(suite, person(suite))
    assert suite.tick(JOB, datetime.now(UTC) + KEPT - timedelta(minutes=1)) == 0
    assert suite.tick(JOB, datetime.now(UTC) + KEPT) == 1


def test_many_go_in_batches(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "JOB_SECONDS", 120.0)  # a run may take as long as it likes
    ngozi = person(suite)
    suite.rows(
        "INSERT INTO users.export (id, user_id, asked_at, expires_at) SELECT gen_random_uuid(), "
        ":user_id, clock_timestamp(), clock_timestamp() FROM generate_series(1, 21)",
        user_id=ngozi.user_id,
    )
    assert suite.tick(JOB, datetime.now(UTC) + timedelta(seconds=1)) == 21


def test_without_storage_the_row_stays_to_find_the_objects_by(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run deletes both."""
    written(suite, person(suite))
    monkeypatch.setenv("STORAGE_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    storage.forget()
    with pytest.raises(AssertionError, match="UNAVAILABLE"):
        suite.tick(JOB, datetime.now(UTC) + KEPT)
    assert suite.value("SELECT count(*) FROM users.export") == 1
    monkeypatch.undo()
    settings.cache_clear()
    storage.forget()
    assert suite.tick(JOB, datetime.now(UTC) + KEPT) == 1
    assert suite.stored()[OBJECTS] == []
