"""A realistic, successful request for every function of `notifications` that writes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from schemas.events.messaging import MessagesWaiting, PartyErased
from shared.grace import GRACE
from shared.ids import new_id
from shared.manifest.discovery import entries
from tests.factories import listings, messaging, notifications, users
from tests.factories.events import hand
from tests.scenarios.acts import DEVICE, Act, Call, delivery, notice, tick, told, writes_part
from tests.scenarios.users import on_export_part_written_assemble_export
from tests.suite import Suite


def on_user_erased_delete_notifications(suite: Suite) -> Act:
    who = users.person(suite)
    notifications.notified(suite, who, 3)
    users.leaving(suite, who)
    tick(suite, "cron_erase_accounts", datetime.now(UTC) + GRACE)()
    return delivery(suite, "UserErased", "on_user_erased_delete_notifications")


def on_export_ready_notify_person(suite: Suite) -> Act:
    on_export_part_written_assemble_export(suite)()
    return delivery(suite, "ExportReady", "on_export_ready_notify_person")


def on_connection_ended_forget_erased(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    (told,) = notifications.notified(suite, owner)
    suite.rows("UPDATE notifications.notification SET type = 'connection_requested'")
    event = notifications.ended(business, reason="erased").model_copy(
        update={"connection_id": told, "receiver_name": None}
    )
    event_id = new_id()

    def act() -> int:
        hand(suite, "on_connection_ended_forget_erased", event, event_id=event_id)
        return 204

    return act


def update_notification(suite: Suite) -> Act:
    who = users.person(suite)
    (one,) = notifications.notified(suite, who)
    return Call(suite, f"PATCH /api/v1/notifications/{one}", who, body={"read": True})


def read_all_notifications(suite: Suite) -> Act:
    who = users.person(suite)
    notifications.notified(suite, who, 3)
    return Call(suite, "POST /api/v1/notifications/read-all", who, body={})


def task_project_inbox(suite: Suite) -> Act:
    update_notification(suite)()
    ((message, body),) = suite.rows("SELECT id, body FROM platform.outbox WHERE kind = 'task'")
    return lambda: suite.carry(entries()["task_project_inbox"], message, body).status


def task_send_push(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    path = f"PUT /api/v1/users/me/devices/{uuid4()}"
    assert suite.call(path, owner, body=DEVICE).status == 200
    hand(suite, "on_listing_published_notify_owner", notifications.published(business))
    ((message, body),) = suite.rows(
        "SELECT id, body FROM platform.outbox WHERE type = 'task_send_push'"
    )
    return lambda: suite.carry(entries()["task_send_push"], message, body).status


def cron_purge_pushes(suite: Suite) -> Act:
    (one,) = notifications.notified(suite, users.person(suite))
    notifications.noted(suite, one, 3)
    return tick(suite, "cron_purge_pushes", datetime.now(UTC) + timedelta(days=31))


def on_conversation_assigned_notify_agent(suite: Suite) -> Act:
    event = notifications.assigned(users.person(suite).user_id)
    return told(suite, "on_conversation_assigned_notify_agent", event)


def _waiting(made: messaging.Talk) -> MessagesWaiting:
    assert made.owner.user_id is not None
    assert made.customer.user_id is not None
    return MessagesWaiting(
        conversation_id=UUID(made.id),
        user_id=made.owner.user_id,
        from_id=made.customer.user_id,
        since_seq=0,
        count=3,
    )


def on_messages_waiting_notify_recipient(suite: Suite) -> Act:
    made = messaging.talk(suite)
    return told(suite, "on_messages_waiting_notify_recipient", _waiting(made))


def on_party_erased_forget_messages(suite: Suite) -> Act:
    made = messaging.talk(suite)
    told(suite, "on_messages_waiting_notify_recipient", _waiting(made))()
    suite.rows("UPDATE platform.projection SET turn = NULL")  # it was written
    assert made.customer.user_id is not None
    erased = PartyErased(conversation_id=UUID(made.id), party_id=made.customer.user_id)
    return told(suite, "on_party_erased_forget_messages", erased)


on_listing_published_notify_owner = notice(
    "on_listing_published_notify_owner", notifications.published
)
on_listing_rejected_notify_owner = notice(
    "on_listing_rejected_notify_owner", notifications.rejected
)
on_listing_expiring_notify_owner = notice(
    "on_listing_expiring_notify_owner", notifications.expiring
)
on_listing_expired_notify_owner = notice("on_listing_expired_notify_owner", notifications.expired)
on_quota_renewed_notify_owner = notice("on_quota_renewed_notify_owner", notifications.renewed)
on_conversation_escalated_notify_people = notice(
    "on_conversation_escalated_notify_people", notifications.escalated
)
on_connection_requested_notify_receiver = notice(
    "on_connection_requested_notify_receiver", notifications.requested
)
on_connection_accepted_notify_requester = notice(
    "on_connection_accepted_notify_requester", notifications.accepted
)
on_connection_ended_notify_requester = notice(
    "on_connection_ended_notify_requester", notifications.ended
)
on_export_requested_write_notifications = writes_part("notifications")
