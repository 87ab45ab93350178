"""A support desk on which agents come, go and vanish while customers ask.

Each worker is a process of its own with real connections, whose threads are people. Their clock
runs faster than ours: a minute in which nobody hears of an agent is three seconds.
"""

import json
import os
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.context import SpawnContext
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from typing import Any

import pg8000.native

from shared import edge
from shared.db import close_pools
from shared.http import Request
from shared.ids import new_id
from shared.manifest.discovery import entries
from shared.manifest.routes import find, routes
from shared.triggers import Http

SPEED = 20.0
HEARTBEAT_SECONDS = 20 / SPEED
TICK_SECONDS = 60 / SPEED
SKILLS = ("returns", "taxes", "customs")
"""Each is some agent's."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person, and the token that he has."""

    token: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a worker is to do."""

    business_id: str
    began: float
    seed: int
    scheduler: str
    """The token of who runs the jobs; empty for all workers but one."""
    database: dict[str, Any]
    agents: tuple[Somebody, ...]
    customers: tuple[Somebody, ...]


@dataclass
class Said:
    """What a worker saw."""

    calls: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def now(began: float) -> datetime:
    """Return what the clock of these people shows."""
    return datetime.fromtimestamp(began + (time.time() - began) * SPEED, UTC)


def context() -> SpawnContext:
    """Return how workers are started: anew, with nothing of ours."""
    return get_context("spawn")


def work(plan: Plan, over: Event, told: "Queue[Said]") -> None:
    """Be a worker until it is over."""
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  # it logs each request
    os.environ["DB_POOL"] = "8"
    worker = _Worker(plan, over)
    crew = [threading.Thread(target=worker.ask)]
    crew += [threading.Thread(target=worker.answer, args=(each,)) for each in plan.agents]
    if plan.scheduler:
        crew.append(threading.Thread(target=worker.tick))
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    close_pools()
    told.put(worker.said)


class _Worker:
    def __init__(self, plan: Plan, over: Event) -> None:
        self.plan, self.over, self.said = plan, over, Said()
        self._routes = routes()
        self._look = pg8000.native.Connection(**plan.database)
        self._lock = threading.Lock()

    def ask(self) -> None:
        """Be the customers: each asks, and some write again when they have long been helped."""
        chance = random.Random(self.plan.seed)
        asked: list[tuple[Somebody, str]] = []
        for who in self.plan.customers:
            skill = chance.choice([*SKILLS, None, None])
            body = {"business_id": self.plan.business_id, "kind": "support", "skill": skill}
            answer = self._call(who, "POST /api/v1/conversations", body)
            asked.append((who, answer["data"]["id"]))
        for who, conversation in chance.sample(asked, len(asked) // 10):
            self._write(who, conversation)

    def answer(self, me: Somebody) -> None:
        """Be an agent, who is there for a while and then is not, in one way or another."""
        chance = random.Random(f"{self.plan.seed}{me.user_id}")
        while not self.over.is_set():
            leaves = time.monotonic() + chance.uniform(1, 5)
            heard = 0.0
            while time.monotonic() < leaves and not self.over.is_set():
                if time.monotonic() - heard > HEARTBEAT_SECONDS:
                    heard = time.monotonic()
                    self._say(me, "online")
                self._do_something(me, chance)
            how = chance.choice(["offline", "away", "vanish", "vanish"])
            if how != "vanish":
                self._say(me, how)
            self.said.calls[f"times an agent went: {how}"] += 1
            self.over.wait(chance.uniform(0.2, 5))

    def tick(self) -> None:
        """Be the clock."""
        job = entries()["cron_requeue_conversations"]
        while not self.over.wait(TICK_SECONDS):
            headers = {
                "authorization": f"Bearer {self.plan.scheduler}",
                "x-cloudscheduler-jobname": "cron-requeue-conversations",
                "x-cloudscheduler-scheduletime": now(self.plan.began).isoformat(),
            }
            answer = edge.serve(job, Request("POST", "/", "", headers))
            if answer.status not in {200, 503}:
                self.said.wrong.append(f"tick: {answer.status} {answer.body!r}")

    def _do_something(self, me: Somebody, chance: random.Random) -> None:
        mine = self._rows(
            "SELECT conversation_id FROM messaging.support_case WHERE agent_id = :me "
            "AND state = 'assigned' LIMIT 5",
            me=me.user_id,
        )
        if not mine:
            self.over.wait(0.05)
            return
        conversation = str(chance.choice(mine)[0])
        what = chance.random()
        path = f"POST /api/v1/conversations/{conversation}"
        if what < 0.1:
            self._call(me, f"{path}/assign", {"agent_id": None}, "given back")
        elif what < 0.2:
            colleague = chance.choice(self.plan.agents)
            if colleague is not me:
                body = {"agent_id": colleague.user_id}
                self._call(me, f"{path}/assign", body, "handed over")
        elif what < 0.4:
            self._write(me, conversation)
        else:
            self._call(me, f"{path}/resolve", None, "resolved")

    def _say(self, me: Somebody, state: str) -> None:
        body = {"business_id": self.plan.business_id, "state": state}
        self._call(me, "PUT /api/v1/teams/me/presence", body)

    def _write(self, who: Somebody, conversation: str) -> None:
        body = {"id": str(new_id()), "text": "Is it on its way?"}
        path = f"POST /api/v1/conversations/{conversation}/messages"
        self._call(who, path, body, "messages")

    def _call(
        self, who: Somebody, operation: str, body: object = None, counted: str = ""
    ) -> dict[str, Any]:
        """Call until it is known what became of it; what another was quicker to do is no fault."""
        method, _, path = operation.partition(" ")
        entry = find(self._routes, method, path)
        assert entry is not None
        assert isinstance(entry.trigger, Http)
        patient = replace(entry, trigger=replace(entry.trigger, limit=None))
        headers = {"authorization": f"Bearer {who.token}", "content-type": "application/json"}
        raw = json.dumps(body).encode() if body is not None else b""
        while True:
            answer = edge.serve(
                patient, Request(method, path, "", headers, raw), now(self.plan.began)
            )
            with self._lock:
                self.said.calls["requests"] += 1
                if answer.status < 300 and counted:
                    self.said.calls[counted] += 1
                if answer.status not in {200, 201, 403, 409, 503}:
                    self.said.wrong.append(f"{operation}: {answer.status} {answer.body!r}")
            if answer.status != 503:
                found: dict[str, Any] = json.loads(answer.body)
                return found
            time.sleep(0.05)

    def _rows(self, sql: str, **values: object) -> list[list[Any]]:
        with self._lock:
            return self._look.run(sql, **values) or []
