"""Kills a function at every moment at which it talks to the outside, and judges what remains.

A forked child serves one request over real connections. It dies by SIGKILL before its first message
leaves, or after the n-th has left and before its reply is read: what the server does with that
message it does without us. Until the next message leaves nothing more changes outside the process,
so these are all the moments that differ. An uncrashed child is measured first: it says how many
moments there are and what the rows must look like in the end.

A scenario arranges rows through the API and returns what to do: `tests/scenarios` has one for each
function that writes.
"""

import http.client
import json
import os
import random
import re
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pg8000.core import CoreConnection

from shared import db
from shared.cloud import firebase, storage, wire
from tests.factories.bus import Bus, carried, payload
from tests.running import soon
from tests.scenarios.acts import Act, Scenario
from tests.suite import OBJECTS, Suite, subscribers

Mutant = Callable[[pytest.MonkeyPatch, int], None]
"""Plants a fault in a child, which is told where to say that it has answered."""

NOT_COMPARED = ("platform.rate_limit",)
"""A try that was killed has taken its call from the bucket: that is what a limit is for."""

_VARYING = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    # One that happens to have no letter is told from a number by where it stands.
    (re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-"), "00-<digest>-<digest>-"),
    # With a letter in it, which a number has not.
    (re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{16,}"), "<digest>"),
    (re.compile(r'W/\\*"[^"]*"'), "<etag>"),
    (
        re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?"),
        "<instant>",
    ),
    (re.compile(r"person-\d+"), "<uid>"),
    # A signed upload says until when it lasts: in what is signed, too.
    (re.compile(r"\d{8}T\d{6}Z"), "<instant>"),
    (re.compile(r"eyJ[\w+/=]{40,}"), "<signed>"),
)
_RANDOM = frozenset({"id", "seq", "transaction", "place", "change", "tag", "times", "slot"})
"""Counters, which a rollback skips; the place, which is moved a little by the id; and how often a
push came: a phone shows one a tag, which is an id. A slot is drawn from one.
"""


@dataclass(frozen=True, slots=True)
class End:
    """How a child ended: killed or not, what it had answered, how many moments it passed."""

    killed: bool
    answered: int | None
    moments: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is stored when everything has come to rest."""

    rows: dict[str, Counter[str]]

    def differences(self, other: "Outcome") -> list[str]:
        """Return which tables hold something else, and what."""
        return [
            f"{table}: {kind} {row}"
            for table in sorted(self.rows)
            for kind, rows in (
                ("missing", self.rows[table] - other.rows[table]),
                ("too many", other.rows[table] - self.rows[table]),
            )
            for row in rows
        ]


class _Moments:
    """Counts the moments of a child, and ends it at one of them."""

    def __init__(self, fatal: int | None) -> None:
        self.fatal, self.passed = fatal, 0
        self.open = False
        self.unread = False

    def reach(self) -> None:
        self.passed += 1
        if self.passed == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def leave(self) -> None:
        """Reach a moment before a message leaves, unless the reply to the last was just read."""
        if self.unread or not self.passed:
            self.reach()
        self.unread = True

    def watch(self) -> None:
        """Reach each moment of the messages to the database and to providers."""
        write, read, send = (
            socket.SocketIO.write,
            socket.SocketIO.readinto,
            http.client.HTTPConnection.send,
        )

        def writing(stream: Any, given: Any) -> Any:
            if self.open:
                self.leave()
            return write(stream, given)

        def sending(connection: Any, given: Any) -> None:
            self.leave()
            send(connection, given)

        def reading(stream: Any, into: Any) -> Any:
            if self.unread:
                self.unread = False
                self.reach()
            return read(stream, into)

        socket.SocketIO.write = writing  # type: ignore[assignment, method-assign]
        socket.SocketIO.readinto = reading  # type: ignore[assignment, method-assign]
        http.client.HTTPConnection.send = sending  # type: ignore[assignment, method-assign]
        for name in ("execute_simple", "execute_named"):
            setattr(CoreConnection, name, self._opened(getattr(CoreConnection, name)))

    def _opened(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """Watch the statements of a connection, not how it is made or prepares them."""

        def opened(*given: Any) -> Any:
            self.open = True
            try:
                return work(*given)
            finally:
                self.open = False

        return opened


class Harness:
    """Runs scenarios in children on one suite with a real bus and identity provider."""

    def __init__(self, suite: Suite, bus: Bus, empty: Callable[[], None]) -> None:
        self.suite, self.bus, self._empty = suite, bus, empty

    def sweep(self, scenario: Scenario, mutant: Mutant | None = None) -> Iterator[str]:
        """Kill at every moment, one after the other; yield what was wrong afterwards."""
        whole, wanted = self._try(scenario, None, mutant)
        assert not whole.killed
        assert whole.answered is not None
        assert whole.answered < 300, f"the scenario was answered {whole.answered}"
        assert whole.moments >= 4, "the scenario does not reach the database"
        for moment in range(1, whole.moments + 1):
            end, found = self._try(scenario, moment, mutant)
            assert end.killed, f"nothing died at moment {moment} of {whole.moments}"
            for each in wanted.differences(found):
                yield f"killed at {moment} of {whole.moments}: {each}"

    def _try(
        self, scenario: Scenario, fatal: int | None, mutant: Mutant | None
    ) -> tuple[End, Outcome]:
        self._empty()
        self.bus.accepted.clear()
        act = scenario(self.suite)
        wire.hang_up()
        storage.forget()
        firebase.forget()
        ours = self._connections()
        end = self._child(act, fatal, mutant)
        assert soon(lambda: self._connections() <= ours), "the child's connection is at work"
        if end.answered is None:
            # The caller has no answer and asks again, as phones and Google do.
            assert act() < 500
        self._settle(random.Random(fatal))
        return end, self._outcome()

    def _child(self, act: Act, fatal: int | None, mutant: Mutant | None) -> End:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                signal.alarm(20)
                os.close(reading)
                db._pools.clear()  # the parent's connections, which it goes on using
                moments = _Moments(fatal)
                with pytest.MonkeyPatch.context() as patch:
                    if mutant is not None:
                        mutant(patch, writing)
                    moments.watch()
                    answer(writing, act())
                os.write(writing, f"moments {moments.passed}\n".encode())
                status = 0
            finally:
                os._exit(status)
        os.close(writing)
        with os.fdopen(reading) as report:
            said = dict(line.split() for line in report)
        _, how = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(how) and os.WTERMSIG(how) == signal.SIGKILL
        assert killed or os.waitstatus_to_exitcode(how) == 0, "the child failed by itself"
        answered = int(said["answered"]) if "answered" in said else None
        return End(killed, answered, int(said.get("moments", 0)))

    def _connections(self) -> set[int]:
        alive = "SELECT pid FROM pg_stat_activity WHERE usename ~ '^(svc|job)_'"
        return {pid for (pid,) in self.suite.rows(alive)}

    def _settle(self, order: random.Random) -> None:
        """Relay and deliver, everything twice and in any order, until nothing is left."""
        handed = 0
        while True:
            self.suite.tick("cron_relay_outbox", datetime.now(UTC) + timedelta(minutes=1))
            waiting = self.bus.accepted[handed:]
            handed = len(self.bus.accepted)
            if not waiting:
                break
            deliveries = waiting * 2
            order.shuffle(deliveries)
            for path, body in deliveries:
                self._deliver(path, body)
        assert self.suite.value("SELECT count(*) FROM platform.outbox WHERE sent_at IS NULL") == 0

    def _deliver(self, path: str, body: dict[str, Any]) -> None:
        if path.endswith("/tasks"):
            entry, name, text = carried(body["task"])
            answer = self.suite.carry(entry, name, text)
            assert answer.status == 204, answer.body
            return
        event = payload(body["messages"][0])
        for entry in subscribers(event["type"]):
            answer = self.suite.push(entry, json.dumps(event))
            assert answer.status == 204, answer.body

    def _outcome(self) -> Outcome:
        stored = self.suite.stored(apart=NOT_COMPARED)
        # An export tells of rows as they were at some moment: its objects count, not their words.
        named = [{"name": json.loads(each)["name"]} for each in stored[OBJECTS]]
        stored[OBJECTS] = list(map(json.dumps, named))
        return Outcome(
            {
                table: Counter(_steady(json.loads(row)) for row in rows)
                for table, rows in stored.items()
            }
        )


def answer(report: int, status: int) -> None:
    """Tell the parent that the caller has his answer, and will not ask again."""
    os.write(report, f"answered {status}\n".encode())


def _steady(row: dict[str, Any]) -> str:
    """Return a row without what differs between two runs of the same story."""
    kept = {name: "<any>" if name in _RANDOM else value for name, value in row.items()}
    text = json.dumps(kept, sort_keys=True)
    for pattern, mask in _VARYING:
        text = pattern.sub(mask, text)
    return json.dumps(json.loads(text, object_hook=_unordered), sort_keys=True)


def _unordered(part: dict[str, Any]) -> dict[str, Any]:
    """Return a list of a document in one order: it has what two events told as they came."""
    if "values" in part:
        return {**part, "values": sorted(part["values"], key=json.dumps)}
    return part
