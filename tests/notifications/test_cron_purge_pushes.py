"""What became of a push is known for thirty days."""

from datetime import UTC, datetime, timedelta

from functions.notifications.cron_purge_pushes import BATCH, KEPT
from tests.factories.notifications import noted, notified
from tests.factories.users import person
from tests.suite import Suite

JOB = "cron_purge_pushes"


def test_p19_what_is_old_goes_and_what_is_not_stays(suite: Suite) -> None:
    (one,) = notified(suite, person(suite))
    noted(suite, one, 2)
    suite.rows("UPDATE notifications.push SET at = at - interval '1 day'")
    noted(suite, one, 1)
    now = datetime.now(UTC)
    assert suite.tick(JOB, now + KEPT - timedelta(days=1, minutes=1)) == 0
    assert suite.tick(JOB, now + KEPT - timedelta(minutes=1)) == 2
    assert suite.value("SELECT count(*) FROM notifications.push") == 1
    assert suite.value("SELECT count(*) FROM notifications.notification") == 1


def test_many_go_in_batches(suite: Suite) -> None:
    (one,) = notified(suite, person(suite))
    noted(suite, one, BATCH + 1)
    assert suite.tick(JOB, datetime.now(UTC) + KEPT + timedelta(minutes=1)) == BATCH + 1
    assert suite.rows("SELECT FROM notifications.push") == []
