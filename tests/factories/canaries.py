"""Somebody of whom each place that holds something of people holds a word of its own."""

from uuid import UUID, uuid4

from tests.factories import listings, notifications, users
from tests.suite import Person, Suite

PHONE = "+2348031234567"
CANARIES = [f"Zanzibarianus{number:02d}" for number in range(14)]
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
    suite.deliver()
    (notified, *_) = notifications.notified(suite, him)
    suite.rows(
        "UPDATE notifications.notification SET body = :body WHERE id = :id",
        body=CANARIES[13],
        id=notified,
    )
    return him
