"""GET /api/v1/admin/audit"""

from functions.admin import _queries as queries
from schemas.admin import AuditEntry, AuditQuery
from shared import pages
from shared.answers import Page
from shared.db import Connection
from shared.roles import ADMIN
from shared.triggers import get


@get("/api/v1/admin/audit", roles={ADMIN})
def get_admin_audit(query: AuditQuery, db: Connection) -> Page[AuditEntry]:
    """Read who did what, the newest first.

    Each call of an operation that only staff may call, or that is sensitive, is here: reading this
    list, too. An entry is never changed or removed, and holds the hash of the one before it.
    """
    scope = pages.scope_of("get_admin_audit", query)
    after_key, after_id = pages.after(scope, query, pages.NEWEST)
    found = queries.page_of_audit_entries(
        db,
        actor_id=query.actor_id,
        target_id=query.target_id,
        operation=query.operation,
        after_key=after_key,
        after_id=after_id,
        limit=query.limit,
    )
    return pages.page(found, scope, query)
