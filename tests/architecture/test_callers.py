"""P14: who is let in at each door, and what he says of himself that nobody believes."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from shared import edge
from shared.entry import Entry, needs_account
from shared.http import Request, from_environ
from shared.roles import Role
from shared.settings import settings
from tests.architecture.samples import (
    CRONS,
    EVENTS,
    GUARDED,
    HTTP,
    TASKS,
    event_text,
    example,
    http,
    named,
    operation,
)
from tests.conftest import empty
from tests.factories.users import person
from tests.suite import Answer, Person, Suite

URL = "https://{name}-123.europe-west1.run.app"
ROLED = [entry for entry in GUARDED if needs_account(http(entry))]

_ADMIN = base64.urlsafe_b64encode(json.dumps({"sub": "root", "roles": ["admin"]}).encode()).decode()
CLAIMED = {
    "X-Apigateway-Api-Userinfo": _ADMIN,
    "X-Endpoint-Api-Userinfo": _ADMIN,
    "X-Goog-Authenticated-User-Id": "accounts.google.com:1",
    "X-Goog-Authenticated-User-Email": "accounts.google.com:root@example.com",
    "X-Goog-Iap-Jwt-Assertion": "e30.e30.e30",
    "X-Serverless-Authorization": "Bearer e30.e30.SIGNATURE_REMOVED_BY_GOOGLE",
    "X-CloudScheduler": "true",
    "X-CloudScheduler-JobName": "cron_relay_outbox",
    "X-CloudScheduler-ScheduleTime": "2199-01-01T00:00:00+00:00",
    "X-CloudTasks-QueueName": "notes",
    "X-CloudTasks-TaskName": "1",
    "X-CloudTasks-TaskRetryCount": "9",
    "X-AppEngine-Cron": "true",
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": "localhost",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-User": "root",
    "X-Forwarded-Email": "root@example.com",
    "X-Original-URL": "/api/v1/admin/listings",
    "X-Rewrite-URL": "/api/v1/admin/listings",
    "X-HTTP-Method-Override": "DELETE",
    "X-User-Id": "1",
    "X-Roles": "admin",
}
"""What a proxy or the platform would say of a caller, said by the caller."""


def _call(suite: Suite, entry: Entry, caller: Person | None, **headers: str) -> Answer:
    sent = {"body": example(entry.body)} if entry.body else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    version = 1 if "version" in entry.wants else None
    return suite.call(operation(entry), caller, headers=named, version=version, **sent)


@pytest.mark.parametrize(**named(ROLED))
def test_p14_a_role_is_what_the_database_says_now(suite: Suite, entry: Entry) -> None:
    """One that a token carries is a cache of the app; it lets nobody in and keeps nobody out."""
    allowed = http(entry).roles
    claims: dict[str, Any] = {"roles": [str(role) for role in Role], "role": "admin", "admin": True}
    somebody = person(suite, **claims)
    others = sorted(set(Role) - allowed)
    for held, let_in in ((others, False), (sorted(allowed), True), (others, False)):
        if not held:
            continue
        suite.rows("UPDATE users.account SET roles = :roles", roles=[str(role) for role in held])
        answer = _call(suite, entry, somebody)
        refused = answer.status == 403 and answer.codes == [("ROLE_NOT_ALLOWED", None)]
        assert refused is not let_in, answer.body


@pytest.mark.parametrize(**named(ROLED))
def test_p14_who_was_signed_out_is_refused(suite: Suite, entry: Entry) -> None:
    """At once, and until he signs in again."""
    somebody = person(suite, roles=[str(min(http(entry).roles))])
    suite.rows("UPDATE users.account SET revoked_after = now() - interval '10 minutes'")
    before = Person(somebody.uid, somebody.user_id, {"auth_time": time.time() - 1_200})
    refused = _call(suite, entry, before)
    assert (refused.status, refused.codes) == (401, [("TOKEN_REVOKED", None)])
    assert _call(suite, entry, somebody).status != 401


@pytest.mark.parametrize(**named(GUARDED))
def test_p14_a_token_comes_once_and_in_its_header(suite: Suite, entry: Entry) -> None:
    """Not in the address, where logs keep it; not twice, where two readers may differ."""
    token = suite.token(Person("somebody"))
    for name in ("access_token", "token", "auth", "id_token", "authorization"):
        in_address = suite.call(operation(entry), query={name: token})
        assert (in_address.status, in_address.codes) == (401, [("UNAUTHENTICATED", None)])
    method, _, path = operation(entry).partition(" ")
    for sent in (
        f"Bearer {token},Bearer {token}",  # as servers join a header that comes twice
        f"Bearer {token}, Bearer e30.e30.e30",
        f"Bearer {token} {token}",
        f"Bearer {token}\x00",
        f"Bearer Bearer {token}",
        f"Bearer {'a' * 100_000}.b.c",
        token,
        "Bearer",
        "Bearer ",
    ):
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": None}
        refused = edge.serve(entry, from_environ({**environ, "HTTP_AUTHORIZATION": sent}))
        assert refused.status == 401, sent[:60]


@pytest.mark.parametrize(**named(HTTP))
def test_p14_nobody_is_who_he_says_in_other_headers(suite: Suite, entry: Entry) -> None:
    """A stranger stays one, a person stays himself, and the operation stays what it is."""
    if entry in GUARDED:
        assert _call(suite, entry, None, **CLAIMED).status == 401
    roles = http(entry).roles
    others = sorted({*Role} - roles) or ["consumer"]
    for held in ([str(min(roles, default=Role.CONSUMER))], others):
        answers = []
        for said in ({}, CLAIMED):
            empty(suite)
            answers.append(_call(suite, entry, person(suite, roles=held, uid="ada"), **said))
        plain, claimed = answers
        assert plain.status == claimed.status
        assert (
            plain.codes == claimed.codes if plain.status >= 400 else _keys(plain) == _keys(claimed)
        )


def _keys(answer: Answer) -> object:
    data = answer.data if answer.body else []
    return [sorted(each) for each in (data if isinstance(data, list) else [data])]


@pytest.fixture
def addressed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the functions know their own address, as in production."""
    with monkeypatch.context() as environment:
        environment.setenv("FUNCTION_URL", URL)
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.mark.parametrize(**named([*EVENTS, *TASKS, *CRONS]))
def test_p14_an_entry_point_refuses_whoever_is_not_its_account(
    suite: Suite, addressed: None, entry: Entry
) -> None:
    """A person, another of our accounts, and tokens of the right account that are not right."""
    mine = "push" if entry in EVENTS else "scheduler" if entry in CRONS else "tasks"
    sign = suite.signer.caller
    url = settings().url_of(entry.name)
    good = sign(mine, url)
    head, payload, _ = good.split(".")
    before = suite.stored()
    tokens = {
        "none": None,
        "a person's": suite.token(Person("somebody")),
        "an administrator's": suite.token(person(suite, roles=["admin"])),
        "expired": sign(mine, url, exp=time.time() - 1),
        "from the future": sign(mine, url, iat=time.time() + 3_600),
        "for another function": sign(mine, settings().url_of("another_function")),
        "for nobody": sign(mine),
        "of another issuer": sign(mine, url, iss="https://securetoken.google.com/pushnchat-local"),
        "of an address nobody verified": sign(mine, url, email_verified=False),
        "that says nothing of its address": sign(mine, url, email_verified=None),
        "of another project": sign(mine, url, email=f"{mine}@elsewhere.iam.gserviceaccount.com"),
        "of an address that looks alike": sign(mine, url, email=f"{mine}@gmail.com"),
        "unsigned": f"{head}.{payload}.",
        "as behind IAM": f"{head}.{payload}.SIGNATURE_REMOVED_BY_GOOGLE",
    }
    tokens |= {
        f"of {other}": sign(other, url) for other in ("push", "tasks", "scheduler") if other != mine
    }
    before = suite.stored()
    for name, token in tokens.items():
        for header in ("authorization", "x-forwarded-authorization"):
            headers = {each.lower(): said for each, said in CLAIMED.items()}
            headers |= {header: f"Bearer {token}"} if token else {}
            assert _knock(entry, headers).status in {401, 403}, name
    moved = _knock(entry, {"x-forwarded-authorization": f"Bearer {good}"})
    assert moved.status == 401, "IAM has not looked at that header"
    assert suite.stored() == before
    assert _knock(entry, {"authorization": f"Bearer {good}"}).status not in {401, 403}


def _knock(entry: Entry, headers: dict[str, str]) -> Answer:
    text = event_text(entry) if entry in EVENTS else "{}"
    data = base64.b64encode(text.encode()).decode()
    body = json.dumps({"message": {"data": data}}).encode()
    response = edge.serve(entry, Request("POST", "/", "", headers, body))
    return Answer(response.status, response.headers, response.body)
