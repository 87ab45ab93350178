import pytest

from shared.settings import settings
from tests import web
from tests.factories import users
from tests.factories.messaging import heard, opened, said, sending, stored, talk
from tests.suite import Answer, Person, Suite

FILE = b"\xff\xd8\xff\xe0 a photograph of mangoes"


def _send(suite: Suite, who: Person, conversation: str, *files: str, text: str = "") -> Answer:
    return sending(suite, who, conversation, text, attachments=[*files])


def test_a_file_is_stored_sent_and_read_by_both(suite: Suite) -> None:
    """The bytes go straight to storage and come straight from it."""
    made = talk(suite)
    file = stored(suite, made.customer, made.id, FILE)
    sent = _send(suite, made.customer, made.id, file)
    assert sent.status == 201, sent.body
    (one,) = heard(suite, made.owner, made.id)
    assert one["attachments"] == [{"id": file, "content_type": "image/jpeg", "size": len(FILE)}]
    for who in (made.owner, made.customer):
        link = suite.call(f"GET {made.path}/attachments/{file}", who)
        assert web.get(link.data["url"], timeout=10).content == FILE
    assert suite.value("SELECT purge_after FROM messaging.attachment") is None
    again = sending(suite, made.customer, made.id, "", attachments=[file], id=sent.data["id"])
    assert again.data == sent.data
    other = sending(suite, made.customer, made.id, "", id=sent.data["id"], attachments=[])
    assert other.status == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content_type": "text/html", "size": 10}, "content_type"),
        ({"content_type": "image/jpeg", "size": 0}, "size"),
        ({"content_type": "image/jpeg", "size": 5_000_001}, "size"),
        ({"content_type": "audio/ogg", "size": 500_001}, "size"),
    ],
)
def test_what_may_be_stored_is_bounded(suite: Suite, body: dict[str, object], field: str) -> None:
    made = talk(suite)
    refused = suite.call(f"POST {made.path}/attachments", made.customer, body=body)
    assert (refused.status, refused.codes) == (422, [("VALIDATION_ERROR", field)])
    assert suite.value("SELECT count(*) FROM messaging.attachment") == 0


def test_the_upload_takes_that_size_and_no_other(suite: Suite) -> None:
    made = talk(suite)
    body = {"content_type": "image/jpeg", "size": 3}
    signed = suite.call(f"POST {made.path}/attachments", made.customer, body=body).data
    for file, taken in ((b"longer", False), (b"s", False), (b"fit", True)):
        posted = web.post(signed["url"], data=signed["fields"], files={"file": file}, timeout=10)
        assert (posted.status_code < 300) is taken
    bucket = settings().attachment_bucket
    assert [each.name for each in suite.objects.under(bucket)] == [f"{made.id}/{signed['id']}"]


def test_a_message_names_files_of_its_own_sender_and_conversation(suite: Suite) -> None:
    """Each once, and none that another message has."""
    made, other = talk(suite), talk(suite)
    theirs = stored(suite, made.owner, made.id)
    elsewhere = opened(suite, made.customer, other.business_id)["id"]
    wrong_place = stored(suite, made.customer, elsewhere)
    taken = stored(suite, made.customer, made.id)
    assert _send(suite, made.customer, made.id, taken).status == 201
    own = stored(suite, made.customer, made.id)
    for files in ([theirs], [wrong_place], [taken], [own, theirs], [made.id]):
        refused = _send(suite, made.customer, made.id, *files)
        assert (refused.status, refused.codes) == (422, [("UNKNOWN_ATTACHMENT", "attachments")])
    refused = _send(suite, made.customer, made.id, own, own)
    assert (refused.status, refused.codes) == (422, [("VALIDATION_ERROR", "attachments")])
    refused = _send(suite, made.customer, made.id)
    assert (refused.status, refused.codes) == (422, [("VALIDATION_ERROR", "text")])
    assert suite.call(f"GET {made.path}", made.owner).data["last_seq"] == 1


def test_who_may_not_write_stores_nothing_either(suite: Suite) -> None:
    made = talk(suite)
    body = {"content_type": "image/jpeg", "size": 3}
    stranger = users.person(suite)
    assert suite.call(f"POST {made.path}/attachments", stranger, body=body).status == 404
    suite.rows("DELETE FROM users.public_business")
    assert suite.call(f"POST {made.path}/attachments", made.customer, body=body).status == 403
    assert suite.value("SELECT count(*) FROM messaging.attachment") == 0


def test_with_the_message_the_file_is_taken_back(suite: Suite) -> None:
    """For half a year it is kept for complaints, and shown to nobody."""
    made = talk(suite)
    file = stored(suite, made.customer, made.id)
    sent = _send(suite, made.customer, made.id, file).data
    said(suite, made.owner, made.id)
    assert suite.call(f"DELETE /api/v1/messages/{sent['id']}", made.customer).status == 204
    assert heard(suite, made.owner, made.id)[0]["attachments"] == []
    for who in (made.owner, made.customer):
        assert suite.call(f"GET {made.path}/attachments/{file}", who).status == 404
    assert suite.value(
        "SELECT purge_after > clock_timestamp() + interval '179 days' FROM messaging.attachment"
    )
