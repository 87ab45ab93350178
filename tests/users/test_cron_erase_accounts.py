"""Forgetting people."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared.grace import GRACE
from shared.manifest.discovery import entries
from tests.factories import exports, listings, notifications, users
from tests.factories.canaries import WORDS, somebody_everywhere
from tests.suite import OBJECTS, Suite

DUE = timedelta(seconds=5) + GRACE
APART = ("platform.rate_limit", "platform.inbox")
"""What a request and a run leave behind, whatever they do."""


def _erase(suite: Suite) -> None:
    later = datetime.now(UTC) + DUE
    assert suite.tick("cron_erase_accounts", later) == 1
    suite.deliver(times=2)
    suite.tick("cron_purge_expired", later)


def _kept(suite: Suite, words: list[str]) -> dict[str, list[str]]:
    """Return word → the tables that hold it, in any row, column and case."""
    stored = {table: "\n".join(rows).lower() for table, rows in suite.stored().items()}
    return {
        word: tables
        for word in words
        if (tables := [name for name, text in stored.items() if word.lower() in text])
    }


def test_p19_nothing_that_leads_to_him_is_left_anywhere(
    suite: Suite, capsys: pytest.CaptureFixture[str]
) -> None:
    """No row of any table, no object, event, answer kept for a repetition, entry or line."""
    him = somebody_everywhere(suite)
    exports.written(suite, him)
    held = _kept(suite, WORDS)
    assert held.keys() == {*WORDS}, "a canary was never there"
    assert [word for word in WORDS if OBJECTS not in held[word]] == []
    users.leaving(suite, him)
    _erase(suite)
    assert _kept(suite, WORDS) == {}
    said = capsys.readouterr().out.lower()
    assert [word for word in WORDS if word.lower() in said] == []


def test_p19_a_second_erasure_finds_nothing_to_do(suite: Suite) -> None:
    """The empty row stays, and refuses what comes late."""
    users.leaving(suite, somebody_everywhere(suite))
    _erase(suite)
    before = suite.stored(apart=APART)
    assert suite.tick("cron_erase_accounts", datetime.now(UTC) + DUE) == 0
    assert suite.stored(apart=APART) == before


def test_p19_what_is_others_stays_whole(suite: Suite) -> None:
    """A business that another owns, its listings, his inbox; the leaver's listings under his id."""
    ada, shop = listings.seller(suite)
    him = users.member(suite, ada, str(shop), role="manager")
    made = listings.published(suite, him, shop)
    notifications.notified(suite, ada, 2)
    suite.deliver()
    mine = "SELECT to_jsonb(t)::text FROM {} AS t ORDER BY 1"
    tables = ("users.business", "users.public_business", "listings.listing", "admin.review")
    before = [suite.rows(mine.format(table)) for table in (*tables, "listings.public_listing")]
    inbox = suite.call("GET /api/v1/notifications", ada).data
    users.leaving(suite, him)
    _erase(suite)
    after = [suite.rows(mine.format(table)) for table in (*tables, "listings.public_listing")]
    assert after == before
    assert suite.call("GET /api/v1/notifications", ada).data == inbox
    assert suite.call(f"GET /api/v1/listings/{made['id']}").status == 200
    members = suite.call(f"GET /api/v1/businesses/{shop}/members", ada).data
    assert [each["user_id"] for each in members] == [str(ada.user_id)]


def test_p19_a_business_that_nobody_else_owns_goes_with_him(suite: Suite) -> None:
    """From the directory, the market and the search."""
    him, shop = listings.seller(suite)
    made = listings.published(suite, him, shop)
    users.leaving(suite, him)
    _erase(suite)
    assert suite.call(f"GET /api/v1/businesses/{shop}").status == 404
    assert suite.call(f"GET /api/v1/listings/{made['id']}").status == 404
    assert suite.call("GET /api/v1/search", query={"q": "mango"}).data == []


def test_nobody_is_erased_before_his_time_is_over(suite: Suite) -> None:
    users.leaving(suite, users.person(suite))
    early = datetime.now(UTC) + GRACE - timedelta(minutes=1)
    assert suite.tick("cron_erase_accounts", early) == 0


def test_p19_who_is_forgotten_meanwhile_is_brought_in_nowhere(suite: Suite) -> None:
    """Ten owners add him while he is erased: each is refused, or his membership goes too."""
    owners = [listings.seller(suite) for _ in range(10)]
    him = users.person(suite)
    users.leaving(suite, him)
    body = {"user_id": str(him.user_id), "role": "agent"}
    later = datetime.now(UTC) + DUE
    with ThreadPoolExecutor(3) as crowd:
        added = [
            crowd.submit(suite.call, f"POST /api/v1/businesses/{shop}/members", owner, body=body)
            for owner, shop in owners
        ]
        minutes = (later + timedelta(minutes=10 * run) for run in range(2))
        erased = [crowd.submit(suite.tick, "cron_erase_accounts", each) for each in minutes]
        assert {each.result().status for each in added} <= {201, 422}
    # Runs that pass over him because somebody just adds him leave him to the next.
    last = suite.tick("cron_erase_accounts", later + timedelta(minutes=20))
    assert sum(each.result() for each in erased) + last == 1
    held = "SELECT count(*) FROM users.membership WHERE user_id = :id"
    assert suite.value(held, id=him.user_id) == 0


def test_it_runs_often_enough_for_the_law() -> None:
    """Grace and run together stay below the seven days of the strictest."""
    assert entries()["cron_erase_accounts"].trigger.schedule == "*/10 * * * *"  # type: ignore[union-attr]
