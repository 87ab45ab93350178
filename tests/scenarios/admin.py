"""A realistic, successful request for every function of `admin` that writes."""

from tests.factories import listings
from tests.scenarios.acts import Act, decision, delivery, writes_part
from tests.scenarios.listings import on_business_erased_erase_listings
from tests.suite import Person, Suite

approve_admin_listing = decision("approve")
reject_admin_listing = decision("reject", reason="MISLEADING")


def on_listing_erased_erase_review(suite: Suite) -> Act:
    on_business_erased_erase_listings(suite)()
    return delivery(suite, "ListingErased", "on_listing_erased_erase_review")


def on_listing_submitted_open_review(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    listings.pending(suite, owner, business)
    return delivery(suite, "ListingSubmitted", "on_listing_submitted_open_review")


def on_listing_withdrawn_close_review(suite: Suite) -> Act:
    on_listing_submitted_open_review(suite)()
    event = suite.events("ListingSubmitted")[-1]["data"]
    (uid,) = suite.rows("SELECT uid FROM users.account")[0]
    path = f"DELETE /api/v1/listings/{event['listing_id']}"
    assert suite.call(path, Person(uid)).status == 204
    return delivery(suite, "ListingWithdrawn", "on_listing_withdrawn_close_review")


on_export_requested_write_admin = writes_part("admin")
