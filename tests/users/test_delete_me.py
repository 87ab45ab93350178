"""Asking to be forgotten."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.grace import GRACE
from tests.factories.users import business, leaving, member, person
from tests.suite import Suite

DELETE = "DELETE /api/v1/users/me"


def test_p19_he_is_signed_out_everywhere_at_once(suite: Suite) -> None:
    """The token that asked is refused, and nothing is pushed to his devices any more."""
    ngozi = person(suite)
    device = {"push_token": "her-only-phone", "platform": "android", "app_version": "1"}
    path = f"PUT /api/v1/users/me/devices/{uuid4()}"
    assert suite.call(path, ngozi, body=device).status == 200
    assert suite.call(DELETE, ngozi).status == 204
    refused = suite.call("GET /api/v1/users/me", ngozi)
    assert (refused.status, refused.codes) == (401, [("TOKEN_REVOKED", None)])
    assert suite.value("SELECT count(*) FROM users.device") == 0
    (event,) = suite.events("SessionsRevoked")
    assert event["data"]["uid"] == ngozi.uid


def test_p19_a_new_sign_in_finds_the_account_locked(suite: Suite) -> None:
    """Until it is restored: nothing is written of him while he waits."""
    again = leaving(suite, person(suite))
    for operation in ("GET /api/v1/users/me", DELETE):
        refused = suite.call(operation, again)
        assert (refused.status, refused.codes) == (403, [("ACCOUNT_ERASING", None)])


def test_he_has_five_days_to_think_again(suite: Suite) -> None:
    ngozi, ada = person(suite), person(suite)
    leaving(suite, ngozi)
    state, due = suite.rows(
        "SELECT state, erase_after FROM users.account WHERE id = :id", id=ngozi.user_id
    )[0]
    assert state == "erasing"
    assert abs(due - datetime.now(UTC) - GRACE) < timedelta(minutes=1)
    assert suite.call("GET /api/v1/users/me", ada).status == 200


def test_a_business_with_other_members_is_handed_over_first(suite: Suite) -> None:
    """They would be left in a business that nobody leads."""
    ngozi = person(suite, roles=("business",))
    shop = business(suite, ngozi)["id"]
    ada = member(suite, ngozi, shop)
    refused = suite.call(DELETE, ngozi)
    assert (refused.status, refused.codes) == (409, [("LAST_OWNER", None)])
    heir = {"user_id": str(ada.user_id)}
    assert suite.call(f"POST /api/v1/businesses/{shop}/transfer", ngozi, body=heir).status == 200
    assert suite.call(DELETE, ngozi).status == 204
