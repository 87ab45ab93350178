"""A suite that is killed while it delivers loses no event and doubles none in effect."""

import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from local.home import Home
from local.journey.stage import Row, Stage
from shared.roles import Role
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


_DECIDED = "SELECT target_id FROM admin.review WHERE state = 'approved'"
_ON_MARKET = "SELECT id FROM listings.public_listing"
_TOLD = "SELECT subject_id FROM notifications.notification WHERE type = 'listing_published'"
_UNHANDLED = """
    SELECT o.type, o.id FROM platform.outbox AS o
    WHERE o.kind = 'event' AND (o.sent_at IS NULL OR NOT EXISTS (
        SELECT FROM platform.inbox AS i WHERE i.event_id = o.id))
"""
