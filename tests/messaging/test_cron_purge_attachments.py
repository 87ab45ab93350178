"""Files whose time is over."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.messaging import cron_purge_attachments as job
from functions.messaging._rules.attaching import DELETED_KEPT, UNSENT_KEPT
from schemas.events.users import UserErased
from shared.settings import settings
from tests.factories.events import hand
from tests.factories.messaging import attached, heard, stored, talk
from tests.suite import Suite

JOB = "cron_purge_attachments"


def _objects(suite: Suite) -> set[str]:
    bucket = settings().attachment_bucket
    return {each.name.rpartition("/")[2] for each in suite.objects.under(bucket)}


def test_what_no_message_names_goes_after_a_day(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its object, by batches of any size; what was sent stays."""
    monkeypatch.setattr(job, "BATCH", 2)
    made = talk(suite)
    sent = attached(suite, made.customer, made.id)
    for _ in range(3):
        stored(suite, made.customer, made.id)
    now = datetime.now(UTC)
    assert suite.tick(JOB, now + UNSENT_KEPT - timedelta(hours=1)) == 0
    assert suite.tick(JOB, now + UNSENT_KEPT) == 3
    assert _objects(suite) == {sent}
    assert suite.rows("SELECT id::text FROM messaging.attachment") == [[sent]]


def test_what_was_taken_back_goes_after_half_a_year(suite: Suite) -> None:
    made = talk(suite)
    attached(suite, made.customer, made.id)
    (message,) = heard(suite, made.customer, made.id)
    assert suite.call(f"DELETE /api/v1/messages/{message['id']}", made.customer).status == 204
    now = datetime.now(UTC)
    assert suite.tick(JOB, now + DELETED_KEPT - timedelta(hours=1)) == 0
    assert suite.tick(JOB, now + DELETED_KEPT) == 1
    assert _objects(suite) == set()


def test_p19_those_of_somebody_who_is_forgotten_go_at_once(suite: Suite) -> None:
    """Sent or not; those of others stay."""
    made = talk(suite)
    attached(suite, made.customer, made.id)
    stored(suite, made.customer, made.id)
    kept = attached(suite, made.owner, made.id)
    assert made.customer.user_id is not None
    hand(suite, "on_user_erased_erase_messages", UserErased(user_id=made.customer.user_id))
    (first, _) = heard(suite, made.owner, made.id)
    assert first["attachments"] == []
    assert suite.tick(JOB, datetime.now(UTC) + timedelta(minutes=1)) == 2
    assert _objects(suite) == {kept}
