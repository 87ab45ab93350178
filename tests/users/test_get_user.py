"""The public card of a person."""

from uuid import uuid4

from tests.factories.users import person
from tests.suite import Suite


def test_others_see_a_first_name_and_a_letter(suite: Suite) -> None:
    """No phone, no sign-in, no family name."""
    ngozi = person(suite, given_name="Ngozi", family_name="Okafor", phone="+2348031234567")
    card = suite.call(f"GET /api/v1/users/{ngozi.user_id}", person(suite))
    assert card.data["name"] == "Ngozi O."
    assert set(card.data) == {"id", "name", "country", "since"}
    for private in ("Okafor", "8031234567", ngozi.uid):
        assert private.encode() not in card.body


def test_it_follows_a_change_of_name(suite: Suite) -> None:
    """The card is written with the account."""
    ngozi = person(suite)
    suite.call("PATCH /api/v1/users/me", ngozi, body={"given_name": "Ada"}, version=1)
    card = suite.call(f"GET /api/v1/users/{ngozi.user_id}", person(suite))
    assert card.data["name"] == "Ada O."


def test_nobody_and_strangers(suite: Suite) -> None:
    """An unknown person is 404, and a caller without a token is 401."""
    assert suite.call(f"GET /api/v1/users/{uuid4()}", person(suite)).status == 404
    assert suite.call(f"GET /api/v1/users/{uuid4()}").status == 401
