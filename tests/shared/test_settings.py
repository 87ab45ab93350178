"""Production refuses what only a development machine may have."""

import pytest

from shared.settings import LOCAL_ONLY, MisconfiguredError, read

PRODUCTION = {
    "K_SERVICE": "get-listing",
    "CURSOR_SECRET": "secret",
    "SERVICE_URL": "https://functions.example",
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
    with pytest.raises(MisconfiguredError, match="SERVICE_URL"):
        read({**PRODUCTION, "SERVICE_URL": ""})


def test_a_development_machine_needs_nothing() -> None:
    """Every setting has a local default."""
    assert not read({}).production
