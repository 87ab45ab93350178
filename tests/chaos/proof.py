"""The long proof: people write, processes die, the bus misbehaves; then all is counted."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from local import figures
from tests.chaos import roles
from tests.chaos.clients import History, StuckError, work
from tests.chaos.judge import Findings, judge
from tests.chaos.roles import RELAY_AHEAD, TICK_SECONDS, Stage

DRAIN_SECONDS = 240
_STUCK_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything."""

    writes: int = 10_000
    kills: int = 200
    crashes: int = 6
    restarts: int = 1
    clients: int = 24
    forget: float = 0.03
    mischief: str = "duplicated=0.15,late=0.5,lost=0.03,refused=0.03"
    seed: int = 7


@dataclass(eq=False)
class Proof:
    """A finished run, on a stage that still stands."""

    sizes: Sizes
    stage: Stage
    history: History
    seconds: float = 0.0
    drained_seconds: float = 0.0

    def judge(self) -> Findings:
        """Return what is wrong with what is stored now."""
        return judge(self.stage, self.history)

    def figures(self, findings: Findings) -> dict[str, Any]:
        """Return the table."""
        attempts, killed = self.history.attempts, self.stage.killed
        events = "SELECT count(*) FROM platform.outbox WHERE kind = 'event'"
        pushes = "SELECT count(*), coalesce(sum(attempts), 0) FROM local.delivery"
        owed, pushed = self.stage.rows(pushes)[0]
        rows = {
            "writes acknowledged": self.history.acknowledged,
            "requests that wrote or waited": attempts.total() - attempts["forgotten"],
            "answers lost, or 503": attempts["unknown"],
            "answers that the client forgot": attempts["forgotten"],
            "listings": len(self.history.lives),
            "events": self.stage.rows(events)[0][0],
            "deliveries that the bus owed": owed,
            "pushes it took": pushed,
            "SIGKILLs of processes": f"{killed.total()} ({_listed(killed)})",
            "stops of PostgreSQL": _listed(self.stage.crashed) or "none",
            **{check: len(found) for check, found in findings.items()},
            "seconds, and to drain": f"{self.seconds:.0f}, {self.drained_seconds:.0f}",
        }
        return figures.taken(rows, seed=self.sizes.seed)


@contextmanager
def proven(sizes: Sizes, mutant: str | None = None) -> Iterator[Proof]:
    """Run and drain; yield what there is to be judged while PostgreSQL still serves it."""
    with roles.stage(sizes.seed, sizes.mischief, mutant) as stage:
        history = History(sizes.writes, sizes.forget, sizes.seed)
        proof = Proof(sizes, stage, history)
        begun = time.monotonic()
        # Two schedulers: the runs of a job overlap.
        ticking = [threading.Thread(target=_tick, args=(stage,)) for _ in range(2)]
        crew = [
            threading.Thread(target=_work, args=(stage, history, number))
            for number in range(sizes.clients)
        ]
        for each in [*ticking, *crew]:
            each.start()
        try:
            _torment(proof, crew)
        finally:
            stage.over.set()
            for thread in [*crew, *ticking]:
                while thread.is_alive():
                    stage.keep()  # whoever waits for an answer gets one
                    thread.join(0.1)
        proof.seconds = time.monotonic() - begun
        _drain(stage)
        proof.drained_seconds = time.monotonic() - begun - proof.seconds
        yield proof


def _work(stage: Stage, history: History, number: int) -> None:
    try:
        work(stage, history, number)
    except StuckError as error:
        if str(error) not in history.wrong:
            history.wrong.append(str(error))


def _tick(stage: Stage) -> None:
    """Be a scheduler."""
    while not stage.over.wait(TICK_SECONDS):
        stage.tick("cron_relay_outbox", RELAY_AHEAD)
        stage.tick("cron_expire_listings")


def _torment(proof: Proof, crew: list[threading.Thread]) -> None:
    """Kill as often as there are writes for it, spread evenly over them; keep alive what died."""
    sizes, stage, history = proof.sizes, proof.stage, proof.history
    blows = ["kill"] * sizes.kills
    stage.choose.shuffle(blows)
    for number, how in enumerate(_hows(sizes)):
        # In the middle of each part, so that work follows the last one.
        blows.insert(round((number + 0.5) * len(blows) / (sizes.crashes + sizes.restarts)), how)
    struck, seen, moved_at = 0, 0, time.monotonic()
    while any(each.is_alive() for each in crew) or struck < len(blows):
        stage.keep()
        over = not any(each.is_alive() for each in crew)
        if struck < len(blows) and (
            over or history.acknowledged * (len(blows) + 1) >= (struck + 1) * sizes.writes
        ):
            how = blows[struck]
            struck += 1
            if how == "kill":
                stage.kill_one()
            else:
                stage.restart_postgres(how)
        if history.acknowledged != seen:
            seen, moved_at = history.acknowledged, time.monotonic()
        elif time.monotonic() - moved_at > _STUCK_SECONDS:
            history.wrong.append(f"nothing was acknowledged for {_STUCK_SECONDS} s")
            return
        time.sleep(0.02)


def _hows(sizes: Sizes) -> list[str]:
    crashes = [("immediate", "SIGKILL")[number % 2] for number in range(sizes.crashes)]
    middle = len(crashes) // 2
    return [*crashes[:middle], *["fast"] * sizes.restarts, *crashes[middle:]]


def _drain(stage: Stage) -> None:
    """Send and deliver until the outbox and the bus are empty, and stay so."""
    # What a crash of PostgreSQL left unsettled is leased: a new dispatcher takes it at once.
    if stage.cloud.process is not None:
        stage.cloud.process.kill()
        stage.cloud.process.wait()
    deadline = time.monotonic() + DRAIN_SECONDS
    empty = 0
    while empty < 3 and time.monotonic() < deadline:
        stage.keep()
        done = stage.tick("cron_expire_listings"), stage.tick("cron_relay_outbox", _ALL)
        (left,) = stage.rows(_LEFT)
        empty = empty + 1 if done == (200, 200) and left == [0] else 0
        time.sleep(0.1)


_ALL = timedelta(minutes=1)
_LEFT = """
    SELECT (SELECT count(*) FROM platform.outbox WHERE sent_at IS NULL)
        + (SELECT count(*) FROM local.delivery WHERE state = 'waiting')
"""


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in sorted(counted.items()))
