"""What somebody was told, written down."""

from tests.factories import exports, notifications, users
from tests.suite import Suite


def test_p19_he_is_given_his_inbox_and_nobody_elses(suite: Suite) -> None:
    ngozi, ada = users.person(suite), users.person(suite)
    mine = notifications.notified(suite, ngozi, 3)
    for each in (mine[0], *notifications.notified(suite, ada, 2)):
        notifications.noted(suite, each)
    exports.written(suite, ngozi)
    held = exports.part(suite, ngozi, "notifications")
    given = held["notifications.notification"]
    assert {each["id"] for each in given} == {*map(str, mine)}
    assert all(each["title"] and each["body"] for each in given)
    assert [each["notification_id"] for each in held["notifications.push"]] == [str(mine[0])]
