"""Health and synchronisation."""

from typing import Annotated, Literal
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

    entity: Literal["listing", "notification"]
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
