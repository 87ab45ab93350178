from tests.factories.events import hand
from tests.factories.notifications import rejected
from tests.factories.users import business, person
from tests.suite import Suite

HANDLER = "on_listing_rejected_notify_owner"


def test_reason_and_note_are_told_in_the_owners_language(suite: Suite) -> None:
    owner = person(suite, roles=["business"], language="fr")
    event = rejected(business(suite, owner)["id"], reason="WRONG_CATEGORY", note="Voir « Tissus ».")
    hand(suite, HANDLER, event, times=2)
    (told,) = suite.call("GET /api/v1/notifications", owner).data
    assert told["language"] == "fr"
    assert "autre catégorie" in told["body"]
    assert "Voir « Tissus »." in told["body"]
    assert (told["parameters"]["reason"], told["parameters"]["note"]) == (event.reason, event.note)


def test_a_reason_that_is_newer_than_the_templates_is_still_told(suite: Suite) -> None:
    owner = person(suite, roles=["business"])
    hand(suite, HANDLER, rejected(business(suite, owner)["id"], reason="TOO_NEW"))
    (told,) = suite.call("GET /api/v1/notifications", owner).data
    assert told["body"].endswith("was not approved.")
    assert told["parameters"]["reason"] == "TOO_NEW"


def test_each_version_that_is_rejected_is_told(suite: Suite) -> None:
    owner = person(suite, roles=["business"])
    event = rejected(business(suite, owner)["id"])
    hand(suite, HANDLER, event)
    hand(suite, HANDLER, event.model_copy(update={"version": event.version + 1}))
    assert len(suite.call("GET /api/v1/notifications", owner).data) == 2
