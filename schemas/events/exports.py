"""What services tell each other that write an export together."""

from uuid import UUID

from schemas.shape import Event


class ExportPartWritten(Event):
    """A service has written down what it holds of a person; parts may come in any order.

    It holds ids alone, so that it need not be found when the person is forgotten.
    """

    export_id: UUID
    user_id: UUID
    part: str
