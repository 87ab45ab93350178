"""The deliveries that the local cloud owes: stored, claimed, settled, looked at, replayed."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from local.store import Row, Store

LEASE_SECONDS = 75
"""Longer than any request may take; a delivery whose dispatcher died is due again after it."""

KEPT_HOURS = 24
MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """What is owed to one function. `name` is unique: the second of that name is not stored."""

    kind: str
    target: str
    message: dict[str, Any]
    attempts_allowed: int
    name: str | None = None
    ordering_key: str | None = None
    due_at: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that was claimed; `attempt` counts from 1."""

    id: int
    kind: str
    target: str
    name: str | None
    message: dict[str, Any]
    attempt: int
    attempts_allowed: int
    due_at: datetime
    last_error: str | None


def store(db: Store, new: Iterable[NewDelivery]) -> int:
    """Store deliveries in one transaction; return how many had a name that was free."""
    document = json.dumps([asdict(each) for each in new])
    return len(
        db.rows(
            """
            INSERT INTO local.delivery
                (kind, target, name, ordering_key, message, attempts_allowed, due_at)
            SELECT kind, target, name, ordering_key, message, attempts_allowed,
                coalesce(due_at, clock_timestamp())
            FROM jsonb_to_recordset(CAST(:document AS jsonb)) AS new(kind text, target text,
                name text, ordering_key text, message jsonb, attempts_allowed int,
                due_at timestamptz)
            ON CONFLICT (name) WHERE name IS NOT NULL DO NOTHING
            RETURNING id
            """,
            document=document,
        )
    )


def claim(db: Store, count: int) -> list[Delivery]:
    """Lease up to `count` deliveries that are due; of one ordering key only the earliest."""
    found = db.rows(
        """
        WITH due AS (
            SELECT id FROM local.delivery AS d
            WHERE state = 'waiting' AND due_at <= clock_timestamp()
                AND (leased_until IS NULL OR leased_until < clock_timestamp())
                AND (ordering_key IS NULL OR NOT EXISTS (
                    SELECT FROM local.delivery AS earlier
                    WHERE earlier.target = d.target AND earlier.ordering_key = d.ordering_key
                        AND earlier.state = 'waiting' AND earlier.id < d.id))
            ORDER BY due_at, id LIMIT :count FOR UPDATE SKIP LOCKED
        )
        UPDATE local.delivery AS d
        SET attempts = attempts + 1,
            leased_until = clock_timestamp() + make_interval(secs => :lease)
        FROM due WHERE d.id = due.id
        RETURNING d.id, d.kind, d.target, d.name, d.message, d.attempts AS attempt,
            d.attempts_allowed, d.due_at, d.last_error
        """,
        count=count,
        lease=LEASE_SECONDS,
    )
    return sorted((Delivery(**row) for row in found), key=lambda each: each.id)


def succeed(db: Store, delivery: Delivery) -> None:
    """Settle a delivery that was acknowledged. One whose lease ran out is another's by now."""
    db.rows(
        """
        UPDATE local.delivery SET state = 'delivered', leased_until = NULL,
            finished_at = clock_timestamp()
        WHERE id = :id AND attempts = :attempt AND state = 'waiting'
        """,
        id=delivery.id,
        attempt=delivery.attempt,
    )


def fail(
    db: Store, delivery: Delivery, error: str, delay_seconds: float, *, counted: bool = True
) -> None:
    """Settle a failed attempt: due again after the delay, or dead when it was the last.

    One that is not `counted` says nothing about the function: nobody answered, or it asked for
    more time.
    """
    db.rows(
        """
        UPDATE local.delivery SET
            leased_until = NULL,
            last_error = :error,
            attempts = attempts - CASE WHEN :counted THEN 0 ELSE 1 END,
            due_at = clock_timestamp() + make_interval(secs => :delay),
            state = CASE WHEN :counted AND attempts >= attempts_allowed THEN 'dead'
                ELSE 'waiting' END,
            finished_at = CASE WHEN :counted AND attempts >= attempts_allowed
                THEN clock_timestamp() END
        WHERE id = :id AND attempts = :attempt AND state = 'waiting'
        """,
        id=delivery.id,
        attempt=delivery.attempt,
        error=error,
        delay=float(delay_seconds),
        counted=counted,
    )


def release_all(db: Store) -> None:
    """Make due what a dispatcher that was killed had leased; called before the next one starts."""
    db.rows("UPDATE local.delivery SET leased_until = NULL WHERE leased_until IS NOT NULL")


def replay(db: Store, delivery_id: int) -> bool:
    """Have a dead delivery tried again from the start; False when there is no such one."""
    return bool(
        db.rows(
            """
            UPDATE local.delivery SET state = 'waiting', attempts = 0, finished_at = NULL,
                due_at = clock_timestamp()
            WHERE id = :id AND state = 'dead' RETURNING id
            """,
            id=delivery_id,
        )
    )


def purge(db: Store) -> None:
    """Forget a batch of old deliveries that were acknowledged."""
    db.rows(
        """
        DELETE FROM local.delivery WHERE id IN (
            SELECT id FROM local.delivery WHERE state = 'delivered'
                AND finished_at < clock_timestamp() - make_interval(hours => :hours) LIMIT 10000)
        """,
        hours=KEPT_HOURS,
    )


def listed(db: Store, state: str | None, limit: int) -> list[Row]:
    """Return deliveries, the newest first."""
    return db.rows(
        """
        SELECT id, kind, target, name, ordering_key, state, attempts, attempts_allowed, due_at,
            last_error, created_at, finished_at, message -> 'attributes' ->> 'type' AS type
        FROM local.delivery
        WHERE CAST(:state AS text) IS NULL OR state = :state
        ORDER BY id DESC LIMIT :limit
        """,
        state=state,
        limit=min(limit, MOST_LISTED),
    )


def start_job(
    db: Store,
    job: str,
    due: datetime,
    target: str,
    message: dict[str, Any],
    attempts_allowed: int,
) -> bool:
    """Owe a job its run at `due`, unless it was started for that instant or a later one."""
    return bool(
        db.rows(
            """
            WITH mine AS (
                INSERT INTO local.schedule (job, last_due) VALUES (:job, :due)
                ON CONFLICT (job) DO UPDATE SET last_due = excluded.last_due
                WHERE schedule.last_due < excluded.last_due
                RETURNING job, last_due
            )
            INSERT INTO local.delivery
                (kind, target, ordering_key, message, attempts_allowed, due_at)
            SELECT 'tick', :target, job,
                CAST(:message AS jsonb) || jsonb_build_object('due', last_due), :attempts_allowed,
                clock_timestamp()
            FROM mine RETURNING id
            """,
            job=job,
            due=due,
            target=target,
            message=json.dumps(message),
            attempts_allowed=attempts_allowed,
        )
    )


def is_on(db: Store, switch: str) -> bool:
    """Tell whether a switch is on."""
    return db.value("SELECT is_on FROM local.switch WHERE name = :name", name=switch) is True


def turn(db: Store, switch: str, *, on: bool) -> None:
    """Turn a switch on or off, for this run and until somebody turns it again."""
    db.rows(
        """
        INSERT INTO local.switch VALUES (:name, :is_on)
        ON CONFLICT (name) DO UPDATE SET is_on = excluded.is_on
        """,
        name=switch,
        is_on=on,
    )
