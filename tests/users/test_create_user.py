"""Onboarding."""

import threading

import pytest

from tests.factories.users import onboarding, person
from tests.suite import Answer, Person, Suite

BODY = onboarding(role="business", phone="0803 123 4567")


def test_an_account_is_stored_and_announced(suite: Suite) -> None:
    """The answer, the rows and the outbox say the same."""
    ngozi = Person("ngozi")
    made = suite.call("POST /api/v1/users", ngozi, body=BODY)
    assert made.status == 201, made.body
    assert made.data["phone"] == "+2348031234567"
    assert suite.rows("SELECT uid, roles, phone_raw FROM users.account") == [
        ["ngozi", ["business"], BODY["phone"]]
    ]
    (event,) = suite.events()
    assert event["type"] == "UserOnboarded"
    assert event["data"] == {
        "user_id": made.data["id"],
        "uid": "ngozi",
        "roles": ["business"],
        "role_version": 1,
    }
    assert suite.rows("SELECT purpose, granted, policy_version FROM users.consent") == [
        ["terms", True, "2026-11"]
    ]
    assert suite.call("GET /api/v1/users/me", ngozi).data == made.data


def test_a_sign_in_has_one_account(suite: Suite) -> None:
    """A second onboarding is refused, also when both come at once."""
    ngozi = Person("ngozi")
    answers: list[Answer] = []
    ready = threading.Barrier(2)

    def onboard() -> None:
        ready.wait()
        answers.append(suite.call("POST /api/v1/users", ngozi, body=BODY))

    twins = [threading.Thread(target=onboard) for _ in range(2)]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join()
    assert sorted(answer.status for answer in answers) == [201, 409]
    again = suite.call("POST /api/v1/users", ngozi, body=BODY)
    assert (again.status, again.codes) == (409, [("ALREADY_ONBOARDED", None)])
    assert suite.value("SELECT count(*) FROM users.account") == 1


def test_a_phone_is_verified_when_the_token_proves_it(suite: Suite) -> None:
    """What is typed proves nothing."""
    typed = suite.call("POST /api/v1/users", Person("typed"), body=BODY)
    proven = suite.call(
        "POST /api/v1/users", Person("proven", claims={"phone_number": "+2348031234567"}), body=BODY
    )
    assert (typed.data["phone_verified"], proven.data["phone_verified"]) == (False, True)


def test_a_recycled_number_belongs_to_whoever_proved_it_last(suite: Suite) -> None:
    """The old account keeps the number, no longer verified; nobody is locked out."""
    before = person(suite, phone="+2348031234567", phone_number="+2348031234567")
    after = person(suite, phone="+2348031234567", phone_number="+2348031234567")
    verified = suite.rows("SELECT id, phone_verified FROM users.account ORDER BY created_at")
    assert verified == [[before.user_id, False], [after.user_id, True]]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"country": "AQ"}, ("VALIDATION_ERROR", "country")),
        ({"zone": "Africa/Nairobi"}, ("VALIDATION_ERROR", "zone")),
        ({"phone": "+2340000000000"}, ("VALIDATION_ERROR", "phone")),
        ({"role": "admin"}, ("VALIDATION_ERROR", "role")),
        ({"roles": ["admin"]}, ("UNKNOWN_FIELD", "roles")),
        (
            {"consents": [{"purpose": "terms", "granted": False, "policy_version": "1"}]},
            ("TERMS_REQUIRED", "consents"),
        ),
        ({"consents": BODY["consents"] * 2}, ("DUPLICATE_CONSENT", "consents")),
    ],
)
def test_what_is_not_true_is_refused(
    suite: Suite, wrong: dict[str, object], code: tuple[str, str]
) -> None:
    """Nobody names his own role beyond consumer and business, nor a place that is not."""
    refused = suite.call("POST /api/v1/users", Person("ngozi"), body=BODY | wrong)
    assert (refused.status, refused.codes) == (422, [code])
    assert suite.rows("SELECT id FROM users.account") == []
