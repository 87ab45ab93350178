"""What somebody said, written down."""

import pytest

from functions.messaging._rules import exporting
from tests.factories import exports
from tests.factories.messaging import said, talk
from tests.suite import Suite


@pytest.mark.parametrize("batch", [1, 500])
def test_p19_he_is_given_his_own_words_and_nobody_elses(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """And with whom he had conversations, himself or by his business."""
    monkeypatch.setattr(exporting, "BATCH", batch)
    made, other = talk(suite), talk(suite)
    for who, text in ((made.customer, "Is it ripe?"), (made.owner, "It is"), (made.customer, "Ok")):
        said(suite, who, made.id, text)
    said(suite, other.customer, other.id, "Somebody else's")
    for who, wanted in ((made.customer, ["Is it ripe?", "Ok"]), (made.owner, ["It is"])):
        exports.written(suite, who)
        given = exports.part(suite, who, "messaging")
        found = given["messaging.message"]
        assert [each["text"] for each in sorted(found, key=lambda row: row["seq"])] == wanted
        assert not {"ciphertext", "nonce", "digest"} & {name for row in found for name in row}
        assert [each["id"] for each in given["messaging.conversation"]] == [made.id]
        assert [each["sent"] for each in given["messaging.pointer"]] == [len(wanted)]


@pytest.mark.parametrize("batch", [1, 500])
def test_p19_he_is_given_what_he_changed_and_deleted_as_long_as_it_is_kept(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """Each version of his own, and of nobody else's."""
    monkeypatch.setattr(exporting, "BATCH", batch)
    made = talk(suite)
    for who, first, second in ((made.customer, "Ripe?", "Is it ripe?"), (made.owner, "Y", "Yes")):
        sent = said(suite, who, made.id, first)
        path = f"/api/v1/messages/{sent['id']}"
        assert suite.call(f"PATCH {path}", who, body={"text": second}, version=1).status == 200
        assert suite.call(f"DELETE {path}", who).status == 204
    exports.written(suite, made.customer)
    given = exports.part(suite, made.customer, "messaging")
    (message,) = given["messaging.message"]
    assert (message["text"], message["version"]) == (None, 3)
    before = given["messaging.message_revision"]
    texts = {each["version"]: each["text"] for each in before}
    assert texts == {1: "Ripe?", 2: "Is it ripe?"}
    assert not {"ciphertext", "nonce"} & {name for row in before for name in row}
