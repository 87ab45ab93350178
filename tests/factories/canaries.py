"""Somebody of whom each place that holds something of people holds a word of its own."""

from uuid import UUID, uuid4

from tests.factories import connections, listings, messaging, notifications, teams, users
from tests.suite import Person, Suite

PHONE = "+2348031234567"
CANARIES = [f"Zanzibarianus{number:02d}" for number in range(17)]
WORDS = [*CANARIES, PHONE, PHONE[4:]]


def somebody_everywhere(suite: Suite) -> Person:
    """Return somebody whose words are in each domain; each canary is his in a place of its own."""
    him = users.person(
        suite,
        roles=("business",),
        uid=CANARIES[0],
        given_name=CANARIES[1],
        family_name=CANARIES[2],
        phone=PHONE,
    )
    decision = {"purpose": "marketing", "granted": True, "policy_version": CANARIES[3]}
    body = {"consents": [decision]}
    key = CANARIES[4]
    assert suite.call("PUT /api/v1/users/me/consents", him, body=body, key=key).status == 200
    device = {"push_token": CANARIES[5], "platform": "android", "app_version": CANARIES[6]}
    path = f"PUT /api/v1/users/me/devices/{uuid4()}"
    assert suite.call(path, him, body=device, key="device").status == 200
    shop = users.business(suite, him, name=CANARIES[7], description=f"{CANARIES[8]} and sons")
    paper = {"kind": "registration", "number": CANARIES[9], "country": "NG"}
    path = f"POST /api/v1/businesses/{shop['id']}/verification"
    asked = suite.call(path, him, body={"level": "verified", "documents": [paper]}, key="papers")
    assert asked.status == 201, asked.body
    shop_id = UUID(shop["id"])
    told = f"{CANARIES[11]} told at length"
    listings.published(suite, him, shop_id, title=CANARIES[10], description=told)
    listings.pending(suite, him, shop_id, title=CANARIES[12])
    trader, other = connections.firm(suite, "Other Traders")
    connections.asked(suite, him, shop_id, other, note=f"{CANARIES[14]} asks.", key="asked")
    _say(suite, him, other, trader)
    _support(suite, teams.Team(shop_id, him, ()))
    suite.rows(
        "INSERT INTO bizconnect.impression (business_id, day, position, suggested_id, score, "
        "explored, weights, reasons, shown_at) "
        "VALUES (:shop, current_date, 1, :other, 0.5, false, 1, '[]', clock_timestamp())",
        shop=shop_id,
        other=other,
    )
    suite.deliver()
    (notified, *_) = notifications.notified(suite, him)
    suite.rows(
        "INSERT INTO notifications.push (notification_id, install_id, outcome) "
        "SELECT :id, install_id, 'sent' FROM users.device",
        id=notified,
    )
    suite.rows(
        "UPDATE notifications.notification SET body = :body WHERE id = :id",
        body=CANARIES[13],
        id=notified,
    )
    return him


def _say(suite: Suite, him: Person, business_id: object, trader: Person) -> None:
    """Have him write to a business, change what he wrote, and send a file: all of it is sealed.

    He is answered, and that is on its way to him.
    """
    conversation = messaging.opened(suite, him, business_id)["id"]
    sent = messaging.said(suite, him, conversation, f"{CANARIES[15]}, he began.")
    body = {"text": f"{CANARIES[16]}, he meant."}
    path = f"PATCH /api/v1/messages/{sent['id']}"
    changed = suite.call(path, him, body=body, version=sent["version"])
    assert changed.status == 200, changed.body
    messaging.attached(suite, him, conversation)
    messaging.said(suite, trader, conversation, "We see.")


def _support(suite: Suite, his: teams.Team) -> None:
    """Have somebody ask his business for support, which he has promised to answer himself."""
    agents, targets = [teams.knows(his.owner)], {"first_response": 60}
    assert teams.ruled(suite, his, agents=agents, targets=targets).status == 200
    teams.says(suite, his, his.owner)
    teams.asks(suite, his)
