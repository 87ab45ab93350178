"""Signing an install out."""

from uuid import uuid4

from tests.factories.users import person
from tests.suite import Suite

BODY = {"push_token": "token-of-this-phone", "platform": "android", "app_version": "1.4.2"}


def test_the_install_is_forgotten_once_or_twice(suite: Suite) -> None:
    """A phone that repeats itself after a lost answer hears the same."""
    ngozi, path = person(suite), f"/api/v1/users/me/devices/{uuid4()}"
    suite.call(f"PUT {path}", ngozi, body=BODY)
    for _ in range(2):
        assert suite.call(f"DELETE {path}", ngozi).status == 204
    assert suite.rows("SELECT install_id FROM users.device") == []


def test_who_had_the_phone_before_cannot_sign_out_who_has_it_now(suite: Suite) -> None:
    """His late sign-out leaves the other's install alone, and tells him nothing."""
    ngozi, ada = person(suite), person(suite)
    path = f"/api/v1/users/me/devices/{uuid4()}"
    suite.call(f"PUT {path}", ngozi, body=BODY)
    suite.call(f"PUT {path}", ada, body=BODY)
    assert suite.call(f"DELETE {path}", ngozi).status == 204
    assert suite.value("SELECT user_id FROM users.device") == ada.user_id
