"""A realistic, successful request for every function of `messaging` that writes."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from schemas.events.users import BusinessErased, MembersChanged
from shared.grace import GRACE
from shared.ids import new_id
from tests.factories import listings, messaging, teams, users
from tests.scenarios.acts import (
    DEVICE,
    Act,
    Call,
    delivered,
    delivery,
    tick,
    told,
    waiting_task,
    writes_part,
)
from tests.suite import Suite


def create_conversation(suite: Suite) -> Act:
    _, business = listings.seller(suite)
    body = {"business_id": str(business)}
    return Call(suite, "POST /api/v1/conversations", users.person(suite), body=body)


def create_conversation_message(suite: Suite) -> Act:
    made = messaging.talk(suite)
    body = {"id": str(new_id()), "text": "Two pallets to Kano?"}
    return Call(suite, f"POST {made.path}/messages", made.owner, body=body)


def create_connection_message(suite: Suite) -> Act:
    made = messaging.connected(suite)
    body = {"id": str(new_id()), "text": "We buy shea"}
    return Call(suite, f"POST /api/v1/connections/{made.id}/messages", made.requester, body=body)


def create_conversation_receipt(suite: Suite) -> Act:
    made = messaging.talk(suite)
    messaging.said(suite, made.customer, made.id)
    return Call(suite, f"POST {made.path}/receipts", made.owner, body={"read_seq": 1})


def create_conversation_attachment(suite: Suite) -> Act:
    made = messaging.talk(suite)
    body = {"content_type": "image/jpeg", "size": 3}
    return Call(suite, f"POST {made.path}/attachments", made.owner, body=body)


def cron_purge_attachments(suite: Suite) -> Act:
    made = messaging.talk(suite)
    messaging.stored(suite, made.owner, made.id)
    later = datetime.now(UTC) + timedelta(days=1)
    return tick(suite, "cron_purge_attachments", later)


def update_message(suite: Suite) -> Act:
    made = messaging.talk(suite)
    message = messaging.said(suite, made.owner, made.id)["id"]
    path = f"PATCH /api/v1/messages/{message}"
    return Call(suite, path, made.owner, body={"text": "Three pallets"}, version=1)


def delete_message(suite: Suite) -> Act:
    made = messaging.talk(suite)
    message = messaging.said(suite, made.owner, made.id)["id"]
    return Call(suite, f"DELETE /api/v1/messages/{message}", made.owner)


def replace_team_me_presence(suite: Suite) -> Act:
    made = teams.team(suite, agents=1)
    teams.asks(suite, made)
    body = {"business_id": str(made.business_id), "state": "online"}
    delivered(suite)
    return Call(suite, teams.PRESENCE, made.agents[0], body=body)


def replace_team_policy(suite: Suite) -> Act:
    made = teams.team(suite, agents=1, automatic=False)
    teams.says(suite, made, made.agents[0])
    teams.asks(suite, made)
    body = {"capacity": 3, "agents": [teams.knows(made.agents[0], "returns")]}
    path = f"PUT /api/v1/teams/{made.business_id}/policy"
    delivered(suite)
    return Call(suite, path, made.owner, body=body, version=2)


def assign_conversation(suite: Suite) -> Act:
    made = teams.team(suite, agents=1)
    teams.says(suite, made, made.agents[0])
    asked = teams.asks(suite, made)["id"]
    path = f"POST /api/v1/conversations/{asked}/assign"
    delivered(suite)
    return Call(suite, path, made.owner, body={"agent_id": None})


def resolve_conversation(suite: Suite) -> Act:
    made = teams.team(suite, agents=1, capacity=1)
    teams.says(suite, made, made.agents[0])
    asked = teams.asks(suite, made)["id"]
    teams.asks(suite, made)
    delivered(suite)
    return Call(suite, f"POST /api/v1/conversations/{asked}/resolve", made.agents[0])


def reopen_conversation(suite: Suite) -> Act:
    made = teams.team(suite, agents=1)
    asked = teams.asks(suite, made)["id"]
    assert teams.does(suite, made.owner, "resolve", asked).status == 200
    teams.says(suite, made, made.agents[0])
    delivered(suite)
    return Call(suite, f"POST /api/v1/conversations/{asked}/reopen", made.owner)


def cron_requeue_conversations(suite: Suite) -> Act:
    made = teams.team(suite)
    teams.says(suite, made, made.agents[0])
    teams.asks(suite, made)
    teams.says(suite, made, made.agents[1], after=50)
    delivered(suite)
    return tick(suite, "cron_requeue_conversations", teams.at(70))


def escalate_conversation(suite: Suite) -> Act:
    made = teams.team(suite, agents=0)
    asked = teams.asks(suite, made)["id"]
    path = f"POST /api/v1/conversations/{asked}/escalate"
    delivered(suite)
    return Call(suite, path, made.owner, body={"to": "manager"})


def cron_escalate_conversations(suite: Suite) -> Act:
    made = teams.team(suite, agents=0, targets={"first_response": 5, "resolution": 9})
    teams.asks(suite, made)
    delivered(suite)
    return tick(suite, "cron_escalate_conversations", teams.at(3_000))


def cron_rewrap_keys(suite: Suite) -> Act:
    with messaging.ring("old"):
        messaging.talk(suite)  # Nothing is said: what shows it would not find this ring later.

    def act() -> int:
        with messaging.ring("new", "old"):
            suite.tick("cron_rewrap_keys")
        return 200

    return act


def cron_purge_message_revisions(suite: Suite) -> Act:
    update_message(suite)()
    later = datetime.now(UTC) + timedelta(days=180)
    return tick(suite, "cron_purge_message_revisions", later)


def task_project_messages(suite: Suite) -> Act:
    create_conversation_message(suite)()
    return waiting_task(suite, "task_project_messages")


def task_project_conversation(suite: Suite) -> Act:
    create_conversation_receipt(suite)()
    return waiting_task(suite, "task_project_conversation")


def _sent(suite: Suite) -> messaging.Talk:
    made = messaging.talk(suite)
    path = f"PUT /api/v1/users/me/devices/{uuid4()}"
    assert suite.call(path, made.owner, body=DEVICE).status == 200
    messaging.said(suite, made.customer, made.id)
    suite.rows("UPDATE platform.projection SET turn = NULL")  # it was written
    return made


def on_message_sent_queue_deliveries(suite: Suite) -> Act:
    _sent(suite)
    return delivery(suite, "MessageSent", "on_message_sent_queue_deliveries")


def task_deliver_message(suite: Suite) -> Act:
    on_message_sent_queue_deliveries(suite)()
    return waiting_task(suite, "task_deliver_message")


def cron_redrive_undelivered(suite: Suite) -> Act:
    on_message_sent_queue_deliveries(suite)()
    return tick(suite, "cron_redrive_undelivered", datetime.now(UTC) + timedelta(minutes=2))


def on_business_erased_leave_conversations(suite: Suite) -> Act:
    made = messaging.talk(suite)
    suite.rows("UPDATE platform.projection SET turn = NULL")  # it was written
    erased = BusinessErased(business_id=made.business_id)
    return told(suite, "on_business_erased_leave_conversations", erased)


def on_members_changed_requeue_conversations(suite: Suite) -> Act:
    made = teams.team(suite)
    teams.says(suite, made, made.agents[0])
    teams.asks(suite, made)
    teams.says(suite, made, made.agents[1])
    path = f"DELETE /api/v1/businesses/{made.business_id}/members/{made.agents[0].user_id}"
    assert suite.call(path, made.owner).status == 204
    delivered(suite)
    return delivery(suite, "MembersChanged", "on_members_changed_requeue_conversations")


def on_members_changed_show_conversations(suite: Suite) -> Act:
    made = messaging.talk(suite)
    suite.rows("UPDATE platform.projection SET turn = NULL")  # it was written
    changed = MembersChanged(business_id=made.business_id)
    return told(suite, "on_members_changed_show_conversations", changed)


def on_user_erased_erase_messages(suite: Suite) -> Act:
    made = messaging.talk(suite)
    # To each one message: of two the later, told first, makes the other no news.
    for who in (made.customer, made.owner):
        messaging.said(suite, who, made.id)
    users.leaving(suite, made.customer)
    tick(suite, "cron_erase_accounts", datetime.now(UTC) + GRACE)()
    return delivery(suite, "UserErased", "on_user_erased_erase_messages")


on_export_requested_write_messaging = writes_part("messaging")
