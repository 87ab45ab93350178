"""Health and synchronisation."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from schemas.shape import Shape


class Health(Shape):
    """Whether a process can serve."""

    status: Literal["ok"]


class SyncQuery(Shape):
    """From where to read the changes."""

    limit: Annotated[int, Field(ge=1, le=200, description="Changes an answer, at most.")] = 200
    cursor: Annotated[
        str | None,
        Field(
            max_length=512, description="The `cursor` of the answer before; none the first time."
        ),
    ] = None


class Change(Shape):
    """What happened last to something that the caller may see."""

    entity: Literal["listing", "notification", "connection"]
    entity_id: UUID
    operation: Annotated[
        Literal["upsert", "delete"],
        Field(description="`upsert`: read it again if `version` is newer. `delete`: drop it."),
    ]
    version: Annotated[int, Field(ge=1)]


class Sync(Shape):
    """Changes since a cursor, and the cursor to continue from."""

    changes: list[Change]
    cursor: Annotated[str, Field(description="Keep it with the data: send it the next time.")]
    more: Annotated[bool, Field(description="Ask again at once: there may be more.")]
    reset: Annotated[
        bool,
        Field(
            description=(
                "True where no cursor was sent: keep `cursor`, drop what the device holds, and "
                "read the lists; whatever changes meanwhile comes with the next call."
            )
        ),
    ]


class OfflineOperation(Shape):
    """Something that a device did while it was offline."""

    id: Annotated[UUID, Field(description="Made by the device; the same whenever it is sent.")]
    operation: Annotated[
        str, Field(max_length=60, description="Its `operationId`.", examples=["close_listing"])
    ]
    path: Annotated[
        dict[str, Annotated[str, Field(min_length=1, max_length=100)]],
        Field(description="The variables of its path.", max_length=5),
    ] = {}
    body: Annotated[dict[str, Any] | None, Field(description="As it is sent singly.")] = None
    version: Annotated[int | None, Field(ge=1, le=10**9 - 1, description="Its `If-Match`.")] = None
    version_from: Annotated[
        UUID | None,
        Field(description="Instead: an operation before it, whose answer says the `version`."),
    ] = None
    depends_on: Annotated[
        list[UUID],
        Field(max_length=10, description="Operations without which this one makes no sense."),
    ] = []


class Outbox(Shape):
    """What a device did while it was offline, in its order."""

    operations: Annotated[list[OfflineOperation], Field(min_length=1, max_length=50)]


class OperationError(Shape):
    """Why an operation was refused, as its own answer says it."""

    code: str
    message: str
    source: str
    field: str | None = None


class OperationResult(Shape):
    """What became of one operation."""

    id: UUID
    outcome: Annotated[
        Literal["applied", "refused", "skipped", "waiting"],
        Field(
            description=(
                "`applied`: done, once. `refused`: it cannot be done. `skipped`: something it "
                "depends on was not done. `waiting`: not decided; send it again."
            )
        ),
    ]
    status: Annotated[int | None, Field(description="Of its own answer, if it was asked.")] = None
    data: Annotated[Any, Field(description="Of its own answer.")] = None
    errors: list[OperationError] = []
    current: Annotated[Any, Field(description="The row as it is now, after a conflict.")] = None


class OutboxResults(Shape):
    """What became of each operation, in the order they were sent."""

    results: list[OperationResult]
    retry_after: Annotated[
        int | None, Field(description="Seconds after which to send what waits; none if none does.")
    ] = None


class Turn(Shape):
    """A document that is to be written, and the right to do it; it passes from task to task."""

    key: str
    turn: UUID
