"""Signing out everywhere."""

import time

from tests.factories.users import person
from tests.suite import Person, Suite

REVOKE = "POST /api/v1/users/me/sessions/revoke"


def test_tokens_of_earlier_sign_ins_are_refused(suite: Suite) -> None:
    """Also the one that asked, though Firebase would honour it for an hour."""
    ngozi = person(suite)
    old = {"authorization": f"Bearer {suite.token(ngozi)}"}
    assert suite.call(REVOKE, headers=old).status == 204
    refused = suite.call("GET /api/v1/users/me", headers=old)
    assert (refused.status, refused.codes) == (401, [("TOKEN_REVOKED", None)])


def test_a_later_sign_in_is_welcome_and_a_refreshed_token_is_not(suite: Suite) -> None:
    """What counts is when somebody signed in, not when the token was made."""
    now = int(time.time())
    ngozi = person(suite, auth_time=now - 100)
    assert suite.call(REVOKE, ngozi).status == 204
    assert suite.call("GET /api/v1/users/me", ngozi).status == 401
    later = Person(ngozi.uid, ngozi.user_id, {"auth_time": now + 2})
    assert suite.call("GET /api/v1/users/me", later).status == 200


def test_it_is_announced_with_its_instant(suite: Suite) -> None:
    """Whoever tells the identity provider late must not sign out who came back."""
    ngozi = person(suite)
    suite.call(REVOKE, ngozi)
    (event,) = suite.events("SessionsRevoked")
    assert (event["data"]["user_id"], event["data"]["uid"]) == (str(ngozi.user_id), ngozi.uid)
    assert event["data"]["signed_in_before"]


def test_other_people_stay_signed_in(suite: Suite) -> None:
    """It is the caller's account only."""
    ngozi, ada = person(suite), person(suite)
    suite.call(REVOKE, ngozi)
    assert suite.call("GET /api/v1/users/me", ada).status == 200
