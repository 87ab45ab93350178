"""Where notifications go."""

import threading
import time
from uuid import uuid4

import pytest

from tests.factories.users import person
from tests.suite import Answer, Suite

BODY = {"push_token": "token-of-this-phone", "platform": "android", "app_version": "1.4.2"}


def test_a_person_has_many_installs(suite: Suite) -> None:
    """A second phone does not push the first one out."""
    ngozi = person(suite)
    for number in range(2):
        path = f"PUT /api/v1/users/me/devices/{uuid4()}"
        kept = suite.call(path, ngozi, body=BODY | {"push_token": f"token-number-{number}"})
        assert kept.status == 200, kept.body
        assert "push_token" not in kept.data
    assert suite.value("SELECT count(*) FROM users.device") == 2


def test_the_next_person_on_a_phone_takes_it_over(suite: Suite) -> None:
    """Shared phones: nobody gets what was meant for who had the phone before."""
    ngozi, ada = person(suite), person(suite)
    path = f"PUT /api/v1/users/me/devices/{uuid4()}"
    assert suite.call(path, ngozi, body=BODY).status == 200
    assert suite.call(path, ada, body=BODY).status == 200
    assert suite.rows("SELECT user_id, push_token FROM users.device") == [
        [ada.user_id, BODY["push_token"]]
    ]


def test_a_token_moves_to_the_install_that_has_it_now(suite: Suite) -> None:
    """Reinstalled, the app has a new id and the old token: one row, the new one."""
    ngozi, ada = person(suite), person(suite)
    old, new = uuid4(), uuid4()
    suite.call(f"PUT /api/v1/users/me/devices/{old}", ngozi, body=BODY)
    suite.call(f"PUT /api/v1/users/me/devices/{new}", ada, body=BODY)
    assert suite.rows("SELECT install_id, user_id FROM users.device") == [[new, ada.user_id]]


def test_a_token_never_doubles_when_two_claim_it_at_once(suite: Suite) -> None:
    """Who comes second waits for the first, and then takes the token from him."""
    ngozi, ada = person(suite), person(suite)
    old, new = uuid4(), uuid4()
    answers: list[Answer] = []

    def claim() -> None:
        answers.append(suite.call(f"PUT /api/v1/users/me/devices/{new}", ada, body=BODY))

    suite.rows("START TRANSACTION")
    suite.rows("SELECT set_config('app.user_id', :id, true)", id=str(ngozi.user_id))
    take = "SELECT users.take_device(CAST(:id AS uuid), :token, 'android', '1')"
    suite.rows(take, id=str(old), token=BODY["push_token"])
    second = threading.Thread(target=claim)
    second.start()
    time.sleep(0.3)
    assert answers == []
    suite.rows("COMMIT")
    second.join()
    assert [answer.status for answer in answers] == [200]
    assert suite.rows("SELECT install_id, user_id FROM users.device") == [[new, ada.user_id]]


@pytest.mark.parametrize(
    "wrong",
    [{"push_token": "x"}, {"push_token": "two words"}, {"platform": "fax"}, {"user_id": "x"}],
)
def test_a_registration_that_makes_no_sense_is_refused(suite: Suite, wrong: dict[str, str]) -> None:
    """The owner comes from the sign-in, never from the body."""
    path = f"PUT /api/v1/users/me/devices/{uuid4()}"
    assert suite.call(path, person(suite), body=BODY | wrong).status == 422
