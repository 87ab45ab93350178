"""What the file of an environment may say."""

import pytest

from shared.manifest.discovery import ROOT
from shared.manifest.environment import BadEnvironmentError, environment, load, variables
from shared.settings import LOCAL_ONLY, SECRETS

GOOD = {
    "GOOGLE_CLOUD_PROJECT": "pushnchat-dev",
    "REGION": "europe-west1",
    "DB_INSTANCE": "pushnchat-dev:europe-west1:pushnchat",
    "DEPLOY_CONNECTIONS": "800",
}


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_each_environment_is_good_and_holds_no_secret(name: str) -> None:
    """They are in the repository: whoever reads it learns nothing that opens a door."""
    where = load(name, number="123")
    assert where.project.endswith(name)
    assert where.url("get-listing").startswith("https://get-listing-123.")
    assert not {*variables((ROOT / "deploy" / f"{name}.env").read_text())} & {*SECRETS}


def test_the_environments_keep_apart() -> None:
    """A slip of the name cannot deploy into production."""
    found = [load(name) for name in ("dev", "staging", "prod")]
    assert len({each.project for each in found}) == 3
    assert len({each.settings["DB_INSTANCE"] for each in found}) == 3


@pytest.mark.parametrize("name", [*LOCAL_ONLY, "SPANNER_EMULATOR_HOST"])
def test_a_variable_of_a_development_machine_is_refused(name: str) -> None:
    """A function would not start with it; nobody should have to deploy to learn that."""
    with pytest.raises(BadEnvironmentError, match=name):
        environment("dev", {**GOOD, name: "127.0.0.1:9099"})


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_refused(name: str) -> None:
    """The file is in the repository."""
    with pytest.raises(BadEnvironmentError, match=f"{name} belongs in Secret Manager"):
        environment("dev", {**GOOD, name: "guessed"})


@pytest.mark.parametrize("name", ["GATEWAY_ULR", "DEPLOY_CONECTIONS", "PORT"])
def test_a_variable_that_nobody_reads_is_refused(name: str) -> None:
    """It is a slip of the pen, or Cloud Run's own."""
    with pytest.raises(BadEnvironmentError, match=f"{name} is nothing"):
        environment("dev", {**GOOD, name: "8080"})


def test_all_that_is_wrong_is_said_at_once() -> None:
    """With the file that it is in."""
    wrong = {**GOOD, "DEPLOY_CONNECTIONS": "", "GATEWAY_URL": "http://plain.example"}
    with pytest.raises(BadEnvironmentError) as refused:
        environment("dev", wrong)
    said = str(refused.value).splitlines()
    assert said[0] == "deploy/dev.env: DEPLOY_CONNECTIONS is missing"
    assert "GATEWAY_URL must be https" in said[1]


def test_the_gateway_is_where_google_says_unless_it_has_a_name_of_its_own() -> None:
    """Google's is known when there is a gateway; the domain of a business stays."""
    found = "https://pushnchat-x.ew.gateway.dev"
    assert load("dev", gateway_url=found).settings["GATEWAY_URL"] == found
    own = {**GOOD, "GATEWAY_URL": "https://api.pushnchat.com"}
    assert environment("dev", own).settings["GATEWAY_URL"] == "https://api.pushnchat.com"
    assert "GATEWAY_URL" not in load("dev").settings


def test_an_environment_that_is_not_there_names_those_that_are() -> None:
    """Of three."""
    with pytest.raises(BadEnvironmentError, match="there are dev, prod, staging"):
        load("production")
