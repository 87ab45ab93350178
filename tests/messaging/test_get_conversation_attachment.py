from shared.ids import new_id
from tests.factories import users
from tests.factories.messaging import attached, stored, talk
from tests.suite import Suite


def test_what_is_not_sent_yet_is_its_uploaders_alone(suite: Suite) -> None:
    made = talk(suite)
    file = stored(suite, made.customer, made.id)
    assert suite.call(f"GET {made.path}/attachments/{file}", made.customer).status == 200
    assert suite.call(f"GET {made.path}/attachments/{file}", made.owner).status == 404


def test_it_is_of_one_conversation(suite: Suite) -> None:
    """And of those who take part in it."""
    made, other = talk(suite), talk(suite)
    file = attached(suite, made.customer, made.id)
    for who, path in (
        (users.person(suite), f"{made.path}/attachments/{file}"),
        (made.customer, f"{other.path}/attachments/{file}"),
        (other.customer, f"{other.path}/attachments/{file}"),
        (made.customer, f"{made.path}/attachments/{new_id()}"),
    ):
        refused = suite.call(f"GET {path}", who)
        assert (refused.status, refused.codes) == (404, [("ATTACHMENT_NOT_FOUND", None)])
