"""Every statement is one that PostgreSQL accepts from the role that will send it."""

from collections.abc import Iterator

import pytest
from pg8000.exceptions import DatabaseError

from local.postgres import Server
from shared import edge, outbox
from shared.db import Connection, connect
from shared.entry import Entry
from shared.manifest import projections
from shared.manifest.refusals import findings
from shared.tables import SERVICES
from tests.architecture.samples import ALL, STATEMENTS, named, sent_by


@pytest.fixture(scope="module")
def roles(server: Server) -> Iterator[dict[str, Connection]]:
    """Return a connection of every login role."""
    names = [f"{kind}_{service}" for service in SERVICES for kind in ("svc", "job")]
    found = {name: connect(name) for name in names}
    yield found
    for each in found.values():
        each.close()


def _refusal(db: Connection, text: str) -> str | None:
    # GENERIC_PLAN checks the types and privileges of a statement whose values are not known.
    try:
        db.script(f"EXPLAIN (GENERIC_PLAN) {text}")
    except DatabaseError as error:
        return str(error.args[0].get("M"))
    return None


@pytest.mark.parametrize(**named(ALL))
def test_the_statements_of_a_function_are_accepted_from_its_role(
    entry: Entry, roles: dict[str, Connection]
) -> None:
    """A typo, a column that is gone or a grant that is missing shows here, before any call."""
    refusals = {
        name: refusal
        for name in sent_by(entry)
        if (refusal := _refusal(roles[entry.db_role], STATEMENTS[name][1]))
    }
    assert not refusals, f"as {entry.db_role}"


@pytest.mark.parametrize("name", [name for name in STATEMENTS if name.startswith("shared.")])
def test_a_statement_of_the_kernel_is_accepted_from_some_role(
    name: str, roles: dict[str, Connection]
) -> None:
    """Which of them, is for the tests of the kernel to show."""
    refusals = [_refusal(db, STATEMENTS[name][1]) for db in roles.values()]
    assert None in refusals, refusals[0]


def _before_lock(text: str) -> str:
    """Return what stands before the parenthesis around SKIP LOCKED; "" where there is none."""
    depth = 0
    for place in range(text.find("SKIP LOCKED") - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(text[place], 0)
        if depth < 0:
            return text[:place].rstrip()
    return ""


@pytest.mark.parametrize(
    "name", [name for name in STATEMENTS if "SKIP LOCKED" in STATEMENTS[name][1]]
)
def test_a_batch_that_is_locked_is_chosen_once(name: str) -> None:
    """A sub-select may be run for each row anew, skips what it has locked, passes its limit."""
    before = _before_lock(STATEMENTS[name][1])
    assert before.endswith((" AS", " AS MATERIALIZED")) or not before, before


def test_every_statement_has_a_caller() -> None:
    """One that nobody sends is not tested by anybody either."""
    rebuilt = (kind.page for _, kind in projections.known())
    kernel = findings(edge.serve, outbox.hand_over, *rebuilt)
    sent = {name for entry in ALL for name in sent_by(entry)}
    sent |= {
        f"{each.__module__}.{each.__name__}".replace("._queries", "._statements")
        for each in kernel.called
    }
    assert sorted(STATEMENTS.keys() - sent) == []
