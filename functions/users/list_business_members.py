"""GET /api/v1/businesses/{business_id}/members"""

from uuid import UUID

from functions.users._queries import members
from schemas.businesses import Member
from schemas.shape import PageQuery
from shared import pages
from shared.answers import Page
from shared.auth import Actor, authorize
from shared.db import Connection
from shared.policies.businesses import may_see_members
from shared.roles import BUSINESS
from shared.triggers import get


@get("/api/v1/businesses/{business_id}/members", roles={BUSINESS})
def list_business_members(
    business_id: UUID, query: PageQuery, actor: Actor, db: Connection
) -> Page[Member]:
    """List who belongs to a business, and as what."""
    authorize(may_see_members, actor, business_id)
    scope = pages.scope_of("list_business_members", query, business_id)
    _, after_id = pages.after(scope, query, pages.LEAST)
    found = members.page_of_members(
        db, business_id=business_id, after_id=after_id, limit=query.limit
    )
    return pages.page(found, scope, query)
