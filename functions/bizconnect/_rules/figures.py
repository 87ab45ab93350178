"""What the numbers of a business are."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from functions.bizconnect._queries import figures
from schemas.bizconnect import BusinessMetrics, QuotaUse, RequestQuota
from shared import quotas

MEASURED = timedelta(days=90)
FEWEST_ANSWERS = 5
"""A median of fewer would tell of single answers."""

DEFINITIONS: Final[Mapping[str, str]] = {
    "sent": "Businesses that this one asked for a connection since then, by the last request.",
    "accepted": "How many of these have accepted.",
    "acceptance_rate": "accepted / sent; null when none was sent.",
    "received": "Businesses that asked this one since then, by the last request.",
    "answered": "How many of these it has accepted or declined.",
    "median_response_seconds": "Half of these answers took at most so long; null below five.",
    "quota": "Requests that the plan allows in a day and a month of the zone; answers are free.",
}


def figures_of(found: figures.MetricsRow) -> BusinessMetrics:
    """Return the numbers of a business."""
    allowed = quotas.CONNECTION_REQUESTS.plans[found.plan]
    zone = ZoneInfo(found.zone)
    return BusinessMetrics(
        business_id=found.id,
        name=found.name,
        sent=found.sent,
        accepted=found.accepted,
        acceptance_rate=round(found.accepted / found.sent, 4) if found.sent else None,
        received=found.received,
        answered=found.answered,
        median_response_seconds=(
            found.median_seconds if found.answered >= FEWEST_ANSWERS else None
        ),
        quota=RequestQuota.model_validate(
            {
                "plan": found.plan,
                "zone": found.zone,
                "day": _use(allowed.day, found.used_today, found.day_ends_at, zone),
                "month": _use(allowed.month, found.used_this_month, found.month_ends_at, zone),
            }
        ),
    )


def _use(limit: int, used: int, ends_at: datetime, zone: ZoneInfo) -> QuotaUse:
    return QuotaUse(
        limit=limit,
        used=used,
        left=max(0, limit - used),
        resets_at=ends_at,
        resets_at_local=ends_at.astimezone(zone).isoformat(timespec="minutes"),
    )
