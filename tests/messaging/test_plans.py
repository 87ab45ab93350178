"""What people read of a hundred thousand messages goes by an index, and reads what it shows."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pg8000.native import literal

from shared import pages
from shared.manifest import queries
from shared.manifest.discovery import ROOT
from tests.conftest import empty
from tests.suite import Suite

BUSINESS, CUSTOMER, AGENT = UUID(int=1), UUID(int=10_007), UUID(int=2)
TALK = UUID(int=20_007)
NEWEST = {"limit": 20, "after_key": pages.NEWEST[0], "after_id": pages.NEWEST[1]}
HERE = {"conversation_id": TALK, "limit": 20}

_FILL = (
    """INSERT INTO messaging.conversation (id, kind, first_id, second_id, opened_by, last_seq,
        last_message_at, wrapped_key, key_id)
    SELECT made.id, 'customer', made.person, CAST(:business AS uuid), made.person, 100,
        '2026-11-01'::timestamptz + n * interval '1 minute', '\\x00',
        CASE WHEN n % 50 = 0 THEN 'old' ELSE 'new' END
    FROM generate_series(1, 1000) AS n CROSS JOIN LATERAL (
        SELECT lpad(to_hex(20000 + n), 32, '0')::uuid, lpad(to_hex(10000 + n), 32, '0')::uuid
    ) AS made (id, person)""",
    """INSERT INTO messaging.message (id, conversation_id, seq, sender_id, own_no, nonce,
        ciphertext, flags, sent_at)
    SELECT gen_random_uuid(), c.id, n,
        CASE WHEN n % 2 = 0 THEN CAST(:agent AS uuid) ELSE c.first_id END, (n + 1) / 2, '\\x00',
        decode(repeat('ab', 80), 'hex'), '{}', c.last_message_at
    FROM messaging.conversation AS c, generate_series(1, 100) AS n""",
    """INSERT INTO messaging.pointer (conversation_id, user_id, party_id, sent)
    SELECT id, first_id, first_id, 50 FROM messaging.conversation
    UNION ALL SELECT id, CAST(:agent AS uuid), CAST(:business AS uuid), 50
    FROM messaging.conversation""",
    """INSERT INTO messaging.delivery (conversation_id, user_id, party_id, queued_seq, due_at)
    SELECT id, first_id, first_id, 100,
        CASE WHEN key_id = 'old' THEN last_message_at + interval '2 minutes' END
    FROM messaging.conversation
    UNION ALL SELECT id, CAST(:agent AS uuid), CAST(:business AS uuid), 100, NULL
    FROM messaging.conversation""",
)


@pytest.fixture(scope="module")
def talks(_suite: Suite) -> Iterator[Suite]:
    """Return a suite in which one business has a thousand conversations of a hundred messages."""
    empty(_suite)
    _suite.rows("SET session_replication_role = replica")
    given = {"business": str(BUSINESS), "agent": str(AGENT)}
    for each in _FILL:
        _suite.rows(each, **{name: value for name, value in given.items() if f":{name}" in each})
    _suite.rows("RESET session_replication_role")
    for table in ("conversation", "message", "pointer", "delivery"):
        _suite.rows(f"ANALYZE messaging.{table}")  # ours
    yield _suite
    empty(_suite)


def _literal(value: Any) -> str:  # any value of a parameter
    if isinstance(value, list):
        return "'{" + ",".join(str(each) for each in value) + "}'"
    if isinstance(value, (int, bytes)) or value is None:
        return str(literal(value))
    return str(literal(str(value)))


def _scans(
    suite: Suite, statement: str, given: Mapping[str, Any], *, role: str = "svc_messaging"
) -> list[tuple[str, str, int]]:
    """Run a statement as one who takes part; return table, index and rows of each scan of ours."""
    _, text, order = queries.statements(ROOT)[f"functions.messaging._statements.{statement}"]
    bound = re.sub(r"\$(\d+)", lambda match: _literal(given[order[int(match[1]) - 1]]), text)
    suite.rows(f"BEGIN; SET LOCAL ROLE {role}; SET LOCAL search_path = messaging, public")
    try:
        suite.rows(
            "SELECT set_config('app.user_id', :person, true), "
            "set_config('app.businesses', :businesses, true)",
            person=str(given.get("user_id", CUSTOMER)),
            businesses=str(BUSINESS) if given.get("user_id") == AGENT else "",
        )
        plan = suite.value(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {bound}")
    finally:
        suite.rows("ROLLBACK")
    found: list[tuple[str, str, int]] = []

    def look(node: dict[str, Any]) -> None:
        ours = node.get("Relation Name") in {
            "conversation",
            "message",
            "pointer",
            "delivery",
        }
        if ours and "Scan" in node["Node Type"]:
            read = node["Actual Rows"] * node["Actual Loops"]
            read += node.get("Rows Removed by Filter", 0) * node["Actual Loops"]
            found.append((node["Relation Name"], node.get("Index Name", ""), round(read)))
        for each in node.get("Plans", []):
            look(each)

    look((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
    return found


def _parts(who: UUID) -> dict[str, Any]:
    mine = [CUSTOMER] if who == CUSTOMER else [AGENT, BUSINESS]
    return {"mine": mine, "user_id": who}


READS = {
    "the newest of a conversation": (
        "messages.page_downwards",
        {**HERE, "after": 0, "before": 2**53},
        "message_seq",
    ),
    "upwards from the middle of it": (
        "messages.page_upwards",
        {**HERE, "after": 40, "before": 2**53},
        "message_seq",
    ),
    "a gap": ("messages.page_upwards", {**HERE, "after": 40, "before": 45}, "message_seq"),
    "a customer's list": (
        "conversations.page_of_conversations",
        {
            **_parts(CUSTOMER),
            "limit": 20,
            "after_key": pages.NEWEST[0],
            "after_id": pages.NEWEST[1],
        },
        "conversation_first",
    ),
    "the list of a business with a thousand": (
        "conversations.page_of_conversations",
        {**_parts(AGENT), **NEWEST},
        "conversation_second",
    ),
    "a page in the midst of it": (
        "conversations.page_of_conversations",
        {
            **_parts(AGENT),
            "limit": 20,
            "after_key": datetime(2026, 11, 1, 8, tzinfo=UTC).isoformat(),
            "after_id": str(UUID(int=20_480)),
        },
        "conversation_second",
    ),
    "one conversation": (
        "conversations.conversation",
        {**_parts(AGENT), "id": TALK},
        "conversation_pkey",
    ),
    "how far somebody has got": (
        "receipts.reached",
        {"conversation_id": TALK, "user_id": AGENT},
        "pointer_pkey",
    ),
    "how far what was said has got": (
        "receipts.progress",
        {"conversation_id": TALK, "user_id": AGENT},
        "delivery_pkey",
    ),
    "a move of pointers": (
        "receipts.move_pointer",
        {
            "conversation_id": TALK,
            "user_id": AGENT,
            "party_id": BUSINESS,
            "delivered_seq": 80,
            "read_seq": 70,
        },
        "message_sender",
    ),
}


@pytest.mark.parametrize("what", READS)
def test_it_goes_by_its_index_and_reads_what_it_shows(talks: Suite, what: str) -> None:
    """However much else there is: no more rows than a page has, and one."""
    statement, given, index = READS[what]
    found = _scans(talks, statement, given)
    assert found
    assert all(used for _, used, _ in found), found
    assert index in {used for _, used, _ in found}
    # Row-level security looks at the conversation beside each message.
    assert all(read <= 21 * (2 if table == "conversation" else 1) for table, _, read in found), (
        found
    )


@pytest.mark.parametrize(
    ("statement", "given", "index", "most"),
    [
        (
            "leaving.page_of_own_messages",
            {"user_id": CUSTOMER, "after_conversation": UUID(int=0), "after_seq": 0, "limit": 20},
            "message_sender",
            21,
        ),
        (
            "leaving.erase_messages",
            {"user_id": CUSTOMER, "after_conversation": UUID(int=0), "after_seq": 0, "limit": 20},
            "message_sender",
            21,
        ),
        (
            "live.window",
            {"conversation_id": TALK, "first": 100, "last": 100, "size": 50},
            "message_seq",
            1,
        ),
        ("live.page_of_live", {"after": str(UUID(int=0)), "limit": 20}, "conversation_pkey", 20),
        (
            "live.conversations_of",
            {"party_id": CUSTOMER, "after": UUID(int=0), "limit": 20},
            "conversation_first",
            1,
        ),
        (
            "delivering.note_sent",
            {"conversation_id": TALK, "user_id": AGENT, "seq": 9},
            "delivery_pkey",
            1,
        ),
        ("upkeep.lock_wrapped", {"key_ids": ["old"], "limit": 10}, "conversation_key_id", 11),
    ],
)
def test_jobs_go_by_an_index_too(
    talks: Suite, statement: str, given: dict[str, Any], index: str, most: int
) -> None:
    found = _scans(talks, statement, given, role="job_messaging")
    assert index in {used for _, used, _ in found}
    assert all(used and read <= most for _, used, read in found), found
