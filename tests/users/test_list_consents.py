"""What a person agreed to."""

from tests.factories.users import onboarding, person
from tests.suite import Person, Suite

CONSENTS = "GET /api/v1/users/me/consents"


def test_p19_every_purpose_is_told_with_what_was_decided(suite: Suite) -> None:
    """What was never asked is not granted."""
    marketing = {"purpose": "marketing", "granted": False, "policy_version": "2026-10"}
    terms = {"purpose": "terms", "granted": True, "policy_version": "2026-11"}
    newcomer = Person("newcomer")
    body = onboarding(consents=[marketing, terms])
    assert suite.call("POST /api/v1/users", newcomer, body=body).status == 201
    found = {each.pop("purpose"): each for each in suite.call(CONSENTS, newcomer).data}
    assert list(found) == ["terms", "marketing", "analytics"]
    never: dict[str, object] = {
        "granted": False,
        "policy_version": None,
        "decided_at": None,
        "history": [],
    }
    assert found["analytics"] == never
    told = found["marketing"]
    assert (told["granted"], told["policy_version"]) == (False, "2026-10")
    assert [each["decided_at"] for each in told["history"]] == [told["decided_at"]]


def test_what_others_decided_is_not_told(suite: Suite) -> None:
    ada, ngozi = person(suite), person(suite)
    change = {"consents": [{"purpose": "analytics", "granted": True, "policy_version": "9"}]}
    assert suite.call("PUT /api/v1/users/me/consents", ada, body=change).status == 200
    assert [each["granted"] for each in suite.call(CONSENTS, ngozi).data] == [True, False, False]
