"""A realistic, successful request for every function of `platform` that writes."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.ids import new_id
from tests.factories import admin, listings, notifications
from tests.factories.events import hand
from tests.scenarios.acts import Act, Call, tick, writes_part
from tests.scenarios.admin import approve_admin_listing
from tests.scenarios.listings import create_listing
from tests.scenarios.users import revoke_sessions
from tests.suite import Suite


def sync(suite: Suite) -> Act:
    # Each announces under a key of its own: deliveries are in any order here.
    owner, business = listings.seller(suite)
    notifications.notified(suite, owner)
    made = str(uuid4())
    body = {**listings.content(), "id": str(new_id()), "business_id": str(business)}
    operations = [
        {"id": made, "operation": "create_listing", "body": body},
        {"id": str(uuid4()), "operation": "update_me", "version": 1, "depends_on": [made]}
        | {"body": {"given_name": "Ada"}},
        {"id": str(uuid4()), "operation": "read_all_notifications", "body": {}},
    ]
    return Call(suite, "POST /api/v1/sync", owner, body={"operations": operations})


def cron_relay_outbox(suite: Suite) -> Act:
    create_listing(suite)()
    suite.rows("UPDATE platform.outbox SET sent_at = NULL")
    return tick(suite, "cron_relay_outbox", datetime.now(UTC) + timedelta(minutes=1))


def cron_reset_quotas(suite: Suite) -> Act:
    create_listing(suite)()
    suite.rows("UPDATE platform.quota_window SET allowed = used")
    return tick(suite, "cron_reset_quotas", datetime.now(UTC) + timedelta(days=40))


def cron_purge_expired(suite: Suite) -> Act:
    create_listing(suite)()
    hand(suite, "on_listing_submitted_open_review", admin.submission())
    suite.rows("UPDATE platform.outbox SET sent_at = clock_timestamp()")
    return tick(suite, "cron_purge_expired", datetime.now(UTC) + timedelta(days=400))


def cron_verify_audit(suite: Suite) -> Act:
    approve_admin_listing(suite)()
    revoke_sessions(suite)()
    return tick(suite, "cron_verify_audit", datetime.now(UTC) + timedelta(hours=1))


on_export_requested_write_platform = writes_part("platform")
