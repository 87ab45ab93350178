"""What the users service announces."""

from uuid import UUID

from schemas.shape import Event, Instant


class UserOnboarded(Event):
    """Somebody finished onboarding and has an account."""

    user_id: UUID
    uid: str
    roles: list[str]
    role_version: int

    def ordering_key(self) -> str:
        """Keep the events of one account in order."""
        return str(self.user_id)


class RolesChanged(Event):
    """An account holds other roles than before."""

    user_id: UUID
    uid: str
    roles: list[str]
    role_version: int

    def ordering_key(self) -> str:
        """Keep the events of one account in order."""
        return str(self.user_id)


class SessionsRevoked(Event):
    """Somebody signed out everywhere: what was signed in before is refused."""

    user_id: UUID
    uid: str
    signed_in_before: Instant

    def ordering_key(self) -> str:
        """Keep the events of one account in order."""
        return str(self.user_id)


class UserErased(Event):
    """An account is empty: whoever holds something of that person forgets it."""

    user_id: UUID

    def ordering_key(self) -> str:
        """Keep the events of one account in order."""
        return str(self.user_id)


class BusinessErased(Event):
    """A business is empty, because nobody is left who owns it: so is all that it made."""

    business_id: UUID

    def ordering_key(self) -> str:
        """Keep the events of one business in order."""
        return str(self.business_id)


class BusinessChanged(Event):
    """A business is new, or what others go by changed.

    That is its name, slug, verification, trades, place, language or corridors.
    """

    business_id: UUID
    version: int

    def ordering_key(self) -> str:
        """Keep the events of one business in order."""
        return str(self.business_id)


class MembersChanged(Event):
    """Somebody has joined a business or left it."""

    business_id: UUID

    def ordering_key(self) -> str:
        """Keep the events of one business in order."""
        return str(self.business_id)


class VerificationRequested(Event):
    """A business asked to be verified."""

    request_id: UUID
    business_id: UUID
    level: str

    def ordering_key(self) -> str:
        """Keep the events of one business in order."""
        return str(self.business_id)


class ExportRequested(Event):
    """Somebody asked for all that is held of him: whoever holds something writes it down."""

    export_id: UUID
    user_id: UUID
    uid: str
    business_ids: list[UUID]
    asked_at: Instant

    def ordering_key(self) -> str:
        """Keep the events of one account in order."""
        return str(self.user_id)


class ExportReady(Event):
    """What is held of somebody is written down and may be fetched for a while."""

    export_id: UUID
    user_id: UUID
    expires_at: Instant

    def ordering_key(self) -> str:
        """Keep the events of one account in order."""
        return str(self.user_id)
