"""Health and synchronisation."""

from typing import Literal

from schemas.shape import Shape


class Health(Shape):
    """Whether a process can serve."""

    status: Literal["ok"]
