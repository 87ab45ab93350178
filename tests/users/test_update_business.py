"""Editing a business."""

from uuid import uuid4

import pytest

from tests.factories.users import NAIROBI, business, person
from tests.suite import Person, Suite


@pytest.fixture
def owner(suite: Suite) -> Person:
    """Return somebody who may register businesses."""
    return person(suite, roles=("business",))


def test_row_read_model_and_outbox_change_together(suite: Suite, owner: Person) -> None:
    """A new name is everywhere at once, and announced for those who copied it."""
    made = business(suite, owner)
    path = f"/api/v1/businesses/{made['id']}"
    body = {"name": "Ngozi & Daughters", "slug": "ngozi", "description": "Wax prints"}
    changed = suite.call(f"PATCH {path}", owner, body=body, version=1)
    assert changed.status == 200, changed.body
    assert changed.data == made | body | {"version": 2}
    public = suite.call(f"GET {path}").data
    assert (public["name"], public["slug"], public["version"]) == (body["name"], body["slug"], 2)
    new, event = suite.events("BusinessChanged")
    assert new["data"] == {"business_id": made["id"], "version": 1}
    assert event["data"] == {"business_id": made["id"], "version": 2}
    found = suite.call("GET /api/v1/businesses", query={"q": "daughters prints"}).data
    assert [each["id"] for each in found] == [made["id"]]
    assert suite.call("GET /api/v1/businesses", query={"q": "mama"}).data == []


def test_what_strangers_do_not_copy_is_not_announced(suite: Suite, owner: Person) -> None:
    """A description concerns nobody else's rows; a market that it trades in does."""
    made = business(suite, owner)
    path = f"PATCH /api/v1/businesses/{made['id']}"
    assert suite.call(path, owner, body={"description": "Wax prints"}, version=1).status == 200
    assert len(suite.events("BusinessChanged")) == 1
    assert suite.call(path, owner, body={"corridors": ["afcfta"]}, version=2).status == 200
    assert [each["data"]["version"] for each in suite.events("BusinessChanged")] == [1, 3]


def test_another_city_brings_its_point_and_zone(suite: Suite, owner: Person) -> None:
    """A point in Lagos makes no sense in Nairobi; within a city it stays."""
    made = business(suite, owner, latitude=6.5, longitude=3.4)
    path = f"PATCH /api/v1/businesses/{made['id']}"
    kept = suite.call(path, owner, body={"language": "yo"}, version=1).data
    assert (kept["point"], kept["zone"]) == (made["point"], made["zone"])
    moved = suite.call(path, owner, body={"country": "KE", "city_id": NAIROBI}, version=2).data
    assert (round(moved["point"]["latitude"]), moved["zone"]) == (-1, "Africa/Nairobi")
    (card,) = suite.call("GET /api/v1/businesses").data
    assert card["city"] == {"id": NAIROBI, "name": "Nairobi"}


def test_null_takes_the_phone_away_and_silence_does_not(suite: Suite, owner: Person) -> None:
    """The one field that may be empty."""
    made = business(suite, owner, phone="+2348031234567")
    path = f"PATCH /api/v1/businesses/{made['id']}"
    kept = suite.call(path, owner, body={"description": "x"}, version=1).data
    assert kept["phone"] == made["phone"]
    assert suite.call(path, owner, body={"phone": None}, version=2).data["phone"] is None


def test_a_stale_edit_gets_the_row_as_it_is(suite: Suite, owner: Person) -> None:
    """The version is demanded, and the conflict carries what to merge with."""
    made = business(suite, owner)
    path = f"PATCH /api/v1/businesses/{made['id']}"
    current = suite.call(path, owner, body={"name": "First"}, version=1).data
    stale = suite.call(path, owner, body={"name": "Second"}, version=1)
    assert (stale.status, stale.json["current"]) == (409, current)
    assert suite.call(path, owner, body={"name": "Third"}).status == 428


def test_a_slug_that_another_has_is_refused(suite: Suite, owner: Person) -> None:
    """One's own slug is no conflict."""
    other, made = business(suite, owner, slug="taken"), business(suite, owner)
    path = f"PATCH /api/v1/businesses/{made['id']}"
    refused = suite.call(path, owner, body={"slug": other["slug"]}, version=1)
    assert (refused.status, refused.codes) == (409, [("SLUG_TAKEN", "slug")])
    assert suite.call(path, owner, body={"slug": made["slug"]}, version=1).status == 200


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("agent", 403), (None, 403)])
def test_managers_edit_and_others_do_not(
    suite: Suite, owner: Person, role: str | None, status: int
) -> None:
    """The refusal says who may."""
    made, other = business(suite, owner), person(suite, roles=("business",))
    if role:
        body = {"user_id": str(other.user_id), "role": role}
        suite.call(f"POST /api/v1/businesses/{made['id']}/members", owner, body=body)
    path = f"PATCH /api/v1/businesses/{made['id']}"
    answer = suite.call(path, other, body={"name": "Changed"}, version=1)
    assert answer.status == status, answer.body
    if status == 403:
        sentence = "Only the owners and managers of a business may change it."
        assert answer.json["errors"][0]["message"] == sentence


def test_an_unknown_business_is_nowhere(suite: Suite, owner: Person) -> None:
    """It is 404, not 403."""
    path = f"PATCH /api/v1/businesses/{uuid4()}"
    assert suite.call(path, owner, body={"name": "Changed"}, version=1).status == 404
