"""What the cloud may do within its promise of "at least once", done often: for proofs, not for use.

Google's services repeat, delay and reorder messages, and lose acknowledgements, now and then. Here
they do so as often as `CLOUD_MISCHIEF` says, as in `duplicated=0.15,late=0.5`.
"""

import os
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from local.deliveries import NewDelivery


@dataclass(frozen=True, slots=True)
class Mischief:
    """How likely each is; none by default."""

    duplicated: float = 0.0
    """A message is delivered twice, the copy in no order."""
    late: float = 0.0
    """A message waits up to `late_seconds`, and those behind it overtake it."""
    late_seconds: float = 0.3
    lost: float = 0.0
    """An acknowledgement is lost: of the bus to a publisher, and of a function to the bus."""

    @classmethod
    def from_environment(cls) -> "Mischief":
        """Return what `CLOUD_MISCHIEF` says."""
        said = filter(None, os.environ.get("CLOUD_MISCHIEF", "").split(","))
        return cls(**{name: float(value) for name, value in (each.split("=") for each in said)})

    refused: float = 0.0
    """The bus does not take a message."""

    def spread(self, owed: Iterable[NewDelivery]) -> list[NewDelivery]:
        """Return the deliveries, some of them late and out of order, some twice."""
        found = []
        for each in owed:
            found.append(self._later(each) if random.random() < self.late else each)
            if random.random() < self.duplicated:
                found.append(self._later(each))
        return found

    def loses(self) -> bool:
        """Tell whether the next acknowledgement is lost."""
        return random.random() < self.lost

    def refuses(self) -> bool:
        """Tell whether the next message is not taken."""
        return random.random() < self.refused

    def _later(self, delivery: NewDelivery) -> NewDelivery:
        due = datetime.now(UTC) + timedelta(seconds=random.uniform(0, self.late_seconds))
        return replace(delivery, ordering_key=None, due_at=due.isoformat())


NONE = Mischief()
