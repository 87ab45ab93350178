"""Printed from _statements/leaving.py by `python -m functions write`. Do not edit."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Connection


_EXPORT_PART = """
SELECT jsonb_build_object(
        'messaging.conversation', jsonb_build_object('kept', 'as long as one of the two is there', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT first_id, second_id, opened_by, kind, last_seq, last_message_at, created_at, id FROM messaging.conversation WHERE first_id = $1::UUID) AS r
                UNION ALL SELECT to_jsonb(r) AS held FROM (SELECT first_id, second_id, opened_by, kind, last_seq, last_message_at, created_at, id FROM messaging.conversation WHERE first_id = ANY ($2::UUID[])) AS r
                UNION ALL SELECT to_jsonb(r) AS held FROM (SELECT first_id, second_id, opened_by, kind, last_seq, last_message_at, created_at, id FROM messaging.conversation WHERE second_id = ANY ($2::UUID[])) AS r) AS given)),
        'messaging.message', jsonb_build_object('kept', 'as long as the conversation', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT sender_id, flags, on_behalf_of, sent_at, edited_at, deleted_at, id, conversation_id, seq, own_no, version FROM messaging.message WHERE sender_id = $1::UUID) AS r) AS given)),
        'messaging.message_revision', jsonb_build_object('kept', '180 days', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT flags, replaced_at, message_id, version FROM messaging.message_revision WHERE message_id IN (SELECT id FROM messaging.message WHERE sender_id = $1::UUID)) AS r) AS given)),
        'messaging.attachment', jsonb_build_object('kept', 'as long as the message; a day if none names it, 180 days once that is taken back', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT uploader_id, content_type, size, created_at, purge_after, id, conversation_id, message_id FROM messaging.attachment WHERE uploader_id = $1::UUID) AS r) AS given)),
        'messaging.pointer', jsonb_build_object('kept', 'as long as the account', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT user_id, party_id, delivered_seq, read_seq, sent, sent_read, conversation_id FROM messaging.pointer WHERE user_id = $1::UUID) AS r) AS given)),
        'messaging.team', jsonb_build_object('kept', 'as long as the business', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT automatic, capacity, calendar, escalation, updated_at, business_id, version FROM messaging.team WHERE business_id = ANY ($2::UUID[])) AS r) AS given)),
        'messaging.agent', jsonb_build_object('kept', 'as long as the account', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT user_id, skills, languages, capacity, leads, state, here_until, last_assigned_at, business_id FROM messaging.agent WHERE user_id = $1::UUID) AS r) AS given)),
        'messaging.support_case', jsonb_build_object('kept', 'as long as the conversation', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT customer_id, state, skill, waiting_since, assigned_at, resolved_at, language, conversation_id, business_id FROM messaging.support_case WHERE customer_id = $1::UUID) AS r
                UNION ALL SELECT to_jsonb(r) AS held FROM (SELECT customer_id, agent_id, last_agent_id, prefers, passed_by, state, skill, waiting_since, assigned_at, resolved_at, language, conversation_id, business_id FROM messaging.support_case WHERE business_id = ANY ($2::UUID[])) AS r) AS given)),
        'messaging.support_clock', jsonb_build_object('kept', 'as long as the conversation', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT kind, round, target_seconds, spent_seconds, started_at, due_at, step, next_at, missed_at, conversation_id, business_id FROM messaging.support_clock WHERE business_id = ANY ($2::UUID[])) AS r) AS given)),
        'messaging.delivery', jsonb_build_object('kept', 'as long as the account', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT user_id, party_id, queued_seq, sent_seq, failed_seq, told_seq, due_at, conversation_id, tries FROM messaging.delivery WHERE user_id = $1::UUID) AS r) AS given)))::text AS json
"""


def export_part(db: Connection, *, user_id: UUID, business_ids: list[UUID]) -> str | None:
    """All that this service holds of a person, and nothing of anybody else."""
    result: str | None = db.value(_EXPORT_PART, user_id, business_ids)
    return result


_PAGE_OF_OWN_MESSAGES = """
SELECT m.id AS message_id, m.conversation_id AS id, m.seq, m.sender_id, m.version, m.nonce,
    m.ciphertext, c.key_id, c.wrapped_key
FROM messaging.message AS m JOIN messaging.conversation AS c ON c.id = m.conversation_id
WHERE m.sender_id = $1::UUID AND (m.conversation_id, m.seq) > ($2::UUID, $3::BIGINT) AND m.ciphertext IS NOT NULL
ORDER BY m.conversation_id, m.seq LIMIT $4::INTEGER
"""


class PageOfOwnMessagesRow(NamedTuple):
    """What `page_of_own_messages` returns."""

    message_id: UUID
    id: UUID
    seq: int
    sender_id: UUID
    version: int
    nonce: bytes
    ciphertext: bytes
    key_id: str
    wrapped_key: bytes


def page_of_own_messages(db: Connection, *, user_id: UUID, after_conversation: UUID, after_seq: int, limit: int) -> list[PageOfOwnMessagesRow]:
    """What somebody said and has not deleted, conversation by conversation, with what opens it."""
    return db.rows(PageOfOwnMessagesRow, _PAGE_OF_OWN_MESSAGES, user_id, after_conversation, after_seq, limit)


_PAGE_OF_OWN_REVISIONS = """
SELECT r.message_id, m.conversation_id AS id, m.seq, m.sender_id, r.version, r.nonce,
    r.ciphertext, c.key_id, c.wrapped_key
FROM messaging.message AS m
JOIN messaging.message_revision AS r ON r.message_id = m.id
JOIN messaging.conversation AS c ON c.id = m.conversation_id
WHERE m.sender_id = $1::UUID AND (m.conversation_id, m.seq, r.version)
    > ($2::UUID, $3::BIGINT, $4::INTEGER)
ORDER BY m.conversation_id, m.seq, r.version LIMIT $5::INTEGER
"""


class PageOfOwnRevisionsRow(NamedTuple):
    """What `page_of_own_revisions` returns."""

    message_id: UUID
    id: UUID
    seq: int
    sender_id: UUID
    version: int
    nonce: bytes
    ciphertext: bytes
    key_id: str
    wrapped_key: bytes


def page_of_own_revisions(db: Connection, *, user_id: UUID, after_conversation: UUID, after_seq: int, after_version: int, limit: int) -> list[PageOfOwnRevisionsRow]:
    """What somebody's messages said before he changed or deleted them, as far as it is kept."""
    return db.rows(PageOfOwnRevisionsRow, _PAGE_OF_OWN_REVISIONS, user_id, after_conversation, after_seq, after_version, limit)


_ERASE_MESSAGES = """
WITH batch AS MATERIALIZED (
    SELECT m.id FROM messaging.conversation AS c
    JOIN messaging.message AS m ON m.conversation_id = c.id
    WHERE m.sender_id = $1::UUID AND (m.conversation_id, m.seq) > ($2::UUID, $3::BIGINT)
    ORDER BY m.conversation_id, m.seq LIMIT $4::INTEGER FOR UPDATE
)
UPDATE messaging.message AS m
SET nonce = NULL, ciphertext = NULL, digest = NULL, flags = '{}', deleted_at = coalesce(deleted_at, clock_timestamp()), version = m.version + 1
FROM batch WHERE m.id = batch.id RETURNING m.conversation_id, m.seq
"""


class EraseMessagesRow(NamedTuple):
    """What `erase_messages` returns."""

    conversation_id: UUID
    seq: int


def erase_messages(db: Connection, *, user_id: UUID, after_conversation: UUID, after_seq: int, limit: int) -> list[EraseMessagesRow]:
    """Empty what somebody said, in batches; the numbers stay."""
    return db.rows(EraseMessagesRow, _ERASE_MESSAGES, user_id, after_conversation, after_seq, limit)


_DELETE_REVISIONS = """
DELETE FROM messaging.message_revision AS r USING messaging.message AS m
WHERE m.id = r.message_id AND m.sender_id = $1::UUID
"""


def delete_revisions(db: Connection, *, user_id: UUID) -> int:
    """Forget what somebody's messages said before he changed or deleted them."""
    return db.done(_DELETE_REVISIONS, user_id)


_EXPIRE_ATTACHMENTS = """
UPDATE messaging.attachment SET purge_after = clock_timestamp()
WHERE uploader_id = $1::UUID
"""


def expire_attachments(db: Connection, *, user_id: UUID) -> int:
    """Have the files of somebody deleted by the next run of the job for it."""
    return db.done(_EXPIRE_ATTACHMENTS, user_id)


_DELETE_POINTERS = """
DELETE FROM messaging.pointer WHERE user_id = $1::UUID
"""


def delete_pointers(db: Connection, *, user_id: UUID) -> int:
    """Forget how far somebody has read."""
    return db.done(_DELETE_POINTERS, user_id)


_TEAMS_OF = """
SELECT business_id FROM messaging.agent WHERE user_id = $1::UUID
UNION SELECT business_id FROM messaging.support_case
WHERE customer_id = $1::UUID AND state <> 'resolved'
ORDER BY business_id LIMIT $2::INTEGER
"""


class TeamsOfRow(NamedTuple):
    """What `teams_of` returns."""

    business_id: UUID


def teams_of(db: Connection, *, user_id: UUID, limit: int) -> list[TeamsOfRow]:
    """The teams that somebody is of, or waits for."""
    return db.rows(TeamsOfRow, _TEAMS_OF, user_id, limit)


_LEAVE_TEAM = """
UPDATE messaging.agent SET here_until = '-infinity'
WHERE business_id = $1::UUID AND user_id = $2::UUID
"""


def leave_team(db: Connection, *, business_id: UUID, user_id: UUID) -> int:
    """Have somebody be gone from a locked team."""
    return db.done(_LEAVE_TEAM, business_id, user_id)


_RESOLVE_CASES = """
UPDATE messaging.support_case SET state = 'resolved', agent_id = NULL,
    last_agent_id = coalesce(agent_id, last_agent_id), resolved_at = $1::TIMESTAMP WITH TIME ZONE
WHERE customer_id = $2::UUID AND business_id = $3::UUID AND state <> 'resolved'
"""


def resolve_cases(db: Connection, *, now: datetime, user_id: UUID, business_id: UUID) -> int:
    """Have what somebody asked of a locked team be over."""
    return db.done(_RESOLVE_CASES, now, user_id, business_id)


_DELETE_AGENT = """
DELETE FROM messaging.agent WHERE business_id = $1::UUID AND user_id = $2::UUID
"""


def delete_agent(db: Connection, *, business_id: UUID, user_id: UUID) -> int:
    """Forget that somebody was of a team."""
    return db.done(_DELETE_AGENT, business_id, user_id)
