import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag

from functions.messaging._rules import sealing
from shared import quotas
from shared.ids import new_id
from shared.quotas import Allowance, Quota
from tests.factories import teams, users
from tests.factories.listings import seller
from tests.factories.messaging import heard, opened, said, sending, talk
from tests.suite import Person, Suite


def test_a_message_is_stored_announced_and_read(suite: Suite) -> None:
    """The event says who and where, and nothing of what was said."""
    made = talk(suite)
    sent = said(suite, made.customer, made.id, "Two pallets to Kano?")
    assert (sent["seq"], sent["version"], sent["flags"]) == (1, 1, [])
    (one,) = heard(suite, made.owner, made.id)
    assert one == {
        "id": sent["id"],
        "seq": 1,
        "sender_id": str(made.customer.user_id),
        "on_behalf_of": None,
        "text": "Two pallets to Kano?",
        "attachments": [],
        "flags": [],
        "version": 1,
        "sent_at": sent["sent_at"].replace("Z", "+00:00"),
        "edited_at": None,
        "deleted_at": None,
        "state": "accepted",
    }
    (event,) = suite.events("MessageSent")
    assert event["data"] == {
        "conversation_id": made.id,
        "message_id": sent["id"],
        "seq": 1,
        "sender_id": str(made.customer.user_id),
        "on_behalf_of": None,
        "sent_at": sent["sent_at"],
    }
    assert "pallets" not in json.dumps(suite.stored())


def test_trap_15_five_sent_offline_and_retried_at_once_are_five_in_order(suite: Suite) -> None:
    """By a phone whose clock is a day behind; each three times at once."""
    made = talk(suite)
    behind = _ids(datetime.now(UTC) - timedelta(days=1), 5)
    for number, each in enumerate(behind, 1):
        with ThreadPoolExecutor(3) as crew:
            answers = list(
                crew.map(
                    lambda _, each=each, number=number: sending(
                        suite, made.customer, made.id, f"line {number}", id=each
                    ),
                    range(3),
                )
            )
        assert {each.status for each in answers} == {201}
        assert {each.data["seq"] for each in answers} == {number}
    read = heard(suite, made.owner, made.id)
    assert [each["text"] for each in read] == [f"line {number}" for number in range(1, 6)]
    assert [each["id"] for each in read] == [str(each) for each in behind]
    assert len(suite.events("MessageSent")) == 5


def _ids(first: datetime, number: int) -> list[UUID]:
    """Return UUIDv7 as a device makes them whose clock says `first`."""
    start = int(first.timestamp() * 1000)
    mask = (1 << 80) - 1
    return [UUID(int=((start + n) << 80) | (new_id().int & mask)) for n in range(number)]


def test_thirty_who_write_at_once_leave_no_gap(suite: Suite) -> None:
    """Ten members of a business and its customer, three times each."""
    made = talk(suite)
    crew = [users.member(suite, made.owner, str(made.business_id)) for _ in range(9)]
    everybody = [made.customer, *crew] * 3
    numbers = count(1)
    with ThreadPoolExecutor(30) as threads:
        answers = list(
            threads.map(lambda who: sending(suite, who, made.id, f"n {next(numbers)}"), everybody)
        )
    # Whoever waited too long for the lock or a connection was refused, and says it again.
    late = [who for who, answer in zip(everybody, answers, strict=True) if answer.status == 503]
    assert {each.status for each in answers} <= {201, 503}
    for who in late:
        said(suite, who, made.id, f"n {next(numbers)}")
    read = heard(suite, made.owner, made.id)
    assert [each["seq"] for each in read] == list(range(1, 31))
    assert len({each["text"] for each in read}) == 30
    times = [each["sent_at"] for each in read]
    assert times == sorted(times)
    assert suite.call(f"GET {made.path}", made.customer).data["last_seq"] == 30
    told = [each["data"]["seq"] for each in suite.events("MessageSent")]
    assert sorted(told) == list(range(1, 31))


def test_an_id_is_one_message(suite: Suite) -> None:
    """Another text, another conversation, another person: 409, and nothing is counted."""
    made, other = talk(suite), talk(suite)
    sent = said(suite, made.customer, made.id, "Two pallets")
    assert sending(suite, made.customer, made.id, "Two pallets", id=sent["id"]).data == sent
    both = opened(suite, made.customer, other.business_id)["id"]
    looks = []
    for who, where, text in (
        (made.customer, made.id, "Three pallets"),
        (made.customer, both, "Two pallets"),
        (made.owner, made.id, "Two pallets"),
        (other.customer, other.id, "Two pallets"),
    ):
        refused = sending(suite, who, where, text, id=sent["id"])
        assert (refused.status, refused.codes) == (409, [("MESSAGE_EXISTS", "id")])
        looks.append(refused.body)
    assert len(set(looks)) == 1
    found = suite.rows("SELECT last_seq FROM messaging.conversation ORDER BY last_seq")
    assert found == [[0], [0], [1]]
    assert len(suite.events("MessageSent")) == 1
    assert suite.value("SELECT sum(sent) FROM messaging.pointer") == 1


def test_an_id_that_is_not_of_version_7_is_refused(suite: Suite) -> None:
    made = talk(suite)
    refused = sending(
        suite, made.customer, made.id, id=UUID("3f2504e0-4f89-41d3-9a0c-0305e82c3301")
    )
    assert (refused.status, refused.codes) == (422, [("VALIDATION_ERROR", "id")])


def test_nobody_writes_where_he_takes_no_part(suite: Suite) -> None:
    made = talk(suite)
    for who in (users.person(suite), users.person(suite, roles=["admin"])):
        assert sending(suite, who, made.id).status == 404
    assert sending(suite, made.customer, str(new_id())).status == 404
    assert suite.value("SELECT count(*) FROM messaging.message") == 0


# Who may write to whom


def _between_businesses(suite: Suite) -> tuple[Person, UUID, Person, UUID, str]:
    one, a = seller(suite)
    other, b = seller(suite)
    return one, a, other, b, opened(suite, one, b, on_behalf_of=str(a))["id"]


def _plan(suite: Suite, business: UUID, plan: str) -> None:
    suite.rows("UPDATE users.business SET plan = :plan WHERE id = :id", plan=plan, id=business)


def test_a_business_on_the_free_plan_does_not_write_first(suite: Suite) -> None:
    one, _, _, _, conversation = _between_businesses(suite)
    refused = sending(suite, one, conversation)
    assert (refused.status, refused.codes) == (403, [("FORBIDDEN", None)])
    assert refused.json["errors"][0]["message"].startswith("A business answers")


def test_a_downgrade_freezes_sending_and_not_reading(suite: Suite) -> None:
    """The other side goes on answering; what was sent is answered as it was when it is repeated."""
    one, a, other, _, conversation = _between_businesses(suite)
    _plan(suite, a, "premium")
    sent = said(suite, one, conversation, "We buy shea")
    _plan(suite, a, "free")
    assert sending(suite, one, conversation).status == 403
    assert sending(suite, one, conversation, "We buy shea", id=sent["id"]).data == sent
    said(suite, other, conversation, "How much of it?")
    assert [each["text"] for each in heard(suite, one, conversation)] == [
        "We buy shea",
        "How much of it?",
    ]
    _plan(suite, a, "premium")
    said(suite, one, conversation, "Two tons")


@pytest.mark.parametrize("gone", ["public_business", "public_profile"])
def test_nobody_writes_to_whom_is_gone(suite: Suite, gone: str) -> None:
    """The one who is left reads on."""
    made = talk(suite)
    said(suite, made.customer, made.id)
    column, theirs = ("id", made.business_id), made.customer
    if gone == "public_profile":
        assert made.customer.user_id is not None
        column, theirs = ("user_id", made.customer.user_id), made.owner
    suite.rows(f"DELETE FROM users.{gone} WHERE {column[0]} = :id", id=column[1])  # noqa: S608
    refused = sending(suite, theirs, made.id)
    assert (refused.status, refused.json["errors"][0]["message"]) == (
        403,
        "Whom this conversation is with is no longer here.",
    )
    (left,) = suite.call("GET /api/v1/conversations", theirs).data
    assert left["other"]["name"] is None
    assert len(heard(suite, theirs, made.id)) == 1


def test_a_plan_has_so_many_messages_a_day(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a business; a customer has no plan, and a retry takes none."""
    few = Quota("messages", {"free": Allowance(2, 3), "premium": Allowance(4, 9)})
    monkeypatch.setattr(quotas, "MESSAGES", few)
    made = talk(suite)
    for _ in range(3):
        said(suite, made.customer, made.id)
    first = said(suite, made.owner, made.id, "one")
    answer = sending(suite, made.owner, made.id, "one", id=first["id"])
    assert answer.status == 201
    second = sending(suite, made.owner, made.id, "two")
    assert second.headers["RateLimit"].startswith('"messages-day";r=0;t=')
    refused = sending(suite, made.owner, made.id, "three")
    assert (refused.status, refused.codes) == (429, [("QUOTA_EXHAUSTED", None)])
    _plan(suite, made.business_id, "premium")
    said(suite, made.owner, made.id, "three")
    assert [each["seq"] for each in heard(suite, made.owner, made.id)] == list(range(1, 7))


# How it is stored


def test_p20_what_is_moved_to_another_place_does_not_open(suite: Suite) -> None:
    """Another number, another sender, another conversation, an older version."""
    key = sealing.Seal(bytes(32))
    place = sealing.Place(new_id(), 7, new_id(), 1)
    nonce, sealed = key.sealed(place, "Two pallets")
    assert key.opened(place, nonce, sealed) == "Two pallets"
    for moved in (
        sealing.Place(new_id(), 7, place.sender_id, 1),
        sealing.Place(place.conversation_id, 8, place.sender_id, 1),
        sealing.Place(place.conversation_id, 7, new_id(), 1),
        sealing.Place(place.conversation_id, 7, place.sender_id, 2),
    ):
        with pytest.raises(InvalidTag):
            key.opened(moved, nonce, sealed)


def test_p20_a_changed_bit_is_found() -> None:
    """Each of the nonce and of what is sealed, which ends with its tag."""
    key = sealing.Seal(bytes(32))
    place = sealing.Place(new_id(), 1, new_id(), 1)
    nonce, sealed = key.sealed(place, "Two pallets")
    whole = int.from_bytes(nonce + sealed)
    for bit in range(8 * len(nonce + sealed)):
        changed = (whole ^ (1 << bit)).to_bytes(len(nonce + sealed))
        with pytest.raises(InvalidTag):
            key.opened(place, changed[: len(nonce)], changed[len(nonce) :])


def test_a_row_that_holds_anothers_words_is_not_read_out(suite: Suite) -> None:
    """Whoever can write the table cannot put words into somebody's mouth."""
    made = talk(suite)
    said(suite, made.customer, made.id, "I pay 10")
    said(suite, made.customer, made.id, "I pay 90")
    suite.rows(
        "UPDATE messaging.message AS m SET nonce = o.nonce, ciphertext = o.ciphertext "
        "FROM messaging.message AS o WHERE m.seq = 1 AND o.seq = 2"
    )
    answer = suite.call(f"GET {made.path}/messages", made.owner)
    assert answer.status == 500
    assert b"I pay" not in answer.body


def test_p20_what_is_written_is_nowhere_in_plain(suite: Suite) -> None:
    """Neither in a table, nor in what is kept to answer a repetition with."""
    made = talk(suite)
    answer = sending(suite, made.customer, made.id, "Secretword in Kano", key="k")
    assert answer.status == 201
    assert sending(suite, made.customer, made.id, "x", key="k").status == 422
    suite.deliver()
    suite.call(f"GET {made.path}/messages", made.owner)
    suite.call("GET /api/v1/conversations", made.owner)
    stored = json.dumps(suite.stored())
    assert "Secretword" not in stored
    assert b"Secretword".hex() not in stored


def test_in_support_an_agent_answers_what_is_his_and_a_manager_anything(suite: Suite) -> None:
    """All of them read it."""
    made = teams.team(suite, capacity=1)
    one, other = made.agents
    teams.says(suite, made, one)
    his, waits = (teams.asks(suite, made)["id"] for _ in range(2))
    assert sending(suite, one, his).status == 201
    assert sending(suite, made.owner, his).status == 201
    for who, which in ((other, his), (one, waits)):
        assert sending(suite, who, which).codes == [("FORBIDDEN", None)]
        assert suite.call(f"GET /api/v1/conversations/{which}", who).status == 200
