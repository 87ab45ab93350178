"""The keys of conversations are wrapped anew while people go on writing."""

import pytest

from functions.messaging import cron_rewrap_keys as job
from shared import keyring
from tests.factories.messaging import heard, ring, said, talk
from tests.suite import Suite

JOB = "cron_rewrap_keys"


def _key_ids(suite: Suite) -> list[str]:
    found = suite.rows("SELECT key_id FROM messaging.conversation ORDER BY created_at")
    return [key_id for (key_id,) in found]


def test_p20_after_a_rotation_nothing_needs_the_old_key(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, meanwhile and after, by batches of any size, everything is read and written."""
    monkeypatch.setattr(job, "BATCH", 2)
    with ring("old"):
        made = [talk(suite) for _ in range(3)]
        for each in made:
            said(suite, each.customer, each.id, f"to {each.id}")
        assert suite.tick(JOB) == 0
    with ring("new", "old"):
        for each in made:
            said(suite, each.owner, each.id, "meanwhile")
        made.append(talk(suite))
        said(suite, made[3].customer, made[3].id, f"to {made[3].id}")
        assert _key_ids(suite) == ["old", "old", "old", "new"]
        assert suite.tick(JOB) == 3
        assert suite.tick(JOB) == 0
        assert _key_ids(suite) == ["new"] * 4
    with ring("new"):
        for each in made:
            assert heard(suite, each.owner, each.id)[0]["text"] == f"to {each.id}"


def test_p20_what_no_key_of_the_ring_wraps_is_not_read(suite: Suite) -> None:
    """Nor written to: a key that was taken away too early is missed before harm is done."""
    with ring("old"):
        made = talk(suite)
        said(suite, made.customer, made.id)
    with ring("other"):
        assert suite.call(f"GET {made.path}/messages", made.owner).status == 500
        assert suite.tick(JOB) == 0
        with pytest.raises(keyring.UnknownKeyError):
            keyring.key("old")
    with ring("other", "old"):
        assert len(heard(suite, made.owner, made.id)) == 1


def test_p20_a_wrapped_key_is_of_its_conversation_alone(suite: Suite) -> None:
    """Whoever can write the table cannot have one conversation read by another's key."""
    made, other = talk(suite), talk(suite)
    said(suite, made.customer, made.id)
    suite.rows(
        "UPDATE messaging.conversation AS c SET wrapped_key = o.wrapped_key "
        "FROM messaging.conversation AS o WHERE c.id = :id AND o.id = :other",
        id=made.id,
        other=other.id,
    )
    assert suite.call(f"GET {made.path}/messages", made.owner).status == 500
