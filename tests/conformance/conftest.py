"""Google on this machine, for functions that are deployed to production."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import database, postgres
from local.identity import PROJECT, Signer
from shared.tables import SERVICES
from tests.conformance.google import Google, serving
from tests.faults import Way
from tests.suite import Suite

IAM_ROLE = f"fn-users@{PROJECT}.iam"


@pytest.fixture
def cloud(
    suite: Suite, server: postgres.Server, signer: Signer, tmp_path: Path
) -> Iterator[tuple[Google, Way]]:
    """Return Google, and the way to its Cloud SQL instance."""
    password = database.password(server.data_dir)
    suite.rows(f"CREATE ROLE \"{IAM_ROLE}\" LOGIN IN ROLE svc_users PASSWORD '{password}'")
    try:
        with serving(tmp_path / "google", server, signer, password) as found:
            roles = [f"{kind}-{service}" for service in SERVICES for kind in ("svc", "job")]
            found[0].secrets |= {role: [password.encode()] for role in roles}
            yield found
    finally:
        suite.rows(f'DROP ROLE "{IAM_ROLE}"')


@pytest.fixture
def google(cloud: tuple[Google, Way]) -> Google:
    """Return Google."""
    return cloud[0]


@pytest.fixture
def way(cloud: tuple[Google, Way]) -> Way:
    """Return the way to the Cloud SQL instance."""
    return cloud[1]
