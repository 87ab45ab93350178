"""What the relay does with refusals."""

from uuid import UUID

from shared import log
from shared.cloud import bus

GIVE_UP = 3
"""So many messages refused in a row, and none taken: it is the bus."""


def hand_over(messages: list[bus.Message], held: set[str]) -> list[UUID]:
    """Send messages; return those the bus has. One that it refuses holds up its own key only.

    `held` are the ordering keys that wait behind a refused message. Raises `BusError` when the bus
    takes none: then it is the bus that fails, not a message.
    """
    free = [each for each in messages if each.ordering_key not in held]
    try:
        return [each.id for each in free] if free and bus.send(free) else []
    except Exception as error:  # noqa: BLE001  # whatever the client raises: find out by which message
        log.write("WARNING", "the bus refuses", error=type(error).__name__)
    taken: list[UUID] = []
    refused = 0
    for message in free:
        if message.ordering_key in held:
            continue
        if refused == GIVE_UP and not taken:
            break
        try:
            bus.send([message])
            taken.append(message.id)
        except Exception as error:  # noqa: BLE001  # as above; it stays in the outbox
            log.write("WARNING", "refused", outbox_id=message.id, error=type(error).__name__)
            refused += 1
            if message.ordering_key:
                held.add(message.ordering_key)
    if not taken:
        raise bus.BusError
    return taken
