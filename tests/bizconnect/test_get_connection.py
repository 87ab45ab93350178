"""One connection, as each of its businesses may know it."""

from tests.factories import connections
from tests.suite import Suite


def test_others_do_not_know_of_it(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    _, lagos = connections.firm(suite, "Lagos Mills")
    stranger, _ = connections.firm(suite, "Ibadan Mills")
    made = connections.asked(suite, ada, kano, lagos)
    refused = connections.seen(suite, stranger, made)
    assert (refused.status, refused.codes) == (404, [("CONNECTION_NOT_FOUND", None)])


def test_the_other_is_shown_as_it_is_now_and_not_at_all_once_it_is_closed(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    made = connections.asked(suite, ada, kano, lagos)
    path = f"PATCH /api/v1/businesses/{lagos}"
    assert suite.call(path, bola, body={"name": "Lagos Silk"}, version=1).status == 200
    assert connections.seen(suite, ada, made).data["other"]["name"] == "Lagos Silk"
    suite.rows("DELETE FROM users.public_business WHERE id = :id", id=lagos)
    found = connections.seen(suite, ada, made).data
    assert (found["other"], found["other_id"]) == (None, str(lagos))
