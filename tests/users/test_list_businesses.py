"""The directory."""

from typing import Any

import pytest

from tests.factories.users import CAIRO, LAGOS, NAIROBI, business, person
from tests.suite import Person, Suite

LIST = "GET /api/v1/businesses"


@pytest.fixture
def owner(suite: Suite) -> Person:
    """Return somebody who may register businesses."""
    return person(suite, roles=("business",))


def found(suite: Suite, **query: object) -> list[str]:
    """Return the names of what a query finds, in order."""
    return [each["name"] for each in suite.pages(LIST, None, **query)]


def many(suite: Suite, like: dict[str, Any], count: int) -> None:
    """Copy a public business `count` times, all of one microsecond."""
    suite.rows(
        "WITH copied AS (INSERT INTO users.business (id, slug, name, description, categories, "
        "country, city_id, latitude, longitude, zone, language, corridors, created_at) "
        "SELECT gen_random_uuid(), slug || n, name, description, categories, country, city_id, "
        "latitude, longitude, zone, language, corridors, '2026-01-01 00:00:00.123456+00' "
        "FROM users.business, generate_series(1, CAST(:count AS int)) AS n "
        "WHERE id = CAST(:id AS uuid) RETURNING id, slug, created_at) "
        "INSERT INTO users.public_business (id, slug, name, verification, country, city_id, "
        "categories, search, card, detail, created_at) "
        "SELECT c.id, c.slug, p.name, p.verification, p.country, p.city_id, p.categories, "
        "p.search, (p.card::jsonb || jsonb_build_object('id', c.id, 'slug', c.slug))::text, "
        "p.detail, c.created_at FROM copied AS c, users.public_business AS p "
        "WHERE p.id = CAST(:id AS uuid)",
        id=like["id"],
        count=count,
    )


def test_filters_meet(suite: Suite, owner: Person) -> None:
    """Country, city, category, sector and verification narrow the list, each and together."""
    business(suite, owner, name="Lagos Fabrics")
    business(
        suite, owner, name="Nairobi Fish", country="KE", city_id=NAIROBI, categories=["fresh-fish"]
    )
    business(
        suite, owner, name="Cairo Cotton", country="EG", city_id=CAIRO, categories=["cotton-yarn"]
    )
    assert found(suite) == ["Cairo Cotton", "Nairobi Fish", "Lagos Fabrics"]
    assert found(suite, country="KE") == ["Nairobi Fish"]
    assert found(suite, city_id=LAGOS) == ["Lagos Fabrics"]
    assert found(suite, category="fabrics") == ["Lagos Fabrics"]
    assert found(suite, category="textiles-fashion") == ["Cairo Cotton", "Lagos Fabrics"]
    assert found(suite, category="textiles-fashion", country="EG") == ["Cairo Cotton"]
    assert found(suite, country="EG", city_id=LAGOS) == []
    assert found(suite, verified="true") == []
    suite.rows("UPDATE users.public_business SET verification = 'verified' WHERE country = 'KE'")
    assert found(suite, verified="true") == ["Nairobi Fish"]


@pytest.mark.parametrize("q", ["café", "CAFE", "délices caf", "dakar deli", "poisson", "samaki"])
def test_words_are_found_without_accents_and_in_any_language(
    suite: Suite, owner: Person, q: str
) -> None:
    """Name, city and trade; the last word may be cut short."""
    business(suite, owner)
    dakar = suite.value("SELECT id FROM platform.city WHERE country = 'SN' AND name = 'Dakar'")
    business(
        suite,
        owner,
        name="Café Délices",
        country="SN",
        city_id=dakar,
        categories=["fresh-fish"],
    )
    assert found(suite, q=q) == ["Café Délices"]


@pytest.mark.parametrize("q", ["' | 'x", "a & b", "!fabrics", "a:*", "<->", "\\", "%_", "ﷺ" * 100])
def test_operators_in_a_search_are_only_text(suite: Suite, owner: Person, q: str) -> None:
    """No search can break the statement or mean more than its words."""
    business(suite, owner, name="Zed")
    answer = suite.call(LIST, query={"q": q})
    assert answer.status in {200, 422}, answer.body


def test_pages_hold_each_business_once_while_others_register(suite: Suite, owner: Person) -> None:
    """Thirty of one microsecond, read by four, with new ones in between."""
    first = business(suite, owner)
    many(suite, first, 29)
    seen: list[str] = []
    for index, card in enumerate(suite.pages(LIST, limit=4)):
        seen.append(card["id"])
        if index % 10 == 5:
            business(suite, owner, name=f"Latecomer {index}")
    assert len(seen) == len(set(seen)) == 30


def test_a_cursor_fits_its_own_filters_only(suite: Suite, owner: Person) -> None:
    """Changed filters start from the first page."""
    many(suite, business(suite, owner), 3)
    cursor = suite.call(LIST, query={"limit": 2, "country": "NG"}).next
    assert suite.call(LIST, query={"limit": 1, "country": "NG", "cursor": cursor}).status == 200
    refused = suite.call(LIST, query={"limit": 2, "country": "KE", "cursor": cursor})
    assert (refused.status, refused.codes) == (422, [("INVALID_CURSOR", "cursor")])


@pytest.mark.parametrize("query", [{"q": "?!"}, {"country": "nigeria"}, {"city_id": "x"}, {"x": 1}])
def test_a_query_that_means_nothing_is_refused(suite: Suite, query: dict[str, object]) -> None:
    """A filter that is not understood is never ignored."""
    assert suite.call(LIST, query=query).status == 422
