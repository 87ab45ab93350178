"""What an account holds, written down."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from shared.exports import GIVEN_UP
from tests.factories import exports, users
from tests.suite import OBJECTS, Suite


def test_p19_he_is_given_every_row_of_his_account(suite: Suite) -> None:
    """Papers, decisions and installs of his; of a business of his what he sees himself."""
    ngozi, ada = (users.person(suite, roles=("business",)) for _ in range(2))
    for who in (ngozi, ada):
        device = {"push_token": f"token-of-{who.uid}", "platform": "ios", "app_version": "1"}
        path = f"PUT /api/v1/users/me/devices/{uuid4()}"
        assert suite.call(path, who, body=device).status == 200
    shop = users.business(suite, ngozi, phone="+2348031234999")
    users.business(suite, ada)
    exports.written(suite, ngozi)
    given = exports.part(suite, ngozi, "users")
    whose = {
        table: {row.get("user_id") or row.get("id") for row in given[f"users.{table}"]}
        for table in ("account", "consent", "consent_history", "device", "membership", "export")
    }
    assert {*map(frozenset, whose.values())} == {frozenset({str(ngozi.user_id)})}
    assert [each["push_token"] for each in given["users.device"]] == [f"token-of-{ngozi.uid}"]
    (business,) = given["users.business"]
    assert (UUID(business["id"]), business["phone"]) == (UUID(shop["id"]), "+2348031234999")


def test_a_request_of_yesterday_is_given_up(suite: Suite) -> None:
    """Nothing is written, by any service."""
    exports.asked(suite, users.person(suite))
    suite.deliver(now=datetime.now(UTC) + GIVEN_UP)
    assert suite.stored()[OBJECTS] == []
    assert suite.events("ExportPartWritten") == []
