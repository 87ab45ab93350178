"""P17: every revision runs while the release before it serves, killed or not."""

import json
from importlib import util
from pathlib import Path

import pytest

from local import catalogue
from local.postgres import Server
from migrations.__main__ import VERSIONS, upgrade
from migrations.sql import ONE_BY_ONE
from tests.migrations.stage import (
    PLANTED,
    ROWS,
    Stage,
    kill_at_every_statement,
    lost,
    plant,
    revisions,
    waits_under_traffic,
)

FIRST, *LATER = revisions()
HEAD = revisions()[-1]

NEWEST = 3
OLD_STEP = 10
"""What is old does not change, and was killed at every statement while it was new."""


@pytest.fixture(scope="module")
def stage(server: Server) -> Stage:
    """Return where databases are made."""
    return Stage(server)


def test_p17_revisions_are_one_line_that_goes_forward(stage: Stage) -> None:
    """What goes back would have to be proven like what goes forward."""
    for file in VERSIONS.glob("*.py"):
        spec = util.spec_from_file_location(file.stem, file)
        assert spec is not None
        assert spec.loader is not None
        module = util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert not hasattr(module, "downgrade"), file
    assert len(revisions()) == len(list(VERSIONS.glob("*.py")))


def test_p17_from_empty_grants_and_row_level_security_hold_after_every_step(stage: Stage) -> None:
    target = stage.empty()
    for revision in revisions():
        upgrade(target.url, revision)
        assert catalogue.findings(target.ask) == [], revision


def test_p17_what_was_upgraded_full_is_what_was_made_empty(stage: Stage) -> None:
    """The same schema, and every row of the first release is still there."""
    fresh = stage.empty()
    upgrade(fresh.url)
    upgraded = stage.before(PLANTED)
    assert upgraded.dump() == fresh.dump()
    before = {table: len(rows) for table, rows in json.loads(ROWS.read_text()).items()}
    assert all(before.values())
    assert lost(before, upgraded.counts()) == set()
    assert catalogue.findings(upgraded.ask) == []


def test_p17_there_is_a_row_in_every_table_of_the_first_release(stage: Stage) -> None:
    """A column that may not be empty is refused only where there is a row."""
    first = stage.empty()
    upgrade(first.url, FIRST)
    assert set(json.loads(ROWS.read_text())) == set(first.tables())


@pytest.mark.parametrize("revision", revisions())
def test_p17_killed_at_any_statement_and_run_again_it_is_the_same(
    stage: Stage, revision: str
) -> None:
    target = stage.before(revision)
    step = 1 if revision in revisions()[-NEWEST:] else OLD_STEP
    killed, failed = kill_at_every_statement(target, revision, step=step)
    assert failed is None
    assert killed > 0
    assert target.dump() == stage.at(revision).dump()


@pytest.mark.parametrize("revision", LATER)
def test_p17_nobody_waits_a_second_for_a_revision(stage: Stage, revision: str) -> None:
    late, passed = waits_under_traffic(stage.before(revision), revision)
    assert late == set()
    assert passed > 0


# The checks are checked: revisions that are planted after the last.

COLUMNS = """SET ROLE own_listings;
ALTER TABLE listings.listing ADD COLUMN planted text;
SET ROLE own_users;
ALTER TABLE users.account ADD COLUMN planted bigint NOT NULL DEFAULT 0;
RESET ROLE;
"""

INDEX = f"""{ONE_BY_ONE}: an index is built while others write.
SET ROLE own_listings;

DROP INDEX CONCURRENTLY IF EXISTS listings.planted;

CREATE INDEX CONCURRENTLY IF NOT EXISTS planted ON listings.listing (title);

RESET ROLE;
"""

BARE = "SET ROLE own_users; CREATE TABLE users.planted (user_id uuid); RESET ROLE;"
LOSS = """SET ROLE own_users;
ALTER TABLE users.consent NO FORCE ROW LEVEL SECURITY;
DELETE FROM users.consent;
RESET ROLE;
"""


@pytest.mark.parametrize("sql", [COLUMNS, INDEX], ids=["columns", "index"])
def test_p17_a_revision_in_a_hurry_holds_nobody_up(stage: Stage, tmp_path: Path, sql: str) -> None:
    """It gives up the lock that somebody else holds for long, and comes back for it."""
    versions = plant(tmp_path, sql)
    target = stage.before(PLANTED)
    late, passed = waits_under_traffic(target, PLANTED, versions)
    assert late == set()
    assert passed > 0
    assert target.ask("SELECT version_num FROM migrations.alembic_version") == [[PLANTED]]
    assert target.ask("SELECT FROM pg_index WHERE NOT indisvalid") == []


@pytest.mark.parametrize(
    "sql",
    [f"SET LOCAL lock_timeout = 0; {COLUMNS}", f"{COLUMNS} SELECT pg_sleep(3);"],
    ids=["waits for ever", "works under its lock"],
)
def test_p17_a_revision_that_takes_its_time_is_found(
    stage: Stage, tmp_path: Path, sql: str
) -> None:
    late, _ = waits_under_traffic(stage.before(PLANTED), PLANTED, plant(tmp_path, sql))
    assert late


@pytest.mark.parametrize("sql", [COLUMNS, INDEX], ids=["columns", "index"])
def test_p17_killed_between_two_statements_it_begins_again(
    stage: Stage, tmp_path: Path, sql: str
) -> None:
    versions = plant(tmp_path, sql)
    target, whole = stage.before(PLANTED), stage.before(PLANTED)
    upgrade(whole.url, PLANTED, versions)
    # Two statements and the note that it is done.
    assert kill_at_every_statement(target, PLANTED, versions) == (3, None)
    assert target.dump() == whole.dump()


def test_p17_a_revision_that_cannot_begin_again_is_found(stage: Stage, tmp_path: Path) -> None:
    """What it has made is in its way."""
    once = INDEX.replace("DROP INDEX CONCURRENTLY IF EXISTS", "-- ").replace("IF NOT EXISTS", "")
    versions = plant(tmp_path, once)
    _, failed = kill_at_every_statement(stage.before(PLANTED), PLANTED, versions)
    assert failed is not None
    assert "already exists" in failed


def test_p17_a_revision_that_forgets_row_level_security_is_found(
    stage: Stage, tmp_path: Path
) -> None:
    target = stage.before(PLANTED)
    upgrade(target.url, PLANTED, plant(tmp_path, BARE))
    assert catalogue.findings(target.ask) == ["users.planted is not behind row-level security"]


def test_p17_a_row_that_a_revision_loses_is_found(stage: Stage, tmp_path: Path) -> None:
    target = stage.before(PLANTED)
    before = target.counts()
    upgrade(target.url, PLANTED, plant(tmp_path, LOSS))
    assert lost(before, target.counts()) == {"users.consent"}
