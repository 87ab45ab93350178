"""Chats that wait and agents who come and go: `make chaos-desk` has 1,000 and 20 of them.

At every moment that was looked at nothing waits beside an agent who could take it; nothing ever
has two agents; nobody is given more than he has room for; in the end all are helped.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

from local import database
from local.postgres import SUPERUSER, Server
from tests.chaos.desk import SKILLS, Plan, Said, Somebody, context, now, work
from tests.factories import teams, users
from tests.suite import Person, Suite

CHATS, AGENTS, WORKERS = (
    int(os.environ.get(f"DESK_{name}", usual))
    for name, usual in (("CHATS", 40), ("AGENTS", 6), ("WORKERS", 2))
)
CAPACITY = 3
PATIENCE_SECONDS = 60 + CHATS

_IDLE = """
    WITH free AS MATERIALIZED (
        SELECT a.user_id, a.skills FROM messaging.agent AS a
        WHERE a.state = 'online' AND a.here_until > :now AND (
            SELECT count(*) FROM messaging.support_case AS h
            WHERE h.state = 'assigned' AND h.agent_id = a.user_id) < :capacity
    )
    SELECT c.conversation_id, a.user_id FROM messaging.support_case AS c JOIN free AS a
        ON a.user_id IS DISTINCT FROM c.passed_by AND (c.skill IS NULL OR c.skill = ANY (a.skills))
    WHERE c.state = 'waiting' LIMIT 1"""
"""Somebody who could take what waits, in one snapshot."""

_LEFT = "SELECT count(*) FROM messaging.support_case WHERE state <> 'resolved'"
_ASKED = "SELECT count(*) FROM messaging.support_case"


def test_p12_nothing_has_two_agents_or_waits_beside_one_who_could_take_it(
    suite: Suite, server: Server
) -> None:
    made = teams.team(suite, agents=AGENTS)
    knows = [
        teams.knows(each, SKILLS[n % len(SKILLS)], SKILLS[(n + 1) % len(SKILLS)])
        for n, each in enumerate(made.agents)
    ]
    assert teams.ruled(suite, made, capacity=CAPACITY, agents=knows).status == 200
    # What a plan allows is not what this is about.
    suite.rows("UPDATE users.business SET plan = 'premium'")
    customers = [_somebody(suite, users.person(suite)) for _ in range(CHATS)]
    agents = [_somebody(suite, each) for each in made.agents]
    began, crew = time.time(), context()
    over, told = crew.Event(), crew.Queue()
    plans = [
        Plan(
            business_id=str(made.business_id),
            began=began,
            seed=n,
            scheduler="" if n else suite.signer.caller("scheduler"),
            database={
                "user": SUPERUSER,
                "password": server.superuser_password,
                "host": server.host,
                "port": server.port,
                "database": database.NAME,
            },
            agents=tuple(agents[n::WORKERS]),
            customers=tuple(customers[n::WORKERS]),
        )
        for n in range(WORKERS)
    ]
    workers = [crew.Process(target=work, args=(plan, over, told)) for plan in plans]
    for each in workers:
        each.start()
    looks, idle = 0, list[Any]()
    try:
        for looks in count(1):
            idle += suite.rows(_IDLE, now=now(began), capacity=CAPACITY)
            if looks % 10 == 0 and suite.value(_ASKED) == CHATS and suite.value(_LEFT) == 0:
                break
            assert time.time() < began + PATIENCE_SECONDS, f"{suite.value(_LEFT)} are left"
    finally:
        over.set()
        saw = [told.get(timeout=30) for _ in workers if any(each.is_alive() for each in workers)]
        for each in workers:
            each.join(30)
    said = _sum(saw)
    lived = _lived(suite)
    _print(said, lived, looks, len(idle), time.time() - began)
    assert said.wrong == []
    assert idle == []
    assert lived["two agents"] == said.calls["handed over"]
    assert lived["more than he has room for"] == 0
    assert lived["resolved"] >= CHATS


def _somebody(suite: Suite, who: Person) -> Somebody:
    return Somebody(suite.token(who), str(who.user_id))


def _sum(saw: list[Said]) -> Said:
    both = Said()
    for each in saw:
        both.calls += each.calls
        both.wrong += each.wrong
    return both


def _lived(suite: Suite) -> Counter[str]:
    """Go through what was announced, in order, and count what happened to each conversation."""
    seen: Counter[str] = Counter()
    owners: dict[str, str | None] = {}
    for name, about in _announced(suite):
        conversation, owner = about["conversation_id"], owners.get(about["conversation_id"])
        if name == "ConversationAssigned":
            # Two at once can only be by hand, which is counted by who did it.
            seen["two agents"] += owner is not None
            owners[conversation] = about["agent_id"]
            full = list(owners.values()).count(about["agent_id"]) > CAPACITY
            seen["more than he has room for"] += full and owner is None
            seen["assigned"] += 1
        elif name == "ConversationQueued":
            owners[conversation] = None
            seen[f"queued: {about['cause']}"] += 1
        else:
            owners[conversation] = None
            seen["resolved"] += 1
    return seen


def _announced(suite: Suite) -> Iterator[tuple[str, dict[str, Any]]]:
    kinds = {"ConversationAssigned", "ConversationQueued", "ConversationResolved"}
    for each in suite.events():
        if each["type"] in kinds:
            yield each["type"], each["data"]


def _print(said: Said, lived: Counter[str], looks: int, idle: int, seconds: float) -> None:
    rows = {"chats": CHATS, "agents": AGENTS, "processes": WORKERS, "seconds": round(seconds, 1)}
    rows |= {**said.calls, **lived, "snapshots looked at": looks, "idle beside one waiting": idle}
    rows["two agents, not by hand"] = lived["two agents"] - said.calls["handed over"]
    for name, value in rows.items():
        print(f"{name:<32} {value}")  # it is a table
