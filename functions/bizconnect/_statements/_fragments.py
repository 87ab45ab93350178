"""How a connection reads to one of its two businesses, which a statement calls `v.mine`."""

from shared.manifest.statements import BOOL, INSTANT, INT, TEXT, UUID_
from shared.tables.types import may, must

OTHER = "CASE WHEN c.requester_id = v.mine THEN c.receiver_id ELSE c.requester_id END"

# By the clock, not by the job that tidies up later; and a decline is not told to who asked.
STATUS = """CASE WHEN c.state IN ('pending', 'declined') AND c.expires_at <= :now THEN 'expired'
    WHEN c.state = 'declined' AND c.requester_id = v.mine THEN 'pending' ELSE c.state END"""

# To a business that is blocked it is not there.
VISIBLE = "(c.blocked_by IS NULL OR c.blocked_by = v.mine)"

CARD = f"""jsonb_build_object(
    'id', c.id, 'business_id', v.mine, 'other_id', {OTHER},
    'other', CASE WHEN p.id IS NOT NULL THEN jsonb_build_object('id', p.id, 'slug', p.slug,
        'name', p.name, 'country', p.country, 'verification', p.verification) END,
    'direction', CASE WHEN c.requester_id = v.mine THEN 'sent' ELSE 'received' END,
    'status', {STATUS}, 'market', c.market, 'note', c.note, 'requested_at', c.requested_at,
    'expires_at', CASE WHEN {STATUS} = 'pending' THEN c.expires_at END,
    'accepted_at', c.accepted_at,
    'version', CASE WHEN c.requester_id = v.mine THEN c.requester_version ELSE c.version END
    )::text"""

PARTNER = f"LEFT JOIN users.public_business AS p ON p.id = {OTHER}"

LOCKED = f"""SELECT c.id, v.mine, c.requester_id, c.receiver_id, {STATUS} AS status, c.state,
        c.cool_until, {CARD} AS json"""

LOCKED_COLUMNS = (
    must("id", UUID_),
    must("mine", UUID_),
    must("requester_id", UUID_),
    must("receiver_id", UUID_),
    must("status", TEXT),
    must("state", TEXT),
    may("cool_until", INSTANT),
    must("json", TEXT),
)

# What a change made of a connection, for the business that made it.
CHANGED = f"""SELECT {CARD} AS json, c.id, c.requester_id, c.receiver_id, c.version, c.market,
            c.expires_at
        FROM changed AS c CROSS JOIN (SELECT CAST(:business_id AS uuid) AS mine) AS v {PARTNER}"""

CHANGED_COLUMNS = (
    must("json", TEXT),
    must("id", UUID_),
    must("requester_id", UUID_),
    must("receiver_id", UUID_),
    must("version", INT),
    must("market", TEXT),
    must("expires_at", INSTANT),
)

PAGE = (must("items", TEXT), may("last_key", TEXT), may("last_id", TEXT), must("more", BOOL))
