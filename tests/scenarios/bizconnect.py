"""A realistic, successful request for every function of `bizconnect` that writes."""

from datetime import UTC, datetime, timedelta

from shared.grace import GRACE
from tests.factories import connections, listings, users
from tests.scenarios.acts import Act, Call, delivery, tick, writes_part
from tests.scenarios.users import cron_erase_accounts
from tests.suite import Person, Suite


def create_connection(suite: Suite) -> Act:
    ada, kano = connections.firm(suite)
    _, lagos = connections.firm(suite, "Lagos Mills")
    body = {"business_id": str(kano), "to_business_id": str(lagos), "note": "From Kano."}
    return Call(suite, "POST /api/v1/connections", ada, body=body)


def update_connection_status(suite: Suite) -> Act:
    ada, kano = connections.firm(suite)
    bola, lagos = connections.firm(suite, "Lagos Mills")
    made = connections.asked(suite, ada, kano, lagos)
    path = f"PATCH /api/v1/connections/{made['id']}/status"
    return Call(suite, path, bola, body={"action": "accept"})


def cron_expire_connection_requests(suite: Suite) -> Act:
    create_connection(suite)()
    over = datetime.now(UTC) + timedelta(days=31)
    return tick(suite, "cron_expire_connection_requests", over)


def on_business_erased_end_connections(suite: Suite) -> Act:
    create_connection(suite)()
    # Nobody is there who would be told, at the same time, that he is asked.
    suite.rows(
        "DELETE FROM users.membership WHERE business_id = "
        "(SELECT receiver_id FROM bizconnect.connection)"
    )
    users.leaving(suite, _asker(suite))
    tick(suite, "cron_erase_accounts", datetime.now(UTC) + GRACE)()
    return delivery(suite, "BusinessErased", "on_business_erased_end_connections")


def _asker(suite: Suite) -> Person:
    """Return who owns the business that asked for the only connection."""
    ((uid,),) = suite.rows(
        "SELECT uid FROM users.account AS a JOIN users.membership AS m ON m.user_id = a.id "
        "JOIN bizconnect.connection AS c ON c.requester_id = m.business_id"
    )
    return Person(uid)


def on_business_changed_refresh_candidate(suite: Suite) -> Act:
    connections.firm(suite)
    return delivery(suite, "BusinessChanged", "on_business_changed_refresh_candidate")


def on_listing_published_refresh_candidate(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    listings.published(suite, owner, business)
    return delivery(suite, "ListingPublished", "on_listing_published_refresh_candidate")


def on_connection_accepted_refresh_candidate(suite: Suite) -> Act:
    update_connection_status(suite)()
    return delivery(suite, "ConnectionAccepted", "on_connection_accepted_refresh_candidate")


def on_business_erased_delete_candidate(suite: Suite) -> Act:
    on_business_changed_refresh_candidate(suite)()
    cron_erase_accounts(suite)()
    return delivery(suite, "BusinessErased", "on_business_erased_delete_candidate")


def cron_refresh_suggestions(suite: Suite) -> Act:
    on_listing_published_refresh_candidate(suite)()
    return tick(suite, "cron_refresh_suggestions", datetime.now(UTC) + timedelta(hours=80))


on_export_requested_write_bizconnect = writes_part("bizconnect")
