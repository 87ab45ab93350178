"""Registering a business."""

import pytest

from tests.factories.users import CAIRO, LAGOS, NAIROBI, business, person, phone_in
from tests.suite import Suite


def body_of(**more: object) -> dict[str, object]:
    """Return a body that is fine but for what the test changes."""
    return {
        "name": "Mama Ngozi Fabrics",
        "country": "NG",
        "city_id": LAGOS,
        "categories": ["fabrics"],
        **more,
    }


def test_the_creator_becomes_its_owner(suite: Suite) -> None:
    """Business, membership and read model are one write."""
    ngozi = person(suite, roles=("business",))
    made = business(suite, ngozi)
    assert suite.rows("SELECT business_id::text, user_id, role FROM users.membership") == [
        [made["id"], ngozi.user_id, "owner"]
    ]
    me = suite.call("GET /api/v1/users/me", ngozi).data
    assert [(each["business_id"], each["role"]) for each in me["businesses"]] == [
        (made["id"], "owner")
    ]


def test_place_zone_and_language_follow_from_city_and_owner(suite: Suite) -> None:
    """What the owner leaves out is filled in."""
    owner = person(suite, roles=("business",), language="sw", country="KE", zone="Africa/Nairobi")
    made = business(suite, owner, city_id=NAIROBI, country="KE")
    assert (made["zone"], made["language"]) == ("Africa/Nairobi", "sw")
    city = suite.rows("SELECT latitude, longitude FROM platform.city WHERE id = :id", id=NAIROBI)[0]
    assert [made["point"]["latitude"], made["point"]["longitude"]] == city


def test_strangers_get_a_point_of_a_kilometre_and_no_phone(suite: Suite) -> None:
    """The read model holds nothing that only members may see."""
    owner = person(suite, roles=("business",))
    phone = phone_in("NG")
    made = business(suite, owner, latitude=6.512345, longitude=3.387654, phone=phone)
    assert made["point"] == {"latitude": 6.512345, "longitude": 3.387654}
    assert made["location"] == {"latitude": 6.51, "longitude": 3.39}
    public = str(suite.rows("SELECT * FROM users.public_business"))
    for private in ("6.512345", "3.387654", phone, str(owner.user_id), owner.uid):
        assert private not in public


def test_the_same_name_gets_another_slug(suite: Suite) -> None:
    """Two businesses may share a name, never an address."""
    owner = person(suite, roles=("business",))
    first, second = business(suite, owner), business(suite, owner)
    assert first["slug"] == "mama-ngozi-fabrics"
    assert second["slug"].startswith("mama-ngozi-fabrics-")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Café Délices & Fils", "cafe-delices-fils"),
        ("Ọjà Ọlá", "oja-ola"),
        ("أقمشة القاهرة", "business-"),
        ("x" * 80, "x" * 60),
    ],
)
def test_a_slug_is_made_of_any_name(suite: Suite, name: str, slug: str) -> None:
    """Accents fold away; a name in another script leaves the suffix."""
    made = business(suite, person(suite, roles=("business",)), name=name)
    assert made["slug"].startswith(slug)


def test_a_slug_that_is_asked_for_is_given_or_refused(suite: Suite) -> None:
    """Nobody gets a slug he did not ask for."""
    owner = person(suite, roles=("business",))
    assert business(suite, owner, slug="ngozi")["slug"] == "ngozi"
    refused = suite.call("POST /api/v1/businesses", owner, body=body_of(slug="ngozi"))
    assert (refused.status, refused.codes) == (409, [("SLUG_TAKEN", "slug")])
    assert suite.value("SELECT count(*) FROM users.membership") == 1


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"city_id": CAIRO}, ["city_id"]),
        ({"city_id": 1}, ["city_id"]),
        ({"categories": ["fabrics", "moon-rock"]}, ["categories"]),
        ({"zone": "Africa/Cairo"}, ["zone"]),
        ({"latitude": 6.5}, ["latitude"]),
        ({"latitude": 3.39467, "longitude": 6.45407}, ["latitude"]),
        ({"phone": "0000000000"}, ["phone"]),
        ({"corridors": ["silk-road"]}, ["corridors.0"]),
        ({"categories": ["moon-rock"], "phone": "0000000000"}, ["categories", "phone"]),
    ],
)
def test_what_is_not_real_is_refused(
    suite: Suite, wrong: dict[str, object], fields: list[str]
) -> None:
    """Cities, categories, zones, points and phones must exist."""
    owner = person(suite, roles=("business",))
    refused = suite.call("POST /api/v1/businesses", owner, body=body_of(**wrong))
    assert (refused.status, [field for _, field in refused.codes]) == (422, fields)
    assert suite.rows("SELECT id FROM users.business") == []


def test_a_consumer_registers_no_business(suite: Suite) -> None:
    """The role opens the door."""
    refused = suite.call("POST /api/v1/businesses", person(suite), body=body_of())
    assert (refused.status, refused.codes) == (403, [("ROLE_NOT_ALLOWED", None)])
