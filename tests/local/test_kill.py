"""A suite that is killed while it delivers loses no event and doubles none in effect."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from local.home import Home
from local.journey.stage import Row, Stage
from shared.ids import new_id
from shared.roles import Role
from tests import web
from tests.factories.listings import content
from tests.running import Running

LISTINGS = 18


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    made = Running(tmp_path_factory.mktemp("suite"), scheduler="off")
    made.start()
    yield made
    made.kill_all()


def test_p1_each_event_has_its_effect_once_though_all_was_killed(running: Running) -> None:
    stage = Stage(Home(running.directory / "data", running.port), running.url, lambda _: None)
    with stage.suite:
        owner = stage.person("owner", Role.BUSINESS)
        admin = stage.person("admin", Role.ADMIN)
        business = stage.business(owner)
        listings = [stage.submit(owner, business, "offer") for _ in range(LISTINGS)]
        reviews = [stage.review(admin, each, quiet=True) for each in listings]
        approved: list[Row] = []

        def approve_all() -> None:
            for review in reviews:
                path = f"/api/v1/admin/listings/{review['listing_id']}/approve"
                try:
                    admin.post(path, {"version": review["version"]})
                except httpx.TransportError:
                    return
                approved.append(review)

        moderator = threading.Thread(target=approve_all)
        moderator.start()
        while len(approved) < LISTINGS // 2 and moderator.is_alive():
            time.sleep(0.001)
        running.kill_all()
        moderator.join()

    running.start()
    running.settle()
    running.settle()

    assert approved
    decided = {str(row[0]) for row in running.rows(_DECIDED)}
    assert {review["listing_id"] for review in approved} <= decided
    assert {str(row[0]) for row in running.rows(_ON_MARKET)} == decided
    assert sorted(str(row[0]) for row in running.rows(_TOLD)) == sorted(decided)
    assert running.rows(_UNHANDLED) == []
    assert running.get("/local/dead-letters").json()["data"] == []


def _outbox(business: str) -> list[Row]:
    """Return six listings, each made, edited and closed while the phone had no network."""
    operations: list[Row] = []
    for number in range(6):
        listing, made, edited = str(new_id()), str(new_id()), str(new_id())
        path = {"listing_id": listing}
        body = {**content(), "id": listing, "business_id": business}
        title = {"title": f"Dried mango, lot {number}"}
        operations += [
            {"id": made, "operation": "create_listing", "body": body},
            {"id": edited, "operation": "update_listing", "path": path, "version_from": made}
            | {"body": title},
            {"id": str(new_id()), "operation": "close_listing", "path": path}
            | {"depends_on": [edited], "body": {"outcome": "sold"}},
        ]
    return operations


def test_p1_p2_an_outbox_is_done_once_though_all_was_killed_in_the_middle(running: Running) -> None:
    stage = Stage(Home(running.directory / "data", running.port), running.url, lambda _: None)
    with stage.suite:
        owner = stage.person("owner", Role.BUSINESS)
        operations = _outbox(stage.business(owner)["id"])

    def send() -> httpx.Response:
        url = f"{running.url}/api/v1/sync"
        return web.post(url, json={"operations": operations}, headers=owner.headers, timeout=60)

    def send_and_lose_the_answer() -> None:
        with suppress(httpx.TransportError):
            send()

    phone = threading.Thread(target=send_and_lose_the_answer)
    phone.start()
    while not running.rows(_NOTED) and phone.is_alive():
        time.sleep(0.001)
    running.kill_all()
    phone.join()
    running.start()
    before = len(running.rows(_NOTED))
    for _ in range(3):
        answer = send()
        assert answer.status_code == 200, answer.text
        results = answer.json()["data"]["results"]
        assert {each["outcome"] for each in results} == {"applied"}
    assert 0 < before < len(operations)
    assert len(running.rows(_NOTED)) == len(operations)
    assert running.rows("SELECT DISTINCT state, version FROM listings.listing") == [["closed", 3]]


_NOTED = "SELECT listing_id, to_state FROM listings.transition"
_DECIDED = "SELECT target_id FROM admin.review WHERE state = 'approved'"
_ON_MARKET = "SELECT id FROM listings.public_listing"
_TOLD = "SELECT subject_id FROM notifications.notification WHERE type = 'listing_published'"
_UNHANDLED = """
    SELECT o.type, o.id FROM platform.outbox AS o
    WHERE o.kind = 'event' AND (o.sent_at IS NULL OR NOT EXISTS (
        SELECT FROM platform.inbox AS i WHERE i.event_id = o.id))
"""
