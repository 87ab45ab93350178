from shared.ids import new_id
from tests.factories import users
from tests.factories.messaging import heard, said, sending, talk
from tests.suite import Suite


def test_an_empty_tombstone_is_left(suite: Suite) -> None:
    """Taken back twice it is taken back once; the list shows no words either."""
    made = talk(suite)
    said(suite, made.customer, made.id, "one")
    sent = said(suite, made.customer, made.id, "two")
    for _ in range(2):
        answer = suite.call(f"DELETE /api/v1/messages/{sent['id']}", made.customer)
        assert answer.status == 204, answer.body
    read = heard(suite, made.owner, made.id)
    assert [(each["seq"], each["text"]) for each in read] == [(1, "one"), (2, None)]
    assert read[1]["deleted_at"] is not None
    (shown,) = suite.call("GET /api/v1/conversations", made.owner).data
    assert (shown["last_message"]["text"], shown["unread"]) == (None, 2)
    (event,) = suite.events("MessageDeleted")
    assert event["data"]["seq"] == 2
    (kept,) = suite.rows("SELECT message_id::text, version FROM messaging.message_revision")
    assert kept == [sent["id"], 1]
    # A device that heard nothing sends it again: it is there, taken back.
    again = sending(suite, made.customer, made.id, "two", id=sent["id"])
    assert (again.status, again.data["seq"], again.data["version"]) == (201, 2, 2)


def test_only_who_wrote_it_takes_it_back(suite: Suite) -> None:
    made = talk(suite)
    sent = said(suite, made.customer, made.id)["id"]
    colleague = users.member(suite, made.owner, str(made.business_id))
    for who, id_, status in (
        (made.owner, sent, 403),
        (colleague, sent, 403),
        (users.person(suite), sent, 404),
        (made.customer, new_id(), 404),
    ):
        assert suite.call(f"DELETE /api/v1/messages/{id_}", who).status == status
    assert suite.events("MessageDeleted") == []
