"""What each login role may do to which table, and which functions of the database it may call.

A migration writes it into the database; a test compares the two, and takes each privilege away
once to see that some statement needs it. `docs/grants.md` is printed from here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Table

from shared.tables import SERVICES
from shared.tables.admin import review
from shared.tables.bizconnect import candidate, candidate_key, connection, impression
from shared.tables.listings import category, listing, public_listing, reminder, transition
from shared.tables.messaging import (
    agent,
    attachment,
    conversation,
    delivery,
    message,
    message_revision,
    pointer,
    support_case,
    support_clock,
    team,
)
from shared.tables.notifications import notification, push
from shared.tables.platform import (
    audit_chain,
    audit_checkpoint,
    audit_entry,
    change,
    city,
    country,
    currency,
    failed_task,
    idempotency_key,
    inbox,
    outbox,
    quota_history,
    quota_window,
    rate_limit,
)
from shared.tables.users import (
    account,
    business,
    consent,
    consent_history,
    device,
    export,
    membership,
    public_business,
    public_profile,
    verification_request,
)

SVC: Final = tuple(f"svc_{service}" for service in SERVICES)
"""The roles that serve people's requests."""

JOB: Final = tuple(f"job_{service}" for service in SERVICES)
"""The roles of events, tasks and schedules."""

REFERENCE: Final = (currency, country, city, category)
"""What migrations fill, nobody changes and everybody may read."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One privilege on a table, or on those of its columns that are named."""

    role: str
    table: Table
    privilege: str
    columns: tuple[str, ...] = ()
    kernel: bool = False
    """Held by all roles of a kind, for what the edge does around any function."""

    def __str__(self) -> str:
        """Return it as SQL says it."""
        return f"{self.privilege} ({', '.join(self.columns)})" if self.columns else self.privilege


def _may(role: str, table: Table, *words: str) -> Iterator[Grant]:
    """Read "SELECT" or "UPDATE read_at version"; "UPDATE - id" is all columns but these."""
    for word in words:
        privilege, *columns = word.split()
        if columns[:1] == ["-"]:
            columns = [each.name for each in table.columns if each.name not in columns]
        yield Grant(role, table, privilege, tuple(columns))


def _kernel() -> Iterator[Grant]:
    """What the edge does for every function: its keys, its events, its inbox."""
    for role in (*SVC, *JOB):
        yield from (Grant(role, table, "SELECT", kernel=True) for table in REFERENCE)
        stored = tuple(each.name for each in outbox.columns if each.name not in _SET_LATER)
        for privilege, columns in (
            ("SELECT", ("id", "topic", "ordering_key", "sent_at")),
            ("INSERT", stored),
            ("UPDATE", ("sent_at",)),
        ):
            yield Grant(role, outbox, privilege, columns, kernel=True)
    for role in SVC:
        for privilege in ("SELECT", "INSERT", "UPDATE"):
            yield Grant(role, idempotency_key, privilege, kernel=True)
    for role in JOB:
        yield Grant(role, inbox, "INSERT", kernel=True)
        yield Grant(role, failed_task, "INSERT", kernel=True)


_SET_LATER = {"seq", "service", "created_at", "sent_at"}

_SHOWN = "UPDATE - id"
_NOTED = "INSERT listing_id business_id from_state to_state actor_id reason"

GRANTS: Final = (
    *_kernel(),
    *_may("svc_users", account, "SELECT"),
    *_may(
        "svc_users",
        account,
        "INSERT - role_version state revoked_after erase_after data_saver version created_at "
        "updated_at",
    ),
    # Nobody gives himself a role or lifts his own suspension, whatever the code forgets.
    *_may("svc_users", account, "UPDATE - id uid roles role_version state erase_after created_at"),
    *_may("svc_users", consent, "SELECT", "INSERT", "UPDATE granted policy_version decided_at"),
    *_may("svc_users", consent_history, "SELECT", "INSERT - id"),
    *_may("svc_users", public_profile, "SELECT", "INSERT", "UPDATE card"),
    *_may("svc_users", device, "SELECT", "DELETE"),
    *_may("svc_users", business, "SELECT"),
    *_may("svc_users", business, "INSERT - verification plan state version created_at updated_at"),
    *_may("svc_users", business, "UPDATE - id verification plan state created_at"),
    *_may(
        "svc_users",
        membership,
        "SELECT",
        "INSERT business_id user_id role",
        "UPDATE role",
        "DELETE",
    ),
    *_may("svc_users", public_business, "SELECT", "INSERT", "UPDATE - id created_at"),
    *_may("svc_users", verification_request, "SELECT", "INSERT - state created_at decided_at"),
    *_may("svc_users", export, "SELECT id user_id state asked_at expires_at"),
    *_may("svc_users", export, "INSERT id user_id asked_at expires_at"),
    *_may("job_users", export, "SELECT", "UPDATE parts state ready_at", "DELETE"),
    # Whoever asks for his data is given all of it.
    *_may("job_users", account, "SELECT"),
    *_may("job_users", account, "UPDATE - id role_version revoked_after"),
    *_may("job_users", consent, "SELECT", "DELETE"),
    *_may("job_users", consent_history, "SELECT", "DELETE"),
    *_may("job_users", public_profile, "SELECT", "DELETE"),
    *_may("job_users", device, "SELECT", "DELETE"),
    *_may("job_users", membership, "SELECT", "DELETE"),
    *_may("job_users", business, "SELECT"),
    *_may(
        "job_users",
        business,
        "UPDATE slug name phone latitude longitude description categories corridors state version "
        "updated_at",
    ),
    *_may("job_users", public_business, "SELECT", "DELETE"),
    *_may("job_users", verification_request, "SELECT"),
    *_may("job_users", verification_request, "UPDATE documents state"),
    *_may("svc_listings", listing, "SELECT"),
    *_may(
        "svc_listings",
        listing,
        "INSERT - published_at expires_at outcome rejection_reason rejection_note version "
        "created_at updated_at",
    ),
    *_may("svc_listings", listing, "UPDATE - id business_id author_id published_at created_at"),
    *_may("svc_listings", transition, _NOTED),
    *_may("svc_listings", public_listing, "SELECT", "INSERT", _SHOWN, "DELETE"),
    *_may("svc_listings", business, "SELECT id slug name verification plan state zone"),
    *_may("job_listings", listing, "SELECT"),
    *_may(
        "job_listings",
        listing,
        "UPDATE state published_at expires_at rejection_reason rejection_note version updated_at "
        "title description attributes price_kind price_minor price_max_minor currency price_unit "
        "latitude longitude folded_title folded_text",
    ),
    *_may("job_listings", transition, "SELECT", _NOTED),
    *_may(
        "job_listings",
        reminder,
        "SELECT listing_id expires_at kind",
        "INSERT listing_id expires_at kind",
    ),
    *_may("job_listings", public_listing, "SELECT", "INSERT", _SHOWN, "DELETE"),
    *_may("job_listings", business, "SELECT id slug name verification"),
    *_may("svc_bizconnect", connection, "SELECT"),
    *_may(
        "svc_bizconnect",
        connection,
        "INSERT id requester_id receiver_id market note requested_at expires_at cool_until",
    ),
    *_may("svc_bizconnect", connection, "UPDATE - id"),
    *_may("job_bizconnect", connection, "SELECT", "DELETE"),
    *_may("job_bizconnect", connection, "UPDATE state version requester_version"),
    *_may("job_bizconnect", public_business, "SELECT id name"),
    *_may("svc_bizconnect", business, "SELECT id name country plan state zone"),
    *_may("svc_bizconnect", public_business, "SELECT id slug name verification country"),
    *_may("svc_bizconnect", public_business, "SELECT card"),
    *_may(
        "svc_bizconnect",
        public_listing,
        "SELECT business_id type category attributes published_at expires_at",
    ),
    *_may("svc_bizconnect", candidate, "SELECT"),
    *_may("svc_bizconnect", candidate_key, "SELECT"),
    *_may("svc_bizconnect", impression, "SELECT", "INSERT"),
    *_may(
        "job_bizconnect",
        business,
        "SELECT id country city_id latitude longitude zone language categories corridors "
        "verification state",
    ),
    *_may("job_bizconnect", public_listing, "SELECT business_id type category expires_at"),
    *_may("job_bizconnect", candidate, "SELECT", "INSERT", "UPDATE", "DELETE"),
    *_may("job_bizconnect", candidate_key, "SELECT", "INSERT", "DELETE"),
    *_may("job_bizconnect", impression, "SELECT", "DELETE"),
    *_may(
        "svc_search", public_listing, "SELECT id business_id search published_at expires_at card"
    ),
    *_may("svc_notifications", notification, "SELECT", "UPDATE read_at version"),
    *_may("job_notifications", notification, "SELECT -", "DELETE"),
    *_may("job_notifications", notification, "INSERT - version created_at read_at"),
    *_may("job_notifications", push, "SELECT", "INSERT notification_id install_id outcome"),
    *_may("job_notifications", push, "DELETE"),
    *_may("job_notifications", account, "SELECT id uid language state data_saver"),
    *_may("job_notifications", device, "SELECT install_id user_id push_token"),
    *_may("job_notifications", membership, "SELECT"),
    *_may("job_notifications", public_business, "SELECT id name"),
    *_may("job_notifications", public_profile, "SELECT user_id card"),
    *_may("svc_admin", review, "SELECT"),
    *_may(
        "svc_admin", review, "UPDATE state leased_by leased_until decided_by decided_at reason note"
    ),
    *_may("job_admin", review, "SELECT"),
    *_may("job_admin", review, "INSERT - leased_by leased_until decided_by decided_at reason note"),
    *_may("job_admin", review, "UPDATE - id target_type target_id business_id"),
    *_may("svc_admin", audit_entry, "SELECT"),
    *_may("svc_messaging", conversation, "SELECT", "UPDATE last_seq last_message_at"),
    *_may("svc_messaging", conversation, "INSERT - last_seq created_at"),
    *_may("svc_messaging", message, "SELECT", "INSERT - version edited_at deleted_at"),
    *_may("svc_messaging", message, "UPDATE nonce ciphertext flags version edited_at deleted_at"),
    *_may("svc_messaging", message_revision, "INSERT"),
    *_may(
        "svc_messaging",
        pointer,
        "SELECT",
        "INSERT",
        "UPDATE - conversation_id user_id party_id",
    ),
    *_may(
        "svc_messaging",
        attachment,
        "SELECT - created_at",
        "INSERT - message_id created_at",
        "UPDATE message_id purge_after",
    ),
    *_may("svc_messaging", support_clock, "SELECT", "INSERT"),
    *_may("svc_messaging", support_clock, "UPDATE - conversation_id kind business_id"),
    *_may("svc_messaging", team, "SELECT", "INSERT", "UPDATE - business_id"),
    *_may(
        "svc_messaging",
        agent,
        "SELECT",
        "INSERT - last_assigned_at",
        "UPDATE - business_id user_id last_assigned_at",
    ),
    *_may(
        "svc_messaging",
        support_case,
        "SELECT",
        "INSERT conversation_id business_id customer_id skill language waiting_since",
        "UPDATE - conversation_id business_id customer_id",
    ),
    *_may("svc_messaging", connection, "SELECT id requester_id receiver_id state"),
    *_may("svc_messaging", public_profile, "SELECT"),
    *_may("svc_messaging", public_business, "SELECT id name"),
    *_may("svc_messaging", business, "SELECT id plan zone"),
    *_may("job_messaging", conversation, "SELECT", "UPDATE wrapped_key key_id"),
    *_may(
        "job_messaging",
        message,
        "SELECT",
        "UPDATE nonce ciphertext digest flags deleted_at version",
    ),
    *_may("job_messaging", message_revision, "SELECT", "DELETE"),
    *_may("job_messaging", attachment, "SELECT", "UPDATE purge_after", "DELETE"),
    *_may("job_messaging", pointer, "SELECT", "DELETE"),
    *_may(
        "svc_messaging", delivery, "SELECT conversation_id party_id queued_seq sent_seq failed_seq"
    ),
    *_may(
        "job_messaging",
        delivery,
        "SELECT",
        "INSERT conversation_id user_id party_id queued_seq due_at",
        "UPDATE - conversation_id user_id party_id",
        "DELETE",
    ),
    *_may("job_messaging", account, "SELECT id uid state language data_saver"),
    *_may("job_messaging", device, "SELECT install_id user_id push_token"),
    *_may("job_messaging", public_profile, "SELECT"),
    *_may("job_messaging", public_business, "SELECT id name"),
    *_may("job_messaging", membership, "SELECT business_id user_id"),
    *_may("job_messaging", team, "SELECT"),
    *_may(
        "job_messaging", support_clock, "SELECT", "UPDATE started_at due_at step next_at missed_at"
    ),
    *_may("job_messaging", agent, "SELECT", "UPDATE here_until", "DELETE"),
    *_may(
        "job_messaging", support_case, "SELECT", "UPDATE state agent_id last_agent_id resolved_at"
    ),
    *_may("svc_platform", change, "SELECT"),
    # What the kernel keeps is relayed and purged, and read by nobody else.
    *_may("job_platform", outbox, "SELECT kind type due_at body traceparent seq created_at"),
    *_may("job_platform", outbox, "DELETE"),
    *_may("job_platform", inbox, "SELECT", "DELETE"),
    *_may("job_platform", idempotency_key, "SELECT actor operation key status created_at"),
    *_may("job_platform", idempotency_key, "DELETE"),
    *_may("job_platform", change, "SELECT", "DELETE"),
    *_may("job_platform", rate_limit, "SELECT", "DELETE"),
    *_may("job_platform", audit_entry, "SELECT"),
    *_may("job_platform", audit_chain, "SELECT"),
    *_may("job_platform", audit_checkpoint, "SELECT", "INSERT", "UPDATE - chain"),
    # Locking a row takes the right to change something of it.
    *_may("job_platform", quota_window, "SELECT", "UPDATE ends_at", "DELETE"),
    *_may("job_platform", quota_history, "SELECT", "UPDATE used allowed", "DELETE"),
    *_may("job_platform", quota_history, "INSERT - closed_at"),
)

FUNCTIONS: Final[dict[str, tuple[str, ...]]] = {
    "users.begin_request(text, text)": SVC,
    "users.calls_of(text, integer, jsonb)": SVC,
    "users.take_device(uuid, text, text, text)": ("svc_users",),
    "users.take_phone(text)": ("svc_users",),
    "users.grant_business_role(uuid)": ("svc_users",),
    "users.replace_roles(uuid, text[])": ("svc_users",),
    "users.ask_erasure(interval)": ("svc_users",),
    "users.cancel_erasure()": ("svc_users",),
    "users.lock_person(uuid)": ("svc_users",),
    "users.belongs_to(uuid, uuid)": ("own_messaging",),
    "messaging.lock_team(uuid)": ("svc_messaging", "job_messaging"),
    "messaging.promises_of(uuid)": ("svc_messaging",),
    "messaging.try_team(uuid)": ("job_messaging",),
    "messaging.drain_team(uuid, timestamp with time zone)": ("svc_messaging", "job_messaging"),
    "platform.forget_events(text[])": ("job_users", "job_listings", "job_bizconnect"),
    "platform.forget_caller(text)": ("job_users",),
    "platform.take_token(text, double precision, double precision)": SVC,
    "platform.take_token(text, double precision, double precision, text, text, text, text)": SVC,
    "platform.return_token(text, double precision)": SVC,
    "platform.take_run(text, uuid)": JOB,
    "platform.changes_of(uuid, xid8, bigint, integer)": ("svc_platform",),
    "platform.claim_key(text, text, text, text)": SVC,
    "platform.store_answer(text, text, text, text, integer, text, text)": SVC,
    "platform.take_quota(uuid, text, text, integer, integer, timestamp with time zone)": (
        "svc_listings",
        "svc_messaging",
        "svc_bizconnect",
    ),
    "platform.quota_use(uuid, text, text, timestamp with time zone)": ("svc_bizconnect",),
    "platform.append_audit("
    "text, uuid, text, uuid, text, text, uuid, jsonb, jsonb, text, uuid)": SVC,
    "platform.change_projection(text, text, text, uuid, boolean)": (*SVC, *JOB),
    "platform.projection_of(text, text, uuid)": JOB,
    "platform.end_turn(text, text, uuid, bigint, boolean, uuid)": JOB,
    "platform.audit_hash(platform.audit_entry)": ("job_platform",),
    "platform.record_change()": ("own_listings", "own_notifications"),
    "platform.note_change(text, uuid, uuid, boolean, integer)": ("own_bizconnect",),
    "bizconnect.lock_pair(uuid, uuid)": ("svc_bizconnect",),
    "bizconnect.hidden_businesses()": ("svc_users", "svc_listings", "svc_search"),
    "bizconnect.waiting_for(uuid, integer, timestamp with time zone)": ("svc_bizconnect",),
}
"""Each function of ours that is not a trigger's own, and who may call it."""


def granted() -> set[tuple[str, str, str, str]]:
    """Return role, table, privilege and column of each grant; no column is the whole table."""
    return {
        (each.role, str(each.table), each.privilege, column)
        for each in GRANTS
        for column in each.columns or ("",)
    }


def usages() -> set[tuple[str, str]]:
    """Return role and schema: whoever may do something in a schema may look into it."""
    of_tables = {(each.role, str(each.table.schema)) for each in GRANTS}
    of_functions = {
        (role, name.partition(".")[0]) for name, roles in FUNCTIONS.items() for role in roles
    }
    return of_tables | of_functions
