"""What is committed reaches the bus at least once, and in order within an ordering key."""

import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from functions.platform.cron_relay_outbox import AT_ONCE, BATCH, GRACE
from shared import edge
from shared.cloud import wire
from shared.http import Request, Response
from shared.manifest.discovery import entries
from tests.factories.bus import Bus, listening, payload, unsent
from tests.suite import Suite

JOB = "cron_relay_outbox"
_UNSENT = "SELECT count(*) FROM platform.outbox WHERE sent_at IS NULL"

_IN_ANOTHER_PROCESS = """
import sys
from functions.platform.cron_relay_outbox import cron_relay_outbox
from shared import edge
from shared.entry import compile_entry
from shared.http import Request
edge.serve(
    compile_entry(cron_relay_outbox),
    Request("POST", "/", "", {"authorization": "Bearer " + sys.argv[1]}),
)
"""


@pytest.fixture
def bus(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    with listening(monkeypatch) as server:
        yield server


def _run(suite: Suite) -> Response:
    headers = {"authorization": f"Bearer {suite.signer.caller('scheduler')}"}
    return edge.serve(entries()[JOB], Request("POST", "/", "", headers))


def test_unsent_rows_reach_the_bus_once_and_are_marked(suite: Suite, bus: Bus) -> None:
    ids = unsent(suite, 3)
    assert suite.tick(JOB) == len(ids)
    assert bus.ids == list(map(str, ids))
    assert [payload(each)["n"] for each in bus.messages] == [1, 2, 3]
    assert bus.messages[0]["orderingKey"] == "key-0"
    assert bus.messages[0]["attributes"]["type"] == "ListingExpired"
    assert suite.value(_UNSENT) == 0
    assert suite.tick(JOB) == 0
    assert len(bus.accepted) == len(ids)


def test_a_task_goes_to_its_queue_under_the_id_of_its_row(suite: Suite, bus: Bus) -> None:
    (task,) = unsent(suite, 1, kind="task")
    assert suite.tick(JOB) == 1
    ((path, body),) = bus.accepted
    assert path.endswith("/queues/listings/tasks")
    assert body["task"]["name"].endswith(f"/tasks/{task.hex}")


def test_a_message_that_is_always_refused_holds_up_its_own_key_only(suite: Suite, bus: Bus) -> None:
    """Those behind it with the same key wait for it; all others go."""
    ids = unsent(suite, 12, keys=4)
    keys = suite.rows("SELECT ordering_key FROM platform.outbox ORDER BY seq")
    poison = keys[0][0]
    bus.refuses = lambda body: body["messages"][0].get("orderingKey") == poison
    free = [str(each) for each, (key,) in zip(ids, keys, strict=True) if key != poison]
    assert suite.tick(JOB) == len(free)
    assert sorted(set(bus.ids)) == sorted(free)
    assert suite.value(_UNSENT) == len(ids) - len(free)
    bus.refuses = lambda _: False
    assert suite.tick(JOB) == len(ids) - len(free)


def test_rows_that_are_still_being_handed_over_are_left_alone(suite: Suite, bus: Bus) -> None:
    unsent(suite, 1, age="0")
    now = datetime.now(UTC)
    assert suite.tick(JOB, now) == 0
    assert suite.tick(JOB, now + GRACE) == 1


def test_more_than_a_batch_is_sent_in_one_run(suite: Suite, bus: Bus) -> None:
    unsent(suite, 2 * BATCH + 1)
    assert suite.tick(JOB) == 2 * BATCH + 1


def test_without_a_bus_nothing_is_done_and_nothing_is_lost(suite: Suite) -> None:
    unsent(suite, 3)
    assert suite.tick(JOB) == 0
    assert suite.value(_UNSENT) == 3


def test_p3_what_the_bus_refuses_is_sent_when_it_is_back(suite: Suite, bus: Bus) -> None:
    ids = unsent(suite, 3)
    bus.status = lambda _: 503
    assert _run(suite).status == 503
    assert suite.value(_UNSENT) == 3
    bus.status = lambda _: 200
    assert suite.tick(JOB) == 3
    assert bus.ids == list(map(str, ids))


def test_a_bus_that_fails_on_the_way_keeps_what_it_has(suite: Suite, bus: Bus) -> None:
    ids = unsent(suite, 5 * AT_ONCE)
    bus.status = lambda asked: 200 if asked <= 2 * AT_ONCE + 5 else 503
    assert _run(suite).status == 503
    assert suite.value(_UNSENT) == 3 * AT_ONCE
    bus.status = lambda _: 200
    assert suite.tick(JOB) == 3 * AT_ONCE
    assert list(dict.fromkeys(bus.ids)) == list(map(str, ids))


def test_p3_a_relay_that_is_killed_between_send_and_mark_sends_again(
    suite: Suite, bus: Bus
) -> None:
    ids = unsent(suite, 3)
    received, killed = threading.Event(), threading.Event()

    def hold(asked: int) -> int:
        if asked == 2:
            received.set()
            killed.wait(20)
        return 200

    bus.status = hold
    token = suite.signer.caller("scheduler")
    relay = subprocess.Popen(
        [sys.executable, "-c", _IN_ANOTHER_PROCESS, token],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
    )
    try:
        assert received.wait(20)
    finally:
        relay.send_signal(signal.SIGKILL)
        relay.wait()
        killed.set()
    assert bus.ids[0] == str(ids[0])
    assert suite.value(_UNSENT) == 3
    deadline = time.monotonic() + 10
    while not suite.tick(JOB) and time.monotonic() < deadline:
        time.sleep(0.05)  # until the server has noticed that the other is gone
    counted = Counter(bus.ids)
    assert set(counted) == set(map(str, ids))
    assert counted[str(ids[0])] == 2
    assert suite.value(_UNSENT) == 0


def test_p3_two_relays_at_once_send_each_row_once_and_keep_the_order(
    suite: Suite, bus: Bus
) -> None:
    ids = unsent(suite, 300, keys=7)
    start = threading.Barrier(2)

    def slowly(_: int) -> int:
        time.sleep(0.002)
        return 200

    def relay(_: int) -> int:
        start.wait()
        try:
            return sum(suite.tick(JOB) for _ in range(3))
        finally:
            wire.hang_up()

    bus.status = slowly
    with ThreadPoolExecutor(2) as relays:
        done = list(relays.map(relay, range(2)))
    assert sum(done) == len(ids)
    assert Counter(bus.ids) == Counter(map(str, ids))
    by_key: dict[str, list[int]] = defaultdict(list)
    for message in bus.messages:
        by_key[message["orderingKey"]].append(payload(message)["n"])
    assert len(by_key) == 7
    assert all(order == sorted(order) for order in by_key.values())
