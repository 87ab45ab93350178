"""The secret of cursors is rotated in Secret Manager, while functions serve."""

from pathlib import Path
from typing import Any

import httpx

from shared.cloud import secrets
from tests import web
from tests.conformance.google import CURSORS, Google, password_of
from tests.conformance.process import Deployed, deployed
from tests.factories import users
from tests.factories.notifications import notified
from tests.running import soon
from tests.suite import Person, Suite

TARGET = "list_notifications"
ROLE = password_of("svc_notifications")


def page(suite: Suite, made: Deployed, person: Person, cursor: str | None = None) -> httpx.Response:
    """Have somebody read the next notification."""
    query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
    headers = {"Authorization": f"Bearer {suite.token(person)}"}
    path = f"{made.url}/api/v1/notifications"
    return web.get(path, params=query, headers=headers, timeout=30)


def next_of(answer: httpx.Response) -> Any:
    """Return where the list goes on."""
    assert answer.status_code == 200, answer.text
    return answer.json()["meta"]["pagination"]["next"]


def test_nobody_loses_his_place_when_the_secret_is_rotated(
    suite: Suite, google: Google, tmp_path: Path
) -> None:
    """Instances of before and after read each other's cursors; two rotations later it is over."""
    person = users.person(suite)
    notified(suite, person, 3)
    versions = google.secrets[CURSORS]
    with deployed(TARGET, tmp_path / "1", google.environment, **ROLE) as before:
        made_before = next_of(page(suite, before, person))
        versions.append(b"the second secret of cursors")
        with deployed(TARGET, tmp_path / "2", google.environment, **ROLE) as after:
            assert next_of(page(suite, after, person, made_before))
            made_after = next_of(page(suite, after, person))
        assert soon(
            lambda: page(suite, before, person, made_after).status_code == 200,
            2 * secrets.DOUBTED_SECONDS,
        )
        google.status["secretmanager.googleapis.com"] = 503
        assert next_of(page(suite, before, person))
    google.status.clear()
    versions.append(b"the third secret of cursors")
    with deployed(TARGET, tmp_path / "3", google.environment, **ROLE) as last:
        assert next_of(page(suite, last, person, made_after))
        assert page(suite, last, person, made_before).status_code == 422


def test_a_version_before_the_newest_that_is_destroyed_verifies_nothing(
    suite: Suite, google: Google, tmp_path: Path
) -> None:
    person = users.person(suite)
    notified(suite, person, 3)
    versions = google.secrets[CURSORS]
    with deployed(TARGET, tmp_path / "1", google.environment, **ROLE) as before:
        leaked = next_of(page(suite, before, person))
    versions[:] = [None, b"the second secret of cursors"]
    with deployed(TARGET, tmp_path / "2", google.environment, **ROLE) as after:
        assert page(suite, after, person, leaked).status_code == 422
        assert next_of(page(suite, after, person, next_of(page(suite, after, person))))


def test_a_secret_that_may_not_be_read_is_told_with_its_name(
    suite: Suite, google: Google, tmp_path: Path
) -> None:
    with deployed(TARGET, tmp_path / "log", google.environment, **ROLE) as made:
        google.status["secretmanager.googleapis.com"] = 403
        answer = page(suite, made, users.person(suite))
        said = made.log.read_text()
    assert answer.status_code == 500
    assert "reader of secret svc-notifications" in said
    assert "roles/secretmanager.secretAccessor" in said


def test_p16_without_secret_manager_a_cold_process_refuses_clearly_and_then_serves(
    suite: Suite, google: Google, tmp_path: Path
) -> None:
    person = users.person(suite)
    with deployed(TARGET, tmp_path / "log", google.environment, **ROLE) as made:
        google.status["secretmanager.googleapis.com"] = 503
        answer = page(suite, made, person)
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"]
        google.status.clear()
        assert soon(lambda: page(suite, made, person).status_code == 200)
