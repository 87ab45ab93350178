"""Two businesses, one of which blocks the other, and what each then finds on the market."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from tests.factories import connections, listings, users
from tests.suite import Answer, Person, Suite

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
LAGOS = {"latitude": 6.5244, "longitude": 3.3792}


class Pair(NamedTuple):
    """Ada of Kano, who has asked Harlem Imports, and what each has on the market."""

    ada: Person
    kano: UUID
    bola: Person
    harlem: UUID
    connection: dict[str, Any]
    of_kano: str
    of_harlem: str


@pytest.fixture
def pair(suite: Suite) -> Pair:
    """Return two businesses with a listing each."""
    ada, kano = connections.firm(suite)
    bola, harlem = connections.american(suite)
    made = connections.asked(suite, ada, kano, harlem, now=AT)
    first = listings.published(suite, ada, kano, at=AT)["id"]
    second = listings.published(suite, bola, harlem, at=AT)["id"]
    suite.deliver(now=AT)
    return Pair(ada, kano, bola, harlem, made, first, second)


def _lists(path: str, **query: Any) -> Callable[[Suite, Person | None], set[str]]:
    def found(suite: Suite, who: Person | None) -> set[str]:
        page = suite.call(f"GET /api/v1/{path}", who, query=query, now=AT)
        assert page.status == 200, page.body
        return {each["id"] for each in page.data}

    return found


MARKET = {
    "newest": _lists("listings"),
    "of a category": _lists("listings", category="fresh-fruit"),
    "of a sector": _lists("listings", category="agriculture"),
    "price": _lists("listings", sort="price", currency="NGN"),
    "distance": _lists("listings", sort="distance", **LAGOS),
    "nearby": _lists("listings/nearby", **LAGOS, radius_km=50),
    "search in titles": _lists("search", q="mango"),
    "search in texts": _lists("search", q="cartons"),
}


@pytest.mark.parametrize("look", MARKET.values(), ids=MARKET)
@pytest.mark.parametrize("blocker", ["ada", "bola"])
def test_a_block_hides_listings_both_ways(
    suite: Suite, pair: Pair, look: Callable[[Suite, Person | None], set[str]], blocker: str
) -> None:
    """Until it is lifted; strangers see all of them all the time."""
    both = {pair.of_kano, pair.of_harlem}
    who = pair.ada if blocker == "ada" else pair.bola
    assert look(suite, pair.ada) == look(suite, pair.bola) == both
    connections.stepped(suite, who, pair.connection, "block", AT)
    assert look(suite, pair.ada) == {pair.of_kano}
    assert look(suite, pair.bola) == {pair.of_harlem}
    assert look(suite, None) == look(suite, users.person(suite)) == both
    connections.stepped(suite, who, pair.connection, "unblock", AT)
    assert look(suite, pair.ada) == look(suite, pair.bola) == both


@pytest.mark.parametrize("blocker", ["ada", "bola"])
def test_a_block_hides_businesses_both_ways(suite: Suite, pair: Pair, blocker: str) -> None:
    """What is hidden answers as what is not there."""

    def sees(who: Person | None, business: UUID, listing: str) -> tuple[Answer, ...]:
        path = f"GET /api/v1/businesses/{business}"
        return suite.call(path, who), suite.call(f"GET /api/v1/listings/{listing}", who, now=AT)

    who = pair.ada if blocker == "ada" else pair.bola
    connections.stepped(suite, who, pair.connection, "block", AT)
    directory = _lists("businesses")
    for looks, mine, other, hidden in (
        (pair.ada, pair.kano, pair.harlem, pair.of_harlem),
        (pair.bola, pair.harlem, pair.kano, pair.of_kano),
    ):
        answers = sees(looks, other, hidden)
        assert [each.status for each in answers] == [404, 404]
        nothing = sees(looks, UUID(int=7), str(UUID(int=7)))
        assert [each.json for each in answers] == [each.json for each in nothing]
        assert directory(suite, looks) == {str(mine)}
        assert [each.status for each in sees(None, other, hidden)] == [200, 200]
    assert directory(suite, None) == {str(pair.kano), str(pair.harlem)}


def test_a_colleague_is_hidden_from_too(suite: Suite, pair: Pair) -> None:
    """Who belongs to a business sees as it does, from the next call on."""
    chidi = users.person(suite)
    connections.stepped(suite, pair.bola, pair.connection, "block", AT)
    assert MARKET["newest"](suite, chidi) == {pair.of_kano, pair.of_harlem}
    path = f"POST /api/v1/businesses/{pair.kano}/members"
    suite.call(path, pair.ada, body={"user_id": str(chidi.user_id), "role": "agent"})
    assert MARKET["newest"](suite, chidi) == {pair.of_kano}


def test_who_belongs_to_both_sees_both(suite: Suite, pair: Pair) -> None:
    """What is one's own is not hidden from one."""
    chidi = users.person(suite)
    for owner, business in ((pair.ada, pair.kano), (pair.bola, pair.harlem)):
        path = f"POST /api/v1/businesses/{business}/members"
        suite.call(path, owner, body={"user_id": str(chidi.user_id), "role": "agent"})
    connections.stepped(suite, pair.bola, pair.connection, "block", AT)
    assert MARKET["newest"](suite, chidi) == {pair.of_kano, pair.of_harlem}


def test_an_answer_with_a_token_is_kept_by_the_caller_alone(suite: Suite, pair: Pair) -> None:
    """A cache between must neither give it to others nor give him theirs."""
    stranger = suite.call("GET /api/v1/listings", now=AT)
    mine = suite.call("GET /api/v1/listings", pair.ada, now=AT)
    assert stranger.headers["Cache-Control"] == "public, no-cache"
    assert mine.headers["Cache-Control"] == "private, no-cache"
    for each in (stranger, mine):
        assert each.headers["Vary"] == "Accept-Encoding, Origin, Authorization"


def test_a_token_that_is_none_is_refused(suite: Suite) -> None:
    """A client whose token has expired learns of it, and is not shown what is hidden from him."""
    sent = {"authorization": "Bearer expired"}
    assert suite.call("GET /api/v1/listings", headers=sent).status == 401
