"""Cursors are ours, whole, and bound to their list."""

import base64
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import cursors
from shared.errors import InvalidError

KEY = ["2026-11-22 10:00:00.123456+00", "01a20534-1111-7111-8111-111111111111"]


@given(st.lists(st.text(max_size=5) | st.integers(), max_size=4))
def test_a_cursor_carries_its_key(key: Sequence[str | int]) -> None:
    """At full precision, whatever is in it."""
    assert cursors.decode("list", cursors.encode("list", key)) == list(key)


def test_a_cursor_belongs_to_its_filters() -> None:
    """Changing the filters half way would skip and repeat."""
    cursor = cursors.encode("list_listings?country=NG", KEY)
    with pytest.raises(InvalidError):
        cursors.decode("list_listings?country=KE", cursor)


def test_a_cursor_cannot_be_made_up() -> None:
    """Any changed byte, and anything else, is refused with its field."""
    cursor = cursors.encode("list", KEY)
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    forged = [
        base64.urlsafe_b64encode(bytes([*raw[:at], raw[at] ^ 1, *raw[at + 1 :]]))
        .decode()
        .rstrip("=")
        for at in range(len(raw))
    ]
    for wrong in [*forged, "", "x", "é", "====", cursor + "A" * 600, cursor[:-2]]:
        with pytest.raises(InvalidError) as caught:
            cursors.decode("list", wrong)
        assert [(each.code, each.field) for each in caught.value.problems] == [
            ("INVALID_CURSOR", "cursor")
        ]
