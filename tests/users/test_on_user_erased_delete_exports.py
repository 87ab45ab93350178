"""What was written for somebody goes when he is forgotten."""

from datetime import UTC, datetime, timedelta

from schemas.events.users import UserErased
from shared.grace import GRACE
from tests.factories.events import hand
from tests.factories.exports import asked, fetched, written
from tests.factories.users import leaving, person
from tests.suite import OBJECTS, Suite

HANDLER = "on_user_erased_delete_exports"


def test_p19_archives_and_parts_of_his_go_and_others_stay(suite: Suite) -> None:
    """All of his, also those that nobody finished."""
    ngozi, ada = person(suite), person(suite)
    for _ in range(2):
        written(suite, ngozi)
    hers = written(suite, ada)
    assert ngozi.user_id is not None
    hand(suite, HANDLER, UserErased(user_id=ngozi.user_id), times=2)
    left = suite.stored()[OBJECTS]
    assert [each for each in left if str(ngozi.user_id) in each] == []
    assert "users.account.json" in fetched(suite, ada, hers)


def test_p19_who_asked_and_then_left_is_written_no_part_that_comes_late(suite: Suite) -> None:
    """The request reaches the services after the erasure: it was given up long before."""
    ngozi = person(suite)
    asked(suite, ngozi)
    leaving(suite, ngozi)
    later = datetime.now(UTC) + GRACE + timedelta(seconds=5)
    suite.rows("UPDATE platform.outbox SET sent_at = clock_timestamp()")
    assert suite.tick("cron_erase_accounts", later) == 1
    suite.deliver(now=later)
    assert suite.value("SELECT count(*) FROM users.export") == 0
    assert suite.stored()[OBJECTS] == []
