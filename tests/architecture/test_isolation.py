"""P8, P9: what a login role can do with any SQL at all, beneath every function.

Row-level security and grants alone: nothing of the suite stands between the role and the tables.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from pg8000.exceptions import DatabaseError
from pg8000.native import literal

from shared.db import Connection, Pool, connect
from shared.sqlstates import sqlstate
from shared.tables.grants import JOB, SVC
from tests.architecture import world as worlds
from tests.architecture.world import World
from tests.conftest import empty
from tests.factories.users import person
from tests.suite import Suite

_SHOWN = {"users.public_profile", "users.public_business", "listings.public_listing"}
"""Read models: anyone reads them, and only their owner writes them."""

_NOBODYS = {"platform.outbox", "platform.inbox", "platform.failed_task"}
"""Messages: a service stores those that it sends and gets, whomever they are about."""

_BEGIN = "SELECT * FROM users.begin_request({}, 'nonce')"
_ABOUT = "SELECT ctid::text, t::text FROM {} AS t WHERE t::text ~ :told"
_PLACES = "SELECT ctid::text, '' FROM {}"
_TEXTS = "SELECT '', ROW({1})::text FROM {0}"
_LOCKED = "SELECT '', {1}::text FROM {0} FOR UPDATE"
_ROWS = "SELECT to_jsonb(t)::text FROM {} AS t"
_DELETE = "DELETE FROM {}"
_UPDATE = "UPDATE {0} SET {1} = {1}"
_INSERT = "INSERT INTO {0} ({1}) SELECT {2} FROM jsonb_populate_record(NULL::{0}, {3})"
_UPSERT = " ON CONFLICT ({0}) DO UPDATE SET {1} = excluded.{1}"

_CONTEXTS = ("nobody", "owner", "consumer")


@pytest.fixture(scope="module")
def _made(_suite: Suite) -> World:
    empty(_suite)
    return worlds.made(_suite)


@pytest.fixture
def world(suite: Suite, _made: World) -> World:
    """Return the world, as it was made."""
    _made.restore(suite)
    return _made


def _theirs(suite: Suite, world: World, table: str) -> dict[str, str]:
    """Return where a row of B's is → what it says."""
    rival = world.people["rival"]
    assert rival is not None
    ids = [rival.uid, str(rival.user_id), world.businesses["B"], world.members["B"]]
    ids += [world.installs["B"], world.notifications["B"], world.conversations["B"]]
    ids += [each["id"] for name, each in world.listings.items() if name.startswith("B ")]
    return dict(suite.rows(_ABOUT.format(table), told="|".join(ids)))


@contextmanager
def _acting(suite: Suite, world: World, role: str, context: str) -> Iterator[None]:
    """Act as a role in the context of somebody; then undo all of it."""
    suite.rows(f"BEGIN; SET LOCAL ROLE {role}; SET LOCAL search_path = pg_catalog, pg_temp")
    try:
        somebody = world.people.get(context)
        if somebody is not None and role in SVC:
            suite.rows(_BEGIN.format(literal(somebody.uid)))
        yield
    finally:
        suite.rows("ROLLBACK")


def _tried(suite: Suite, *statements: str) -> list[Any]:
    """Run each statement whatever became of the one before; return the rows of all."""
    found: list[Any] = []
    for statement in statements:
        suite.rows("SAVEPOINT tried")
        try:
            found += suite.rows(statement)
        except DatabaseError as error:
            if error.args[0]["C"] not in {"42501", "23505", "23503", "23514"}:
                raise
            suite.rows("ROLLBACK TO SAVEPOINT tried")
    return found


def _copied(suite: Suite, table: str) -> str:
    """Return a table as COPY gives it away, or nothing."""
    out = BytesIO()
    assert suite._look is not None
    suite.rows("SAVEPOINT tried")
    try:
        suite._look.run(f"COPY {table} TO STDOUT", stream=out)
    except DatabaseError as error:
        if sqlstate(error) != "42501":
            raise
        suite.rows("ROLLBACK TO SAVEPOINT tried")
    return out.getvalue().decode()


def _columns(suite: Suite, role: str, table: str, privilege: str) -> list[str]:
    """Return the columns of a table on which a role has a privilege."""
    found = suite.rows(
        "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) "
        "AND attnum > 0 AND NOT attisdropped "
        "AND has_column_privilege(:role, attrelid, attnum, :privilege) ORDER BY attnum",
        table=table,
        role=role,
        privilege=privilege,
    )
    return [name for (name,) in found]


@pytest.mark.parametrize("role", SVC)
def test_p8_a_role_that_serves_people_reads_no_row_of_anothers(
    suite: Suite, world: World, role: str
) -> None:
    """Neither the whole of it nor the columns it may have, in anybody's context and in none."""
    theirs = {table: _theirs(suite, world, table) for table in suite.tables()}
    assert sum(map(bool, theirs.values())) > 10
    seen = 0
    for context in _CONTEXTS:
        for table, rows_of_b in theirs.items():
            columns = _columns(suite, role, table, "SELECT")
            asked = [_PLACES.format(table)]
            if columns:
                asked.append(_TEXTS.format(table, ", ".join(columns)))
                asked.append(_LOCKED.format(table, columns[0]))
            with _acting(suite, world, role, context):
                rows = _tried(suite, *asked)
                rows.append(["", _copied(suite, table)])
            seen += len(rows)
            if table in _SHOWN:
                continue
            where = f"{context}: {table}"
            assert not {place for place, _ in rows} & rows_of_b.keys(), where
            told = " ".join(text for _, text in rows)
            if table not in _NOBODYS:
                assert [each for each in world.secrets("B") if each in told] == [], where
    assert seen or role == "svc_search"


@pytest.mark.parametrize("role", SVC)
def test_p8_a_role_that_serves_people_changes_no_row_of_anothers(
    suite: Suite, world: World, role: str
) -> None:
    """By UPDATE of any column, DELETE, INSERT of a copy, or INSERT that becomes an UPDATE."""
    for table in suite.tables():
        rows = _theirs(suite, world, table)
        statements = _attacks(suite, role, table)
        for context in _CONTEXTS:
            with _acting(suite, world, role, context):
                _tried(suite, *statements)
                suite.rows("RESET ROLE")
                after = _theirs(suite, world, table)
            if table not in _NOBODYS:
                assert after == rows, f"{context}: {table}"


def _attacks(suite: Suite, role: str, table: str) -> list[str]:
    """Return statements that would change B's rows of a table, as far as the grants go."""
    may_insert = _columns(suite, role, table, "INSERT")
    may_update = _columns(suite, role, table, "UPDATE")
    statements = [_DELETE.format(table), f"TRUNCATE {table}", f"COPY {table} FROM PROGRAM 'true'"]
    statements += [_UPDATE.format(table, column) for column in may_update]
    key = [
        name
        for (name,) in suite.rows(
            "SELECT a.attname FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid "
            "AND a.attnum = ANY (i.indkey) WHERE indisprimary AND indrelid = CAST(:t AS regclass)",
            t=table,
        )
    ]
    names = ", ".join(may_insert)
    fresh = ", ".join("gen_random_uuid()" if name == "id" else name for name in may_insert)
    for (row,) in suite.rows(_ROWS.format(table)) if may_insert else ():
        copied = _INSERT.format(table, names, names, literal(row))
        statements += [copied, _INSERT.format(table, names, fresh, literal(row))]
        if may_update:
            statements.append(copied + _UPSERT.format(", ".join(key), may_update[0]))
    return statements


def _refused(db: Connection, statement: str) -> str | None:
    """Return the SQLSTATE with which a statement is refused; None when it is not."""
    try:
        db.script(statement)
    except DatabaseError as error:
        return sqlstate(error)
    finally:
        db.script("ROLLBACK")
    return None


@pytest.mark.parametrize("role", [*SVC, *JOB])
def test_p9_a_login_role_has_no_way_round_its_grants(suite: Suite, role: str) -> None:
    """Neither by copying, nor by being another, nor through files, nor by making something."""
    db = connect(role)
    try:
        statements = [
            "SET ROLE own_users",
            "SET ROLE postgres",
            "SET SESSION AUTHORIZATION postgres",
            "CREATE TABLE public.slip (a int)",
            "CREATE TEMPORARY TABLE slip (a int)",
            f"CREATE FUNCTION {role[4:]}.slip() RETURNS int LANGUAGE sql RETURN 1",
            "ALTER TABLE users.account DISABLE ROW LEVEL SECURITY",
            "DROP POLICY owner ON users.account",
            f"ALTER ROLE {role} BYPASSRLS",
            "COPY users.account TO PROGRAM 'cat'",
            "COPY platform.outbox TO STDOUT",
            "COPY platform.quota_zone TO STDOUT",
            "SELECT pg_read_file('PG_VERSION')",
            "SELECT lo_import('/etc/passwd')",
            "SELECT rolpassword FROM pg_authid",
            "SELECT query FROM public.pg_stat_statements",
            "SELECT * FROM platform.quota_zone",
            "BEGIN; LOCK TABLE users.account",
        ]
        if role != "job_platform":
            statements.append("SELECT body FROM platform.outbox")
        for statement in statements:
            assert _refused(db, statement) in {"42501", "0A000"}, statement
    finally:
        db.close()


def test_p9_a_service_sees_and_marks_its_own_messages_alone(suite: Suite, world: World) -> None:
    """Those of the same service are one queue, of whichever of its roles."""
    suite.rows("UPDATE platform.outbox SET sent_at = NULL")
    found = dict(suite.rows("SELECT service, count(*) FROM platform.outbox GROUP BY 1"))
    assert found.keys() >= {"users", "listings", "admin"}
    for role in (*SVC, *JOB):
        if role == "job_platform":  # the relay
            continue
        own = found.get(role[4:], 0)
        with _acting(suite, world, role, "owner"):
            assert suite.rows("SELECT count(id) FROM platform.outbox") == [[own]]
            suite.rows("UPDATE platform.outbox SET sent_at = clock_timestamp()")
            suite.rows("RESET ROLE")
            marked = "SELECT count(*) FROM platform.outbox WHERE sent_at IS NOT NULL"
            assert suite.rows(marked) == [[own]]


_WITHIN_A_MINUTE = (
    "SELECT max(full_at) < clock_timestamp() + interval '1 minute' FROM platform.rate_limit"
)
_TAKE = "SELECT * FROM platform.take_token('x', {}, {}, null, null, null, null)"


def test_p9_a_service_reaches_its_own_buckets_alone(suite: Suite) -> None:
    """And neither fills one by what is no limit, nor for longer than a day."""
    listings, users = connect("svc_listings"), connect("svc_users")
    try:
        assert [listings.script(_TAKE.format(10, 20))[0][0] for _ in range(3)] == [
            True,
            True,
            False,
        ]
        assert users.script(_TAKE.format(10, 20))[0][0]
        users.script("SELECT platform.return_token('x', 1000)")
        assert not listings.script(_TAKE.format(10, 20))[0][0]
        for limit in ((-1, 20), (0, 20), (30, 20), (1, 86_401), ("'NaN'", 20), ("null", 20)):
            with pytest.raises(DatabaseError) as refused:
                listings.script(_TAKE.format(*limit))
            assert refused.value.args[0]["C"] == "22023"
        listings.script("SELECT platform.return_token('x', -1000)")
        full = (
            "SELECT max(full_at) < clock_timestamp() + interval '1 minute' FROM platform.rate_limit"
        )
        assert suite.value(full)
    finally:
        listings.close()
        users.close()


def test_p8_a_lent_connection_forgets_who_had_it(suite: Suite) -> None:
    """Sixteen threads, a hundred transactions each, three connections, everybody his own row."""
    people = [person(suite) for _ in range(16)]
    shared = Pool(lambda: connect("svc_users"), 3, 60)

    def work(number: int) -> int:
        wrong = 0
        for turn in range(100):
            somebody = people[(number + turn) % len(people)]
            with shared.transaction(_BEGIN.format(literal(somebody.uid))) as (lent, rows):
                seen = lent.value("SELECT string_agg(id::text, ' ') FROM users.account")
                wrong += (rows[0][1], seen) != (somebody.user_id, str(somebody.user_id))
            with shared.connection() as lent:
                (left,) = lent.script(_LEFT)
                wrong += any(left) or lent.value("SELECT count(*) FROM users.account") != 0
        return wrong

    try:
        with ThreadPoolExecutor(16) as crew:
            assert sum(crew.map(work, range(16))) == 0
        assert len(shared._idle) <= 3
    finally:
        shared.close()


_LEFT = "SELECT " + ", ".join(
    f"current_setting('app.{name}', true)"
    for name in ("uid", "user_id", "is_admin", "businesses", "managed", "owned")
)
