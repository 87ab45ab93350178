"""Working time, beside one who looks at the clock every minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from functions.messaging._rules.hours import due, worked
from schemas.teams import Calendar, OpenHours, SpecialHours

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LAGOS, CAIRO, NEW_YORK = "Africa/Lagos", "Africa/Cairo", "America/New_York"
MINUTE = timedelta(minutes=1)


def _hours(days: str, *stretches: str) -> list[OpenHours]:
    """Return the same stretches, as "09:00-17:00", for days named by their first letters."""
    return [
        OpenHours.model_validate({"day": day, "opens": each[:5], "closes": each[6:]})
        for day in WEEK
        if day[:2] in days.split()
        for each in stretches
    ]


WORKDAYS = "mo tu we th fr"
OFFICE = Calendar(zone=LAGOS, hours=_hours(WORKDAYS, "09:00-17:00"))
SPLIT = Calendar(zone=LAGOS, hours=_hours(WORKDAYS, "08:00-12:00", "14:00-18:00"))
RAMADAN = Calendar(
    zone=CAIRO,
    hours=_hours("su mo tu we th", "09:00-17:00"),
    holidays=[date(2027, 2, 11)],
    special=[
        SpecialHours(
            first_day=date(2027, 2, 8),
            last_day=date(2027, 3, 9),
            hours=_hours("su mo tu we th", "10:00-14:00", "20:30-22:30"),
        )
    ],
)
NIGHT = Calendar(zone=NEW_YORK, hours=_hours("sa su mo", "00:00-05:30", "22:00-24:00"))
CAIRO_NIGHT = Calendar(zone=CAIRO, hours=_hours("th fr", "00:00-02:00", "22:30-24:00"))
CALENDARS = [OFFICE, SPLIT, RAMADAN, NIGHT, CAIRO_NIGHT]


def _at(calendar: Calendar, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(calendar.zone))


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "end"),
    [
        (OFFICE, "2026-11-27T16:30", 60, "2026-11-30T09:30"),  # Friday, and Monday
        (OFFICE, "2026-11-27T16:30", 30, "2026-11-27T17:00"),
        (OFFICE, "2026-11-28T12:00", 1, "2026-11-30T09:01"),  # asked on Saturday
        (SPLIT, "2026-11-27T11:30", 60, "2026-11-27T14:30"),
        (SPLIT, "2026-11-27T13:00", 240, "2026-11-27T18:00"),
        (RAMADAN, "2027-02-07T16:00", 120, "2027-02-08T11:00"),  # the last day before it
        (RAMADAN, "2027-02-08T13:00", 120, "2027-02-08T21:30"),
        (RAMADAN, "2027-02-10T22:00", 60, "2027-02-14T10:30"),  # a holiday, and the weekend
        (NIGHT, "2026-11-01T00:00", 120, "2026-11-01T01:00"),  # the clocks go back at 02:00
        (NIGHT, "2027-03-14T01:00", 120, "2027-03-14T04:00"),  # and forward
    ],
)
def test_so_much_working_time_later(calendar: Calendar, start: str, minutes: int, end: str) -> None:
    begun = _at(calendar, start)
    wanted = _at(calendar, end)
    if calendar is NIGHT and end.endswith("01:00"):
        wanted = wanted.replace(fold=1)
    assert due(calendar, begun, minutes * MINUTE) == wanted.astimezone(UTC)


def test_who_is_open_day_and_night_counts_every_minute() -> None:
    start = datetime(2026, 11, 27, 16, 30, tzinfo=UTC)
    assert due(None, start, 90 * MINUTE) == start + 90 * MINUTE
    assert worked(None, start, start + 90 * MINUTE) == 90 * MINUTE
    assert worked(None, start, start - MINUTE) == timedelta()


def test_who_opens_a_minute_a_week_promises_nothing_that_takes_years() -> None:
    rare = Calendar(zone=LAGOS, hours=_hours("mo", "09:00-09:01"))
    start = datetime(2026, 11, 27, tzinfo=UTC)
    assert due(rare, start, 100 * MINUTE) is not None
    assert due(rare, start, 1_000 * MINUTE) is None


def _is_open(calendar: Calendar, at: datetime) -> bool:
    """Look at the clock on the wall, at a calendar, and at the door."""
    wall = at.astimezone(ZoneInfo(calendar.zone))
    if wall.date() in calendar.holidays:
        return False
    hours = calendar.hours
    for season in reversed(calendar.special):
        if season.first_day <= wall.date() <= season.last_day:
            hours = season.hours
    shown = wall.time().replace(fold=0)
    return any(
        each.day == WEEK[wall.weekday()]
        and time.fromisoformat(each.opens) <= shown
        and (each.closes == "24:00" or shown < time.fromisoformat(each.closes))
        for each in hours
    )


def _counted(calendar: Calendar, start: datetime, minutes: int) -> int:
    return sum(_is_open(calendar, start + n * MINUTE) for n in range(minutes))


_NEAR = [
    datetime(2026, 11, 1, 6, tzinfo=UTC),  # New York puts its clocks back
    datetime(2027, 3, 14, 7, tzinfo=UTC),  # and forward
    datetime(2026, 10, 29, 21, tzinfo=UTC),  # Cairo puts its clocks back at midnight
    datetime(2027, 4, 29, 22, tzinfo=UTC),  # and forward
    datetime(2027, 2, 8, 0, tzinfo=UTC),  # Ramadan
]


@st.composite
def _starts(draw: st.DrawFn) -> datetime:
    return draw(st.sampled_from(_NEAR)) + draw(st.integers(-3_000, 3_000)) * MINUTE


_STARTS = _starts()


@st.composite
def _calendars(draw: st.DrawFn) -> Calendar:
    """Return hours of up to three stretches a day, in a zone that sets its clocks or does not."""
    hours = []
    for day in WEEK:
        clocks = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
        for opens, closes in zip(clocks[::2], clocks[1::2], strict=False):
            said = {"opens": _clock(opens), "closes": _clock(closes)}
            hours.append(OpenHours.model_validate({"day": day, **said}))
    hours = hours or _hours("mo", "09:00-10:00")
    return Calendar(zone=draw(st.sampled_from([LAGOS, CAIRO, NEW_YORK])), hours=hours)


def _clock(quarters: int) -> str:
    return f"{quarters // 4:02}:{quarters % 4 * 15:02}"


_ANY = st.one_of(st.sampled_from(CALENDARS), _calendars())


@settings(max_examples=60, deadline=None)
@given(calendar=_ANY, start=_STARTS, minutes=st.integers(1, 4_000))
@example(NIGHT, datetime(2026, 11, 1, 4, tzinfo=UTC), 300)
@example(CAIRO_NIGHT, datetime(2026, 10, 29, 18, tzinfo=UTC), 600)
@example(CAIRO_NIGHT, datetime(2027, 4, 29, 18, tzinfo=UTC), 600)
def test_it_is_what_one_counts_who_looks_every_minute(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    counted = _counted(calendar, start, minutes)
    assert worked(calendar, start, start + minutes * MINUTE) == counted * MINUTE


@settings(max_examples=60, deadline=None)
@given(calendar=_ANY, start=_STARTS, minutes=st.integers(1, 600))
@example(OFFICE, datetime(2026, 11, 27, 15, 30, tzinfo=UTC), 60)
def test_what_is_due_is_due_when_so_much_was_worked_and_not_before(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    """However the time is divided by the customer's turns."""
    end = due(calendar, start, minutes * MINUTE)
    assert end is not None
    assert worked(calendar, start, end) == minutes * MINUTE
    assert worked(calendar, start, end - timedelta(seconds=1)) < minutes * MINUTE
    between = start + (end - start) / 2
    left = minutes * MINUTE - worked(calendar, start, between)
    assert due(calendar, between, left) == end
