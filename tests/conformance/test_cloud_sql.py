"""Functions in production reach PostgreSQL through Google's connector, whatever happens."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from shared.cloud import breaker, sql
from tests import web
from tests.conformance.conftest import IAM_ROLE
from tests.conformance.google import INSTANCE, Google, password_of
from tests.conformance.process import Deployed, deployed
from tests.factories import users
from tests.faults import Way
from tests.running import soon
from tests.suite import Person, Suite

AT_ONCE = 8
CROWD = {"THREADS": str(AT_ONCE), "DB_POOL": str(AT_ONCE)}
IAM = {"DB_USER": IAM_ROLE}


def read(suite: Suite, made: Deployed, person: Person) -> httpx.Response:
    """Have somebody read himself."""
    headers = {"Authorization": f"Bearer {suite.token(person)}"}
    return web.get(f"{made.url}/api/v1/users/me", headers=headers, timeout=30)


def api_calls(google: Google) -> Counter[str]:
    """Return what Cloud SQL's API was asked, by its last word."""
    return Counter(
        each.rpartition("/")[2].rpartition(":")[2]
        for each in google.asked.elements()
        if each.startswith("sqladmin")
    )


def test_a_crowd_that_finds_the_process_cold_shares_one_connector(
    suite: Suite, google: Google, tmp_path: Path
) -> None:
    """The service account is signed in by IAM, and each of the eight reads his own row."""
    people = [users.person(suite) for _ in range(AT_ONCE)]
    google.slowness_seconds = 0.3
    with (
        deployed("get_me", tmp_path / "log", google.environment, **IAM, **CROWD) as made,
        ThreadPoolExecutor(AT_ONCE) as crew,
    ):
        answers = list(crew.map(lambda person: read(suite, made, person), people))
        signed_in = suite.rows(
            "SELECT application_name FROM pg_stat_activity WHERE usename = :role", role=IAM_ROLE
        )
    assert [each.json()["data"]["id"] for each in answers] == [str(each.user_id) for each in people]
    assert len(signed_in) > 1
    assert {name for (name,) in signed_in} == {"pushnchat"}
    assert api_calls(google) == {"connectSettings": 1, "generateEphemeralCert": 1}


def test_a_role_that_is_not_the_service_account_is_not_signed_in(
    suite: Suite, google: Google, tmp_path: Path
) -> None:
    """And the log says who was refused, to whoever has to mend it."""
    with deployed("get_me", tmp_path / "log", google.environment, DB_USER="svc_users") as made:
        answer = read(suite, made, users.person(suite))
        said = made.log.read_text()
    assert answer.status_code == 500, said
    assert "sqlstate 28000" in said


def test_a_password_is_rotated_without_a_restart(
    suite: Suite, google: Google, tmp_path: Path
) -> None:
    """The connections that are open are cut off; the next ones are opened with the new version."""
    person = users.person(suite)
    (old,) = suite.rows("SELECT rolpassword FROM pg_authid WHERE rolname = 'svc_users'")[0]

    def change(password: str) -> None:
        suite.rows(f"ALTER ROLE svc_users PASSWORD '{password}'")
        suite.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename='svc_users'"
        )

    try:
        change("first")
        google.secrets["svc-users"] = [b"first"]
        with deployed(
            "get_me", tmp_path / "log", google.environment, **password_of("svc_users")
        ) as made:
            assert read(suite, made, person).status_code == 200
            change("second")
            google.secrets["svc-users"].append(b"second")
            assert soon(lambda: read(suite, made, person).status_code == 200)
    finally:
        change(old)


def test_what_google_refuses_is_told_with_instance_and_role(
    suite: Suite, google: Google, tmp_path: Path
) -> None:
    google.status["sqladmin.googleapis.com"] = 403
    with deployed("get_me", tmp_path / "log", google.environment, **IAM) as made:
        answer = read(suite, made, users.person(suite))
        said = made.log.read_text()
    assert answer.status_code == 500, answer.text
    assert f"403 for {INSTANCE}, role " in said
    assert "roles/cloudsql.client" in said


def test_p16_while_google_fails_all_is_refused_clearly_and_then_goes_on(
    suite: Suite, google: Google, tmp_path: Path
) -> None:
    person = users.person(suite)
    with deployed("get_me", tmp_path / "log", google.environment, **IAM) as made:
        google.status["sqladmin.googleapis.com"] = 500
        answer = read(suite, made, person)
        assert answer.status_code == 503, answer.text
        assert "Cloud SQL does not answer" in made.log.read_text()
        google.status.clear()
        assert soon(lambda: read(suite, made, person).status_code == 200)


def test_p16_an_instance_that_says_nothing_costs_one_deadline_and_then_nobody_waits(
    suite: Suite, google: Google, way: Way, tmp_path: Path
) -> None:
    """The connector's own loop hangs in it; a new one serves as soon as the instance is back."""
    person = users.person(suite)
    with (
        deployed("get_me", tmp_path / "log", google.environment, **IAM, **CROWD) as made,
        ThreadPoolExecutor(AT_ONCE) as crew,
    ):
        way.hold()
        begun = time.monotonic()
        answers = list(crew.map(lambda _: read(suite, made, person), range(AT_ONCE)))
        assert {each.status_code for each in answers} == {503}
        assert sql.DEADLINE_SECONDS <= time.monotonic() - begun < 2 * sql.DEADLINE_SECONDS
        begun = time.monotonic()
        assert read(suite, made, person).status_code == 503
        assert time.monotonic() - begun < 1
        way.release()
        rest = breaker.REST_SECONDS + sql.DEADLINE_SECONDS
        assert soon(lambda: read(suite, made, person).status_code == 200, rest)
