"""A real PostgreSQL for each worker, migrated once, emptied between tests."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import database, postgres
from local.identity import PROJECT, Signer
from local.objects import Objects
from shared import tokens
from shared.cloud import gateway, storage
from shared.db import close_pools
from shared.settings import read, settings
from tests import clusters, ordering
from tests.factories import storage as cloud_storage
from tests.suite import Suite

# The tests start hundreds of processes. Where no bytecode may lie beside the sources, each compiles
# all of them again: half a second of CPU a start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    ordering.sort(items, config.rootpath)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ordering.Scheduling:
    """Give files to workers as `tests/ordering.py` says."""
    return ordering.Scheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def _clusters(tmp_path_factory: pytest.TempPathFactory) -> None:
    own = tmp_path_factory.getbasetemp()
    clusters.keep_in(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


@pytest.fixture(scope="module", autouse=True)
def _nothing_serves_on() -> Iterator[None]:
    """Fail where a server of a module outlives it: it would slow down all that come after."""
    before = set(threading.enumerate())
    yield
    after = set(threading.enumerate()) - before
    assert [
        each.name for each in after if "serve_forever" in each.name or each.name == "rest"
    ] == []


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Server]:
    """Return a running, migrated PostgreSQL whose settings are in the environment."""
    directory = clusters.copy_to(tmp_path_factory.mktemp("server") / "postgres")
    running = postgres.start(directory, settings=clusters.HASTY)
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
    local = read({})
    buckets = frozenset({local.export_bucket, local.attachment_bucket})
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


_EMPTY = """
DO $$
DECLARE each record; holds boolean;
BEGIN
    -- The audit log refuses to be emptied: only a superuser can put its triggers to sleep.
    SET LOCAL session_replication_role = replica;
    FOR each IN SELECT unnest(CAST(:tables AS text[])) AS name LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', each.name) INTO holds;
        IF pg_relation_size(each.name) > 200000 THEN
            EXECUTE format('TRUNCATE %s CASCADE', each.name);
        ELSIF holds THEN
            EXECUTE format('DELETE FROM %s', each.name);
        END IF;
    END LOOP;
    FOR each IN SELECT format('%I.%I', schemaname, sequencename) AS name, start_value
        FROM pg_sequences WHERE last_value IS NOT NULL LOOP
        PERFORM setval(each.name, each.start_value, false);
    END LOOP;
END $$
"""
"""An empty table costs nothing, and a few rows are deleted sooner than a file is made anew."""


def empty(suite: Suite) -> None:
    """Delete what people made."""
    tables = "{" + ",".join(suite.tables()) + "}"
    suite.rows(_EMPTY.replace(":tables", f"'{tables}'"))
    for bucket in suite.objects.buckets:
        for each in suite.objects.under(bucket):
            suite.objects.delete(bucket, each.name)
