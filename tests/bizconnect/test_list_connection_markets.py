"""The markets, counted."""

from tests.factories import connections, users
from tests.suite import Suite

READ = "GET /api/v1/connections/markets"


def test_what_is_connected_and_what_waits_in_each(suite: Suite) -> None:
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    jane, harlem = connections.american(suite)
    connections.stepped(suite, bola, connections.asked(suite, ada, kano, lagos), "decline")
    connections.stepped(suite, jane, connections.asked(suite, ada, kano, harlem), "accept")
    assert suite.call(READ, ada).data == [
        {"market": "afcfta", "accepted": 0, "sent": 1, "received": 0},
        {"market": "africa-us", "accepted": 1, "sent": 0, "received": 0},
        {"market": "us-africa", "accepted": 0, "sent": 0, "received": 0},
    ]
    assert suite.call(READ, bola).data[0] == {
        "market": "afcfta",
        "accepted": 0,
        "sent": 0,
        "received": 0,
    }
    assert suite.call(READ, jane).data[1]["accepted"] == 1


def test_whoever_has_no_business_reads_the_markets_too(suite: Suite) -> None:
    found = suite.call(READ, users.person(suite)).data
    assert [each["market"] for each in found] == ["afcfta", "africa-us", "us-africa"]
