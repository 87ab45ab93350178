"""Changing one's own account."""

import pytest

from tests.factories.users import person
from tests.suite import Person, Suite

UPDATE = "PATCH /api/v1/users/me"


def test_what_is_left_out_stays(suite: Suite) -> None:
    """Only the named fields change, and the version grows."""
    ngozi = person(suite)
    before = suite.call("GET /api/v1/users/me", ngozi).data
    change = {"given_name": "Ada", "language": "fr", "data_saver": True}
    after = suite.call(UPDATE, ngozi, body=change, version=1)
    assert after.status == 200, after.body
    assert after.data == before | change | {"version": 2}


def test_an_edit_of_an_old_version_gets_the_new_one_back(suite: Suite) -> None:
    """The phone can merge: nothing is overwritten unseen."""
    ngozi = person(suite)
    current = suite.call(UPDATE, ngozi, body={"given_name": "Ada"}, version=1)
    stale = suite.call(UPDATE, ngozi, body={"given_name": "Ife"}, version=1)
    assert (stale.status, stale.codes) == (409, [("VERSION_CONFLICT", None)])
    assert stale.json["current"] == current.data
    assert suite.call(UPDATE, ngozi, body={"given_name": "Ife"}).status == 428


def test_a_new_phone_is_unverified_until_a_token_proves_it(suite: Suite) -> None:
    """Sending the same number again takes nothing away."""
    number, other = "+2348031234567", "+2348039999999"
    ngozi = person(suite, phone=number, phone_number=number)

    def verified_after(phone: str, version: int) -> bool:
        changed = suite.call(UPDATE, ngozi, body={"phone": phone}, version=version)
        verified: bool = changed.data["phone_verified"]
        return verified

    assert verified_after("0803 123 4567", 1) is True
    assert verified_after(other, 2) is False
    assert verified_after(number, 3) is True


def test_a_verified_number_survives_a_token_without_it(suite: Suite) -> None:
    """Whoever signs in another way later has not lost his number."""
    number = "+2348031234567"
    ngozi = person(suite, phone=number, phone_number=number)
    by_mail = Person(ngozi.uid, ngozi.user_id)
    assert suite.call(UPDATE, by_mail, body={"phone": number}, version=1).data["phone_verified"]


def test_a_move_takes_country_zone_and_phone_together(suite: Suite) -> None:
    """The number is read as people write it there."""
    ngozi = person(suite)
    body = {"country": "KE", "zone": "Africa/Nairobi", "phone": "0712 123456"}
    moved = suite.call(UPDATE, ngozi, body=body, version=1)
    assert moved.data["phone"] == "+254712123456"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"country": "KE"}, "zone"),
        ({"zone": "Africa/Cairo"}, "zone"),
        ({"phone": "12345678"}, "phone"),
        ({"roles": ["admin"]}, "roles"),
        ({"uid": "other"}, "uid"),
    ],
)
def test_what_is_not_true_is_refused(suite: Suite, wrong: dict[str, object], field: str) -> None:
    """A zone of another country, a number that cannot ring, a field that is not his to set."""
    ngozi = person(suite)
    refused = suite.call(UPDATE, ngozi, body=wrong, version=1)
    assert (refused.status, [field for _, field in refused.codes]) == (422, [field])
    assert suite.value("SELECT version FROM users.account") == 1


def test_the_service_cannot_give_itself_roles(suite: Suite) -> None:
    """Beneath the code, the login role of the service may not touch roles, state or sign-in."""
    granted = suite.rows(
        "SELECT column_name FROM information_schema.column_privileges WHERE grantee = 'svc_users' "
        "AND table_schema = 'users' AND table_name = 'account' AND privilege_type = 'UPDATE'"
    )
    assert not {"roles", "role_version", "state", "uid", "id"} & {name for (name,) in granted}
