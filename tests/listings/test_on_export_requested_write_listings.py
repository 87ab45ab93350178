"""Listings of somebody, written down."""

from tests.factories import exports, listings, users
from tests.suite import Suite


def test_p19_he_is_given_what_he_wrote_and_what_his_business_published(suite: Suite) -> None:
    """Who wrote it for the business is not said; what he did to it is."""
    ada, shop = listings.seller(suite)
    helper = users.member(suite, ada, str(shop))
    own = listings.published(suite, ada, shop, title="Her own dried mango")
    ours = listings.published(suite, helper, shop, title="Dried mango of her helper")
    stranger, other = listings.seller(suite)
    listings.published(suite, stranger, other, title="Dried mango of a stranger")
    exports.written(suite, ada)
    given = exports.part(suite, ada, "listings")
    found = {each["id"]: each.get("author_id") for each in given["listings.listing"]}
    assert found == {own["id"]: str(ada.user_id), ours["id"]: None}
    assert {each["id"] for each in given["listings.public_listing"]} == {*found}
    assert {each["actor_id"] for each in given["listings.transition"]} == {str(ada.user_id)}


def test_p19_what_he_wrote_stays_his_when_he_has_left_the_business(suite: Suite) -> None:
    ada, shop = listings.seller(suite)
    helper = users.member(suite, ada, str(shop))
    made = listings.pending(suite, helper, shop)
    path = f"DELETE /api/v1/businesses/{shop}/members/{helper.user_id}"
    assert suite.call(path, ada).status == 204
    exports.written(suite, helper)
    given = exports.part(suite, helper, "listings")
    assert [each["id"] for each in given["listings.listing"]] == [made["id"]]
    assert given["listings.public_listing"] == []
