"""The sign-in of somebody who is forgotten."""

from datetime import UTC, datetime

from shared.grace import GRACE
from shared.manifest.discovery import entries
from tests.factories.users import leaving, person
from tests.suite import Suite
from tests.users.provider import Provider


def test_p19_the_provider_forgets_it_and_then_so_do_we(suite: Suite, provider: Provider) -> None:
    """With what was announced and what was answered under it."""
    ngozi = person(suite)
    body = {"given_name": "Ada"}
    assert suite.call("PATCH /api/v1/users/me", ngozi, body=body, key="k", version=1).status == 200
    leaving(suite, ngozi)
    suite.tick("cron_erase_accounts", datetime.now(UTC) + GRACE)
    suite.deliver(times=2)
    path, told = provider.told[-1]
    assert path.endswith("accounts:delete")
    assert told == {"localId": ngozi.uid}
    assert suite.rows("SELECT uid, state FROM users.account") == [
        [f"erased:{ngozi.user_id}", "erased"]
    ]
    assert suite.value("SELECT count(*) FROM platform.idempotency_key") == 0
    assert [each["type"] for each in suite.events()] == ["UserErased"]


def test_p19_it_is_refused_until_the_provider_has_forgotten_it(
    suite: Suite, provider: Provider
) -> None:
    """Nobody makes himself a new account with it while it waits; the event is delivered again."""
    again = leaving(suite, person(suite))
    suite.deliver()
    suite.tick("cron_erase_accounts", datetime.now(UTC) + GRACE)
    provider.answer = (503, {})
    (event,) = suite.rows("SELECT body FROM platform.outbox WHERE type = 'UserErased'")
    handler = entries()["on_user_erased_delete_sign_in"]
    assert suite.push(handler, event[0]).status == 500
    refused = suite.call("GET /api/v1/users/me", again)
    assert (refused.status, refused.codes) == (403, [("ACCOUNT_SUSPENDED", None)])
    provider.answer = (200, {})
    assert suite.push(handler, event[0], attempt=2).status == 204
    assert suite.call("GET /api/v1/users/me", again).codes == [("NOT_ONBOARDED", None)]
