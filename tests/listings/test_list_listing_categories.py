"""The category tree."""

from tests.suite import Suite

OPERATION = "GET /api/v1/listings/categories"


def test_each_sector_stands_before_its_categories(suite: Suite) -> None:
    """With names in every language and the attributes' schema; cached for a day."""
    answer = suite.call(OPERATION)
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    seen: set[str] = set()
    for each in answer.data:
        assert each["parent"] is None or each["parent"] in seen
        assert {"en", "fr", "pt", "sw", "ar"} <= each["names"].keys()
        assert each["attributes"]["type"] == "object"
        seen.add(each["id"])
    assert len(seen) == suite.value("SELECT count(*) FROM listings.category") >= 60


def test_names_are_narrowed_to_one_language(suite: Suite) -> None:
    """In English where that language has none."""
    french = {
        each["id"]: each["names"]
        for each in suite.call(f"{OPERATION}", query={"language": "fr"}).data
    }
    assert french["fresh-fruit"] == {"fr": "Fruits frais"}
    hausa = {
        each["id"]: each["names"] for each in suite.call(OPERATION, query={"language": "ha"}).data
    }
    assert hausa["fresh-fruit"] == {"en": "Fresh fruit"}
