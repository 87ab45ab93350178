from shared.ids import new_id
from tests.factories import connections, users
from tests.factories.messaging import connected, heard, said, sending
from tests.suite import Suite


def _path(connection: str) -> str:
    return f"POST /api/v1/connections/{connection}/messages"


def test_the_first_message_opens_the_conversation_and_the_others_go_on_with_it(
    suite: Suite,
) -> None:
    """On any plan, from either side; a retry is the same message."""
    made = connected(suite)
    body = {"id": str(new_id()), "text": "We buy shea"}
    first = suite.call(_path(made.id), made.requester, body=body)
    assert first.status == 201, first.body
    assert suite.call(_path(made.id), made.requester, body=body).data == first.data
    answer = {"id": str(new_id()), "text": "How much of it?"}
    second = suite.call(_path(made.id), made.receiver, body=answer)
    assert second.data["conversation_id"] == first.data["conversation_id"]
    said(suite, made.requester, first.data["conversation_id"], "Two tons")
    read = heard(suite, made.receiver, first.data["conversation_id"])
    assert [each["text"] for each in read] == ["We buy shea", "How much of it?", "Two tons"]


def test_removed_or_blocked_nobody_writes_and_both_read(suite: Suite) -> None:
    for action in ("remove", "block"):
        made = connected(suite)
        body = {"id": str(new_id()), "text": "We buy shea"}
        first = suite.call(_path(made.id), made.requester, body=body).data
        connections.stepped(suite, made.receiver, {"id": made.id}, action)
        for who in (made.requester, made.receiver):
            refused = sending(suite, who, first["conversation_id"])
            assert (refused.status, refused.json["errors"][0]["message"]) == (
                403,
                "No more messages are taken in this conversation.",
            )
            assert len(heard(suite, who, first["conversation_id"])) == 1
            body = {"id": str(new_id()), "text": "Still there?"}
            assert suite.call(_path(made.id), who, body=body).status in {404, 409}


def test_a_connection_of_others_is_not_there(suite: Suite) -> None:
    made = connected(suite)
    stranger = users.person(suite, roles=["business"])
    body = {"id": str(new_id()), "text": "Me too"}
    assert suite.call(_path(made.id), stranger, body=body).status == 404
