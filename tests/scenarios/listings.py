"""A realistic, successful request for every function of `listings` that writes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.factories import listings
from tests.scenarios.acts import Act, Call, Scenario, decision, delivery, tick, writes_part
from tests.scenarios.users import cron_erase_accounts
from tests.suite import Suite


def create_listing(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    body = listings.content(business_id=str(business))
    return Call(suite, "POST /api/v1/listings", owner, body=body)


def _verb(verb: str, *before: str, live: bool = True) -> Scenario:
    def scenario(suite: Suite) -> Act:
        owner, business = listings.seller(suite)
        made = (listings.published if live else listings.pending)(suite, owner, business)
        for each in before:
            done = suite.call(listings.do(each, made), owner, body=_VERBS[each])
            assert done.status == 200, done.body
        return Call(suite, listings.do(verb, made), owner, body=_VERBS[verb])

    return scenario


_VERBS: dict[str, Any] = {
    "pause": None,
    "resume": None,
    "close": {"outcome": "sold"},
    "extend": {"duration_hours": 24},
}


def delete_listing(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    made = listings.published(suite, owner, business)
    return Call(suite, f"DELETE /api/v1/listings/{made['id']}", owner)


def update_listing(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    made = listings.published(suite, owner, business)
    path = f"PATCH /api/v1/listings/{made['id']}"
    body = {"title": "Dried mango, the best of it"}
    return Call(suite, path, owner, body=body, version=made["version"])


def replace_listing(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    made = listings.published(suite, owner, business)
    body = listings.content(title="Dried mango, the best of it")
    path = f"PUT /api/v1/listings/{made['id']}"
    return Call(suite, path, owner, body=body, version=made["version"])


def on_review_decided_apply(suite: Suite) -> Act:
    decision("approve")(suite)()
    return delivery(suite, "ReviewDecided", "on_review_decided_apply")


def on_business_changed_refresh_listings(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    listings.published(suite, owner, business)
    path = f"PATCH /api/v1/businesses/{business}"
    assert suite.call(path, owner, body={"name": "Kano Leather"}, version=1).status == 200
    return delivery(suite, "BusinessChanged", "on_business_changed_refresh_listings")


def cron_remind_expiring_listings(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    listings.published(suite, owner, business)
    soon = datetime.now(UTC) + timedelta(hours=60)
    return tick(suite, "cron_remind_expiring_listings", soon)


def cron_expire_listings(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    listings.published(suite, owner, business)
    return tick(suite, "cron_expire_listings", datetime.now(UTC) + timedelta(hours=80))


def on_business_erased_erase_listings(suite: Suite) -> Act:
    cron_erase_accounts(suite)()
    return delivery(suite, "BusinessErased", "on_business_erased_erase_listings")


pause_listing = _verb("pause")
resume_listing = _verb("resume", "pause")
close_listing = _verb("close")
extend_listing = _verb("extend")
on_export_requested_write_listings = writes_part("listings")
