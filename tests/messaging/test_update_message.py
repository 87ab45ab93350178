import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from functions.messaging._rules.correcting import EDIT_WINDOW
from shared.ids import new_id
from tests.factories import users
from tests.factories.messaging import Talk, heard, said, sending, talk
from tests.suite import Answer, Person, Suite


def _change(
    suite: Suite,
    who: Person,
    message: object,
    text: str = "Three",
    *,
    version: int = 1,
    now: datetime | None = None,
) -> Answer:
    path = f"PATCH /api/v1/messages/{message}"
    return suite.call(path, who, body={"text": text}, version=version, now=now)


def _said(suite: Suite) -> tuple[Talk, str]:
    made = talk(suite)
    return made, said(suite, made.customer, made.id, "Two pallets")["id"]


def test_it_says_something_else_and_everybody_sees_that_it_was_changed(suite: Suite) -> None:
    """The number stays; what it said is kept sealed, for complaints."""
    made, message = _said(suite)
    answer = _change(suite, made.customer, message, "Three pallets")
    assert answer.status == 200, answer.body
    assert (answer.data["seq"], answer.data["version"]) == (1, 2)
    (one,) = heard(suite, made.owner, made.id)
    assert (one["text"], one["version"]) == ("Three pallets", 2)
    assert one["edited_at"] is not None
    kept = suite.rows("SELECT version, octet_length(ciphertext) FROM messaging.message_revision")
    assert kept == [[1, len("Two pallets") + 16]]
    (event,) = suite.events("MessageEdited")
    assert event["data"]["version"] == 2
    assert "pallets" not in json.dumps(suite.stored())
    # Sent again by a device that heard nothing, it is the message that it has become.
    again = sending(suite, made.customer, made.id, "Two pallets", id=message)
    assert (again.status, again.data["version"]) == (201, 2)


def test_only_who_wrote_it_changes_it(suite: Suite) -> None:
    """Whoever reads it is told so, and whoever does not is not told that it is there."""
    made, message = _said(suite)
    assert _change(suite, made.owner, message).status == 403
    for who, id_ in ((users.person(suite), message), (made.customer, new_id())):
        refused = _change(suite, who, id_)
        assert (refused.status, refused.codes) == (404, [("MESSAGE_NOT_FOUND", None)])


def test_after_fifteen_minutes_it_stays_as_it_is(suite: Suite) -> None:
    made = talk(suite)
    start = datetime.now(UTC)
    sent = sending(suite, made.customer, made.id, now=start).data["id"]
    assert _change(suite, made.customer, sent, now=start + EDIT_WINDOW).status == 200
    late = start + EDIT_WINDOW + timedelta(seconds=1)
    refused = _change(suite, made.customer, sent, version=2, now=late)
    assert (refused.status, refused.codes) == (409, [("EDIT_WINDOW_OVER", None)])


def test_a_late_version_is_refused_and_shown_what_is_there(suite: Suite) -> None:
    made, message = _said(suite)
    _change(suite, made.customer, message, "Three pallets")
    refused = _change(suite, made.customer, message, "Four pallets", version=1)
    assert (refused.status, refused.codes) == (409, [("VERSION_CONFLICT", None)])
    assert refused.json["current"]["text"] == "Three pallets"


def test_of_ten_at_once_one_counts(suite: Suite) -> None:
    made, message = _said(suite)
    with ThreadPoolExecutor(10) as crew:
        changes = list(
            crew.map(lambda n: _change(suite, made.customer, message, f"n {n}"), range(10))
        )
    assert sorted(each.status for each in changes)[:1] == [200]
    assert {each.status for each in changes} <= {200, 409, 503}
    assert sum(each.status == 200 for each in changes) == 1
    assert suite.value("SELECT count(*) FROM messaging.message_revision") == 1


def test_who_may_no_longer_write_changes_nothing(suite: Suite) -> None:
    made, message = _said(suite)
    suite.rows("DELETE FROM users.public_business")
    assert _change(suite, made.customer, message).status == 403


def test_what_was_taken_back_does_not_come_again(suite: Suite) -> None:
    made, message = _said(suite)
    assert suite.call(f"DELETE /api/v1/messages/{message}", made.customer).status == 204
    refused = _change(suite, made.customer, message, version=2)
    assert (refused.status, refused.codes) == (409, [("MESSAGE_DELETED", None)])
