"""What tokens say after a change of roles."""

import json

import pytest

from shared.cloud.identity import IdentityError, set_claims
from tests.factories.users import business, person
from tests.suite import Suite
from tests.users.provider import Provider


def test_new_roles_are_told(suite: Suite, provider: Provider) -> None:
    """Joining a business makes a consumer's next token say so."""
    owner, ada = person(suite, roles=("business",)), person(suite)
    path = f"POST /api/v1/businesses/{business(suite, owner)['id']}/members"
    suite.deliver()
    suite.call(path, owner, body={"user_id": str(ada.user_id), "role": "agent"})
    assert suite.deliver(times=2) == ["RolesChanged", "MembersChanged"]
    _, told = provider.told[-1]
    assert len(provider.told) == 3
    assert (told["localId"], json.loads(told["customAttributes"])["roles"]) == (
        ada.uid,
        ["consumer", "business"],
    )


def test_a_provider_that_fails_is_asked_again(suite: Suite, provider: Provider) -> None:
    """The failure is raised: the delivery is not acknowledged."""
    provider.answer = (503, {})
    with pytest.raises(IdentityError):
        set_claims("ngozi", {"roles": ["consumer"]})
