from hashlib import sha256
from uuid import UUID, uuid4

from schemas.events.installs import InstallLost
from tests.factories.events import hand
from tests.factories.users import person
from tests.suite import Person, Suite

HANDLER = "on_install_lost_delete_device"
TOKEN = "token-of-this-phone"
FINGERPRINT = sha256(TOKEN.encode()).hexdigest()


def install(suite: Suite, who: Person, token: str, install_id: UUID | None = None) -> UUID:
    install_id = install_id or uuid4()
    body = {"push_token": token, "platform": "android", "app_version": "1.4.2"}
    path = f"PUT /api/v1/users/me/devices/{install_id}"
    assert suite.call(path, who, body=body).status == 200
    return install_id


def lost(who: Person, install_id: UUID) -> InstallLost:
    assert who.user_id is not None
    return InstallLost(user_id=who.user_id, install_id=install_id, fingerprint=FINGERPRINT)


def test_it_is_forgotten_and_no_other(suite: Suite) -> None:
    ngozi = person(suite)
    gone, kept = install(suite, ngozi, TOKEN), install(suite, ngozi, f"{TOKEN}-2")
    hand(suite, HANDLER, lost(ngozi, gone), times=2)
    assert suite.rows("SELECT install_id FROM users.device") == [[kept]]


def test_an_install_that_has_another_token_by_now_stays(suite: Suite) -> None:
    """The app got a new one and said so before the old one was found to be dead."""
    ngozi = person(suite)
    phone = install(suite, ngozi, TOKEN)
    install(suite, ngozi, f"{TOKEN}-2", phone)
    hand(suite, HANDLER, lost(ngozi, phone))
    assert suite.rows("SELECT push_token FROM users.device") == [[f"{TOKEN}-2"]]


def test_a_token_that_is_another_installs_by_now_stays_there(suite: Suite) -> None:
    ngozi = person(suite)
    old = install(suite, ngozi, TOKEN)
    new = install(suite, ngozi, TOKEN)
    hand(suite, HANDLER, lost(ngozi, old))
    assert suite.rows("SELECT install_id FROM users.device") == [[new]]
