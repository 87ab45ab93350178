"""How a business reads to its members and to strangers."""

PUBLIC = """'id', b.id, 'slug', b.slug, 'name', b.name, 'categories', b.categories,
    'country', b.country, 'city', jsonb_build_object('id', c.id, 'name', c.name),
    'verification', b.verification"""

DETAIL = f"""{PUBLIC}, 'description', b.description,
    'location', jsonb_build_object('latitude', round(b.latitude::numeric, 2),
        'longitude', round(b.longitude::numeric, 2)),
    'zone', b.zone, 'language', b.language, 'corridors', b.corridors, 'version', b.version,
    'created_at', b.created_at"""

OWN = f"""jsonb_build_object({DETAIL},
    'point', jsonb_build_object('latitude', b.latitude, 'longitude', b.longitude),
    'phone', b.phone, 'state', b.state)::text"""
