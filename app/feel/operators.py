"""Comparison, arithmetic and paths over FEEL values. None is null: the operation makes no sense."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.feel.budget import MAX_STRING, list_of, text_of, tick
from app.feel.errors import LimitExceeded
from app.feel.temporal import (
    MICROSECONDS,
    add_months,
    as_datetime,
    day_microseconds,
    from_seconds,
    seconds_of,
    utc_microseconds,
    zone_offset,
)
from app.feel.values import FUNCTIONS, NUMBERS, Months, Range

ORDERED = (Decimal, str, date, datetime, timedelta, Months)
DAYS = {date, datetime}


# ---- comparison


def eq(a: Any, b: Any) -> bool | None:
    """FEEL's `=`; null when the two are of different kinds."""
    tick()
    if a is None or b is None:
        return a is b
    kind, other = type(a), type(b)
    if kind is not other:
        if kind is list and len(a) == 1:
            return eq(a[0], b)
        if other is list and len(b) == 1:
            return eq(a, b[0])
        return eq(as_datetime(a), as_datetime(b)) if {kind, other} == DAYS else None
    if kind is str:
        if len(a) > 100:
            tick(len(a) // 50)
        return a == b
    if kind is list:
        return len(a) == len(b) and all(eq(x, y) is True for x, y in zip(a, b, strict=True))
    if kind is dict:
        return a.keys() == b.keys() and all(eq(v, b[k]) is True for k, v in a.items())
    if kind is Range:
        return eq(a.key(), b.key())
    if kind is time:
        if (a.tzinfo is None) != (b.tzinfo is None):
            return False
        return utc_microseconds(a) == utc_microseconds(b)
    return a is b if kind in FUNCTIONS else a == b


def less(a: Any, b: Any, or_equal: bool = False) -> bool | None:
    """FEEL's `<` (or `<=`); null when the two have no order."""
    kind, other = type(a), type(b)
    if kind is not other:
        if kind is list and len(a) == 1:
            return less(a[0], b, or_equal)
        if other is list and len(b) == 1:
            return less(a, b[0], or_equal)
        if {kind, other} != DAYS:
            return None
        a, b = as_datetime(a), as_datetime(b)
    elif kind is time:
        if (a.tzinfo is None) != (b.tzinfo is None):
            return None
        a, b = utc_microseconds(a), utc_microseconds(b)
    elif kind not in ORDERED:
        return None
    elif kind is str and len(a) > 100:
        tick(len(a) // 50)
    try:
        return a <= b if or_equal else a < b
    except TypeError:  # a local and a zoned date and time
        return None


def negated(value: Any) -> bool | None:
    return (not value) if type(value) is bool else None


COMPARATORS: dict[str, Callable[[Any, Any], bool | None]] = {
    "=": eq,
    "!=": lambda a, b: negated(eq(a, b)),
    "<": less,
    ">": lambda a, b: less(b, a),
    "<=": lambda a, b: less(a, b, True),
    ">=": lambda a, b: less(b, a, True),
}


def in_range(value: Any, wanted: Range) -> bool | None:
    if wanted.op:
        end = wanted.low if wanted.high is None else wanted.high
        return COMPARATORS[wanted.op](value, end)
    above = less(wanted.low, value, wanted.low_included)
    below = less(value, wanted.high, wanted.high_included)
    return None if above is None or below is None else above and below


def passes(value: Any, wanted: Any) -> bool | None:
    """A unary test: value in wanted, which is a range, a list or a value."""
    if type(wanted) is Range and type(value) is not Range:
        return in_range(value, wanted)
    if type(wanted) is not list:
        return eq(value, wanted)
    if eq(value, wanted) is True:
        return True
    found: bool | None = False
    for each in wanted:
        result = eq(value, each) if type(each) is not Range else passes(value, each)
        if result is True:
            return True
        if result is None and type(each) is Range:
            found = None
    return found


# ---- arithmetic


def add(a: Any, b: Any) -> Any:
    kind, other = type(a), type(b)
    if kind is other:
        if kind is Decimal:
            return NUMBERS.add(a, b)
        if kind is str:
            if len(a) + len(b) > MAX_STRING:
                raise LimitExceeded("text too long")
            return text_of(a + b)
        if kind is timedelta:
            return a + b
        return Months(int(a) + int(b)) if kind is Months else None
    if kind in (timedelta, Months) and other in (date, datetime, time):
        return add(b, a)
    if other is Months and kind in (date, datetime):
        return add_months(a, int(b))
    if other is timedelta and kind is date:
        return date.fromordinal(a.toordinal() + b // timedelta(1))
    if other is timedelta and kind is datetime:
        return a + b
    if other is timedelta and kind is time:
        moment = datetime.combine(date(2000, 1, 1), a.replace(tzinfo=None)) + b % timedelta(1)
        return moment.time().replace(tzinfo=a.tzinfo)
    return None


def subtract(a: Any, b: Any) -> Any:
    kind, other = type(a), type(b)
    if kind is other is Decimal:
        return NUMBERS.subtract(a, b)
    if other is timedelta:
        return add(a, -b)
    if other is Months:
        return add(a, Months(-b))
    if kind in DAYS and other in DAYS:
        if kind is other is date:
            return a - b
        a, b = as_datetime(a), as_datetime(b)
        return a - b if (a.tzinfo is None) == (b.tzinfo is None) else None
    if kind is other is time and (a.tzinfo is None) == (b.tzinfo is None):
        offsets = (zone_offset(a) or 0) - (zone_offset(b) or 0)
        apart = day_microseconds(a) - day_microseconds(b) - offsets * MICROSECONDS
        return timedelta(microseconds=apart)
    return None


def multiply(a: Any, b: Any) -> Any:
    kind, other = type(a), type(b)
    if kind is other is Decimal:
        return NUMBERS.multiply(a, b)
    if kind is Decimal and other in (timedelta, Months):
        return multiply(b, a)
    if other is Decimal and kind is timedelta:
        return from_seconds(NUMBERS.multiply(seconds_of(a), b))
    if other is Decimal and kind is Months:
        return Months(whole_months(NUMBERS.multiply(Decimal(int(a)), b)))
    return None


def divide(a: Any, b: Any) -> Any:
    kind, other = type(a), type(b)
    if kind is other is Decimal:
        return NUMBERS.divide(a, b)
    if kind is other is timedelta:
        return NUMBERS.divide(seconds_of(a), seconds_of(b))
    if kind is other is Months:
        return NUMBERS.divide(Decimal(int(a)), Decimal(int(b)))
    if other is Decimal and kind is timedelta:
        return from_seconds(NUMBERS.divide(seconds_of(a), b))
    if other is Decimal and kind is Months:
        return Months(whole_months(NUMBERS.divide(Decimal(int(a)), b)))
    return None


def whole_months(number: Decimal) -> int:
    if number.adjusted() > 12:
        raise OverflowError("duration too long")
    return int(number)


def power(a: Any, b: Any) -> Any:
    tick(100)
    return NUMBERS.power(a, b) if type(a) is type(b) is Decimal else None


def negative(value: Any) -> Any:
    kind = type(value)
    if kind is Decimal:
        return NUMBERS.minus(value)
    if kind is timedelta:
        return -value
    return Months(-value) if kind is Months else None


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "**": power,
}


# ---- paths: a point looks into contexts and this table, never at a Python attribute


def _sign(span: timedelta) -> int:
    return -1 if span < timedelta(0) else 1


def _offset(value: time) -> timedelta | None:
    seconds = zone_offset(value)
    return None if seconds is None else timedelta(seconds=seconds)


def _second(value: time) -> Decimal:
    parts = NUMBERS.divide(Decimal(value.microsecond), Decimal(MICROSECONDS))
    return NUMBERS.add(Decimal(value.second), parts)


PROPERTIES: dict[type, dict[str, Callable[[Any], Any]]] = {
    date: {
        "year": lambda d: d.year,
        "month": lambda d: d.month,
        "day": lambda d: d.day,
        "weekday": lambda d: d.isoweekday(),
    },
    time: {
        "hour": lambda t: t.hour,
        "minute": lambda t: t.minute,
        "second": _second,
        "time offset": _offset,
        "timezone": lambda t: t.tzinfo.key if isinstance(t.tzinfo, ZoneInfo) else None,
    },
    timedelta: {
        "days": lambda d: abs(d).days * _sign(d),
        "hours": lambda d: abs(d).seconds // 3600 * _sign(d),
        "minutes": lambda d: abs(d).seconds // 60 % 60 * _sign(d),
        "seconds": lambda d: abs(d).seconds % 60 * _sign(d),
    },
    Months: {
        "years": lambda m: abs(m) // 12 * (1 if m > 0 else -1),
        "months": lambda m: abs(m) % 12 * (1 if m > 0 else -1),
    },
    Range: {
        "start": lambda r: r.low,
        "end": lambda r: r.high,
        "start included": lambda r: r.low_included,
        "end included": lambda r: r.high_included,
    },
}
PROPERTIES[datetime] = {**PROPERTIES[date], **PROPERTIES[time]}
# Those of several words, which the parser must know to read them.
PROPERTY_PHRASES = ("time offset", "start included", "end included")


def get_property(value: Any, name: str) -> Any:
    kind = type(value)
    if kind is dict:
        return value.get(name)
    if kind is list:
        return [get_property(each, name) for each in list_of(value)]
    get = PROPERTIES.get(kind, {}).get(name)
    found = get(value) if get else None
    return Decimal(found) if type(found) is int else found
