"""Working time: when so much of it has passed, and how much of it lies between two instants.

A stretch of a day holds whenever the clock on the wall shows a time in it. Where that clock is put
forward within a stretch, less work is done in it; where it is put back, more.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.teams import Calendar, OpenHours

FARTHEST = timedelta(days=1_100)
"""Who opens so rarely that it takes longer has promised nothing."""

_DAY, _SECOND, _NOTHING = timedelta(days=1), timedelta(seconds=1), timedelta()
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_Stretch = tuple[datetime, datetime]


def due(calendar: Calendar | None, start: datetime, work: timedelta) -> datetime | None:
    """Return when so much working time has passed since `start`; None if never."""
    if calendar is None:
        return start + work
    left = work
    for opens, closes in _stretches(calendar, start, start + FARTHEST):
        if opens + left <= closes:
            return opens + left
        left -= closes - opens
    return None


def worked(calendar: Calendar | None, start: datetime, end: datetime) -> timedelta:
    """Return how much working time lies between two instants."""
    if calendar is None:
        return max(end - start, _NOTHING)
    stretches = _stretches(calendar, start, end)
    return sum((closes - opens for opens, closes in stretches), _NOTHING)


def _stretches(calendar: Calendar, start: datetime, end: datetime) -> Iterator[_Stretch]:
    """Return the stretches of work between two instants, in order, in UTC."""
    zone = ZoneInfo(calendar.zone)
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        for opens, closes in sorted(_of_day(calendar, day, zone)):
            if max(opens, start) < min(closes, end):
                yield max(opens, start), min(closes, end)
        day += _DAY


def _of_day(calendar: Calendar, day: date, zone: ZoneInfo) -> Iterator[_Stretch]:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # on the wall
    for each in _hours(calendar, day):
        if each.day == _DAYS[day.weekday()]:
            yield from _instants(midnight + _of(each.opens), midnight + _of(each.closes), zone)


def _hours(calendar: Calendar, day: date) -> list[OpenHours]:
    """Return the hours that hold on a day: none on a holiday, those of a season, or the usual."""
    if day in calendar.holidays:
        return []
    seasons = (each.hours for each in calendar.special if each.first_day <= day <= each.last_day)
    return next(seasons, calendar.hours)


def _of(clock: str) -> timedelta:
    hours, minutes = clock.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _instants(opens: datetime, closes: datetime, zone: ZoneInfo) -> Iterator[_Stretch]:
    """Return when the clock on the wall shows a time in a stretch: in two parts if it is set."""
    before = _offset(opens.replace(tzinfo=zone, fold=0))
    after = _offset(closes.replace(tzinfo=zone, fold=1))
    first, then = opens.replace(tzinfo=UTC), closes.replace(tzinfo=UTC)
    if before == after:
        yield first - before, then - before
        return
    change = _change(first - max(before, after), then - min(before, after), zone)
    for start, end in (
        (first - before, min(then - before, change)),
        (max(first - after, change), then - after),
    ):
        if start < end:
            yield start, end


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Return when, between two instants, the clocks of a zone are set."""
    before = _offset(low.astimezone(zone))
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        low, high = (middle, high) if _offset(middle.astimezone(zone)) == before else (low, middle)
    return high.replace(microsecond=0)


def _offset(at: datetime) -> timedelta:
    return at.utcoffset() or _NOTHING
