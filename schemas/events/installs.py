"""What any service tells that shows something on installs."""

from uuid import UUID

from schemas.shape import Event


class InstallLost(Event):
    """An install cannot be reached any more under the push token that it had.

    `fingerprint` is the token's SHA-256 in hexadecimal: whoever has the token recognises it.
    """

    user_id: UUID
    install_id: UUID
    fingerprint: str

    def ordering_key(self) -> str:
        """Keep the events of one account in order."""
        return str(self.user_id)
