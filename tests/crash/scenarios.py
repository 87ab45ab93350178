"""A realistic, successful request for every function that writes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from schemas.events.installs import InstallLost
from schemas.events.messaging import MessagesWaiting, PartyErased
from schemas.events.users import BusinessErased, MembersChanged
from schemas.shape import Event
from shared.exports import KEPT, PARTS
from shared.grace import GRACE
from shared.ids import new_id
from shared.manifest.discovery import entries
from tests.crash.harness import Act, Scenario
from tests.factories import (
    admin,
    connections,
    exports,
    listings,
    messaging,
    notifications,
    teams,
    users,
)
from tests.factories.events import hand
from tests.suite import OBJECTS, Answer, Person, Suite

DEVICE = {"push_token": "token-of-this-phone", "platform": "android", "app_version": "1.4.2"}


class Call:
    """A request of a person under a key; `by` is the same request of another."""

    def __init__(self, suite: Suite, operation: str, person: Person, **sent: Any) -> None:
        self.suite, self.operation, self.person, self.sent = suite, operation, person, sent

    def __call__(self) -> int:
        return self.answer().status

    def answer(self) -> Answer:
        return self.suite.call(self.operation, self.person, key="k", **self.sent)

    def by(self, person: Person) -> "Call":
        return Call(self.suite, self.operation, person, **self.sent)


def _delivery(suite: Suite, kind: str, handler: str) -> Act:
    """Deliver the last event of a kind to one handler."""
    text = json.dumps(suite.events(kind)[-1])
    return lambda: suite.push(entries()[handler], text).status


def _tick(suite: Suite, job: str, now: datetime) -> Act:
    def act() -> int:
        suite.tick(job, now)
        return 200

    return act


# users


def create_user(suite: Suite) -> Act:
    body = users.onboarding(role="business")
    return Call(suite, "POST /api/v1/users", Person("person-0"), body=body)


def create_business(suite: Suite) -> Act:
    owner = users.person(suite, roles=["business"])
    body = {"name": "Kano Leather", "country": "NG", "city_id": users.LAGOS}
    body |= {"categories": ["fabrics"]}
    return Call(suite, "POST /api/v1/businesses", owner, body=body)


def create_business_member(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    joined = users.person(suite)
    body = {"user_id": str(joined.user_id), "role": "agent"}
    return Call(suite, f"POST /api/v1/businesses/{business}/members", owner, body=body)


def update_business_member(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    other = users.member(suite, owner, str(business))
    path = f"PATCH /api/v1/businesses/{business}/members/{other.user_id}"
    return Call(suite, path, owner, body={"role": "manager"})


def delete_business_member(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    other = users.member(suite, owner, str(business))
    return Call(suite, f"DELETE /api/v1/businesses/{business}/members/{other.user_id}", owner)


def transfer_business(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    other = users.member(suite, owner, str(business))
    body = {"user_id": str(other.user_id)}
    return Call(suite, f"POST /api/v1/businesses/{business}/transfer", owner, body=body)


def create_business_verification(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    document = {"kind": "registration", "number": "RC 1234567", "country": "NG"}
    body = {"level": "verified", "documents": [document]}
    path = f"POST /api/v1/businesses/{business}/verification"
    return Call(suite, path, owner, body=body)


def update_business(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    path = f"PATCH /api/v1/businesses/{business}"
    return Call(suite, path, owner, body={"name": "Kano Leather"}, version=1)


def update_me(suite: Suite) -> Act:
    who = users.person(suite)
    return Call(suite, "PATCH /api/v1/users/me", who, body={"given_name": "Ada"}, version=1)


def replace_consent(suite: Suite) -> Act:
    body = {"consents": [{"purpose": "marketing", "granted": True, "policy_version": "2026-11"}]}
    return Call(suite, "PUT /api/v1/users/me/consents", users.person(suite), body=body)


def replace_device(suite: Suite) -> Act:
    path = f"PUT /api/v1/users/me/devices/{uuid4()}"
    return Call(suite, path, users.person(suite), body=DEVICE)


def delete_device(suite: Suite) -> Act:
    who, path = users.person(suite), f"/api/v1/users/me/devices/{uuid4()}"
    assert suite.call(f"PUT {path}", who, body=DEVICE).status == 200
    return Call(suite, f"DELETE {path}", who)


def revoke_sessions(suite: Suite) -> Act:
    return Call(suite, "POST /api/v1/users/me/sessions/revoke", users.person(suite))


def replace_admin_user_role(suite: Suite) -> Act:
    moderator, other = users.person(suite, roles=["admin"]), users.person(suite)
    body = {"roles": ["consumer", "partner"], "reason": "VERIFIED"}
    path = f"PUT /api/v1/admin/users/{other.user_id}/role"
    return Call(suite, path, moderator, body=body)


def delete_me(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    listings.published(suite, owner, business)
    path = f"PUT /api/v1/users/me/devices/{uuid4()}"
    assert suite.call(path, owner, body=DEVICE).status == 200
    return Call(suite, "DELETE /api/v1/users/me", owner)


def restore_me(suite: Suite) -> Act:
    who = users.person(suite)
    return Call(suite, "POST /api/v1/users/me/restore", users.leaving(suite, who))


def cron_erase_accounts(suite: Suite) -> Act:
    delete_me(suite)()
    return _tick(suite, "cron_erase_accounts", datetime.now(UTC) + GRACE)


def on_user_erased_delete_sign_in(suite: Suite) -> Act:
    cron_erase_accounts(suite)()
    return _delivery(suite, "UserErased", "on_user_erased_delete_sign_in")


def on_user_erased_delete_notifications(suite: Suite) -> Act:
    who = users.person(suite)
    notifications.notified(suite, who, 3)
    users.leaving(suite, who)
    _tick(suite, "cron_erase_accounts", datetime.now(UTC) + GRACE)()
    return _delivery(suite, "UserErased", "on_user_erased_delete_notifications")


def create_export(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    listings.published(suite, owner, business)
    return Call(suite, "POST /api/v1/users/me/export", owner)


def get_export(suite: Suite) -> Act:
    who = users.person(suite)
    path = f"GET /api/v1/users/me/exports/{exports.noted(suite, who)}"
    return Call(suite, path, who)


def _write_part(service: str) -> Scenario:
    def scenario(suite: Suite) -> Act:
        create_export(suite)()
        return _write_part_of(suite, service)

    return scenario


def on_export_part_written_assemble_export(suite: Suite) -> Act:
    exports.asked(suite, users.person(suite))
    for service in PARTS:
        _write_part_of(suite, service)()
    handler = entries()["on_export_part_written_assemble_export"]
    *others, last = map(json.dumps, suite.events("ExportPartWritten"))
    for each in others:
        assert suite.push(handler, each).status == 204
    return lambda: suite.push(handler, last).status


def _write_part_of(suite: Suite, service: str) -> Act:
    return _delivery(suite, "ExportRequested", f"on_export_requested_write_{service}")


def on_export_ready_notify_person(suite: Suite) -> Act:
    on_export_part_written_assemble_export(suite)()
    return _delivery(suite, "ExportReady", "on_export_ready_notify_person")


def cron_purge_expired_exports(suite: Suite) -> Act:
    on_export_part_written_assemble_export(suite)()
    assert len(suite.stored()[OBJECTS]) == len(PARTS) + 1
    return _tick(suite, "cron_purge_expired_exports", datetime.now(UTC) + KEPT)


def on_user_erased_delete_exports(suite: Suite) -> Act:
    on_export_part_written_assemble_export(suite)()
    assert len(suite.stored()[OBJECTS]) == len(PARTS) + 1
    ((uid,),) = suite.rows("SELECT uid FROM users.account")
    users.leaving(suite, Person(uid))
    _tick(suite, "cron_erase_accounts", datetime.now(UTC) + GRACE)()
    return _delivery(suite, "UserErased", "on_user_erased_delete_exports")


def on_user_onboarded_set_claims(suite: Suite) -> Act:
    users.person(suite)
    return _delivery(suite, "UserOnboarded", "on_user_onboarded_set_claims")


def on_roles_changed_set_claims(suite: Suite) -> Act:
    create_business_member(suite)()
    return _delivery(suite, "RolesChanged", "on_roles_changed_set_claims")


def on_sessions_revoked_revoke_tokens(suite: Suite) -> Act:
    revoke_sessions(suite)()
    return _delivery(suite, "SessionsRevoked", "on_sessions_revoked_revoke_tokens")


# listings


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
    approve_admin_listing(suite)()
    return _delivery(suite, "ReviewDecided", "on_review_decided_apply")


def on_business_changed_refresh_listings(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    listings.published(suite, owner, business)
    path = f"PATCH /api/v1/businesses/{business}"
    assert suite.call(path, owner, body={"name": "Kano Leather"}, version=1).status == 200
    return _delivery(suite, "BusinessChanged", "on_business_changed_refresh_listings")


def cron_remind_expiring_listings(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    listings.published(suite, owner, business)
    soon = datetime.now(UTC) + timedelta(hours=60)
    return _tick(suite, "cron_remind_expiring_listings", soon)


def cron_expire_listings(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    listings.published(suite, owner, business)
    return _tick(suite, "cron_expire_listings", datetime.now(UTC) + timedelta(hours=80))


# connections


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
    return _tick(suite, "cron_expire_connection_requests", over)


def on_business_erased_end_connections(suite: Suite) -> Act:
    create_connection(suite)()
    # Nobody is there who would be told, at the same time, that he is asked.
    suite.rows(
        "DELETE FROM users.membership WHERE business_id = "
        "(SELECT receiver_id FROM bizconnect.connection)"
    )
    users.leaving(suite, _asker(suite))
    _tick(suite, "cron_erase_accounts", datetime.now(UTC) + GRACE)()
    return _delivery(suite, "BusinessErased", "on_business_erased_end_connections")


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


def _asker(suite: Suite) -> Person:
    """Return who owns the business that asked for the only connection."""
    ((uid,),) = suite.rows(
        "SELECT uid FROM users.account AS a JOIN users.membership AS m ON m.user_id = a.id "
        "JOIN bizconnect.connection AS c ON c.requester_id = m.business_id"
    )
    return Person(uid)


def on_business_changed_refresh_candidate(suite: Suite) -> Act:
    connections.firm(suite)
    return _delivery(suite, "BusinessChanged", "on_business_changed_refresh_candidate")


def on_listing_published_refresh_candidate(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    listings.published(suite, owner, business)
    return _delivery(suite, "ListingPublished", "on_listing_published_refresh_candidate")


def on_connection_accepted_refresh_candidate(suite: Suite) -> Act:
    update_connection_status(suite)()
    return _delivery(suite, "ConnectionAccepted", "on_connection_accepted_refresh_candidate")


def on_business_erased_delete_candidate(suite: Suite) -> Act:
    on_business_changed_refresh_candidate(suite)()
    cron_erase_accounts(suite)()
    return _delivery(suite, "BusinessErased", "on_business_erased_delete_candidate")


def cron_refresh_suggestions(suite: Suite) -> Act:
    on_listing_published_refresh_candidate(suite)()
    return _tick(suite, "cron_refresh_suggestions", datetime.now(UTC) + timedelta(hours=80))


# moderation


def _decision(verb: str, **body: Any) -> Scenario:
    def scenario(suite: Suite) -> Act:
        moderator = users.person(suite, roles=["admin"])
        owner, business = listings.seller(suite)
        made = listings.pending(suite, owner, business)
        _delivery(suite, "ListingSubmitted", "on_listing_submitted_open_review")()
        path = f"POST /api/v1/admin/listings/{made['id']}/{verb}"
        return Call(suite, path, moderator, body={"version": made["version"], **body})

    return scenario


approve_admin_listing = _decision("approve")


def on_business_erased_erase_listings(suite: Suite) -> Act:
    cron_erase_accounts(suite)()
    return _delivery(suite, "BusinessErased", "on_business_erased_erase_listings")


def on_listing_erased_erase_review(suite: Suite) -> Act:
    on_business_erased_erase_listings(suite)()
    return _delivery(suite, "ListingErased", "on_listing_erased_erase_review")


def on_listing_submitted_open_review(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    listings.pending(suite, owner, business)
    return _delivery(suite, "ListingSubmitted", "on_listing_submitted_open_review")


def on_listing_withdrawn_close_review(suite: Suite) -> Act:
    on_listing_submitted_open_review(suite)()
    event = suite.events("ListingSubmitted")[-1]["data"]
    (uid,) = suite.rows("SELECT uid FROM users.account")[0]
    path = f"DELETE /api/v1/listings/{event['listing_id']}"
    assert suite.call(path, Person(uid)).status == 204
    return _delivery(suite, "ListingWithdrawn", "on_listing_withdrawn_close_review")


# notifications


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


def on_install_lost_delete_device(suite: Suite) -> Act:
    who, install = users.person(suite), uuid4()
    path = f"PUT /api/v1/users/me/devices/{install}"
    assert suite.call(path, who, body=DEVICE).status == 200
    assert who.user_id is not None
    fingerprint = sha256(DEVICE["push_token"].encode()).hexdigest()
    lost = InstallLost(user_id=who.user_id, install_id=install, fingerprint=fingerprint)
    return _told(suite, "on_install_lost_delete_device", lost)


def cron_purge_pushes(suite: Suite) -> Act:
    (one,) = notifications.notified(suite, users.person(suite))
    notifications.noted(suite, one, 3)
    return _tick(suite, "cron_purge_pushes", datetime.now(UTC) + timedelta(days=31))


def _notice(handler: str, event: Callable[[object], Any]) -> Scenario:
    def scenario(suite: Suite) -> Act:
        _, business = listings.seller(suite)
        return _told(suite, handler, event(business))

    return scenario


def _told(suite: Suite, handler: str, event: Event) -> Act:
    envelope = {
        "id": str(uuid4()),
        "type": type(event).__name__,
        "timestamp": datetime.now(UTC).isoformat(),
        "source": type(event).__module__.rpartition(".")[2],
        "data": event.model_dump(mode="json"),
        "metadata": {"traceId": "0" * 32},
    }
    return lambda: suite.push(entries()[handler], json.dumps(envelope)).status


# messaging


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
    return _tick(suite, "cron_purge_attachments", later)


def update_message(suite: Suite) -> Act:
    made = messaging.talk(suite)
    message = messaging.said(suite, made.owner, made.id)["id"]
    path = f"PATCH /api/v1/messages/{message}"
    return Call(suite, path, made.owner, body={"text": "Three pallets"}, version=1)


def delete_message(suite: Suite) -> Act:
    made = messaging.talk(suite)
    message = messaging.said(suite, made.owner, made.id)["id"]
    return Call(suite, f"DELETE /api/v1/messages/{message}", made.owner)


def _delivered(suite: Suite) -> None:
    """Have all be delivered and written that the set-up announced."""
    suite.rows("UPDATE platform.outbox SET sent_at = clock_timestamp()")
    suite.rows("UPDATE platform.projection SET turn = NULL")


def replace_team_me_presence(suite: Suite) -> Act:
    made = teams.team(suite, agents=1)
    teams.asks(suite, made)
    body = {"business_id": str(made.business_id), "state": "online"}
    _delivered(suite)
    return Call(suite, teams.PRESENCE, made.agents[0], body=body)


def replace_team_policy(suite: Suite) -> Act:
    made = teams.team(suite, agents=1, automatic=False)
    teams.says(suite, made, made.agents[0])
    teams.asks(suite, made)
    body = {"capacity": 3, "agents": [teams.knows(made.agents[0], "returns")]}
    path = f"PUT /api/v1/teams/{made.business_id}/policy"
    _delivered(suite)
    return Call(suite, path, made.owner, body=body, version=2)


def assign_conversation(suite: Suite) -> Act:
    made = teams.team(suite, agents=1)
    teams.says(suite, made, made.agents[0])
    asked = teams.asks(suite, made)["id"]
    path = f"POST /api/v1/conversations/{asked}/assign"
    _delivered(suite)
    return Call(suite, path, made.owner, body={"agent_id": None})


def resolve_conversation(suite: Suite) -> Act:
    made = teams.team(suite, agents=1, capacity=1)
    teams.says(suite, made, made.agents[0])
    asked = teams.asks(suite, made)["id"]
    teams.asks(suite, made)
    _delivered(suite)
    return Call(suite, f"POST /api/v1/conversations/{asked}/resolve", made.agents[0])


def reopen_conversation(suite: Suite) -> Act:
    made = teams.team(suite, agents=1)
    asked = teams.asks(suite, made)["id"]
    assert teams.does(suite, made.owner, "resolve", asked).status == 200
    teams.says(suite, made, made.agents[0])
    _delivered(suite)
    return Call(suite, f"POST /api/v1/conversations/{asked}/reopen", made.owner)


def cron_requeue_conversations(suite: Suite) -> Act:
    made = teams.team(suite)
    teams.says(suite, made, made.agents[0])
    teams.asks(suite, made)
    teams.says(suite, made, made.agents[1], after=50)
    _delivered(suite)
    return _tick(suite, "cron_requeue_conversations", teams.at(70))


def escalate_conversation(suite: Suite) -> Act:
    made = teams.team(suite, agents=0)
    asked = teams.asks(suite, made)["id"]
    path = f"POST /api/v1/conversations/{asked}/escalate"
    _delivered(suite)
    return Call(suite, path, made.owner, body={"to": "manager"})


def cron_escalate_conversations(suite: Suite) -> Act:
    made = teams.team(suite, agents=0, targets={"first_response": 5, "resolution": 9})
    teams.asks(suite, made)
    _delivered(suite)
    return _tick(suite, "cron_escalate_conversations", teams.at(3_000))


def on_conversation_assigned_notify_agent(suite: Suite) -> Act:
    event = notifications.assigned(users.person(suite).user_id)
    return _told(suite, "on_conversation_assigned_notify_agent", event)


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
    return _tick(suite, "cron_purge_message_revisions", later)


def _waiting_task(suite: Suite, name: str) -> Act:
    message, body = suite.rows(
        "SELECT id, body FROM platform.outbox WHERE type = :name ORDER BY seq DESC LIMIT 1",
        name=name,
    )[0]
    return lambda: suite.carry(entries()[name], message, body).status


def task_project_messages(suite: Suite) -> Act:
    create_conversation_message(suite)()
    return _waiting_task(suite, "task_project_messages")


def task_project_conversation(suite: Suite) -> Act:
    create_conversation_receipt(suite)()
    return _waiting_task(suite, "task_project_conversation")


def _sent(suite: Suite) -> messaging.Talk:
    made = messaging.talk(suite)
    path = f"PUT /api/v1/users/me/devices/{uuid4()}"
    assert suite.call(path, made.owner, body=DEVICE).status == 200
    messaging.said(suite, made.customer, made.id)
    suite.rows("UPDATE platform.projection SET turn = NULL")  # it was written
    return made


def on_message_sent_queue_deliveries(suite: Suite) -> Act:
    _sent(suite)
    return _delivery(suite, "MessageSent", "on_message_sent_queue_deliveries")


def task_deliver_message(suite: Suite) -> Act:
    on_message_sent_queue_deliveries(suite)()
    return _waiting_task(suite, "task_deliver_message")


def cron_redrive_undelivered(suite: Suite) -> Act:
    on_message_sent_queue_deliveries(suite)()
    return _tick(suite, "cron_redrive_undelivered", datetime.now(UTC) + timedelta(minutes=2))


def on_business_erased_leave_conversations(suite: Suite) -> Act:
    made = messaging.talk(suite)
    suite.rows("UPDATE platform.projection SET turn = NULL")  # it was written
    erased = BusinessErased(business_id=made.business_id)
    return _told(suite, "on_business_erased_leave_conversations", erased)


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
    return _told(suite, "on_messages_waiting_notify_recipient", _waiting(made))


def on_party_erased_forget_messages(suite: Suite) -> Act:
    made = messaging.talk(suite)
    _told(suite, "on_messages_waiting_notify_recipient", _waiting(made))()
    suite.rows("UPDATE platform.projection SET turn = NULL")  # it was written
    assert made.customer.user_id is not None
    erased = PartyErased(conversation_id=UUID(made.id), party_id=made.customer.user_id)
    return _told(suite, "on_party_erased_forget_messages", erased)


def on_members_changed_requeue_conversations(suite: Suite) -> Act:
    made = teams.team(suite)
    teams.says(suite, made, made.agents[0])
    teams.asks(suite, made)
    teams.says(suite, made, made.agents[1])
    path = f"DELETE /api/v1/businesses/{made.business_id}/members/{made.agents[0].user_id}"
    assert suite.call(path, made.owner).status == 204
    _delivered(suite)
    return _delivery(suite, "MembersChanged", "on_members_changed_requeue_conversations")


def on_members_changed_show_conversations(suite: Suite) -> Act:
    made = messaging.talk(suite)
    suite.rows("UPDATE platform.projection SET turn = NULL")  # it was written
    changed = MembersChanged(business_id=made.business_id)
    return _told(suite, "on_members_changed_show_conversations", changed)


def on_user_erased_erase_messages(suite: Suite) -> Act:
    made = messaging.talk(suite)
    # To each one message: of two the later, told first, makes the other no news.
    for who in (made.customer, made.owner):
        messaging.said(suite, who, made.id)
    users.leaving(suite, made.customer)
    _tick(suite, "cron_erase_accounts", datetime.now(UTC) + GRACE)()
    return _delivery(suite, "UserErased", "on_user_erased_erase_messages")


# platform


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
    return _tick(suite, "cron_relay_outbox", datetime.now(UTC) + timedelta(minutes=1))


def cron_reset_quotas(suite: Suite) -> Act:
    create_listing(suite)()
    suite.rows("UPDATE platform.quota_window SET allowed = used")
    return _tick(suite, "cron_reset_quotas", datetime.now(UTC) + timedelta(days=40))


def cron_purge_expired(suite: Suite) -> Act:
    create_listing(suite)()
    hand(suite, "on_listing_submitted_open_review", admin.submission())
    suite.rows("UPDATE platform.outbox SET sent_at = clock_timestamp()")
    return _tick(suite, "cron_purge_expired", datetime.now(UTC) + timedelta(days=400))


def cron_verify_audit(suite: Suite) -> Act:
    approve_admin_listing(suite)()
    revoke_sessions(suite)()
    return _tick(suite, "cron_verify_audit", datetime.now(UTC) + timedelta(hours=1))


ACTS: dict[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (
        create_user,
        create_business,
        create_business_member,
        update_business_member,
        delete_business_member,
        transfer_business,
        create_business_verification,
        update_business,
        update_me,
        replace_consent,
        replace_device,
        delete_device,
        revoke_sessions,
        replace_admin_user_role,
        delete_me,
        restore_me,
        cron_erase_accounts,
        on_user_erased_delete_sign_in,
        on_user_erased_delete_notifications,
        on_user_erased_delete_exports,
        create_export,
        on_export_part_written_assemble_export,
        on_export_ready_notify_person,
        cron_purge_expired_exports,
        on_business_erased_erase_listings,
        on_listing_erased_erase_review,
        create_conversation,
        create_conversation_message,
        create_connection_message,
        create_conversation_receipt,
        replace_team_me_presence,
        replace_team_policy,
        assign_conversation,
        resolve_conversation,
        reopen_conversation,
        cron_requeue_conversations,
        escalate_conversation,
        cron_escalate_conversations,
        on_conversation_assigned_notify_agent,
        create_conversation_attachment,
        cron_purge_attachments,
        cron_rewrap_keys,
        cron_purge_message_revisions,
        update_message,
        delete_message,
        on_message_sent_queue_deliveries,
        task_deliver_message,
        cron_redrive_undelivered,
        task_project_messages,
        task_project_conversation,
        on_members_changed_requeue_conversations,
        on_members_changed_show_conversations,
        on_business_erased_leave_conversations,
        on_messages_waiting_notify_recipient,
        on_party_erased_forget_messages,
        on_user_erased_erase_messages,
        on_user_onboarded_set_claims,
        on_roles_changed_set_claims,
        on_sessions_revoked_revoke_tokens,
        create_connection,
        update_connection_status,
        cron_expire_connection_requests,
        on_business_erased_end_connections,
        on_business_changed_refresh_candidate,
        on_listing_published_refresh_candidate,
        on_connection_accepted_refresh_candidate,
        on_business_erased_delete_candidate,
        cron_refresh_suggestions,
        create_listing,
        delete_listing,
        update_listing,
        replace_listing,
        on_review_decided_apply,
        on_business_changed_refresh_listings,
        cron_remind_expiring_listings,
        cron_expire_listings,
        on_listing_submitted_open_review,
        on_listing_withdrawn_close_review,
        update_notification,
        read_all_notifications,
        task_project_inbox,
        task_send_push,
        on_install_lost_delete_device,
        cron_purge_pushes,
        sync,
        cron_relay_outbox,
        cron_reset_quotas,
        cron_purge_expired,
        cron_verify_audit,
    )
} | {
    **{f"on_export_requested_write_{service}": _write_part(service) for service in PARTS},
    "pause_listing": _verb("pause"),
    "resume_listing": _verb("resume", "pause"),
    "close_listing": _verb("close"),
    "extend_listing": _verb("extend"),
    "approve_admin_listing": approve_admin_listing,
    "reject_admin_listing": _decision("reject", reason="MISLEADING"),
    "on_listing_published_notify_owner": _notice(
        "on_listing_published_notify_owner", notifications.published
    ),
    "on_listing_rejected_notify_owner": _notice(
        "on_listing_rejected_notify_owner", notifications.rejected
    ),
    "on_listing_expiring_notify_owner": _notice(
        "on_listing_expiring_notify_owner", notifications.expiring
    ),
    "on_listing_expired_notify_owner": _notice(
        "on_listing_expired_notify_owner", notifications.expired
    ),
    "on_quota_renewed_notify_owner": _notice(
        "on_quota_renewed_notify_owner", notifications.renewed
    ),
    "on_conversation_escalated_notify_people": _notice(
        "on_conversation_escalated_notify_people", notifications.escalated
    ),
    "on_connection_requested_notify_receiver": _notice(
        "on_connection_requested_notify_receiver", notifications.requested
    ),
    "on_connection_accepted_notify_requester": _notice(
        "on_connection_accepted_notify_requester", notifications.accepted
    ),
    "on_connection_ended_notify_requester": _notice(
        "on_connection_ended_notify_requester", notifications.ended
    ),
    "on_connection_ended_forget_erased": on_connection_ended_forget_erased,
}

READS: dict[str, Scenario] = {"get_export": get_export}
"""Reads that ask for as much as what is sensitive to write."""


def of_kind(*triggers: type) -> list[str]:
    """Return the scenarios of functions that are triggered so."""
    known = entries()
    return [name for name in ACTS if name in known and isinstance(known[name].trigger, triggers)]
