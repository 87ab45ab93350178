"""Every ten minutes: forget the people who asked for it, once their time to think is over."""

from datetime import datetime

from functions.users._queries import erasure
from schemas.events.users import BusinessErased, MembersChanged, UserErased
from shared import outbox
from shared.answers import Batch
from shared.db import Connection
from shared.triggers import cron


@cron("*/10 * * * *")
def cron_erase_accounts(db: Connection, now: datetime) -> Batch:
    """Erase one account, and the businesses that nobody else owns; others are told by events.

    An account is a batch: all of it goes in one transaction, and no two runs take the same.
    """
    user_id = erasure.lock_due(db, now=now)
    if user_id is None:
        return Batch(0, more=False)
    erasure.lock_businesses(db, user_id=user_id)
    left = erasure.businesses_of(db, user_id=user_id)
    for business in erasure.erase_businesses(db, user_id=user_id):
        outbox.publish(db, BusinessErased(business_id=business.id))
    erasure.erase_account(db, user_id=user_id)
    for each in left:
        outbox.publish(db, MembersChanged(business_id=each.id))
    outbox.publish(db, UserErased(user_id=user_id))
    return Batch(1, more=True)
