"""P16: whatever happens to PostgreSQL, callers get their own rows or hear when to come back.

One process serves every function, over HTTP, from a PostgreSQL of its own that is reached through
a proxy. Every answer is held against the row of the caller who asked; the process is never started
again.
"""

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pg8000.native
import pytest

from local import children, database, postgres
from local.identity import PROJECT, Signer
from local.postgres import Server, StopMode
from local.run import _listener
from local.tokens import new_user
from shared.roles import Role
from tests import clusters
from tests.factories.listings import content
from tests.factories.users import LAGOS
from tests.faults import Kind, Way
from tests.running import soon as within

CROWD = 24
LOCKING = b"FOR UPDATE OF l"
COMMIT = b"commit\0"
LOSSES: tuple[Kind, ...] = ("before", "after")
_names = count(1)


def soon(what: Callable[[], bool]) -> bool:
    """Wait until something holds, however busy the machine is."""
    return within(what, 120)


@dataclass(eq=False)
class Site:
    """The functions, their database, and the way between them."""

    directory: Path
    postgres: Server
    way: Way
    url: str
    signer: Signer
    web: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))

    def restart(self, mode: StopMode) -> None:
        """Stop PostgreSQL and start it where it was."""
        self.postgres.stop(mode)
        self.start()

    def start(self) -> None:
        """Start PostgreSQL on the port that it had."""
        self.postgres = postgres.start(self.directory / "postgres", port=self.postgres.port)

    @contextlib.contextmanager
    def superuser(self) -> Iterator[pg8000.native.Connection]:
        """Connect past the proxy."""
        with contextlib.closing(postgres.superuser_connection(self.postgres, database.NAME)) as db:
            yield db

    def rows(self, sql: str, **values: object) -> list[list[Any]]:
        """Look at the database."""
        with self.superuser() as db:
            return db.run(sql, **values) or []

    def hang_up(self) -> None:
        """Have the server close every connection of the functions."""
        self.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename ~ '^svc_'")

    @contextlib.contextmanager
    def set_for(self, role: str, **settings: str) -> Iterator[None]:
        """Have new connections of a role begin with other settings."""
        before = self.rows("SELECT rolconfig FROM pg_roles WHERE rolname = :role", role=role)[0][0]
        for name, value in settings.items():
            self.rows(f"ALTER ROLE {role} SET {name} = '{value}'")
        self.hang_up()
        try:
            yield
        finally:
            was = dict(each.split("=", 1) for each in before)
            for name in settings:
                back = f"SET {name} = '{was[name]}'" if name in was else f"RESET {name}"
                self.rows(f"ALTER ROLE {role} {back}")
            self.hang_up()


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with an account, a business, and a row that only he may read."""

    site: Site
    name: str
    headers: dict[str, str]
    id: str
    business: str

    def gets_his_own(self) -> bool:
        """Read himself; True when he got his own row, False when he heard when to come back."""
        answer = self.site.web.get(f"{self.site.url}/api/v1/users/me", headers=self.headers)
        if answer.status_code == 200:
            found = answer.json()["data"]
            assert (found["id"], found["given_name"]) == (self.id, self.name)
            return True
        require_clear(answer)
        return False

    def submit(self, key: str) -> httpx.Response:
        """Submit a listing that is titled after the key."""
        body = {**content(title=f"Dried mango {key}"), "business_id": self.business}
        headers = {**self.headers, "Idempotency-Key": key}
        return self.site.web.post(f"{self.site.url}/api/v1/listings", json=body, headers=headers)

    def edit(self, listing: dict[str, Any], title: str) -> httpx.Response:
        """Give a listing another title."""
        return self.site.web.patch(
            f"{self.site.url}/api/v1/listings/{listing['id']}",
            json={"title": title},
            headers={**self.headers, "If-Match": str(listing["version"])},
        )


def require_clear(answer: httpx.Response, status: int = 503, code: str = "UNAVAILABLE") -> None:
    """Demand a problem that says when to come back, and nothing else."""
    assert answer.status_code == status, answer.text
    (problem,) = answer.json()["errors"]
    assert answer.json().keys() == {"errors"}
    assert problem["code"] == code
    assert 1 <= int(answer.headers["retry-after"]) <= 3


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("outages")
    with contextlib.ExitStack() as stack:
        server = postgres.start(clusters.copy_to(directory / "postgres"))
        found = database.prepare(server, directory / "postgres")
        way = Way(server.host, server.port)
        signer = Signer.in_directory(directory)
        (directory / "certificates.json").write_text(signer.certificates())
        keys = (directory / "certificates.json").as_uri()
        front = _listener(0)
        env = {
            **os.environ,
            **found,
            "DB_HOST": "127.0.0.1",
            "DB_PORT": str(way.port),
            "DB_POOL": "3",
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "TOKEN_KEYS_URL": keys,
            "INVOKER_KEYS_URL": keys,
            "DATA_DIR": str(directory),
        }
        env.pop("PUBSUB_URL", None)
        output = stack.enter_context((directory / "log").open("wb"))
        process = children.spawn("serve", env, front.fileno(), output)
        stack.callback(children.stop, [process], 5.0)
        url = f"http://127.0.0.1:{front.getsockname()[1]}"
        front.close()
        made = Site(directory, server, way, url, signer)
        # Last in, first out: what hangs in the proxy is let go before the process is stopped.
        stack.callback(lambda: made.postgres.stop("immediate"))
        stack.callback(way.close)
        stack.callback(made.web.close)
        assert made.web.get(f"{url}/healthz").status_code == 200
        worker = _forked(process.pid)
        yield made
        assert process.poll() is None
        assert _forked(process.pid) == worker


def _forked(pid: int) -> str:
    """Return the processes that a process has forked."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text()


@pytest.fixture
def site(built: Site) -> Iterator[Site]:
    """Return the site in good health; afterwards it must be in good health again."""
    yield built
    built.way.heal()
    last = caller(built)
    assert soon(last.gets_his_own)


def caller(site: Site) -> Caller:
    """Onboard somebody with a business, under a name that nobody else has."""
    name = f"Ngozi {next(_names)}"
    token = site.signer.person(name.replace(" ", "-").lower())
    headers = {"Authorization": f"Bearer {token}"}
    business = {
        "name": f"{name} Foods",
        "categories": ["fresh-fruit"],
        "country": "NG",
        "city_id": LAGOS,
    }

    def post(path: str, body: dict[str, Any]) -> Any:
        made = site.web.post(f"{site.url}/api/v1/{path}", json=body, headers=headers)
        assert made.status_code == 201, made.text
        return made.json()["data"]

    me = post("users", {**new_user(Role.BUSINESS), "given_name": name})
    return Caller(site, name, headers, me["id"], post("businesses", business)["id"])


@pytest.fixture(scope="module")
def crowd(built: Site) -> list[Caller]:
    return [caller(built) for _ in range(CROWD)]


@pytest.fixture
def owner(site: Site) -> Caller:
    return caller(site)


def titles(site: Site, owner: Caller) -> list[str]:
    """Return what is stored of somebody's listings."""
    found = site.rows(
        "SELECT title FROM listings.listing WHERE business_id = CAST(:id AS uuid) ORDER BY title",
        id=owner.business,
    )
    return [title for (title,) in found]


def at_once(crew: ThreadPoolExecutor, work: list[Callable[[], Any]]) -> list[Future[Any]]:
    return [crew.submit(each) for each in work]


# Too little of it, or too slow


def test_p16_with_every_connection_stuck_the_others_are_refused_and_the_stuck_go_on(
    site: Site, crowd: list[Caller]
) -> None:
    """Three hold the pool while nothing moves; when it moves again they get what they asked for."""
    assert all(each.gets_his_own() for each in crowd)
    site.way.hold()
    with ThreadPoolExecutor(CROWD) as crew:
        asked = at_once(crew, [each.gets_his_own for each in crowd])
        # Three wait for the server, all others are refused.
        assert soon(lambda: sum(each.done() for each in asked) >= CROWD - 3)
        site.way.release()
        answers = Counter(each.result() for each in asked)
    assert answers[False] >= CROWD - 3
    assert all(each.gets_his_own() for each in crowd)


def test_p16_a_black_hole_is_given_up_and_costs_nobody_a_thread(
    site: Site, crowd: list[Caller]
) -> None:
    """Connected or not, nobody hears anything: each request ends, and clearly."""
    assert all(each.gets_his_own() for each in crowd)
    site.way.hold()
    with ThreadPoolExecutor(CROWD) as crew:
        for _ in range(2):  # over kept connections, then with none
            assert not any(crew.map(Caller.gets_his_own, crowd))
    site.way.release()
    assert all(each.gets_his_own() for each in crowd)


def test_p16_a_slow_database_answers_some_and_refuses_the_rest(
    site: Site, crowd: list[Caller]
) -> None:
    site.way.delay_seconds = 0.4
    with ThreadPoolExecutor(CROWD) as crew:
        answers = Counter(crew.map(Caller.gets_his_own, crowd))
    assert answers[True]
    assert answers[False]
    site.way.delay_seconds = 0
    assert all(each.gets_his_own() for each in crowd)


def test_p16_a_full_server_is_a_clear_refusal(site: Site, crowd: list[Caller]) -> None:
    """53300, which the driver raises as if the statement were wrong."""
    site.rows(f"ALTER DATABASE {database.NAME} CONNECTION LIMIT 0")
    site.hang_up()
    try:
        assert not any(each.gets_his_own() for each in crowd)
    finally:
        site.rows(f"ALTER DATABASE {database.NAME} CONNECTION LIMIT -1")
    assert all(each.gets_his_own() for each in crowd)


def test_p16_connections_that_the_server_has_closed_cost_no_answer(
    site: Site, crowd: list[Caller]
) -> None:
    """However many of them lie in the pool."""
    with ThreadPoolExecutor(CROWD) as crew:
        for _ in range(3):
            assert all(crew.map(Caller.gets_his_own, crowd))
            site.hang_up()
    assert all(each.gets_his_own() for each in crowd)


# In each other's way


def test_p16_the_victim_of_a_deadlock_is_run_again(site: Site, owner: Caller) -> None:
    """It holds its key and wants the listing; the other holds the listing and wants the key."""
    listing = owner.submit("one").json()["data"]
    site.hang_up()
    wants = site.way.fail(LOCKING, "stop")
    path = f"{site.url}/api/v1/listings/{listing['id']}/close"
    with site.superuser() as other, ThreadPoolExecutor(2) as crew:
        # The server looks for a circle when somebody has waited; the other never looks.
        other.run("SET deadlock_timeout = '10min'")
        other.run("BEGIN")
        other.run(
            "SELECT FROM listings.listing WHERE id = CAST(:id AS uuid) FOR UPDATE", id=listing["id"]
        )
        closing = crew.submit(
            lambda: site.web.post(
                path, json={"outcome": "sold"}, headers={**owner.headers, "Idempotency-Key": "c"}
            )
        )
        assert wants.reached.wait(20)
        theirs = crew.submit(
            lambda: other.run(
                "INSERT INTO platform.idempotency_key (actor, operation, key, request_hash) "
                "SELECT actor, operation, 'c', request_hash FROM ("
                "SELECT :uid AS actor, 'close_listing' AS operation, ''::bytea AS request_hash)",
                uid=owner.name.replace(" ", "-").lower(),
            )
        )
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        assert soon(lambda: site.rows(waits) == [[1]])
        deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        wants.go.set()
        theirs.result()  # the request gave way
        other.run("ROLLBACK")
        answer = closing.result()
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["state"] == "closed"
    assert "Idempotency-Replayed" not in answer.headers
    assert soon(lambda: site.rows(deadlocks)[0][0] > 0)


def test_p16_a_serialization_failure_is_run_again(site: Site, owner: Caller) -> None:
    listing = owner.submit("one").json()["data"]
    with site.set_for("svc_listings", default_transaction_isolation="repeatable read"):
        wants = site.way.fail(LOCKING, "stop")
        with ThreadPoolExecutor(1) as crew:
            editing = crew.submit(owner.edit, listing, "Dried mango, sliced")
            assert wants.reached.wait(20)
            # Its picture of the world is older than this.
            site.rows(
                "UPDATE listings.listing SET updated_at = clock_timestamp() "
                "WHERE id = CAST(:id AS uuid)",
                id=listing["id"],
            )
            wants.go.set()
            answer = editing.result()
    assert answer.status_code == 200, answer.text
    assert titles(site, owner) == ["Dried mango, sliced"]


@pytest.mark.parametrize(
    ("settings", "status", "code"),
    [
        ({"statement_timeout": "200ms", "lock_timeout": "0"}, 503, "UNAVAILABLE"),
        ({"lock_timeout": "200ms"}, 409, "LOCKED"),
    ],
)
def test_p16_a_limit_of_time_is_a_clear_refusal(
    site: Site, owner: Caller, settings: dict[str, str], status: int, code: str
) -> None:
    """The row of another transaction is waited for, then the caller hears so; nothing changes."""
    listing = owner.submit("one").json()["data"]
    with site.set_for("svc_listings", **settings), site.superuser() as other:
        other.run("BEGIN")
        other.run(
            "SELECT FROM listings.listing WHERE id = CAST(:id AS uuid) FOR UPDATE",
            id=listing["id"],
        )
        require_clear(owner.edit(listing, "Dried mango, sliced"), status, code)
        other.run("ROLLBACK")
    # Under the old limits: on a busy machine the new ones refuse what waits for nobody, too.
    assert titles(site, owner) == [listing["title"]]
    assert owner.edit(listing, "Dried mango, sliced").status_code == 200


# Gone


def test_p16_a_connection_that_breaks_in_the_middle_is_run_again(site: Site, owner: Caller) -> None:
    listing = owner.submit("one").json()["data"]
    for kind in LOSSES:
        site.hang_up()
        fault = site.way.fail(LOCKING, kind)
        answer = owner.edit(listing, f"Dried mango, {kind}")
        assert fault.reached.is_set()
        assert answer.status_code == 200, answer.text
        listing = answer.json()["data"]
        assert titles(site, owner) == [f"Dried mango, {kind}"]


def test_p16_p2_a_connection_that_breaks_at_the_commit_is_left_to_the_key(
    site: Site, owner: Caller
) -> None:
    """Nobody knows whether it was stored: the caller asks again, and it is there once."""
    for stored, kind in enumerate(LOSSES):
        fault = site.way.fail(COMMIT, kind)
        require_clear(owner.submit(kind))
        assert fault.reached.is_set()
        assert titles(site, owner).count(f"Dried mango {kind}") == stored
        again = owner.submit(kind)
        assert again.status_code == 201, again.text
        assert ("Idempotency-Replayed" in again.headers) == bool(stored)
    assert titles(site, owner) == ["Dried mango after", "Dried mango before"]


def test_p16_while_postgresql_is_down_all_is_refused_at_once(
    site: Site, crowd: list[Caller]
) -> None:
    """The functions stay as they are, and serve when it is back."""
    assert all(each.gets_his_own() for each in crowd)
    site.postgres.stop("fast")
    try:
        with ThreadPoolExecutor(CROWD) as crew:
            for _ in range(4):
                assert not any(crew.map(Caller.gets_his_own, crowd))
                health = site.web.get(f"{site.url}/healthz")
                assert health.status_code == 200
                require_clear(site.web.get(f"{site.url}/readyz"))
    finally:
        site.start()
    assert all(each.gets_his_own() for each in crowd)
    assert site.web.get(f"{site.url}/readyz").status_code == 200


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_p16_p1_a_restart_in_the_middle_loses_nothing_and_doubles_nothing(
    site: Site, mode: StopMode
) -> None:
    """Six write and read all the while; each write is repeated with its key until it is stored."""
    people = [caller(site) for _ in range(6)]
    rounds = Counter[str]()
    over = threading.Event()

    def live(person: Caller) -> int:
        written = 0
        while not over.is_set() and written < 18:  # an owner may publish twenty an hour
            while (answer := person.submit(f"{mode}-{written}")).status_code != 201:
                require_clear(answer)
            assert answer.json()["data"]["title"] == f"Dried mango {mode}-{written}"
            written += 1
            person.gets_his_own()
            rounds[person.name] += 1
        return written

    def all_have(done: int) -> bool:
        return all(rounds[each.name] >= done for each in people)

    with ThreadPoolExecutor(len(people)) as crew:
        alive = [crew.submit(live, each) for each in people]
        try:
            assert soon(lambda: all_have(2))
            site.restart(mode)
            before = max(rounds.values())
            assert soon(lambda: all_have(min(before + 2, 18)))
        finally:
            over.set()
        written = [each.result() for each in alive]
    for person, many in zip(people, written, strict=True):
        wanted = sorted(f"Dried mango {mode}-{number}" for number in range(many))
        assert titles(site, person) == wanted
