"""What messages said before is kept for half a year."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.messaging import cron_purge_message_revisions as job
from tests.factories.messaging import heard, said, talk
from tests.suite import Suite

JOB = "cron_purge_message_revisions"


def test_what_is_older_goes_and_the_messages_stay(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By batches of any size."""
    monkeypatch.setattr(job, "BATCH", 2)
    made = talk(suite)
    messages = [said(suite, made.customer, made.id)["id"] for _ in range(4)]
    for each in messages:
        assert suite.call(f"DELETE /api/v1/messages/{each}", made.customer).status == 204
    now = datetime.now(UTC)
    suite.rows(
        "UPDATE messaging.message_revision SET replaced_at = replaced_at - interval '1 day' "
        "WHERE message_id <> CAST(:kept AS uuid)",
        kept=messages[3],
    )
    assert suite.tick(JOB, now + job.KEPT - timedelta(hours=1)) == 3
    left = suite.rows("SELECT message_id::text FROM messaging.message_revision")
    assert left == [[messages[3]]]
    assert len(heard(suite, made.owner, made.id)) == 4
