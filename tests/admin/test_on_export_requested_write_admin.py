"""What was reviewed of somebody, and by him, written down."""

from tests.factories import exports, listings, users
from tests.suite import Suite


def test_p19_he_is_given_what_was_said_of_his_listing_and_not_by_whom(suite: Suite) -> None:
    """The moderator is given the reverse."""
    ada, shop = listings.seller(suite)
    moderator = users.person(suite, roles=("admin",))
    made = listings.pending(suite, ada, shop, title="Dried mango of Ada")
    suite.deliver()
    path = f"POST /api/v1/admin/listings/{made['id']}/reject"
    body = {"version": made["version"], "reason": "OTHER", "note": "Say what it weighs."}
    assert suite.call(path, moderator, body=body).status == 200
    for who in (ada, moderator):
        exports.written(suite, who)
    (hers,) = exports.part(suite, ada, "admin")["admin.review"]
    assert (hers["note"], hers["snapshot"]["title"]) == ("Say what it weighs.", made["title"])
    assert "decided_by" not in hers
    (his,) = exports.part(suite, moderator, "admin")["admin.review"]
    assert (his["decided_by"], his["reason"]) == (str(moderator.user_id), "OTHER")
    assert not {"note", "snapshot", "business_id"} & his.keys()


def test_p19_what_a_moderator_looks_at_is_his_activity(suite: Suite) -> None:
    """Since when he holds it, not what it says."""
    ada, shop = listings.seller(suite)
    moderator = users.person(suite, roles=("admin",))
    listings.pending(suite, ada, shop)
    suite.deliver()
    leased = suite.call("GET /api/v1/admin/listings", moderator, query={"lease": "true"})
    assert leased.status == 200
    exports.written(suite, moderator)
    (his,) = exports.part(suite, moderator, "admin")["admin.review"]
    assert his["leased_by"] == str(moderator.user_id)
    assert not {"note", "snapshot", "business_id"} & his.keys()
