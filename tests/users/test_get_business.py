"""A business, as anyone may see it."""

from uuid import uuid4

from tests.factories.users import business, person
from tests.suite import Suite


def test_a_stranger_sees_all_but_what_is_private(suite: Suite) -> None:
    """The phone and the exact point are for members."""
    phone = "+2348031234567"
    made = business(
        suite,
        person(suite, roles=("business",)),
        phone=phone,
        latitude=6.512345,
        longitude=3.387654,
        corridors=["afcfta"],
    )
    seen = suite.call(f"GET /api/v1/businesses/{made['id']}")
    assert seen.status == 200, seen.body
    private = {"phone", "point", "state"}
    assert seen.data == {name: value for name, value in made.items() if name not in private}
    for secret in (phone, "6.512345", "3.387654"):
        assert secret.encode() not in seen.body


def test_an_unknown_business(suite: Suite) -> None:
    """An id that nobody has is 404, and what is no id 422."""
    assert suite.call(f"GET /api/v1/businesses/{uuid4()}").status == 404
    assert suite.call("GET /api/v1/businesses/mama-ngozi-fabrics").status == 422
