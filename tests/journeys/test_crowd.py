"""Many at once over real HTTP: one effect for one key, and never more than a limit allows."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from local.tokens import new_user
from shared.roles import Role
from tests import web
from tests.factories.listings import content
from tests.factories.users import LAGOS
from tests.running import Running


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    made = Running(tmp_path_factory.mktemp("crowd"))
    made.start()
    yield made
    made.end()
    made.kill_all()


def _seller(running: Running, name: str) -> tuple[dict[str, str], str]:
    """Onboard somebody with a business; return his headers and its id."""
    asked = web.post(f"{running.url}/local/token", json={"uid": name}).json()
    headers = {"Authorization": f"Bearer {asked['data']['token']}"}
    _post(running, "users", new_user(Role.BUSINESS), headers)
    business = {
        "name": f"{name} Foods",
        "description": "Dried fruit for export, packed in Lagos.",
        "categories": ["fresh-fruit"],
        "country": "NG",
        "city_id": LAGOS,
        "language": "en",
    }
    return headers, _post(running, "businesses", business, headers)["id"]


def _post(running: Running, path: str, body: dict[str, Any], headers: dict[str, str]) -> Any:
    made = web.post(f"{running.url}/api/v1/{path}", json=body, headers=headers, timeout=20)
    assert made.status_code == 201, made.text
    return made.json()["data"]


def _publish_at_once(
    running: Running, business_id: str, many: list[dict[str, str]]
) -> list[httpx.Response]:
    body: dict[str, Any] = {**content(), "business_id": business_id}
    with ThreadPoolExecutor(len(many)) as crowd:
        return list(
            crowd.map(
                lambda headers: web.post(
                    f"{running.url}/api/v1/listings", json=body, headers=headers, timeout=30
                ),
                many,
            )
        )


def test_p2_twelve_posts_with_one_key_are_one_listing(running: Running) -> None:
    """Twelve equal answers, one row, one event."""
    headers, business_id = _seller(running, "Ada")
    answers = _publish_at_once(running, business_id, [{**headers, "Idempotency-Key": "one"}] * 12)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    mine = "FROM listings.listing WHERE business_id = CAST(:b AS uuid)"
    assert running.rows(f"SELECT count(*) {mine}", b=business_id) == [[1]]
    announced = "SELECT count(*) FROM platform.outbox WHERE type = 'ListingSubmitted'"
    assert running.rows(announced) == [[1]]


def test_p10_fifty_posts_at_a_limit_of_twenty_are_twenty_listings(running: Running) -> None:
    """Exactly twenty, whoever is first; the others hear when to come back."""
    headers, business_id = _seller(running, "Bola")
    answers = _publish_at_once(running, business_id, [headers] * 50)
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(201), statuses.count(429)) == (20, 30)
    assert all("retry-after" in each.headers for each in answers if each.status_code == 429)
    mine = "FROM listings.listing WHERE business_id = CAST(:b AS uuid)"
    assert running.rows(f"SELECT count(*) {mine}", b=business_id) == [[20]]
