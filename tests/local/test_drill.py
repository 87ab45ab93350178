"""P18: what was backed up is what is restored, and a difference is found."""

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from local import database, drill, postgres
from local.drill import facts
from local.drill.facts import Facts


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[drill.Played]:
    """Play the drill once, with a small market."""
    with ExitStack() as stack:
        yield drill.play(stack, tmp_path_factory.mktemp("drill"), 100, drill.Watch())


def test_p18_a_dump_and_a_moment_in_the_log_restore_all_there_was(
    played: drill.Played, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows, schema, roles, indexes, grants and chains."""
    assert drill.report(played, drill.Watch()) == 0, capsys.readouterr().err
    said = capsys.readouterr().out
    assert "restored: 0 differences" in said
    assert "recovered: 0 differences" in said
    rows = played.before.rows
    assert rows["listings.listing"][0] == 100 + drill.LISTINGS_SINCE
    assert rows["platform.city"][0] > 10_000
    assert rows["platform.audit_entry"][0] == drill.AUDITED


def _change(server: postgres.Server, *statements: str) -> None:
    with closing(postgres.superuser_connection(server, database.NAME)) as db:
        for each in statements:
            db.run(each)


OTHERWISE = {
    "UPDATE users.business SET name = name || '.'": "users.business: ",
    "DELETE FROM users.public_profile": "users.public_profile: ",
    "INSERT INTO platform.inbox VALUES ('h', gen_random_uuid())": "platform.inbox: ",
    "REVOKE SELECT ON listings.public_listing FROM svc_search": "schema: lost: GRANT",
    "ALTER ROLE svc_search RESET lock_timeout": "role: lost: svc_search",
}


def test_p18_what_was_restored_otherwise_is_found(played: drill.Played) -> None:
    """Each difference by its name, and none where there is none."""
    found = facts.differences(played.before, facts.take(played.recovered))
    assert [each for each in OTHERWISE.values() if _found(found, each)] == []
    _change(played.recovered, *OTHERWISE)
    found = facts.differences(played.before, facts.take(played.recovered))
    assert [each for each in OTHERWISE.values() if not _found(found, each)] == []


_READY = "UPDATE pg_index SET indisready = {} WHERE indexrelid = '{}'::regclass"
_INDEX = "platform.failed_task_failed_at"

WRONG = {
    "users.device is not behind": ["ALTER TABLE users.device NO FORCE ROW LEVEL SECURITY"],
    "listings.transition_id_seq would": ["SELECT setval('listings.transition_id_seq', 1, false)"],
    "entry 7 of audit chain drill does not follow": [
        "SET session_replication_role = replica",
        "UPDATE platform.audit_entry SET reason = 'OTHER' WHERE chain = 'drill' AND seq = 7",
    ],
    "audit chain drill does not end": [
        "SET session_replication_role = replica",
        "DELETE FROM platform.audit_entry WHERE chain = 'drill' AND seq = 100",
    ],
    f"index {_INDEX}: ": [
        "SET allow_system_table_mods = on",
        _READY.format(False, _INDEX),
        "INSERT INTO platform.failed_task VALUES (gen_random_uuid(), 'q', 'f', '', '', 1)",
        _READY.format(True, _INDEX),
    ],
}


def test_p18_what_is_wrong_in_itself_is_found(played: drill.Played) -> None:
    """Each fault by its name, and none where there is none."""
    assert facts.faults(played.recovered)[0] == []
    for statements in WRONG.values():
        _change(played.recovered, *statements)
    found, _ = facts.faults(played.recovered)
    assert [each for each in WRONG if not _found(found, each)] == []


def test_p18_a_difference_fails_the_drill(
    played: drill.Played, capsys: pytest.CaptureFixture[str]
) -> None:
    _change(played.restored, "DELETE FROM users.membership")
    assert drill.report(played, drill.Watch()) == 1
    assert "restored: users.membership: " in capsys.readouterr().err


def test_p18_rows_that_changed_places_are_a_difference() -> None:
    """Counts alone would not tell."""
    one = Facts({"a.b": (2, 1, 1)}, (), ())
    other = Facts({"a.b": (2, 1, 2)}, (), ())
    assert facts.differences(one, other) == ["a.b: (2, 1, 1) became (2, 1, 2)"]


def _found(said: list[str], finding: str) -> bool:
    return any(each.startswith(finding) for each in said)
