"""gcloud, started once for all that is deployed here."""

from collections.abc import Iterator

import pytest

from tests.deploy import gcloud_client


@pytest.fixture(scope="session")
def gcloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return a folder that, as the first of a PATH, has a gcloud which need not start."""
    with gcloud_client.ready(tmp_path_factory.mktemp("gcloud")) as folder:
        yield folder
