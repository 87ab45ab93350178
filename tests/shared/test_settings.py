"""Production refuses what only a development machine may have."""

import pytest

from shared.settings import LOCAL_ONLY, MisconfiguredError, read

PRODUCTION = {
    "K_SERVICE": "get-listing",
    "CURSOR_SECRET": "secret",
    "FUNCTION_URL": "https://{name}-123.europe-west1.run.app",
}


@pytest.mark.parametrize("name", [*LOCAL_ONLY, "SPANNER_EMULATOR_HOST"])
@pytest.mark.parametrize("marker", [{"K_SERVICE": "x"}, {"APP_ENV": "production"}])
def test_p14_no_local_setting_in_production(name: str, marker: dict[str, str]) -> None:
    """Each alone is enough to refuse."""
    with pytest.raises(MisconfiguredError, match=name):
        read({**PRODUCTION, **marker, name: "1"})


def test_production_needs_its_secret() -> None:
    """A guessable secret would let anybody make cursors."""
    with pytest.raises(MisconfiguredError, match="CURSOR_SECRET"):
        read({"K_SERVICE": "get-listing"})
    assert read(PRODUCTION).production


def test_p14_production_knows_its_own_address() -> None:
    """A token of one of our callers says for whom it was made; somebody must compare."""
    for wrong in ("", "https://functions.example"):
        with pytest.raises(MisconfiguredError, match="FUNCTION_URL"):
            read({**PRODUCTION, "FUNCTION_URL": wrong})


def test_each_function_has_an_address_of_its_own() -> None:
    """Under the name that it is deployed by, which Cloud Run's addresses are made of."""
    assert read(PRODUCTION).url_of("get_listing") == "https://get-listing-123.europe-west1.run.app"
    assert read({}).url_of("get_listing") == "/get-listing"


def test_a_development_machine_needs_nothing() -> None:
    """Every setting has a local default."""
    assert not read({}).production
