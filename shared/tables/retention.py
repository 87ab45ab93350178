"""Whose data every column holds, how long, and what becomes of it when the person is erased.

The one place that says so: the statements of export and erasure are made from it,
`docs/retention.md` is printed from it, and a column that is not in it fails the tests. The targets
are those of an engineer; for how long a law wants a record kept is for counsel to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Action(StrEnum):
    """What erasure does with a column."""

    DELETE = "delete"
    PSEUDONYMISE = "pseudonymise"
    KEEP = "keep"
    NONE = "none"


class Category(StrEnum):
    """What a column tells of somebody."""

    IDENTITY = "identity"
    CONTACT = "contact"
    LOCATION = "location"
    PREFERENCE = "preference"
    CONTENT = "content"
    """What he wrote or sent."""
    ACTIVITY = "activity"
    """What he did, and when."""
    PSEUDONYM = "pseudonym"
    """The id of an account: once that is empty, it leads to nobody."""
    COPY = "copy"
    """Made from other columns of the matrix."""
    TECHNICAL = "technical"
    """Nothing of anybody."""


@dataclass(frozen=True, slots=True)
class Share:
    """Rows of a table that a person is given when he asks for his data.

    `where` may ask for `:user_id`, his sign-in's `:uid`, and the `:business_ids` of what he owns.
    The columns that it is given `without` tell, in these rows, of somebody else. Those that are
    `sealed` are given in plain, as `text`, by the service that can open them.
    """

    where: str
    without: str = ""
    sealed: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A table: whose its rows are, how long they are kept, what becomes of them, and why.

    `blank` is what erasure writes where the row must stay: column → SQL. `export` is what a person
    is given of it.
    """

    whose: str
    kept: str
    erasure: Action
    columns: Mapping[Category, str]
    blank: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    export: tuple[Share, ...] = ()

    def tags(self) -> dict[str, tuple[Category, Action]]:
        """Return column → what it tells and what erasure does with it."""
        return {
            name: (category, self._action(name, category))
            for category, names in self.columns.items()
            for name in names.split()
        }

    def blanked(self, *, but: str = "") -> str:
        """Return the SET list of the UPDATE that empties a row, all `but` one column."""
        return ", ".join(f"{name} = {value}" for name, value in self.blank.items() if name != but)

    def _action(self, name: str, category: Category) -> Action:
        if self.erasure is Action.PSEUDONYMISE:
            if name in self.blank:
                return Action.PSEUDONYMISE
            return Action.NONE if category is Category.TECHNICAL else Action.KEEP
        if self.erasure is Action.KEEP and category is Category.TECHNICAL:
            return Action.NONE
        return self.erasure


IDENTITY, CONTACT, LOCATION = Category.IDENTITY, Category.CONTACT, Category.LOCATION
PREFERENCE, CONTENT, ACTIVITY = Category.PREFERENCE, Category.CONTENT, Category.ACTIVITY
PSEUDONYM, COPY, TECHNICAL = Category.PSEUDONYM, Category.COPY, Category.TECHNICAL

_ACCOUNT = "as long as the account"
_BUSINESS = "as long as the business"
_LEFT = "Erased with a person who leaves a business that nobody else can lead; else it is not his."
_BY_USER = (Share("user_id = :user_id"),)
_OF_BUSINESS = (Share("business_id = ANY (:business_ids)"),)
_SHARED = "Other people's work rests on it. The id leads to nobody once the account is empty."

MATRIX: Final[Mapping[str, Held]] = {
    # users
    "users.account": Held(
        "id",
        "until erasure",
        Action.PSEUDONYMISE,
        {
            PSEUDONYM: "id",
            IDENTITY: "uid given_name family_name",
            CONTACT: "phone phone_raw phone_verified",
            LOCATION: "country zone",
            PREFERENCE: "language data_saver",
            ACTIVITY: "roles role_version state revoked_after erase_after created_at updated_at",
            TECHNICAL: "version",
        },
        {
            "uid": "'erased:' || id",
            "given_name": "''",
            "family_name": "''",
            "phone": "''",
            "phone_raw": "''",
            "phone_verified": "false",
            "country": "'ZZ'",
            "zone": "'Etc/UTC'",
            "language": "'en'",
            "data_saver": "false",
            "roles": "ARRAY['consumer']",
            "created_at": "'epoch'",
        },
        "The empty row keeps the id from being given again, and refuses what comes late.",
        export=(Share("id = :user_id"),),
    ),
    "users.consent": Held(
        "user_id",
        _ACCOUNT,
        Action.DELETE,
        {
            PSEUDONYM: "user_id",
            PREFERENCE: "purpose granted policy_version",
            ACTIVITY: "decided_at",
        },
        export=_BY_USER,
    ),
    "users.consent_history": Held(
        "user_id",
        _ACCOUNT,
        Action.DELETE,
        {
            PSEUDONYM: "user_id",
            PREFERENCE: "purpose granted policy_version",
            ACTIVITY: "decided_at",
            TECHNICAL: "id",
        },
        export=_BY_USER,
    ),
    "users.export": Held(
        "user_id",
        "7 days, as are its objects in Cloud Storage",
        Action.DELETE,
        {
            PSEUDONYM: "user_id",
            ACTIVITY: "state asked_at ready_at expires_at",
            TECHNICAL: "id parts",
        },
        why="Erasure deletes the objects too.",
        export=_BY_USER,
    ),
    "users.public_profile": Held(
        "user_id",
        _ACCOUNT,
        Action.DELETE,
        {PSEUDONYM: "user_id", COPY: "card"},
        export=_BY_USER,
    ),
    "users.device": Held(
        "user_id",
        "until signed out, or the account ends",
        Action.DELETE,
        {
            PSEUDONYM: "user_id",
            CONTACT: "install_id push_token",
            ACTIVITY: "platform app_version seen_at",
        },
        export=_BY_USER,
    ),
    "users.membership": Held(
        "user_id",
        "as long as somebody belongs to the business",
        Action.DELETE,
        {PSEUDONYM: "user_id", ACTIVITY: "business_id role created_at"},
        export=_BY_USER,
    ),
    "users.business": Held(
        "its owners",
        _BUSINESS,
        Action.PSEUDONYMISE,
        {
            IDENTITY: "slug name",
            CONTACT: "phone",
            LOCATION: "latitude longitude zone city_id country",
            CONTENT: "description categories corridors language",
            ACTIVITY: "verification plan state created_at updated_at",
            TECHNICAL: "id version",
        },
        {
            "slug": "'closed-' || id",
            "name": "''",
            "phone": "NULL",
            "latitude": "0",
            "longitude": "0",
            "description": "''",
            "categories": "'{}'",
            "corridors": "'{}'",
            "state": "'closed'",
        },
        _LEFT,
        (Share("id = ANY (:business_ids)"),),
    ),
    "users.public_business": Held(
        "its owners",
        _BUSINESS,
        Action.DELETE,
        {
            COPY: "slug name verification country city_id categories search card detail created_at",
            TECHNICAL: "id",
        },
        why=_LEFT,
        export=(Share("id = ANY (:business_ids)"),),
    ),
    "users.verification_request": Held(
        "requested_by",
        _BUSINESS,
        Action.PSEUDONYMISE,
        {
            PSEUDONYM: "requested_by",
            IDENTITY: "documents",
            ACTIVITY: "level state created_at decided_at",
            TECHNICAL: "id business_id",
        },
        {"documents": "'[]'"},
        "That a business was verified stays known; the papers of who asked do not.",
        (Share("requested_by = :user_id"),),
    ),
    # listings
    "listings.category": Held(
        "", "always", Action.NONE, {TECHNICAL: "id parent position names version attributes"}
    ),
    "listings.listing": Held(
        "author_id, and the owners of its business",
        _BUSINESS,
        Action.PSEUDONYMISE,
        {
            PSEUDONYM: "author_id",
            CONTENT: "title description attributes price_kind price_minor price_max_minor currency "
            "price_unit type category language reach outcome rejection_reason rejection_note",
            LOCATION: "latitude longitude country city_id",
            COPY: "folded_title folded_text",
            ACTIVITY: "state duration_hours published_at expires_at created_at updated_at",
            TECHNICAL: "id business_id attributes_version version",
        },
        {
            "title": "''",
            "description": "''",
            "attributes": "'{}'",
            "price_kind": "'negotiable'",
            "price_minor": "NULL",
            "price_max_minor": "NULL",
            "currency": "NULL",
            "price_unit": "NULL",
            "latitude": "0",
            "longitude": "0",
            "folded_title": "''",
            "folded_text": "''",
            "rejection_note": "NULL",
            "state": "'removed'",
        },
        f"{_LEFT} A listing of a business that goes on stays whole, under the id of its author.",
        (
            Share("author_id = :user_id"),
            Share("business_id = ANY (:business_ids) AND author_id <> :user_id", "author_id"),
        ),
    ),
    "listings.transition": Held(
        "actor_id",
        _BUSINESS,
        Action.KEEP,
        {
            PSEUDONYM: "actor_id",
            ACTIVITY: "from_state to_state reason at",
            TECHNICAL: "id listing_id business_id",
        },
        why=_SHARED,
        # It may be the business of others, about which he decided.
        export=(Share("actor_id = :user_id", "business_id"),),
    ),
    "listings.reminder": Held(
        "", _BUSINESS, Action.NONE, {TECHNICAL: "listing_id expires_at kind sent_at"}
    ),
    "listings.public_listing": Held(
        "the owners of its business",
        "as long as it is on the market",
        Action.DELETE,
        {
            COPY: "type sector category country city_id price_minor currency verified attributes "
            "search place published_at expires_at card detail",
            TECHNICAL: "id business_id",
        },
        why=_LEFT,
        export=_OF_BUSINESS,
    ),
    # notifications
    "notifications.notification": Held(
        "user_id",
        _ACCOUNT,
        Action.DELETE,
        {
            PSEUDONYM: "user_id",
            CONTENT: "type subject_id deduplication language title body parameters",
            ACTIVITY: "created_at read_at",
            TECHNICAL: "id version",
        },
        why="Other people's inboxes stay whole, but for what names who is erased.",
        export=_BY_USER,
    ),
    "notifications.push": Held(
        "the person who was told",
        "30 days",
        Action.DELETE,
        {CONTACT: "install_id", ACTIVITY: "outcome at", TECHNICAL: "notification_id"},
        why="Goes with the notification.",
        export=(
            Share(
                "notification_id IN "
                "(SELECT id FROM notifications.notification WHERE user_id = :user_id)"
            ),
        ),
    ),
    # messaging
    "messaging.conversation": Held(
        "first_id, where it is a person",
        "as long as one of the two is there",
        Action.KEEP,
        {
            PSEUDONYM: "first_id second_id opened_by",
            ACTIVITY: "kind last_seq last_message_at created_at",
            TECHNICAL: "id wrapped_key key_id",
        },
        why="The other one's inbox stays whole. The id leads to nobody once the account is empty.",
        export=(
            Share("first_id = :user_id", "wrapped_key key_id"),
            Share("first_id = ANY (:business_ids)", "wrapped_key key_id"),
            Share("second_id = ANY (:business_ids)", "wrapped_key key_id"),
        ),
    ),
    "messaging.message": Held(
        "sender_id",
        "as long as the conversation",
        Action.PSEUDONYMISE,
        {
            PSEUDONYM: "sender_id",
            CONTENT: "ciphertext flags",
            COPY: "digest",
            ACTIVITY: "on_behalf_of sent_at edited_at deleted_at",
            TECHNICAL: "id conversation_id seq own_no nonce version",
        },
        {
            "nonce": "NULL",
            "ciphertext": "NULL",
            "digest": "NULL",
            "flags": "'{}'",
            "deleted_at": "coalesce(deleted_at, clock_timestamp())",
        },
        "An empty one keeps its number, so that the others' devices see no gap.",
        export=(Share("sender_id = :user_id", "nonce digest", sealed="ciphertext"),),
    ),
    "messaging.message_revision": Held(
        "the sender of the message",
        "180 days",
        Action.DELETE,
        {
            CONTENT: "ciphertext flags",
            ACTIVITY: "replaced_at",
            TECHNICAL: "message_id nonce version",
        },
        why="What was changed or taken back, for whoever must judge a complaint about it.",
        export=(
            Share(
                "message_id IN (SELECT id FROM messaging.message WHERE sender_id = :user_id)",
                "nonce",
                sealed="ciphertext",
            ),
        ),
    ),
    "messaging.attachment": Held(
        "uploader_id",
        "as long as the message; a day if none names it, 180 days once that is taken back",
        Action.DELETE,
        {
            PSEUDONYM: "uploader_id",
            CONTENT: "content_type size",
            ACTIVITY: "created_at purge_after",
            TECHNICAL: "id conversation_id message_id",
        },
        why="As are its objects in Cloud Storage, by the hourly job.",
        export=(Share("uploader_id = :user_id"),),
    ),
    "messaging.pointer": Held(
        "user_id",
        _ACCOUNT,
        Action.DELETE,
        {
            PSEUDONYM: "user_id",
            ACTIVITY: "party_id delivered_seq read_seq sent sent_read",
            TECHNICAL: "conversation_id",
        },
        export=_BY_USER,
    ),
    "messaging.team": Held(
        "the business",
        "as long as the business",
        Action.KEEP,
        {
            PREFERENCE: "automatic capacity calendar escalation",
            ACTIVITY: "updated_at",
            TECHNICAL: "business_id version",
        },
        why="How a business works; it names nobody.",
        export=_OF_BUSINESS,
    ),
    "messaging.agent": Held(
        "user_id",
        _ACCOUNT,
        Action.DELETE,
        {
            PSEUDONYM: "user_id",
            PREFERENCE: "skills languages capacity leads",
            ACTIVITY: "state here_until last_assigned_at",
            TECHNICAL: "business_id",
        },
        export=_BY_USER,
    ),
    "messaging.support_case": Held(
        "customer_id; agent_id and those before him",
        "as long as the conversation",
        Action.KEEP,
        {
            PSEUDONYM: "customer_id agent_id last_agent_id prefers passed_by",
            ACTIVITY: "state skill waiting_since assigned_at resolved_at",
            PREFERENCE: "language",
            TECHNICAL: "conversation_id business_id",
        },
        why="Resolved when the customer leaves. The ids lead to nobody once accounts are empty.",
        export=(
            Share("customer_id = :user_id", "agent_id last_agent_id prefers passed_by"),
            Share("business_id = ANY (:business_ids)"),
        ),
    ),
    "messaging.support_clock": Held(
        "the business",
        "as long as the conversation",
        Action.KEEP,
        {
            ACTIVITY: "kind round target_seconds spent_seconds started_at due_at step next_at "
            "missed_at",
            TECHNICAL: "conversation_id business_id",
        },
        why="How a business keeps its promises; it names nobody.",
        export=_OF_BUSINESS,
    ),
    "messaging.delivery": Held(
        "user_id",
        _ACCOUNT,
        Action.DELETE,
        {
            PSEUDONYM: "user_id",
            ACTIVITY: "party_id queued_seq sent_seq failed_seq told_seq due_at",
            TECHNICAL: "conversation_id tries",
        },
        export=_BY_USER,
    ),
    # bizconnect
    "bizconnect.connection": Held(
        "the owners of its businesses",
        "as long as both businesses",
        Action.DELETE,
        {
            PSEUDONYM: "requester_id receiver_id blocked_by",
            CONTENT: "note market",
            ACTIVITY: "state requested_at expires_at cool_until accepted_at declined_at",
            TECHNICAL: "id version requester_version",
        },
        why="Erased with a person who leaves a business that nobody else can lead. Whoever asked "
        "is not given what the other side thought of it.",
        export=(
            Share(
                "requester_id = ANY (:business_ids) AND state IN "
                "('accepted', 'withdrawn', 'expired', 'removed')",
                "declined_at version",
            ),
            Share(
                "requester_id = ANY (:business_ids) AND state NOT IN "
                "('accepted', 'withdrawn', 'expired', 'removed')",
                "state accepted_at declined_at blocked_by version",
            ),
            Share(
                "receiver_id = ANY (:business_ids) AND blocked_by IS DISTINCT FROM requester_id",
                "requester_version cool_until",
            ),
        ),
    ),
    "bizconnect.candidate": Held(
        "its owners",
        _BUSINESS,
        Action.DELETE,
        {
            COPY: "region country city_id latitude longitude zone language categories sectors "
            "offers requests corridors verification",
            ACTIVITY: "responsiveness",
            TECHNICAL: "business_id slot keys due_at",
        },
        why=_LEFT,
        export=_OF_BUSINESS,
    ),
    "bizconnect.candidate_key": Held(
        "", _BUSINESS, Action.NONE, {TECHNICAL: "key slot"}, why="Numbers, of a business."
    ),
    "bizconnect.impression": Held(
        "the owners of its business",
        "180 days",
        Action.DELETE,
        {
            PSEUDONYM: "business_id suggested_id",
            ACTIVITY: "day position score explored weights reasons shown_at",
        },
        why=_LEFT,
        export=_OF_BUSINESS,
    ),
    # admin
    "admin.review": Held(
        "leased_by, decided_by; the snapshot is of the owners of the business",
        _BUSINESS,
        Action.PSEUDONYMISE,
        {
            PSEUDONYM: "leased_by decided_by",
            COPY: "snapshot",
            CONTENT: "note",
            ACTIVITY: "state leased_until decided_at reason submitted_at",
            TECHNICAL: "id target_type target_id target_version business_id",
        },
        {"snapshot": "'{}'", "note": "NULL"},
        f"{_LEFT} Which administrator decided stays on record, under his id.",
        (
            Share("business_id = ANY (:business_ids)", "leased_by decided_by"),
            Share("leased_by = :user_id", "decided_by snapshot note business_id"),
            Share("decided_by = :user_id", "leased_by snapshot note business_id"),
        ),
    ),
    # platform
    "platform.outbox": Held(
        "ordering_key",
        "7 days after it was sent",
        Action.DELETE,
        {
            COPY: "body",
            PSEUDONYM: "ordering_key",
            TECHNICAL: "id seq kind service topic type due_at traceparent created_at sent_at",
        },
        why="What was announced of him, of a business erased with him, of its listings and its "
        "connections.",
        export=(
            Share("ordering_key = CAST(:user_id AS text)", "service"),
            Share("ordering_key = ANY (CAST(:business_ids AS text[]))", "service"),
        ),
    ),
    "platform.inbox": Held("", "30 days", Action.NONE, {TECHNICAL: "handler event_id handled_at"}),
    "platform.idempotency_key": Held(
        "actor",
        "48 hours; 30 days for what a device did offline",
        Action.DELETE,
        {
            IDENTITY: "actor",
            ACTIVITY: "operation key status created_at",
            COPY: "request_hash headers body",
        },
        # An answer to him may show others.
        export=(Share("actor = :uid", "request_hash headers body"),),
    ),
    "platform.rate_limit": Held(
        "key",
        "until the bucket is full again, a day at most",
        Action.DELETE,
        {IDENTITY: "key", ACTIVITY: "full_at"},
        why="Nobody calls while his account is locked: gone before the erasure.",
        # Before the sign-in stand the role and the operation.
        export=(Share("regexp_replace(key, '^[^:]*:[^:]*:', '') = :uid"),),
    ),
    "platform.quota_zone": Held(
        "", _BUSINESS, Action.NONE, {TECHNICAL: "subject_id zone until"}, why="Of a business."
    ),
    "platform.quota_window": Held(
        "",
        "until it is over",
        Action.NONE,
        {TECHNICAL: "subject_id metric period starts_on ends_at used allowed"},
        why="Numbers, of a business.",
    ),
    "platform.quota_history": Held(
        "",
        "400 days",
        Action.NONE,
        {TECHNICAL: "subject_id metric period starts_on used allowed closed_at"},
        why="Numbers, of a business.",
    ),
    "platform.failed_task": Held(
        "",
        "until an operator replays it",
        Action.NONE,
        {TECHNICAL: "id queue function body error attempts failed_at"},
        why="A task carries ids; what it failed with is redacted.",
    ),
    "platform.projection": Held(
        "key",
        "as long as the document in Firestore",
        Action.DELETE,
        {PSEUDONYM: "key", COPY: "document", TECHNICAL: "service task version turn"},
        why="The document of somebody who is erased is deleted, and this with it.",
    ),
    "platform.change": Held(
        "audience",
        "30 days",
        Action.KEEP,
        {
            PSEUDONYM: "audience",
            TECHNICAL: "id transaction entity entity_id operation version changed_at",
        },
        why="Ids alone. Devices learn from it that something is gone.",
        export=(Share("audience = :user_id"), Share("audience = ANY (:business_ids)")),
    ),
    "platform.audit_entry": Held(
        "actor_id, on_behalf_of, target_id",
        "always",
        Action.KEEP,
        {
            PSEUDONYM: "actor_id on_behalf_of target_id",
            ACTIVITY: "at role operation target_type before after reason",
            TECHNICAL: "chain seq id request_id previous hash",
        },
        why="The record of who decided what cannot be rewritten: it holds ids and codes, no words.",
        # What he did, not to whom; and what was done to him, not by whom.
        export=(
            Share("actor_id = :user_id", "on_behalf_of target_id before after reason"),
            Share("on_behalf_of = :user_id", "actor_id target_id"),
            Share("target_id = :user_id", "actor_id on_behalf_of"),
        ),
    ),
    "platform.audit_chain": Held("", "always", Action.NONE, {TECHNICAL: "chain entries hash"}),
    "platform.audit_checkpoint": Held(
        "",
        "always",
        Action.NONE,
        {TECHNICAL: "chain seen seen_hash lap_at walked walked_hash reported_at"},
    ),
    "platform.currency": Held("", "always", Action.NONE, {TECHNICAL: "code exponent name"}),
    "platform.country": Held(
        "",
        "always",
        Action.NONE,
        {TECHNICAL: "code name currency calling_code languages zones continent"},
    ),
    "platform.city": Held(
        "",
        "always",
        Action.NONE,
        {
            TECHNICAL: "id country name folded_name alternate_names latitude longitude population "
            "zone"
        },
    ),
}
