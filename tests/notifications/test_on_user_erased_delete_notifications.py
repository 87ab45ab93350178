"""The inbox of somebody who is forgotten."""

from uuid import UUID

from schemas.events.users import UserErased
from tests.factories.events import hand
from tests.factories.notifications import noted, notified
from tests.factories.users import person
from tests.suite import Suite


def test_p19_it_is_emptied_and_those_of_others_are_not(suite: Suite) -> None:
    ngozi, ada = person(suite), person(suite)
    notified(suite, ngozi, 3)
    kept = notified(suite, ada, 2)
    for (each,) in suite.rows("SELECT id FROM notifications.notification"):
        noted(suite, each)
    assert isinstance(ngozi.user_id, UUID)
    event = UserErased(user_id=ngozi.user_id)
    hand(suite, "on_user_erased_delete_notifications", event, times=2)
    left = suite.rows("SELECT id FROM notifications.notification")
    assert {str(each) for (each,) in left} == {str(each) for each in kept}
    pushed = suite.rows("SELECT notification_id FROM notifications.push")
    assert {each for (each,) in pushed} == {*kept}
