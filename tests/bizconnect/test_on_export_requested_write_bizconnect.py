"""Connections of somebody's businesses, written down."""

from tests.factories import connections, exports
from tests.suite import Suite


def test_p19_he_is_given_what_he_asked_and_was_asked_and_no_decline(suite: Suite) -> None:
    """Nor that somebody blocked him."""
    ada, kano = connections.firm(suite)
    firms = [connections.firm(suite, f"Mill {number}") for number in range(5)]
    made = [
        connections.asked(suite, ada, kano, other, note=f"Note {number}.")
        for number, (_, other) in enumerate(firms[:4])
    ]
    for number, action in enumerate(("accept", "decline", "block")):
        connections.stepped(suite, firms[number][0], made[number], action)
    received = connections.asked(suite, firms[4][0], firms[4][1], kano, note="For you.")
    connections.asked(suite, firms[4][0], firms[4][1], firms[0][1])
    exports.written(suite, ada)
    given = exports.part(suite, ada, "bizconnect")["bizconnect.connection"]
    found = {each["id"]: each for each in given}
    assert found.keys() == {each["id"] for each in made} | {received["id"]}
    accepted, declined, blocked, waiting = (found[each["id"]] for each in made)
    assert accepted["state"] == "accepted"
    assert declined.keys() == blocked.keys() == waiting.keys()
    assert not {"state", "declined_at", "blocked_by", "version"} & declined.keys()
    assert {each["requester_version"] for each in (declined, waiting)} == {1}
    assert (found[received["id"]]["state"], found[received["id"]]["note"]) == (
        "pending",
        "For you.",
    )
