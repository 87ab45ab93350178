"""GET /api/v1/search"""

from datetime import datetime

from functions.search import _queries as queries
from functions.search import _rules as rules
from schemas.listings import ListingCard
from schemas.search import SearchQuery
from shared import pages, words
from shared.answers import Page
from shared.db import Connection
from shared.roles import PUBLIC
from shared.triggers import get


@get("/api/v1/search", roles=PUBLIC, hides=True)
def search(query: SearchQuery, db: Connection, now: datetime) -> Page[ListingCard]:
    """Find live listings that hold all words.

    Those with every word in the title come first, then the others, each with the newest first.
    """
    asked = rules.require_words(query.q)
    filters = rules.filters_of(query)
    scope = pages.scope_of("search", query)
    place = rules.place_of(*pages.after(scope, query, rules.FIRST), now)
    others = rules.place_of(*rules.FIRST, now) if place.in_titles else place
    title = words.in_title(asked, filters, place.before)
    text = words.beside_title(asked, filters, others.before)
    found = queries.page_of_matches(
        db,
        title_hour=title.hour,
        title_day=title.day,
        title_all=title.all,
        title_before=place.before,
        title_before_id=place.before_id,
        in_titles=place.in_titles,
        text_hour=text.hour,
        text_day=text.day,
        text_all=text.all,
        text_before=others.before,
        text_before_id=others.before_id,
        now=now,
        limit=query.limit,
    )
    return pages.page(found, scope, query)
