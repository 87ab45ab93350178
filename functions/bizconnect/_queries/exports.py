"""Printed from _statements/exports.py by `python -m functions write`. Do not edit."""

from uuid import UUID

from shared.db import Connection


_EXPORT_PART = """
SELECT jsonb_build_object(
        'bizconnect.connection', jsonb_build_object('kept', 'as long as both businesses', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT requester_id, receiver_id, blocked_by, note, market, state, requested_at, expires_at, cool_until, accepted_at, id, requester_version FROM bizconnect.connection WHERE requester_id = ANY ($1::UUID[]) AND state IN ('accepted', 'withdrawn', 'expired', 'removed')) AS r
                UNION ALL SELECT to_jsonb(r) AS held FROM (SELECT requester_id, receiver_id, note, market, requested_at, expires_at, cool_until, id, requester_version FROM bizconnect.connection WHERE requester_id = ANY ($1::UUID[]) AND state NOT IN ('accepted', 'withdrawn', 'expired', 'removed')) AS r
                UNION ALL SELECT to_jsonb(r) AS held FROM (SELECT requester_id, receiver_id, blocked_by, note, market, state, requested_at, expires_at, accepted_at, declined_at, id, version FROM bizconnect.connection WHERE receiver_id = ANY ($1::UUID[]) AND blocked_by IS DISTINCT FROM requester_id) AS r) AS given)),
        'bizconnect.candidate', jsonb_build_object('kept', 'as long as the business', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT region, country, city_id, latitude, longitude, zone, language, categories, sectors, offers, requests, corridors, verification, responsiveness, business_id, slot, keys, due_at FROM bizconnect.candidate WHERE business_id = ANY ($1::UUID[])) AS r) AS given)),
        'bizconnect.impression', jsonb_build_object('kept', '180 days', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT business_id, suggested_id, day, position, score, explored, weights, reasons, shown_at FROM bizconnect.impression WHERE business_id = ANY ($1::UUID[])) AS r) AS given)))::text AS json
"""


def export_part(db: Connection, *, business_ids: list[UUID]) -> str | None:
    """All that this service holds of a person, and nothing of anybody else."""
    result: str | None = db.value(_EXPORT_PART, business_ids)
    return result
