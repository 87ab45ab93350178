"""A realistic, successful request for every function of `users` that writes."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from uuid import uuid4

from schemas.events.installs import InstallLost
from shared.exports import KEPT, PARTS
from shared.grace import GRACE
from shared.manifest.discovery import entries
from tests.factories import exports, listings, users
from tests.scenarios.acts import DEVICE, Act, Call, delivery, part, tick, told, writes_part
from tests.suite import OBJECTS, Person, Suite


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
    return tick(suite, "cron_erase_accounts", datetime.now(UTC) + GRACE)


def on_user_erased_delete_sign_in(suite: Suite) -> Act:
    cron_erase_accounts(suite)()
    return delivery(suite, "UserErased", "on_user_erased_delete_sign_in")


def create_export(suite: Suite) -> Act:
    owner, business = listings.seller(suite)
    listings.published(suite, owner, business)
    return Call(suite, "POST /api/v1/users/me/export", owner)


def get_export(suite: Suite) -> Act:
    who = users.person(suite)
    path = f"GET /api/v1/users/me/exports/{exports.noted(suite, who)}"
    return Call(suite, path, who)


def on_export_part_written_assemble_export(suite: Suite) -> Act:
    exports.asked(suite, users.person(suite))
    for service in PARTS:
        part(suite, service)()
    handler = entries()["on_export_part_written_assemble_export"]
    *others, last = map(json.dumps, suite.events("ExportPartWritten"))
    for each in others:
        assert suite.push(handler, each).status == 204
    return lambda: suite.push(handler, last).status


def cron_purge_expired_exports(suite: Suite) -> Act:
    on_export_part_written_assemble_export(suite)()
    assert len(suite.stored()[OBJECTS]) == len(PARTS) + 1
    return tick(suite, "cron_purge_expired_exports", datetime.now(UTC) + KEPT)


def on_user_erased_delete_exports(suite: Suite) -> Act:
    on_export_part_written_assemble_export(suite)()
    assert len(suite.stored()[OBJECTS]) == len(PARTS) + 1
    ((uid,),) = suite.rows("SELECT uid FROM users.account")
    users.leaving(suite, Person(uid))
    tick(suite, "cron_erase_accounts", datetime.now(UTC) + GRACE)()
    return delivery(suite, "UserErased", "on_user_erased_delete_exports")


def on_user_onboarded_set_claims(suite: Suite) -> Act:
    users.person(suite)
    return delivery(suite, "UserOnboarded", "on_user_onboarded_set_claims")


def on_roles_changed_set_claims(suite: Suite) -> Act:
    create_business_member(suite)()
    return delivery(suite, "RolesChanged", "on_roles_changed_set_claims")


def on_sessions_revoked_revoke_tokens(suite: Suite) -> Act:
    revoke_sessions(suite)()
    return delivery(suite, "SessionsRevoked", "on_sessions_revoked_revoke_tokens")


def on_install_lost_delete_device(suite: Suite) -> Act:
    who, install = users.person(suite), uuid4()
    path = f"PUT /api/v1/users/me/devices/{install}"
    assert suite.call(path, who, body=DEVICE).status == 200
    assert who.user_id is not None
    fingerprint = sha256(DEVICE["push_token"].encode()).hexdigest()
    lost = InstallLost(user_id=who.user_id, install_id=install, fingerprint=fingerprint)
    return told(suite, "on_install_lost_delete_device", lost)


on_export_requested_write_users = writes_part("users")
