"""Printed from _statements/exports.py by `python -m functions write`. Do not edit."""

from uuid import UUID

from shared.db import Connection


_EXPORT_PART = """
SELECT jsonb_build_object(
        'platform.outbox', jsonb_build_object('kept', '7 days after it was sent', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT body, ordering_key, id, seq, kind, topic, type, due_at, traceparent, created_at, sent_at FROM platform.outbox WHERE ordering_key = CAST($1::UUID AS text)) AS r
                UNION ALL SELECT to_jsonb(r) AS held FROM (SELECT body, ordering_key, id, seq, kind, topic, type, due_at, traceparent, created_at, sent_at FROM platform.outbox WHERE ordering_key = ANY (CAST($2::UUID[] AS text[]))) AS r) AS given)),
        'platform.idempotency_key', jsonb_build_object('kept', '48 hours; 30 days for what a device did offline', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT actor, operation, key, status, created_at FROM platform.idempotency_key WHERE actor = $3::VARCHAR) AS r) AS given)),
        'platform.rate_limit', jsonb_build_object('kept', 'until the bucket is full again, a day at most', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT key, full_at FROM platform.rate_limit WHERE regexp_replace(key, '^[^:]*:[^:]*:', '') = $3::VARCHAR) AS r) AS given)),
        'platform.change', jsonb_build_object('kept', '30 days', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT audience, id, transaction, entity, entity_id, operation, version, changed_at FROM platform.change WHERE audience = $1::UUID) AS r
                UNION ALL SELECT to_jsonb(r) AS held FROM (SELECT audience, id, transaction, entity, entity_id, operation, version, changed_at FROM platform.change WHERE audience = ANY ($2::UUID[])) AS r) AS given)),
        'platform.audit_entry', jsonb_build_object('kept', 'always', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT actor_id, at, role, operation, target_type, chain, seq, id, request_id, previous, hash FROM platform.audit_entry WHERE actor_id = $1::UUID) AS r
                UNION ALL SELECT to_jsonb(r) AS held FROM (SELECT on_behalf_of, at, role, operation, target_type, before, after, reason, chain, seq, id, request_id, previous, hash FROM platform.audit_entry WHERE on_behalf_of = $1::UUID) AS r
                UNION ALL SELECT to_jsonb(r) AS held FROM (SELECT target_id, at, role, operation, target_type, before, after, reason, chain, seq, id, request_id, previous, hash FROM platform.audit_entry WHERE target_id = $1::UUID) AS r) AS given)))::text AS json
"""


def export_part(db: Connection, *, user_id: UUID, business_ids: list[UUID], uid: str) -> str | None:
    """All that this service holds of a person, and nothing of anybody else."""
    result: str | None = db.value(_EXPORT_PART, user_id, business_ids, uid)
    return result
