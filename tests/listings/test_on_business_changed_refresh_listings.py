"""Cards follow their business."""

from functions.listings import on_business_changed_refresh_listings as module
from tests.factories import listings
from tests.suite import Suite


def test_a_new_name_is_on_every_card(suite: Suite) -> None:
    """On the market at once; what is paused comes back with it."""
    owner, business_id = listings.seller(suite, name="Old name")
    shown = listings.published(suite, owner, business_id)
    paused = listings.published(suite, owner, business_id)
    suite.call(f"POST /api/v1/listings/{paused['id']}/pause", owner)
    version = suite.value("SELECT version FROM users.business")
    renamed = suite.call(
        f"PATCH /api/v1/businesses/{business_id}",
        owner,
        body={"name": "New name"},
        version=version,
    )
    assert renamed.status == 200, renamed.body
    suite.deliver(times=2)
    (card,) = suite.call("GET /api/v1/listings").data
    assert (card["id"], card["business"]["name"]) == (shown["id"], "New name")
    suite.call(f"POST /api/v1/listings/{paused['id']}/resume", owner)
    detail = suite.call(f"GET /api/v1/listings/{paused['id']}").data
    assert detail["business"]["name"] == "New name"


def test_more_listings_than_a_batch_are_all_refreshed(suite: Suite) -> None:
    """The job goes on by id until nothing is left."""
    owner, business_id = listings.seller(suite, name="Old name")
    for _ in range(2):
        listings.published(suite, owner, business_id)
    suite.rows(
        "INSERT INTO listings.listing SELECT (jsonb_populate_record(l, jsonb_build_object("
        "'id', gen_random_uuid()))).* FROM listings.listing AS l, generate_series(1, 600) "
        "WHERE l.id = (SELECT id FROM listings.listing LIMIT 1)"
    )
    suite.rows("UPDATE users.business SET name = 'New name', version = version + 1")
    event = f'{{"id":"{business_id}","data":{{"business_id":"{business_id}","version":2}}}}'
    handler = module.on_business_changed_refresh_listings.__name__
    from shared.manifest.discovery import entries  # noqa: PLC0415

    assert suite.push(entries()[handler], event).status == 204
    assert suite.value(
        "SELECT count(*) FROM listings.public_listing WHERE card LIKE '%New name%'"
    ) == suite.value("SELECT count(*) FROM listings.listing")
