"""Onboarding."""

from tests.suite import Person, Suite

BODY = {
    "role": "business",
    "given_name": "Ngozi",
    "family_name": "Okafor",
    "country": "NG",
    "language": "en",
    "zone": "Africa/Lagos",
    "phone": "+2348031234567",
    "consents": [{"purpose": "terms", "granted": True, "policy_version": "2026-11"}],
}


def test_an_account_is_stored_and_announced(suite: Suite) -> None:
    """The answer, the rows and the outbox say the same."""
    person = Person("ngozi")
    made = suite.call("POST /api/v1/users", person, body=BODY)
    assert made.status == 201, made.body
    assert made.data["phone"] == "+2348031234567"
    assert suite.rows("SELECT uid, roles FROM users.account") == [["ngozi", ["business"]]]
    assert [event["type"] for event in suite.events()] == ["UserOnboarded"]
    me = suite.call("GET /api/v1/users/me", person)
    assert me.data == made.data
