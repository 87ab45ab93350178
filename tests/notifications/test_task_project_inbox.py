from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from functions.__main__ import main
from functions.notifications._rules import COUNTED
from local.postgres import Server
from schemas.projections.notifications import NEWEST, Inbox, InboxCard
from shared.grace import GRACE
from shared.manifest import projections
from tests.factories import listings, users
from tests.factories.documents import Kept, keeping
from tests.factories.events import hand
from tests.factories.notifications import notified, published
from tests.factories.users import person
from tests.suite import Person, Suite


@pytest.fixture
def kept(suite: Suite, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    with keeping(server, monkeypatch) as documents:
        yield documents


def shown(kept: Kept, who: Person) -> Inbox:
    """Return what the phone of somebody shows; the shape has no field for the version."""
    said = kept.all("inboxes")[who.uid]
    assert said.pop("version") >= 1
    return Inbox(**said)


def read(suite: Suite, who: Person, notification: object, *, to: bool = True) -> None:
    path = f"PATCH /api/v1/notifications/{notification}"
    assert suite.call(path, who, body={"read": to}).status == 200


def test_who_is_told_sees_it(suite: Suite, kept: Kept) -> None:
    """Everybody behind the business, under the id that he signs in with; nobody else."""
    owner, business = listings.seller(suite)
    manager = users.member(suite, owner, str(business), role="manager", language="fr")
    users.member(suite, owner, str(business))
    hand(suite, "on_listing_published_notify_owner", published(business))
    suite.deliver()
    assert kept.all("inboxes").keys() == {owner.uid, manager.uid}
    inbox = shown(kept, manager)
    (card,) = inbox.newest
    assert (inbox.unread, inbox.more, card.language, card.read_at) == (1, False, "fr", None)
    (told,) = suite.call("GET /api/v1/notifications", manager).data
    assert card == InboxCard(**{name: told[name] for name in InboxCard.model_fields})


def test_reading_is_seen_and_what_changes_nothing_is_not(suite: Suite, kept: Kept) -> None:
    reader = person(suite)
    newest, *_ = notified(suite, reader, 5)
    read(suite, reader, newest)
    suite.deliver(times=2)
    inbox = shown(kept, reader)
    assert (inbox.unread, len(inbox.newest)) == (4, NEWEST)
    assert inbox.newest[0].id == newest
    assert [card.read_at is None for card in inbox.newest] == [False, True, True]
    read(suite, reader, newest)
    assert suite.deliver() == []
    read(suite, reader, newest, to=False)
    suite.deliver()
    assert shown(kept, reader).unread == 5
    assert suite.call("POST /api/v1/notifications/read-all", reader, body={}).status == 200
    suite.deliver()
    assert shown(kept, reader).unread == 0
    assert [version for _, version in kept.writes] == [1, 2, 3]


def test_more_than_a_hundred_are_more(suite: Suite, kept: Kept) -> None:
    reader = person(suite)
    first, *_ = notified(suite, reader, COUNTED + 2)
    read(suite, reader, first)
    suite.deliver()
    inbox = shown(kept, reader)
    assert (inbox.unread, inbox.more) == (COUNTED, True)


def test_p19_the_document_of_somebody_who_is_forgotten_is_deleted(suite: Suite, kept: Kept) -> None:
    """In whatever order it is heard of; while he may think again it stays."""
    him, other = person(suite), person(suite)
    for who in (him, other):
        (one,) = notified(suite, who)
        read(suite, who, one)
    suite.deliver()
    users.leaving(suite, him)
    suite.deliver()
    assert kept.all("inboxes").keys() == {him.uid, other.uid}
    suite.tick("cron_erase_accounts", datetime.now(UTC) + GRACE)
    suite.deliver(times=2)
    assert kept.all("inboxes").keys() == {other.uid}
    assert him.uid not in str(suite.rows("SELECT * FROM platform.projection"))


def test_what_firestore_loses_is_built_anew(
    suite: Suite, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it, from PostgreSQL alone, batch by batch, and from where it broke off."""
    people = [person(suite) for _ in range(5)]
    for number, who in enumerate(people):
        for one in notified(suite, who, number + 1)[:1]:
            read(suite, who, one)
    suite.deliver()
    before = {uid: {**said, "version": 0} for uid, said in kept.all("inboxes").items()}
    assert len(before) == len(people)
    kept.wipe()
    suite.rows("TRUNCATE platform.projection")  # neither what was shown is needed

    monkeypatch.setattr(projections, "BATCH", 2)
    ((entry, kind),) = (each for each in projections.known() if each[0].service == "notifications")
    broken_off = projections.rebuild(entry, kind)
    first = next(broken_off)
    rest = list(projections.rebuild(entry, kind, first[-1]))
    assert [key for keys in (first, *rest) for key in keys] == sorted(
        str(who.user_id) for who in people
    )
    assert [len(keys) for keys in (first, *rest)] == [2, 2, 1]
    suite.deliver(times=2)
    assert {uid: {**said, "version": 0} for uid, said in kept.all("inboxes").items()} == before
    assert len(kept.writes) == len(people)


def test_an_operator_has_all_of_a_service_built_anew(
    suite: Suite, kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    """Over what is there already: the shape may have changed."""
    reader = person(suite)
    (one,) = notified(suite, reader)
    read(suite, reader, one)
    suite.deliver()
    capsys.readouterr()
    assert main(["rebuild-projections", "notifications"]) == 0
    assert capsys.readouterr().out == f"inboxes: 1 handed over, up to {reader.user_id}\n"
    suite.deliver()
    assert kept.writes == [(f"inboxes/{reader.uid}", 1), (f"inboxes/{reader.uid}", 2)]
    assert main(["rebuild-projections", "search"]) == 1


def test_every_function_that_writes_documents_is_known_to_rebuild() -> None:
    assert {entry.name: kind.collection for entry, kind in projections.known()} == {
        "task_project_conversation": "conversations",
        "task_project_inbox": "inboxes",
    }
