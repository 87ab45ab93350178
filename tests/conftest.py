"""A real PostgreSQL for each worker, migrated once, emptied between tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import database, postgres
from local.identity import PROJECT, Signer
from local.objects import Objects
from shared import tokens
from shared.cloud import gateway, storage
from shared.db import close_pools
from shared.settings import read, settings
from tests.factories import storage as cloud_storage
from tests.suite import Suite


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Server]:
    """Return a running, migrated PostgreSQL whose settings are in the environment."""
    directory = tmp_path_factory.mktemp("postgres")
    running = postgres.start(directory)
    try:
        os.environ.update(database.prepare(running, directory))
        yield running
    finally:
        close_pools()
        running.stop("immediate")


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    """Return the key that signs tokens; the suite is told where its certificate is."""
    made = Signer.fresh()
    published: Path = tmp_path_factory.mktemp("identity") / "certificates.json"
    published.write_text(made.certificates())
    os.environ["GOOGLE_CLOUD_PROJECT"] = PROJECT
    os.environ["TOKEN_KEYS_URL"] = os.environ["INVOKER_KEYS_URL"] = published.as_uri()
    tokens.forget()
    return made


@pytest.fixture(scope="session")
def _suite(
    server: postgres.Server, signer: Signer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Suite]:
    buckets = frozenset({read({}).export_bucket})
    objects = Objects(tmp_path_factory.mktemp("objects"), buckets)
    made = Suite(signer, lambda: postgres.superuser_connection(server, database.NAME), objects)
    with cloud_storage.serving(objects, signer) as url, pytest.MonkeyPatch.context() as patch:
        os.environ["STORAGE_URL"] = url
        settings.cache_clear()
        patch.setattr(gateway, "call", made.gateway)
        yield made
        storage.forget()
    made.close()


@pytest.fixture
def suite(_suite: Suite) -> Suite:
    """Return the suite on an empty database."""
    empty(_suite)
    return _suite


def empty(suite: Suite) -> None:
    """Delete what people made."""
    # The audit log refuses to be emptied: only a superuser can put its triggers to sleep.
    suite.rows("SET session_replication_role = replica")
    suite.rows(f"TRUNCATE {', '.join(suite.tables())} RESTART IDENTITY")
    suite.rows("RESET session_replication_role")
    for bucket in suite.objects.buckets:
        for each in suite.objects.under(bucket):
            suite.objects.delete(bucket, each.name)
