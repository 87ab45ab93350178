"""Thinking again."""

import time
from datetime import UTC, datetime

from shared.grace import GRACE
from tests.factories.users import leaving, person
from tests.suite import Person, Suite

RESTORE = "POST /api/v1/users/me/restore"


def test_p19_the_account_is_as_it_was(suite: Suite) -> None:
    """And the erasure that was due does not come."""
    ngozi = person(suite)
    before = suite.call("GET /api/v1/users/me", ngozi).data
    again = leaving(suite, ngozi)
    restored = suite.call(RESTORE, again)
    assert restored.status == 200, restored.body
    assert {**restored.data, "version": 0} == {**before, "version": 0}
    assert suite.tick("cron_erase_accounts", datetime.now(UTC) + GRACE) == 0
    assert suite.call("GET /api/v1/users/me", again).status == 200


def test_a_token_of_before_stays_refused(suite: Suite) -> None:
    made = person(suite)
    ngozi = Person(made.uid, made.user_id, {"auth_time": int(time.time()) - 60})
    assert suite.call(RESTORE, leaving(suite, ngozi)).status == 200
    assert suite.call("GET /api/v1/users/me", ngozi).status == 401


def test_what_does_not_wait_is_not_restored(suite: Suite) -> None:
    """Nor what is gone: that is no account any more."""
    for who in (person(suite), Person("newcomer")):
        refused = suite.call(RESTORE, who)
        assert (refused.status, refused.codes) == (409, [("NOT_ERASING", None)])
    again = leaving(suite, person(suite))
    assert suite.tick("cron_erase_accounts", datetime.now(UTC) + GRACE) == 1
    suite.deliver()
    assert suite.call(RESTORE, again).status == 409
