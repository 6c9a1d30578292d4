"""Functions over dates, times and durations.

There is no clock in this room: `now` and `today` are null unless the caller gives functions
of these names.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from app.feel.calls import builtin
from app.feel.temporal import (
    DAY_NAMES,
    LONGEST,
    MICROSECONDS,
    MONTH_NAMES,
    UTC,
    as_datetime,
    fixed_zone,
    months_between,
    parse_date,
    parse_datetime,
    parse_duration,
    parse_time,
    parse_zone,
    seconds_of,
)
from app.feel.values import NUMBERS, Months

builtin("date(from:s)")(parse_date)
builtin("date and time(from:s)")(parse_datetime)
builtin("date and time(from:E)")(as_datetime)
builtin("time(from:s)")(parse_time)
builtin("time(from:t)")(lambda moment: moment)
builtin("duration(from:u)")(lambda span: span)
builtin("years and months duration(from:E, to:E)")(months_between)
builtin("day of week(date:E)")(lambda day: DAY_NAMES[day.weekday()])
builtin("month of year(date:E)")(lambda day: MONTH_NAMES[day.month - 1])
builtin("day of year(date:E)")(lambda day: Decimal(day.timetuple().tm_yday))
builtin("week of year(date:E)")(lambda day: Decimal(day.isocalendar()[1]))


@builtin("now()")
def now() -> None:
    raise ValueError("no clock was given")


@builtin("today()")
def today() -> None:
    raise ValueError("no clock was given")


@builtin("date(from:E)")
def date_of(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day


def _small(number: Decimal) -> int:
    """A part of a date or time. int() of 10**6000 would be slow."""
    if number.adjusted() > 9:
        raise ValueError("no such date or time")
    return int(number)


@builtin("date(year:n, month:n, day:n)")
def make_date(year: Decimal, month: Decimal, day: Decimal) -> date:
    return date(_small(year), _small(month), _small(day))


@builtin("date and time(date:E, time:t)")
def combine(day: date, moment: time) -> datetime:
    return datetime.combine(date_of(day), moment)


@builtin("date and time(date:D, timezone:s)")
def in_zone(moment: datetime, zone: str) -> datetime:
    zone_info = parse_zone("@" + zone)
    return moment.astimezone(zone_info) if moment.tzinfo else moment.replace(tzinfo=zone_info)


@builtin("time(from:E)")
def time_of(day: date) -> time:
    return day.timetz() if isinstance(day, datetime) else time(0, tzinfo=UTC)


@builtin("time(hour:n, minute:n, second:n, offset:u?)")
def make_time(hour: Decimal, minute: Decimal, second: Decimal, offset: Any) -> time | None:
    _small(second)
    micros = int(NUMBERS.multiply(second, Decimal(MICROSECONDS)))
    zone = None
    if type(offset) is timedelta:
        zone = fixed_zone(int(seconds_of(offset)))
    elif type(offset) is Months:
        return None
    return time(_small(hour), _small(minute), micros // MICROSECONDS, micros % MICROSECONDS, zone)


@builtin("duration(from:s)")
def duration(text: str) -> timedelta | Months | None:
    return parse_duration(text) if len(text) < LONGEST else None
