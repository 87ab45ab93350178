"""What somebody is given of his messages: all rows, and his own words in plain."""

import json
from typing import Protocol
from uuid import UUID

from functions.messaging._queries import leaving
from functions.messaging._rules.sealing import Place, WrappedRow, seal_of
from shared.db import Connection

BATCH = 500
_FIRST = UUID(int=0)


def part(db: Connection, user_id: UUID, business_ids: list[UUID]) -> str:
    """Return the part of this service, with the text of each message that is his."""
    held = leaving.export_part(db, user_id=user_id, business_ids=business_ids)
    tables = json.loads(held or "{}")
    for table, texts in (
        ("messaging.message", _said(db, user_id)),
        ("messaging.message_revision", _said_before(db, user_id)),
    ):
        for row in tables[table]["rows"]:
            row["text"] = texts.get((row.get("id") or row["message_id"], row["version"]))
    return json.dumps(tables)


class _SaidRow(WrappedRow, Protocol):
    @property
    def message_id(self) -> UUID: ...
    @property
    def seq(self) -> int: ...
    @property
    def sender_id(self) -> UUID: ...
    @property
    def version(self) -> int: ...
    @property
    def nonce(self) -> bytes: ...
    @property
    def ciphertext(self) -> bytes: ...


_Texts = dict[tuple[str, int], str]
"""By the message's id and its version."""


def _said(db: Connection, user_id: UUID) -> _Texts:
    texts: _Texts = {}
    after = (_FIRST, 0)
    while True:
        batch = leaving.page_of_own_messages(
            db, user_id=user_id, after_conversation=after[0], after_seq=after[1], limit=BATCH
        )
        texts |= map(_opened, batch)
        if len(batch) < BATCH:
            return texts
        after = (batch[-1].id, batch[-1].seq)


def _said_before(db: Connection, user_id: UUID) -> _Texts:
    texts: _Texts = {}
    after = (_FIRST, 0, 0)
    while True:
        batch = leaving.page_of_own_revisions(
            db,
            user_id=user_id,
            after_conversation=after[0],
            after_seq=after[1],
            after_version=after[2],
            limit=BATCH,
        )
        texts |= map(_opened, batch)
        if len(batch) < BATCH:
            return texts
        after = (batch[-1].id, batch[-1].seq, batch[-1].version)


def _opened(row: _SaidRow) -> tuple[tuple[str, int], str]:
    place = Place(row.id, row.seq, row.sender_id, row.version)
    text = seal_of(row).opened(place, row.nonce, row.ciphertext)
    return (str(row.message_id), row.version), text
