from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any
from uuid import UUID, uuid4

import pytest

from functions.platform._rules import keeping, offline
from shared.cloud import gateway
from shared.http import Response
from shared.ids import new_id
from tests.factories.listings import content, published, seller
from tests.factories.users import person
from tests.suite import Answer, Person, Suite

OPERATION = "POST /api/v1/sync"


def _do(operation: str, listing: object = None, **more: Any) -> dict[str, Any]:
    path = {} if listing is None else {"listing_id": str(listing)}
    return {"id": str(uuid4()), "operation": operation, "path": path, **more}


def _create(business: UUID, **more: Any) -> tuple[str, dict[str, Any]]:
    listing = str(new_id())
    body = {**content(**more), "id": listing, "business_id": str(business)}
    return listing, _do("create_listing", body=body)


def _send(suite: Suite, who: Person, *operations: dict[str, Any]) -> Answer:
    return suite.call(OPERATION, who, body={"operations": operations})


def _outcomes(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [each["outcome"] for each in answer.data["results"]]


def test_a_listing_is_made_edited_and_closed_offline(suite: Suite) -> None:
    """In that order, each with its own answer; an edit takes its version from the one before."""
    owner, business = seller(suite)
    listing, create = _create(business)
    edit = _do("update_listing", listing, version_from=create["id"], body={"title": "Mango, dried"})
    again = _do("update_listing", listing, version_from=edit["id"], body={"title": "Mango, fresh"})
    close = _do("close_listing", listing, depends_on=[again["id"]], body={"outcome": "sold"})
    answer = _send(suite, owner, create, edit, again, close)
    assert _outcomes(answer) == ["applied"] * 4
    assert [each["status"] for each in answer.data["results"]] == [201, 200, 200, 200]
    last = answer.data["results"][-1]["data"]
    assert (last["title"], last["state"], last["version"]) == ("Mango, fresh", "closed", 4)
    assert answer.data["retry_after"] is None
    assert len(suite.events("ListingSubmitted")) == 3


def test_p2_sent_again_nothing_is_done_again(suite: Suite, monkeypatch: Any) -> None:
    """The answers are the same, and no function is asked for them."""
    owner, business = seller(suite)
    listing, create = _create(business)
    operations = [create, _do("close_listing", listing, body={"outcome": "sold"})]
    first = _send(suite, owner, *operations)
    before = suite.stored(apart=("platform.rate_limit",))
    monkeypatch.setattr(gateway, "call", None)
    assert _send(suite, owner, *operations).data == first.data
    assert suite.stored(apart=("platform.rate_limit",)) == before


def test_p2_after_29_days_it_is_known_and_after_31_it_is_not(suite: Suite) -> None:
    """A device may be without a network for weeks; what has an id of its own is not doubled."""
    owner, business = seller(suite)
    _, create = _create(business)
    first = _send(suite, owner, create)
    made_at = datetime.now(UTC)
    suite.tick("cron_purge_expired", made_at + timedelta(days=29))
    assert _send(suite, owner, create).data == first.data
    suite.tick("cron_purge_expired", made_at + keeping.OFFLINE_KEPT + timedelta(days=1))
    late = _send(suite, owner, create)
    assert _outcomes(late) == ["refused"]
    assert late.data["results"][0]["errors"][0]["code"] == "LISTING_EXISTS"


def test_what_is_refused_holds_up_only_what_depends_on_it(suite: Suite) -> None:
    owner, business = seller(suite)
    listing, bad = _create(business, category="no-such")
    _, good = _create(business)
    edit = _do("update_listing", listing, version_from=bad["id"], body={"title": "Mango, dried"})
    close = _do("close_listing", listing, depends_on=[edit["id"]], body={"outcome": "sold"})
    answer = _send(suite, owner, bad, edit, close, good)
    assert _outcomes(answer) == ["refused", "skipped", "skipped", "applied"]
    refused, skipped = answer.data["results"][:2]
    assert (refused["status"], refused["errors"][0]["field"]) == (422, "category")
    assert skipped["errors"][0]["code"] == "DEPENDENCY_NOT_DONE"


def test_it_may_depend_on_an_earlier_outbox(suite: Suite) -> None:
    owner, business = seller(suite)
    listing, create = _create(business)
    edit = _do("update_listing", listing, version_from=create["id"], body={"title": "Mango, dried"})
    assert _outcomes(_send(suite, owner, edit)) == ["skipped"]
    assert _outcomes(_send(suite, owner, create)) == ["applied"]
    assert _outcomes(_send(suite, owner, edit)) == ["applied"]


def test_two_devices_that_edited_the_same_version(suite: Suite) -> None:
    """The second hears how the row is now."""
    owner, business = seller(suite)
    listing = published(suite, owner, business)["id"]
    version = suite.call("GET /api/v1/listings/mine", owner).data[0]["version"]
    edits = [
        _do("update_listing", listing, version=version, body={"title": title})
        for title in ("Mango, dried", "Mango, fresh")
    ]
    assert _outcomes(_send(suite, owner, edits[0])) == ["applied"]
    second = _send(suite, owner, edits[1])
    assert _outcomes(second) == ["refused"]
    (result,) = second.data["results"]
    assert (result["status"], result["errors"][0]["code"]) == (409, "VERSION_CONFLICT")
    assert (result["current"]["title"], result["current"]["version"]) == (
        "Mango, dried",
        version + 1,
    )


def test_an_id_names_one_operation(suite: Suite) -> None:
    owner, business = seller(suite)
    _, create = _create(business)
    assert _outcomes(_send(suite, owner, create)) == ["applied"]
    for other in (
        {**create, "body": {**create["body"], "title": "Something else"}},
        {**_do("read_all_notifications", body={}), "id": create["id"]},
    ):
        answer = _send(suite, owner, other)
        assert _outcomes(answer) == ["refused"]
        assert answer.data["results"][0]["errors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_it_is_done_in_the_name_of_the_caller(suite: Suite) -> None:
    """What he may not do singly he may not do so, and another's id is nothing to him."""
    owner, business = seller(suite)
    listing = published(suite, owner, business)["id"]
    _, create = _create(business)
    stranger = person(suite, roles=["business"])
    close = _do("close_listing", listing, body={"outcome": "sold"})
    answer = _send(suite, stranger, close, create)
    assert [each["status"] for each in answer.data["results"]] == [404, 403]
    assert _outcomes(_send(suite, owner, create)) == ["applied"]
    assert _outcomes(_send(suite, stranger, {**close, "depends_on": [create["id"]]})) == ["skipped"]


def test_a_path_cannot_lead_elsewhere(suite: Suite) -> None:
    owner, business = seller(suite)
    listing = published(suite, owner, business)["id"]
    for wrong in (f"{listing}/pause?", "../users/me", "..", "%2e%2e", f"{listing}#"):
        answer = _send(suite, owner, _do("close_listing", wrong, body={"outcome": "sold"}))
        assert answer.data["results"][0]["status"] in {404, 422}
    assert suite.value("SELECT state FROM listings.listing") == "published"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"operation": "create_business"}, "UNKNOWN_OPERATION", "operations.1.operation"),
        ({"operation": "no_such"}, "UNKNOWN_OPERATION", "operations.1.operation"),
        ({"path": {}}, "VALIDATION_ERROR", "operations.1.path"),
        ({"path": {"listing_id": "1", "x": "1"}}, "VALIDATION_ERROR", "operations.1.path"),
        ({"depends_on": ["later"]}, "DEPENDS_ON_LATER", "operations.1.depends_on"),
        ({"depends_on": ["itself"]}, "DEPENDS_ON_LATER", "operations.1.depends_on"),
        ({"version_from": "later"}, "DEPENDS_ON_LATER", "operations.1.version_from"),
        ({"id": "first"}, "DUPLICATE_ID", "operations.1.id"),
    ],
)
def test_an_outbox_that_cannot_be_done_is_refused_whole(
    suite: Suite, change: dict[str, Any], code: str, field: str
) -> None:
    owner, business = seller(suite)
    listing, create = _create(business)
    close = _do("close_listing", listing, body={"outcome": "sold"})
    last = _do("read_all_notifications", body={})
    names = {"first": create["id"], "itself": close["id"], "later": last["id"]}

    def named(value: Any) -> Any:
        if isinstance(value, list):
            return [named(each) for each in value]
        return names.get(value, value) if isinstance(value, str) else value

    wrong = {**close, **{name: named(value) for name, value in change.items()}}
    before = suite.stored(apart=("platform.rate_limit",))
    answer = _send(suite, owner, create, wrong, last)
    assert (answer.status, answer.codes) == (422, [(code, field)])
    assert suite.stored(apart=("platform.rate_limit",)) == before


def test_fifty_at_most(suite: Suite) -> None:
    who = person(suite)
    operations = [_do("read_all_notifications", body={}) for _ in range(51)]
    assert _send(suite, who, *operations).status == 422
    assert _send(suite, who).status == 422
    assert _outcomes(_send(suite, who, *operations[:50])) == ["applied"] * 50


def _answers(*answers: Response | Exception) -> Any:
    given = iter(answers)

    def call(*_: object, **__: object) -> Response:
        answer = next(given)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return call


@pytest.mark.parametrize(
    ("answer", "status", "retry_after"),
    [
        (ConnectionResetError(), None, offline.PAUSE),
        (TimeoutError(), None, offline.PAUSE),
        (HTTPException(), None, offline.PAUSE),
        (Response(503, {"retry-after": "2"}, b'{"errors":[]}'), 503, 2),
        (Response(429, {"Retry-After": "40"}, b'{"errors":[]}'), 429, 40),
        (Response(409, {"Retry-After": "1"}, b'{"errors":[]}'), 409, 1),
        (Response(401, {}, b'{"message":"expired"}'), 401, offline.PAUSE),
        (Response(502, {}, b"<html>"), 502, offline.PAUSE),
    ],
)
def test_what_is_not_decided_waits_and_so_does_all_after_it(
    suite: Suite,
    monkeypatch: pytest.MonkeyPatch,
    answer: Response | Exception,
    status: int | None,
    retry_after: int,
) -> None:
    """Else a phone's later words would overtake its earlier ones."""
    done = Response(200, {}, b'{"data":{"version":2}}')
    monkeypatch.setattr(gateway, "call", _answers(done, answer))
    operations = [_do("read_all_notifications", body={}) for _ in range(3)]
    said = _send(suite, person(suite), *operations)
    assert _outcomes(said) == ["applied", "waiting", "waiting"]
    assert [each["status"] for each in said.data["results"]] == [200, status, None]
    assert said.data["retry_after"] == retry_after


def test_an_outbox_that_takes_too_long_is_answered_in_time(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offline, "SECONDS", -1.0)
    said = _send(suite, person(suite), _do("read_all_notifications", body={}))
    assert _outcomes(said) == ["waiting"]
    assert said.data["retry_after"] == 1


def test_a_token_that_was_revoked_does_nothing(suite: Suite) -> None:
    owner, business = seller(suite)
    suite.rows("UPDATE users.account SET revoked_after = clock_timestamp() + interval '1 minute'")
    _, create = _create(business)
    refused = _send(suite, owner, create)
    assert (refused.status, refused.codes) == (401, [("TOKEN_REVOKED", None)])
    assert suite.rows("SELECT FROM listings.listing") == []
