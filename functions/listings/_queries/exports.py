"""Printed from _statements/exports.py by `python -m functions write`. Do not edit."""

from uuid import UUID

from shared.db import Connection


_EXPORT_PART = """
SELECT jsonb_build_object(
        'listings.listing', jsonb_build_object('kept', 'as long as the business', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT author_id, title, description, attributes, price_kind, price_minor, price_max_minor, currency, price_unit, type, category, language, reach, outcome, rejection_reason, rejection_note, latitude, longitude, country, city_id, folded_title, folded_text, state, duration_hours, published_at, expires_at, created_at, updated_at, id, business_id, attributes_version, version FROM listings.listing WHERE author_id = $1::UUID) AS r
                UNION ALL SELECT to_jsonb(r) AS held FROM (SELECT title, description, attributes, price_kind, price_minor, price_max_minor, currency, price_unit, type, category, language, reach, outcome, rejection_reason, rejection_note, latitude, longitude, country, city_id, folded_title, folded_text, state, duration_hours, published_at, expires_at, created_at, updated_at, id, business_id, attributes_version, version FROM listings.listing WHERE business_id = ANY ($2::UUID[]) AND author_id <> $1::UUID) AS r) AS given)),
        'listings.transition', jsonb_build_object('kept', 'as long as the business', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT actor_id, from_state, to_state, reason, at, id, listing_id FROM listings.transition WHERE actor_id = $1::UUID) AS r) AS given)),
        'listings.public_listing', jsonb_build_object('kept', 'as long as it is on the market', 'rows', (
            SELECT coalesce(jsonb_agg(given.held), '[]') FROM (
                SELECT to_jsonb(r) AS held FROM (SELECT type, sector, category, country, city_id, price_minor, currency, verified, attributes, search, place, published_at, expires_at, card, detail, id, business_id FROM listings.public_listing WHERE business_id = ANY ($2::UUID[])) AS r) AS given)))::text AS json
"""


def export_part(db: Connection, *, user_id: UUID, business_ids: list[UUID]) -> str | None:
    """All that this service holds of a person, and nothing of anybody else."""
    result: str | None = db.value(_EXPORT_PART, user_id, business_ids)
    return result
