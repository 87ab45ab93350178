import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from local.demo.generate import DemoBusiness, DemoListing, businesses, listings
from local.demo.markets import markets, people_round
from local.demo.wares import wares
from migrations.reference import rows
from shared import money
from shared.phones import parse
from shared.text import clean, is_storable

NOW = datetime(2026, 3, 31, 22, 30, 0, 123456, tzinfo=UTC)
SEED = 7


@pytest.fixture(scope="module")
def firms() -> list[DemoBusiness]:
    return list(businesses(400, SEED))


@pytest.fixture(scope="module")
def offered(firms: list[DemoBusiness]) -> list[DemoListing]:
    return list(listings(2_000, firms, SEED, NOW))


@pytest.fixture(scope="module")
def cities() -> dict[int, rows.CityRow]:
    return {city.id: city for city in rows.cities()}


def test_reference_rows_fit_together(cities: dict[int, rows.CityRow]) -> None:
    currencies = {currency.code: currency.exponent for currency in rows.currencies()}
    countries = {country.code: country for country in rows.countries()}
    assert len(countries) == 64
    assert {country.currency for country in countries.values()} == set(currencies)
    assert currencies == {code: money.exponent(code) for code in currencies}
    assert len(cities) > 13_000
    for city in cities.values():
        assert city.zone in countries[city.country].zones
        assert city.folded_name
        assert len(set(city.alternate_names)) == len(city.alternate_names) <= 8
        assert city.folded_name not in city.alternate_names
        assert city.population >= 0


@pytest.mark.parametrize(
    ("folded", "country", "name"),
    [
        ("القاهره", "EG", "Cairo"),
        ("alger", "DZ", "Algiers"),
        ("eko", "NG", "Lagos"),
        ("አዲስ አበባ", "ET", "Addis Ababa"),
        ("cidade do cabo", "ZA", "Cape Town"),
    ],
)
def test_a_city_is_known_by_its_other_names(
    cities: dict[int, rows.CityRow], folded: str, country: str, name: str
) -> None:
    known = {
        city.name
        for city in cities.values()
        if city.country == country and folded in city.alternate_names
    }
    assert name in known


def test_the_tree_of_categories_is_two_deep_and_translated() -> None:
    categories = rows.categories()
    sectors = {row.id for row in categories if row.parent is None}
    leaves = [row for row in categories if row.parent is not None]
    assert len(leaves) >= 70
    assert {row.parent for row in leaves} == sectors
    for row in leaves:
        assert 2 <= len(row.attributes["properties"]) <= 5
    for row in categories:
        titles = [each["x-titles"] for each in row.attributes["properties"].values()]
        for names in (row.names, *titles):
            assert all(is_storable(name) and clean(name) == name for name in names.values())
            assert re.search("[\u0600-\u06ff]", names["ar"]) or names["ar"].isascii()


def test_every_category_can_be_traded_in_every_language() -> None:
    shop = wares(SEED)
    assert set(shop.by_category) == {row.id for row in rows.categories() if row.parent}
    assert set(shop.phrases) == set(rows.LANGUAGES)
    for ware in shop.by_category.values():
        assert {len(nouns) for nouns in ware.nouns.values()} == {len(ware.variants)}
        assert len(ware.variants) >= 2
        assert all(ware.quantities.values())
    for phrases in shop.phrases.values():
        assert (
            sum(len(each) for kinds in phrases["titles"].values() for each in kinds.values()) >= 8
        )


def test_businesses_are_where_they_say(
    firms: list[DemoBusiness], cities: dict[int, rows.CityRow]
) -> None:
    for firm in firms:
        city = cities[firm.city_id]
        assert (firm.country, firm.zone) == (city.country, city.zone)
        assert abs(firm.latitude - city.latitude) < 0.3
        assert abs(firm.longitude - city.longitude) < 0.3
        assert parse(firm.phone, firm.country).e164 == firm.phone
        assert firm.language in markets().languages[firm.country]


def test_businesses_can_be_told_apart(firms: list[DemoBusiness]) -> None:
    one_of_each: list[Callable[[DemoBusiness], Any]] = [
        lambda firm: firm.id,
        lambda firm: firm.owner_id,
        lambda firm: firm.slug,
        lambda firm: firm.phone,
    ]
    for key in one_of_each:
        assert len({key(firm) for firm in firms}) == len(firms)


def test_businesses_are_worded(firms: list[DemoBusiness]) -> None:
    for firm in firms:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", firm.slug)
        assert 3 <= len(firm.name) <= 80
        assert 20 <= len(firm.description) <= 2000
        assert "{" not in firm.name + firm.description
    assert {firm.verification for firm in firms} == {"none", "basic", "verified", "trusted"}
    assert {corridor for firm in firms for corridor in firm.corridors} == {
        "afcfta",
        "africa-us",
        "us-africa",
    }


def test_texts_have_the_length_of_listings(offered: list[DemoListing]) -> None:
    for listing in offered:
        assert 5 <= len(listing.title) <= 100
        assert 20 <= len(listing.description) <= 2000
        for text in (listing.title, listing.description):
            assert is_storable(text)
            assert clean(text) == text
            assert "{" not in text


def test_attributes_follow_the_schema_of_their_category(offered: list[DemoListing]) -> None:
    schemas = {
        row.id: Draft202012Validator(row.attributes) for row in rows.categories() if row.parent
    }
    for listing in offered:
        schemas[listing.category].validate(listing.attributes)
        assert listing.category in listing.business.categories


def test_prices_are_in_the_money_of_the_country(offered: list[DemoListing]) -> None:
    currencies = {country.code: country.currency for country in rows.countries()}
    for listing in offered:
        if listing.price_kind == "negotiable":
            prices = (listing.price_minor, listing.price_max_minor, listing.currency)
            assert prices == (None, None, None)
            continue
        assert listing.currency == currencies[listing.country]
        assert listing.price_minor is not None
        assert listing.price_minor > 0
        if listing.price_kind == "range":
            assert listing.price_max_minor is not None
            assert listing.price_max_minor > listing.price_minor
        else:
            assert listing.price_max_minor is None
    assert set(Counter(listing.price_kind for listing in offered)) == {
        "fixed",
        "range",
        "per_unit",
        "negotiable",
    }


@pytest.mark.parametrize("currency", sorted(money.CURRENCIES & {"XOF", "NGN", "TND", "MGA", "SHP"}))
def test_a_dollar_is_worth_about_a_dollar(currency: str) -> None:
    for usd_cents in (300, 1_000, 12_345, 5_000_000):
        back = markets().local_price(usd_cents, currency) / 10 ** money.exponent(currency)
        rate = (
            markets().local_price(100_000_00, currency) / 10 ** money.exponent(currency) / 100_000
        )
        assert back / rate * 100 == pytest.approx(usd_cents, rel=0.2)


@pytest.mark.parametrize(
    ("price", "said"),
    [(0.2, 1), (7.4, 7), (123, 120), (853, 850), (12_345, 12_500), (67_890, 70_000)],
)
def test_prices_are_rounded_as_people_say_them(price: float, said: int) -> None:
    assert people_round(price) == said


def test_listings_are_somewhere_in_their_country(
    offered: list[DemoListing], cities: dict[int, rows.CityRow]
) -> None:
    for listing in offered:
        city = cities[listing.city_id]
        assert listing.country == city.country == listing.business.country
        assert abs(listing.latitude - city.latitude) < 0.3
        assert abs(listing.longitude - city.longitude) < 0.3


def test_ids_sort_as_the_listings_were_published(offered: list[DemoListing]) -> None:
    for earlier, later in pairwise(offered):
        assert earlier.published_at <= later.published_at
        assert earlier.id < later.id or earlier.published_at == later.published_at
    assert {listing.id.version for listing in offered} == {7}
    assert any(listing.published_at.microsecond % 1_000 for listing in offered)


def test_listings_live_from_one_to_four_days(offered: list[DemoListing]) -> None:
    for listing in offered:
        assert NOW - timedelta(hours=96) <= listing.published_at <= NOW
        assert listing.duration_hours in {24, 48, 72, 96}
        assert listing.expires_at - listing.published_at == timedelta(hours=listing.duration_hours)
    expired = sum(listing.expires_at <= NOW for listing in offered)
    assert 0 < expired < len(offered) * 0.08


def test_all_languages_and_both_types_are_there(offered: list[DemoListing]) -> None:
    assert {listing.language for listing in offered} == set(rows.LANGUAGES)
    offers = sum(listing.type == "offer" for listing in offered)
    assert 0.65 < offers / len(offered) < 0.75
    arabic = [listing for listing in offered if listing.language == "ar"]
    assert all(re.search("[\u0600-\u06ff]{2}", listing.title) for listing in arabic)


def test_the_same_seed_makes_the_same_demo(
    firms: list[DemoBusiness], offered: list[DemoListing]
) -> None:
    assert list(businesses(len(firms), SEED)) == firms
    assert list(listings(len(offered), firms, SEED, NOW)) == offered
    assert list(islice(businesses(5, SEED + 1), 5)) != firms[:5]


@pytest.mark.parametrize(
    ("number", "language", "written"),
    [
        (3, "ar", "3 أكياس"),
        (20, "ar", "20 كيسا"),
        (100, "ar", "100 كيس"),
        (1, "fr", "1 sac"),
        (50, "fr", "50 sacs"),
        (50, "sw", "magunia 50"),
    ],
)
def test_quantities_take_the_plural_of_their_language(
    number: int, language: str, written: str
) -> None:
    assert wares(SEED).quantity(number, "bag", language) == written
