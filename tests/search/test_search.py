"""Finding listings by words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories import listings, users
from tests.suite import Suite

AT = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)
OPERATION = "GET /api/v1/search"


def _titles(suite: Suite, q: str, now: datetime = AT, **query: Any) -> list[str]:
    page = suite.call(OPERATION, query={"q": q, **query}, now=now)
    assert page.status == 200, page.body
    return [each["title"] for each in page.data]


def test_all_words_in_the_title_come_before_the_newest(suite: Suite) -> None:
    """Then those that have them anywhere; within each, the newest first."""
    owner, business_id = listings.seller(suite)
    filler = "Grown by farmers of the valley, sorted by hand."
    for title, description in [
        ("Solar panel, 400 W", filler),
        ("Panel for roofs", f"A solar thing. {filler}"),
        ("Solar panel and battery", filler),
        ("Roofs of all kinds", f"Also panel and solar. {filler}"),
        ("Solar lamp", filler),
    ]:
        at = AT + timedelta(hours=7 * suite.value("SELECT count(*) FROM listings.listing"))
        listings.published(
            suite,
            owner,
            business_id,
            at=at,
            title=title,
            description=description,
            duration_hours=96,
        )
    assert _titles(suite, "solar panel", AT + timedelta(hours=30)) == [
        "Solar panel and battery",
        "Solar panel, 400 W",
        "Roofs of all kinds",
        "Panel for roofs",
    ]


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("Kilishi à la façon de Kano", "facon KILISHI"),
        ("Ọja tuntun ní Ìbàdàn", "ibadan oja"),
        ("Ng'ombe wa maziwa", "ngombe maziwa"),
        ("طماطم طازجة للبيع", "طَماطِم"),
        ("Bracelet or 18 carats", "or bracelet"),
        ("Mango: 20kg cartons!", '"20kg" -mango*'),
        ("O'Brien & sons' tools", "o'brien"),
    ],
)
def test_case_accents_and_punctuation_do_not_matter(suite: Suite, title: str, asked: str) -> None:
    """Nor do the operators of some query language: every word is a word."""
    owner, business_id = listings.seller(suite)
    listings.published(suite, owner, business_id, at=AT, title=title)
    assert _titles(suite, asked) == [title]


def test_categories_and_cities_are_words_too(suite: Suite) -> None:
    """In whichever of our languages."""
    owner, business_id = listings.seller(suite)
    made = listings.published(suite, owner, business_id, at=AT)
    for asked in ("fruits frais lagos", "matunda", "fresh mango"):
        assert _titles(suite, asked) == [made["title"]]
    assert _titles(suite, "mango nairobi") == []


def test_filters_narrow(suite: Suite) -> None:
    """Type, country, city, category and sector."""
    owner, business_id = listings.seller(suite)
    listings.published(suite, owner, business_id, at=AT, title="Mango here")
    listings.published(
        suite,
        owner,
        business_id,
        at=AT,
        title="Mango there",
        type="request",
        country="KE",
        city_id=users.NAIROBI,
    )
    for query in (
        {"type": "offer"},
        {"country": "NG"},
        {"city_id": users.LAGOS},
        {"category": "fresh-fruit", "country": "NG"},
        {"category": "agriculture", "country": "NG"},
    ):
        assert _titles(suite, "mango", **query) == ["Mango here"], query
    assert _titles(suite, "mango", category="farm-machinery") == []


@pytest.mark.parametrize("spread", [timedelta(0), timedelta(minutes=7), timedelta(hours=2)])
def test_pages_hold_each_match_once_though_others_publish_meanwhile(
    suite: Suite, spread: timedelta
) -> None:
    """Tied to the microsecond, minutes or hours apart; in titles and beside them."""
    owner, business_id = listings.seller(suite)
    made = [
        listings.published(
            suite,
            owner,
            business_id,
            at=AT + number * spread,
            duration_hours=96,
            title="Maize flour, milled" if number % 2 else "Flour, milled",
            description="Of maize, in bags of fifty kilos each.",
        )
        for number in range(24)
    ]
    now = AT + 23 * spread
    seen: list[str] = []
    cursor = None
    for number in range(24):
        query = {"q": "maize flour", "limit": 3, "cursor": cursor}
        page = suite.call(OPERATION, query=query, now=now)
        assert page.status == 200, page.body
        seen += [each["id"] for each in page.data]
        cursor = page.next
        if cursor is None:
            break
        now += timedelta(microseconds=1)
        newer = {"title": "Maize flour, newer", "at": now + timedelta(hours=number % 2)}
        listings.published(suite, owner, business_id, **newer)
    wanted = {each["id"] for each in made}
    assert sorted(each for each in seen if each in wanted) == sorted(wanted)
    assert len(seen) == len(set(seen))


def test_a_question_without_a_word_is_refused(suite: Suite) -> None:
    """Punctuation alone, too much, or nothing."""
    for asked in ("!?", "' | & ! ( ) :*", "x" * 101, None):
        refused = suite.call(OPERATION, query={"q": asked})
        assert (refused.status, refused.codes) == (422, [("VALIDATION_ERROR", "q")])


def test_a_very_long_word_is_found_by_its_beginning(suite: Suite) -> None:
    """An index entry has its limits; a listing is not refused for them."""
    owner, business_id = listings.seller(suite)
    long_word = "a" * 90
    made = listings.published(
        suite, owner, business_id, at=AT, title=long_word, description="b" * 2000
    )
    assert _titles(suite, long_word) == [made["title"]]
