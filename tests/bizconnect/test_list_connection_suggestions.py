"""Businesses are suggested that suit, both ways, for reasons that are said."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pg8000.exceptions
import pytest

from functions.bizconnect._rules.model import model
from tests.factories import connections, listings, users
from tests.factories import matching as market
from tests.suite import Person, Suite

AT = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
TOMORROW = AT + timedelta(days=1)
SECTORS = ("fabrics", "phones", "cars", "furniture", "cosmetics", "cement-concrete", "honey-hives")


@pytest.fixture
def mill(suite: Suite) -> tuple[Person, UUID]:
    """Return a mill in Lagos that seeks grain and sells flour."""
    return market.trader(
        suite,
        "Ada Mill",
        categories=["flour-meal"],
        offers=("flour-meal",),
        requests=("grains-cereals",),
        corridors=["africa-us"],
        now=AT,
    )


def _crowd(suite: Suite, size: int, **business: Any) -> None:
    """Let many different businesses be there, three or fewer of a trade in a city."""
    cities = (users.LAGOS, 2335204, 2352778)  # and Kano, and Abuja
    for number in range(size):
        made = {
            "categories": [SECTORS[number % len(SECTORS)]],
            "city_id": cities[number // len(SECTORS) % len(cities)],
            **business,
        }
        listings.seller(suite, name=f"Crowd {number}", **made)
    suite.deliver(now=AT)


def _shown(suite: Suite, mine: UUID) -> list[list[Any]]:
    return suite.rows(
        "SELECT day, position, suggested_id, explored FROM bizconnect.impression "
        "WHERE business_id = :id ORDER BY day, position",
        id=mine,
    )


def test_whoever_has_what_one_seeks_comes_first_and_it_is_said_why(
    suite: Suite, mill: tuple[Person, UUID]
) -> None:
    """Supply, demand and a trade that goes with one's own, before what has none of them."""
    market.trader(
        suite, "Kano Grain", categories=["grains-cereals"], offers=("grains-cereals",), now=AT
    )
    market.trader(
        suite, "Ikeja Bakery", categories=["bakery-snacks"], requests=("flour-meal",), now=AT
    )
    market.trader(suite, "Yaba Phones", categories=["phones"])
    suite.deliver(now=AT)
    page = market.suggestions(suite, *mill, now=AT)
    found = {each["business"]["name"]: each for each in page.data}
    best = [each["business"]["name"] for each in page.data if not each["explored"]]
    assert set(best[:2]) <= {"Kano Grain", "Ikeja Bakery"}
    assert set(found) == {"Kano Grain", "Ikeja Bakery", "Yaba Phones"}
    assert found["Kano Grain"]["score"] > found["Yaba Phones"]["score"]
    reasons = {each["code"]: each["text"] for each in found["Kano Grain"]["reasons"]}
    assert "Grains" in reasons["offers_what_you_seek"]
    assert reasons["same_city"] == "In your city"
    assert "seeks_what_you_offer" in market.codes(found["Ikeja Bakery"])
    assert page.json["meta"]["weights"] == 1
    assert suite.events("ConnectionRequested") == []


def test_reasons_are_said_in_the_language_that_is_asked_for(
    suite: Suite, mill: tuple[Person, UUID]
) -> None:
    """Without one it is that of the business."""
    market.trader(
        suite, "Kano Grain", categories=["grains-cereals"], offers=("grains-cereals",), now=AT
    )
    suite.deliver(now=AT)
    for language, said in (("sw", "Inatoa unachotafuta"), ("ar", "يعرض ما تبحث عنه")):
        (found,) = market.suggested(suite, *mill, now=AT, language=language)
        assert any(each["text"].startswith(said) for each in found["reasons"])
    assert len(_shown(suite, mill[1])) == 1


def test_what_left_the_market_is_no_reason(suite: Suite, mill: tuple[Person, UUID]) -> None:
    """The read model may not know yet; the answer does."""
    owner, grain = market.trader(suite, "Kano Grain", categories=["grains-cereals"])
    offer = listings.published(
        suite, owner, grain, category="grains-cereals", attributes={}, now=AT, at=AT
    )
    suite.deliver(now=AT)
    assert suite.call(listings.do("pause", offer), owner, now=AT).status == 200
    (found,) = market.suggested(suite, *mill, now=AT)
    assert "offers_what_you_seek" not in market.codes(found)


def test_an_offer_that_fits_a_request_is_better_than_one_that_does_not(
    suite: Suite, mill: tuple[Person, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attributes of a request are compared with those of the offers."""
    # Chance moves a score by as much as that is worth: here it has no weight.
    monkeypatch.setitem(model()["weights"], "jitter", 0)
    owner, mine = mill
    listings.published(
        suite, owner, mine, type="request", category="fresh-fruit",
        attributes={"variety": "Kent", "organic": True}, now=AT, at=AT,
    )  # fmt: skip
    for name, variety, organic in (("Fits", "Kent", True), ("Other", "Keitt", False)):
        seller, theirs = market.trader(suite, name, categories=["fresh-fruit"])
        listings.published(
            suite, seller, theirs, category="fresh-fruit",
            attributes={"variety": variety, "organic": organic}, now=AT, at=AT,
        )  # fmt: skip
    suite.deliver(now=AT)
    score = {
        each["business"]["name"]: each["score"] for each in market.suggested(suite, *mill, now=AT)
    }
    assert score["Fits"] > score["Other"] + 0.02


@pytest.mark.parametrize(
    ("steps", "later", "seen"),
    [
        ((), timedelta(), False),  # pending
        (("accept",), timedelta(), False),
        (("decline",), timedelta(), False),
        (("decline",), timedelta(days=60), False),  # cooling
        (("decline",), timedelta(days=130), True),
        (("block",), timedelta(days=400), False),
    ],
)
@pytest.mark.parametrize("asker", ["mill", "other"])
def test_whoever_one_is_connected_with_waits_for_or_blocked_is_not_suggested(
    suite: Suite,
    mill: tuple[Person, UUID],
    steps: tuple[str, ...],
    later: timedelta,
    seen: bool,
    asker: str,
) -> None:
    """Whoever of the two asked, answered or blocked; until it has cooled down."""
    other = market.trader(suite, "Kano Grain", categories=["grains-cereals"])
    suite.deliver(now=AT)
    sides = (mill, other) if asker == "mill" else (other, mill)
    made = connections.asked(suite, *sides[0], sides[1][1], now=AT)
    for step in steps:
        answer = suite.call(
            f"PATCH /api/v1/connections/{made['id']}/status",
            sides[1][0],
            body={"action": step},
            now=AT,
            version=suite.value("SELECT version FROM bizconnect.connection"),
        )
        assert answer.status == 200, answer.body
    for who, mine in (mill, other):
        assert bool(market.suggested(suite, who, mine, now=AT + later)) is seen


def test_a_suggestion_goes_at_once_when_one_connects_blocks_or_it_closes(
    suite: Suite, mill: tuple[Person, UUID]
) -> None:
    """The list of the day keeps its order; others come after."""
    _crowd(suite, 8)
    before = market.names(market.suggested(suite, *mill, now=AT, limit=5))
    gone = suite.value("SELECT id FROM users.public_business WHERE name = :n", n=before[1])
    connections.asked(suite, *mill, gone, now=AT)
    after = market.names(market.suggested(suite, *mill, now=AT, limit=5))
    assert after[:4] == [before[0], *before[2:]]
    assert before[1] not in after
    assert len(after) == 5


def test_neither_oneself_nor_a_market_that_is_not_open(
    suite: Suite, mill: tuple[Person, UUID]
) -> None:
    """Two American businesses meet in no market; an African and an American one do."""
    american = {"country": "US", "city_id": connections.NEW_YORK, "corridors": ["us-africa"]}
    harlem = connections.firm(suite, "Harlem Imports", **american)
    bronx = connections.firm(suite, "Bronx Imports", **american)
    suite.deliver(now=AT)
    assert set(market.names(market.suggested(suite, *mill, now=AT))) == {
        "Harlem Imports",
        "Bronx Imports",
    }
    assert market.names(market.suggested(suite, *harlem, now=AT)) == ["Ada Mill"]
    suite.rows("UPDATE bizconnect.candidate SET region = '' WHERE business_id = :id", id=mill[1])
    assert market.suggested(suite, *bronx, now=AT) == []
    assert market.suggested(suite, *mill, now=AT) == []


def test_a_list_is_the_same_all_day_and_another_the_next(
    suite: Suite, mill: tuple[Person, UUID]
) -> None:
    """By the date of the business, whatever comes to the market meanwhile."""
    _crowd(suite, 30)
    morning = AT.replace(hour=0)  # one o'clock in Lagos
    today = market.suggested(suite, *mill, now=morning)
    market.trader(suite, "Newcomer", categories=["grains-cereals"], offers=("grains-cereals",))
    suite.deliver(now=AT)
    late = AT.replace(hour=22, minute=59)
    assert market.suggested(suite, *mill, now=late) == today
    assert len(today) == 20
    tomorrow = market.suggested(suite, *mill, now=late + timedelta(minutes=2))
    assert market.names(tomorrow) != market.names(today)
    assert "Newcomer" in market.names(tomorrow)


def test_one_in_ten_is_drawn_by_chance(suite: Suite, mill: tuple[Person, UUID]) -> None:
    """In every ten, whatever they score; and it says so."""
    _crowd(suite, 40)
    for day in range(3):
        page = market.suggested(suite, *mill, now=AT + timedelta(days=day), limit=30)
        for start in (0, 10, 20):
            (drawn,) = [each for each in page[start : start + 10] if each["explored"]]
            assert market.codes(drawn)[0] == "by_chance"
    drawn_by_day = [
        {row[2] for row in _shown(suite, mill[1]) if row[3] and row[0].day == day}
        for day in (27, 28, 29)
    ]
    assert len({frozenset(each) for each in drawn_by_day}) > 1


def test_at_most_three_of_a_trade_in_a_city(suite: Suite, mill: tuple[Person, UUID]) -> None:
    """Also over two pages of a day."""
    _crowd(suite, 12, categories=["grains-cereals"], city_id=users.LAGOS)
    _crowd(suite, 9)
    for limit in (4, 20):
        page = market.suggested(suite, *mill, now=AT, limit=limit)
        kinds = Counter(
            (each["business"]["city"]["id"], each["business"]["categories"][0]) for each in page
        )
        assert kinds[users.LAGOS, "grains-cereals"] in {2, 3}
        assert max(kinds.values()) <= 3


def test_a_page_is_not_all_for_one_purpose(suite: Suite, mill: tuple[Person, UUID]) -> None:
    """Who sells what is sought leaves room for who buys, and the reverse."""
    cities = [row[0] for row in suite.rows(
        "SELECT id FROM platform.city WHERE country = 'NG' ORDER BY population DESC LIMIT 14"
    )]  # fmt: skip
    for city in cities:
        market.trader(
            suite, f"Grain {city}", categories=["grains-cereals"], offers=("grains-cereals",),
            city_id=city, now=AT,
        )  # fmt: skip
    _crowd(suite, 14)
    page = market.suggested(suite, *mill, now=AT)
    supply = [each for each in page if "offers_what_you_seek" in market.codes(each)]
    assert len([each for each in supply if not each["explored"]]) == 8
    assert len(page) == 20


def test_what_is_shown_is_noted_once(suite: Suite, mill: tuple[Person, UUID]) -> None:
    """A longer page goes on where the shorter ended; a repeated one notes nothing."""
    _crowd(suite, 20)
    first = market.suggested(suite, *mill, now=AT, limit=5)
    assert market.suggested(suite, *mill, now=AT, limit=5) == first
    assert [row[1] for row in _shown(suite, mill[1])] == [1, 2, 3, 4, 5]
    longer = market.suggested(suite, *mill, now=AT, limit=12)
    assert longer[:5] == first
    assert [row[1] for row in _shown(suite, mill[1])] == list(range(1, 13))
    assert market.suggested(suite, *mill, now=AT, limit=3) == first[:3]
    noted = suite.rows("SELECT DISTINCT weights, score > 0, shown_at FROM bizconnect.impression")
    assert noted == [[1, True, AT]]


def test_many_at_once_see_one_list(suite: Suite, mill: tuple[Person, UUID]) -> None:
    """The first makes it, the others wait for it."""
    _crowd(suite, 25)
    with ThreadPoolExecutor(6) as crew:
        pages = list(crew.map(lambda _: market.suggested(suite, *mill, now=AT), range(6)))
    assert all(page == pages[0] for page in pages)
    assert [row[1] for row in _shown(suite, mill[1])] == list(range(1, 21))


@pytest.mark.parametrize(("limit", "status"), [(0, 422), (1, 200), (50, 200), (51, 422)])
def test_a_page_is_bounded(
    suite: Suite, mill: tuple[Person, UUID], limit: int, status: int
) -> None:
    assert market.suggestions(suite, *mill, now=AT, limit=limit).status == status


def test_a_day_is_bounded(suite: Suite, mill: tuple[Person, UUID]) -> None:
    """Whoever asks, blocks and asks again sees a hundred, not the directory."""
    _crowd(suite, 4)
    suite.rows(
        "INSERT INTO bizconnect.impression SELECT :mine, '2026-11-27', n, gen_random_uuid(), 0, "
        "false, 1, '[]', :at FROM generate_series(1, 98) AS n",
        mine=mill[1],
        at=AT,
    )
    assert len(market.suggested(suite, *mill, now=AT)) == 2


def test_a_business_that_is_not_looked_at_yet_has_none(suite: Suite) -> None:
    """Until the news of it is handled."""
    owner, mine = listings.seller(suite)
    assert market.suggested(suite, owner, mine, now=AT) == []
    assert _shown(suite, mine) == []


def test_only_who_leads_a_business_sees_its_suggestions(
    suite: Suite, mill: tuple[Person, UUID]
) -> None:
    """Not an agent, and nobody else."""
    suite.deliver(now=AT)
    agent = users.member(suite, mill[0], str(mill[1]))
    manager = users.member(suite, mill[0], str(mill[1]), role="manager")
    stranger, _ = listings.seller(suite, name="Stranger")
    assert market.suggestions(suite, agent, mill[1], now=AT).status == 403
    assert market.suggestions(suite, stranger, mill[1], now=AT).status == 403
    assert market.suggestions(suite, manager, mill[1], now=AT).status == 200


def test_beneath_the_function_nobody_reads_or_changes_what_another_was_shown(
    suite: Suite, mill: tuple[Person, UUID]
) -> None:
    """Row-level security shows those who lead; nobody has the right to change."""
    _crowd(suite, 5)
    market.suggested(suite, *mill, now=AT)

    def as_service(managed: str, statement: str) -> list[list[Any]]:
        suite.rows("BEGIN; SET LOCAL ROLE svc_bizconnect")
        try:
            suite.rows("SELECT set_config('app.managed', :m, true)", m=managed)
            return suite.rows(statement)
        finally:
            suite.rows("ROLLBACK")

    count = "SELECT count(*) FROM bizconnect.impression"
    assert as_service(str(mill[1]), count) == [[5]]
    assert as_service("", count) == [[0]]
    assert as_service(str(UUID(int=7)), count) == [[0]]
    for forbidden in (
        "DELETE FROM bizconnect.impression",
        "UPDATE bizconnect.impression SET score = 1",
        "DELETE FROM bizconnect.candidate",
        "INSERT INTO bizconnect.candidate_key VALUES (1, 1)",
    ):
        with pytest.raises(pg8000.exceptions.DatabaseError, match="permission denied"):
            as_service(str(mill[1]), forbidden)
    forged = (
        "INSERT INTO bizconnect.impression VALUES (gen_random_uuid(), '2026-11-27', 1, "
        "gen_random_uuid(), 1, false, 1, '[]', now())"
    )
    with pytest.raises(pg8000.exceptions.DatabaseError, match="row-level security"):
        as_service("", forged)
