"""Finding listings by words."""

from pydantic import Field

from schemas.listings import CategoryId, CityId, ListingType, Words
from schemas.shape import CountryCode, PageQuery


class SearchQuery(PageQuery):
    """Words, all of which must occur, and filters that narrow them."""

    q: Words = Field(description="Case, accents and punctuation do not matter.")
    type: ListingType | None = None
    category: CategoryId | None = None
    country: CountryCode | None = None
    city_id: CityId | None = None
