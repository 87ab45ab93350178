"""Events, delivered to one handler as if their publisher had announced them."""

import json
from datetime import UTC, datetime
from uuid import UUID

from schemas.shape import Event
from shared.ids import new_id
from shared.manifest.discovery import entries
from tests.suite import Suite


def hand(
    suite: Suite,
    handler: str,
    event: Event,
    *,
    event_id: UUID | None = None,
    times: int = 1,
    now: datetime | None = None,
) -> None:
    """Deliver `event` to `handler`, `times` times under one id."""
    envelope = {
        "id": str(event_id or new_id()),
        "type": type(event).__name__,
        "timestamp": datetime.now(UTC).isoformat(),
        "source": type(event).__module__.rpartition(".")[2],
        "data": event.model_dump(mode="json"),
        "metadata": {"traceId": "0" * 32},
    }
    for attempt in range(times):
        answer = suite.push(entries()[handler], json.dumps(envelope), attempt=attempt + 1, now=now)
        assert answer.status == 204, answer.body
