"""Reading one's own account."""

from tests.factories.users import business, person
from tests.suite import Person, Suite


def test_it_holds_the_caller_and_his_businesses(suite: Suite) -> None:
    """Nobody else's business is in it."""
    ngozi = person(suite, roles=("business",))
    business(suite, person(suite, roles=("business",)))
    own = business(suite, ngozi)
    me = suite.call("GET /api/v1/users/me", ngozi).data
    assert me["id"] == str(ngozi.user_id)
    assert [each["business_id"] for each in me["businesses"]] == [own["id"]]


def test_without_an_account_there_is_nothing_to_read(suite: Suite) -> None:
    """A token alone is a stranger."""
    refused = suite.call("GET /api/v1/users/me", Person("nobody"))
    assert (refused.status, refused.codes) == (403, [("NOT_ONBOARDED", None)])


def test_a_suspended_account_is_refused_with_the_very_same_token(suite: Suite) -> None:
    """Suspension is a row, not a claim: the next request meets it, a write as well as a read."""
    ngozi = person(suite, roles=("business",))
    sent = {"authorization": f"Bearer {suite.token(ngozi)}"}
    assert suite.call("GET /api/v1/users/me", headers=sent).status == 200
    suite.rows("UPDATE users.account SET state = 'suspended' WHERE id = :id", id=ngozi.user_id)
    change = suite.call("PATCH /api/v1/users/me", headers=sent, body={"given_name": "X"}, version=1)
    assert (change.status, change.codes) == (403, [("ACCOUNT_SUSPENDED", None)])
    assert suite.call("GET /api/v1/users/me", headers=sent).status == 403
    assert suite.value("SELECT given_name FROM users.account") == "Ngozi"


def test_roles_of_the_database_count_whatever_the_token_says(suite: Suite) -> None:
    """An old token gains and loses roles with the row, at the next request."""
    ngozi = person(suite, roles=("business",))
    claiming = Person(ngozi.uid, claims={"roles": ["business", "admin"], "role_version": 99})
    sent = {"authorization": f"Bearer {suite.token(claiming)}"}
    body = {"name": "Stall", "country": "NG", "city_id": 2332459, "categories": ["fabrics"]}
    take = "UPDATE users.account SET roles = :roles, role_version = role_version + 1"
    suite.rows(take, roles=["consumer"])
    refused = suite.call("POST /api/v1/businesses", headers=sent, body=body)
    assert (refused.status, refused.codes) == (403, [("ROLE_NOT_ALLOWED", None)])
    suite.rows(take, roles=["consumer", "business"])
    assert suite.call("POST /api/v1/businesses", headers=sent, body=body).status == 201
