"""What new tokens say of a new account."""

import json

from tests.factories.users import person
from tests.suite import Suite
from tests.users.provider import Provider


def test_claims_are_a_cache_of_the_row(suite: Suite, provider: Provider) -> None:
    """Told in Identity Toolkit's own form, once for each event however often it comes."""
    ngozi = person(suite, roles=("business",))
    suite.deliver(times=3)
    ((path, told),) = provider.told
    assert path == ("/identitytoolkit.googleapis.com/v1/projects/pushnchat-local/accounts:update")
    assert told["localId"] == ngozi.uid
    assert json.loads(told["customAttributes"]) == {
        "account_id": str(ngozi.user_id),
        "roles": ["business"],
        "role_version": 1,
    }


def test_an_event_that_comes_late_tells_what_is_true_now(suite: Suite, provider: Provider) -> None:
    """Roles are read when they are told, so that no order of events leaves old ones behind."""
    ngozi = person(suite, roles=("business",))
    suite.rows("UPDATE users.account SET roles = ARRAY['admin'], role_version = 2")
    suite.deliver()
    ((_, told),) = provider.told
    assert json.loads(told["customAttributes"])["roles"] == ["admin"]
    assert json.loads(told["customAttributes"])["role_version"] == 2
    assert told["localId"] == ngozi.uid


def test_a_sign_in_that_is_gone_is_no_failure(suite: Suite, provider: Provider) -> None:
    """Deleted at the provider: there is nobody left to tell, and nothing to try again."""
    provider.answer = (400, {"error": {"message": "USER_NOT_FOUND"}})
    person(suite)
    assert suite.deliver() == ["UserOnboarded"]


def test_without_a_provider_nothing_happens(suite: Suite) -> None:
    """A suite without an identity provider still works: roles are in the database."""
    person(suite)
    assert suite.deliver() == ["UserOnboarded"]
