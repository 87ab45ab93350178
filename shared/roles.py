"""The roles an account may hold, and the doors that are open to everybody."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What an account may act as; an account can hold several."""

    CONSUMER = "consumer"
    BUSINESS = "business"
    ADMIN = "admin"
    FINANCIAL = "financial"
    PARTNER = "partner"


CONSUMER: Final = Role.CONSUMER
BUSINESS: Final = Role.BUSINESS
ADMIN: Final = Role.ADMIN
FINANCIAL: Final = Role.FINANCIAL
PARTNER: Final = Role.PARTNER

ANY: Final = frozenset(Role)
"""Any signed-in, onboarded account."""

STAFF: Final = frozenset({ADMIN, FINANCIAL})
"""Who decides about others: what is open to these alone goes on record, reads too."""

PUBLIC: Final[frozenset[Role]] = frozenset()
"""Open to strangers: the token, if any, is not read."""


class SignedIn(frozenset[Role]):
    """A verified token is enough; the account need not exist yet (onboarding)."""


SIGNED_IN: Final = SignedIn()
