"""A device that asks on has what the database has: in any interleaving, and after a restore."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pg8000.native
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from functions.platform._queries import feed
from local import database, postgres
from local.identity import Signer
from local.objects import Objects
from shared.db import close_pools
from shared.ids import new_id
from shared.settings import settings
from tests import clusters
from tests.factories.users import person
from tests.platform.test_get_sync import _DELETE, _INSERT, _TOUCH, Device, ask
from tests.suite import Person, Suite

SESSIONS = 3
READERS = 2
STEPS = st.lists(
    st.tuples(
        st.integers(0, SESSIONS - 1),
        st.sampled_from(["insert", "insert", "touch", "delete", "commit", "rollback", "ask"]),
        st.integers(0, 7),
    ),
    max_size=40,
)


class Phone(Device):
    """A device that reads its lists again when it is told to; it counts how often it was."""

    resyncs = 0

    def _ask(self, cursor: str | None) -> Any:
        answer = ask(self._suite, self._owner, cursor)
        if answer.status == 409:
            assert answer.codes == [("RESYNC_REQUIRED", "cursor")]
            self.resyncs += 1
            answer = ask(self._suite, self._owner)
            listed = self._suite.pages("GET /api/v1/notifications", self._owner)
            self.holds = {UUID(each["id"]): each["version"] for each in listed}
        assert answer.status == 200, answer.body
        return answer.data


def _truth(suite: Suite, reader: Person) -> dict[UUID, int]:
    return dict(
        suite.rows(
            "SELECT id, version FROM notifications.notification WHERE user_id = :id",
            id=reader.user_id,
        )
    )


class Writers:
    """Sessions whose transactions interleave as told; none waits for a row of another."""

    def __init__(self, sessions: list[pg8000.native.Connection], readers: list[Person]) -> None:
        self._sessions, self._readers = sessions, readers
        self._open: dict[int, dict[UUID, bool]] = {}
        self._rows: dict[UUID, int] = {}

    def write(self, at: int, action: str, choice: int) -> None:
        """Do one thing in the transaction of session `at`, beginning it where none is open."""
        session = self._sessions[at]
        if at not in self._open:
            session.run("BEGIN")
            self._open[at] = {}
        if action == "insert":
            row = new_id()
            session.run(_INSERT, id=row, user_id=self._readers[choice % READERS].user_id)
            self._rows[row] = at
            self._open[at][row] = True
            return
        mine = [row for row, of in self._rows.items() if of in {at, -1}]
        if not mine:
            return
        row = mine[choice % len(mine)]
        self._open[at].setdefault(row, False)
        session.run(_TOUCH if action == "touch" else _DELETE, id=row)
        self._rows[row] = at

    def end(self, at: int, how: str) -> None:
        """End the transaction of session `at`, if one is open."""
        touched = self._open.pop(at, None)
        if touched is not None:
            self._sessions[at].run(how.upper())
            for row, made_here in touched.items():
                if made_here and how == "rollback":
                    del self._rows[row]
                else:
                    self._rows[row] = -1


@examples(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, endings=st.lists(st.sampled_from(["commit", "rollback"]), min_size=SESSIONS))
def test_p3_in_any_interleaving_a_device_has_only_what_is_committed_and_at_last_all_of_it(
    suite: Suite, steps: list[tuple[int, str, int]], endings: list[str]
) -> None:
    readers = [person(suite) for _ in range(READERS)]
    devices = [Device(suite, each, limit=3) for each in readers]
    with ExitStack() as stack:
        sessions = [suite._database() for _ in range(SESSIONS)]
        for each in sessions:
            stack.callback(each.close)
        writers = Writers(sessions, readers)
        committed: list[set[tuple[UUID, int]]] = [set() for _ in readers]

        def asked() -> None:
            for device, reader, known in zip(devices, readers, committed, strict=True):
                known.update(_truth(suite, reader).items())
                device.ask_on()
                assert set(device.holds.items()) <= known

        for at, action, choice in steps:
            if action == "ask":
                asked()
            elif action in {"commit", "rollback"}:
                writers.end(at, action)
                for known, reader in zip(committed, readers, strict=True):
                    known.update(_truth(suite, reader).items())
            else:
                writers.write(at, action, choice)
        for at in range(SESSIONS):
            writers.end(at, endings[at])
        asked()
    for device, reader in zip(devices, readers, strict=True):
        assert device.holds == _truth(suite, reader)


@pytest.mark.parametrize("last", [_TOUCH, _DELETE], ids=["touched", "deleted"])
@pytest.mark.parametrize("limit", [1, 200])
def test_p3_what_began_first_and_wrote_last_is_what_a_device_keeps(
    suite: Suite, last: str, limit: int
) -> None:
    """In the order of transactions it comes first; told after it, the older would win."""
    reader = person(suite)
    device = Device(suite, reader, limit=limit)
    row = new_id()
    with ExitStack() as stack:
        first, second = (stack.enter_context(closing(suite._database())) for _ in range(2))
        first.run("BEGIN")
        first.run(_INSERT, id=new_id(), user_id=reader.user_id)
        second.run(_INSERT, id=row, user_id=reader.user_id)
        first.run(last, id=row)
        first.run("COMMIT")
    device.ask_on()
    assert device.holds == _truth(suite, reader)


class Cluster:
    """A PostgreSQL of this test that the suite uses, and a copy of its files."""

    def __init__(self, directory: Path, use: Callable[[dict[str, str]], None]) -> None:
        self._directory, self._use = directory, use
        self.server = postgres.start(clusters.copy_to(directory))
        use(database.prepare(self.server, directory))

    def connection(self) -> pg8000.native.Connection:
        return postgres.superuser_connection(self.server, database.NAME)

    def stop(self, mode: postgres.StopMode) -> None:
        close_pools()
        self.server.stop(mode)

    def start(self) -> None:
        self.server = postgres.start(self._directory)
        self._use({"DB_HOST": str(self.server.socket_dir), "DB_PORT": str(self.server.port)})

    def keep(self) -> None:
        """Copy the files of a server that is stopped, as a snapshot of its disk does."""
        subprocess.run(["cp", "-a", "cluster", "kept"], cwd=self._directory, check=True)

    def put_back(self) -> None:
        """Go back to the copy."""
        shutil.rmtree(self._directory / "cluster")
        (self._directory / "kept").rename(self._directory / "cluster")


@pytest.fixture
def cluster(signer: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Return a server of this test that can be stopped, and go back."""

    def use(environment: dict[str, str]) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        close_pools()

    made = Cluster(tmp_path / "postgres", use)
    yield made
    made.stop("immediate")
    monkeypatch.undo()
    settings.cache_clear()


def test_after_a_restore_a_device_reads_anew_and_has_what_was_restored(
    signer: Signer, cluster: Cluster, tmp_path: Path
) -> None:
    """Nothing that the cluster says of itself tells that it went back, and its ids go on."""
    itself = (
        "SELECT system_identifier, pg_walfile_name(pg_current_wal_lsn()) FROM pg_control_system()"
    )
    horizon = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    suite = Suite(signer, cluster.connection, Objects(tmp_path, frozenset()))
    reader = person(suite)
    phone = Phone(suite, reader)
    old, lost, new = new_id(), new_id(), new_id()
    suite.rows(_INSERT, id=old, user_id=reader.user_id)
    phone.ask_on()
    assert phone.holds == {old: 1}
    suite.close()
    cluster.stop("fast")
    cluster.keep()

    cluster.start()
    phone.ask_on()
    assert (phone.holds, phone.resyncs) == ({old: 1}, 1)  # what a restart costs
    suite.rows(_DELETE, id=old)
    suite.rows(_INSERT, id=lost, user_id=reader.user_id)
    phone.ask_on()
    assert (phone.holds, phone.resyncs) == ({lost: 1}, 1)
    before, reached = suite.rows(itself), suite.value(horizon)
    suite.close()
    cluster.stop("immediate")
    cluster.put_back()

    cluster.start()
    suite.rows(_INSERT, id=new, user_id=reader.user_id)
    while suite.value(horizon) <= reached:
        suite.rows("SELECT pg_current_xact_id()")
    assert suite.rows(itself) == before
    phone.ask_on()
    assert (phone.holds, phone.resyncs) == ({old: 1, new: 1}, 2)
    suite.rows(_TOUCH, id=old)
    phone.ask_on()
    assert (phone.holds, phone.resyncs) == ({old: 2, new: 1}, 2)
    suite.close()


def test_whoever_may_sign_in_may_ask_when_the_server_was_started(suite: Suite) -> None:
    """No function of the feed needs a right that a hosted database might not give."""
    called = ("pg_postmaster_start_time", "pg_current_snapshot", "pg_snapshot_xmin")
    assert all(each in feed._POSITION for each in called)
    asked = suite.rows(
        "SELECT proname, proacl FROM pg_proc WHERE proname = ANY (:names) AND pronamespace = "
        "'pg_catalog'::regnamespace",
        names=list(called),
    )
    assert sorted(asked) == [[name, None] for name in sorted(called)]
    assert "pg_control" not in feed._POSITION + feed._CHANGES_SINCE


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize(("after", "found"), [("3", 200), ("665", 200), ("668", 50)])
def test_a_page_reads_what_it_shows_however_much_there_is(
    suite: Suite, mode: str, after: str, found: int
) -> None:
    """Two thousand audiences, one with a quarter of all changes: far behind, and near the end."""
    suite.rows(
        "INSERT INTO platform.change (transaction, audience, entity, entity_id, operation, version)"
        " SELECT (3 + n / 300)::text::xid8, "
        "lpad(to_hex(CASE WHEN n % 4 = 0 THEN 7 ELSE n % 2000 END), 32, '0')::uuid, 'listing', "
        "gen_random_uuid(), 'upsert', 1 FROM generate_series(0, 199999) AS n"
    )
    audiences = [f"{n:032x}" for n in (7, 9, 11)]
    suite.rows("ANALYZE platform.change")
    suite.rows("BEGIN")
    try:
        suite.rows(f"SET LOCAL plan_cache_mode = {mode}")
        suite.rows("SET LOCAL ROLE svc_platform")
        suite.rows("SELECT set_config('app.user_id', :id, true)", id=audiences[0])
        suite.rows("SELECT set_config('app.businesses', :ids, true)", ids=",".join(audiences[1:]))
        suite.rows(f"PREPARE feed AS {feed._CHANGES_SINCE}")
        execute = f"EXECUTE feed ('{{{','.join(audiences)}}}', '{after}', 9223372036854775807, 200)"
        told = suite.rows(execute)
        ((plan,),) = suite.rows(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {execute}")
    finally:
        suite.rows("ROLLBACK")
        suite.rows("DEALLOCATE feed")
    assert told[0][1] == found
    (explained,) = json.loads(plan) if isinstance(plan, str) else plan
    blocks = explained["Plan"]["Shared Hit Blocks"] + explained["Plan"]["Shared Read Blocks"]
    # Of each row the next in its order, and whether there is a newer one of the same entity.
    assert blocks < 5 * (200 + 10)
