"""Refresh tokens after signing out everywhere."""

from datetime import datetime

from tests.factories.users import person
from tests.suite import Suite
from tests.users.provider import Provider


def test_what_was_signed_in_before_is_not_refreshed(suite: Suite, provider: Provider) -> None:
    """The provider is told the instant of the sign-out, not that of the delivery."""
    ngozi = person(suite)
    suite.deliver()
    suite.call("POST /api/v1/users/me/sessions/revoke", ngozi)
    assert suite.deliver(times=2) == ["SessionsRevoked"]
    _, told = provider.told[-1]
    revoked_after: datetime = suite.value("SELECT revoked_after FROM users.account")
    assert told == {"localId": ngozi.uid, "validSince": str(int(revoked_after.timestamp()))}
    assert len(provider.told) == 2
