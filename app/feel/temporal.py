"""Dates, times and durations: reading, writing and their arithmetic."""

import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.feel.values import NUMBERS, Months

UTC = timezone.utc  # noqa: UP017 - one name for the zone in the whole room
MICROSECONDS = 10**6
DAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTH_NAMES = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

ZONE = r"(Z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*)?"
DATE_FORM = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
TIME_FORM = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?" + ZONE, re.ASCII)
DAYS_FORM = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d*))?S)?)?", re.ASCII)
MONTHS_FORM = re.compile(r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?", re.ASCII)
LONGEST = 100  # characters of a date, time or duration


# ---- reading: None when the text has another form, ValueError when the parts do not exist


def fraction(digits: str | None) -> int:
    """Microseconds from the digits behind the point of a second."""
    return int((digits or "0")[:6].ljust(6, "0"))


def fixed_zone(seconds: int) -> tzinfo:
    return UTC if seconds == 0 else timezone(timedelta(seconds=seconds))


def parse_zone(text: str | None) -> tzinfo | None:
    """A zone from `Z`, `+08:00` or `@Asia/Shanghai`. Raises `ValueError`."""
    if not text:
        return None
    if text == "Z":
        return UTC
    if text[0] == "@":
        try:
            return ZoneInfo(text[1:])
        except Exception:  # ZoneInfo raises many kinds: no such key, a folder, not a zone file
            raise ValueError(f"no such zone: {text[1:]}") from None
    hours, minutes, *rest = (int(part) for part in text[1:].split(":"))
    if hours > 18 or minutes > 59:
        raise ValueError(f"no such offset: {text}")
    seconds = hours * 3600 + minutes * 60 + (rest[0] if rest else 0)
    return fixed_zone(-seconds if text[0] == "-" else seconds)


def parse_date(text: str) -> date | None:
    found = DATE_FORM.fullmatch(text)
    return date(*(int(group) for group in found.groups())) if found else None


def parse_time(text: str) -> time | None:
    found = TIME_FORM.fullmatch(text)
    if not found:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3])
    return time(hour, minute, second, fraction(found[4]), parse_zone(found[5]))


def parse_datetime(text: str) -> datetime | None:
    day_text, separator, time_text = text.partition("T")
    # 24:00:00 is the start of the next day
    midnight = time_text[:8] == "24:00:00" and time_text[8:9] != "."
    day = parse_date(day_text)
    clock_time = time(0)
    if separator:
        found = parse_time("00" + time_text[2:] if midnight else time_text)
        if found is None:
            return None
        clock_time = found
    return datetime.combine(day, clock_time) + timedelta(midnight) if day is not None else None


def parse_duration(text: str) -> timedelta | Months | None:
    found = DAYS_FORM.fullmatch(text)
    if found and any(found.groups()[1:]):
        span = timedelta(
            days=int(found[2] or 0),
            hours=int(found[3] or 0),
            minutes=int(found[4] or 0),
            seconds=int(found[5] or 0),
            microseconds=fraction(found[6]),
        )
        return -span if found[1] else span
    found = MONTHS_FORM.fullmatch(text)
    if not found or not (found[2] or found[3]):
        return None
    months = int(found[2] or 0) * 12 + int(found[3] or 0)
    return Months(-months if found[1] else months)


def parse_temporal(text: str) -> Any:
    """The value of @"...", or None."""
    if len(text) >= LONGEST:
        return None
    for parse in (parse_date, parse_datetime, parse_time, parse_duration):
        try:
            value = parse(text)
        except (ValueError, OverflowError):
            continue
        if value is not None:
            return value
    return None


# ---- writing


def temporal_text(value: Any, *, named_zones: bool = True) -> str:
    """ISO text of a date, time, date and time or duration.

    FEEL writes a zone by its name (`@Asia/Shanghai`), which other readers of ISO text do not
    understand; without `named_zones` the offset is written.
    """
    kind = type(value)
    if kind is date:
        return value.isoformat()
    if kind is Months:
        years, months = divmod(abs(value), 12)
        sign = "-" if value < 0 else ""
        written = f"{months}M" if months or not years else ""
        return f"{sign}P" + (f"{years}Y" if years else "") + written
    if kind is timedelta:
        return _duration_text(value)
    day = value.date().isoformat() + "T" if kind is datetime else ""
    text = f"{day}{value.hour:02}:{value.minute:02}:{value.second:02}"
    if value.microsecond:
        text += f".{value.microsecond:06}".rstrip("0")
    if value.tzinfo is None:
        return text
    if named_zones and isinstance(value.tzinfo, ZoneInfo):
        return f"{text}@{value.tzinfo.key}"
    return text + offset_text(zone_offset(value) or 0)


def offset_text(offset: int) -> str:
    if offset == 0:
        return "Z"
    hours, rest = divmod(abs(offset), 3600)
    minutes, seconds = divmod(rest, 60)
    sign = "-" if offset < 0 else "+"
    return f"{sign}{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")


def _duration_text(span: timedelta) -> str:
    size = abs(span)
    hours, rest = divmod(size.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    part = f".{size.microseconds:06}".rstrip("0") if size.microseconds else ""
    clock_text = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or part:
        clock_text += f"{seconds}{part}S"
    days = f"{size.days}D" if size.days else ""
    sign = "-" if span < timedelta(0) else ""
    if clock_text:
        return f"{sign}P{days}T{clock_text}"
    return f"{sign}P{days}" if days else "PT0S"


# ---- arithmetic


def zone_offset(value: time | datetime) -> int | None:
    """Seconds from UTC, or None for a local one.

    A named zone on a bare time has no day: 1970 is taken, so that the answer does not
    depend on a clock.
    """
    if value.tzinfo is None:
        return None
    moment = value if isinstance(value, datetime) else datetime(1970, 1, 1)
    offset = value.tzinfo.utcoffset(moment)
    return offset.days * 86400 + offset.seconds if offset is not None else None


def day_microseconds(value: time) -> int:
    """Microseconds since midnight on the wall clock."""
    return ((value.hour * 60 + value.minute) * 60 + value.second) * MICROSECONDS + value.microsecond


def utc_microseconds(value: time) -> int:
    """Microseconds since midnight in UTC (on the wall clock for a local time)."""
    return day_microseconds(value) - (zone_offset(value) or 0) * MICROSECONDS


def add_months(day: date, months: int) -> date:
    """Add months; the day is cut to the length of the month it lands in."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year == 9999 and month == 11:
        last = 31
    else:
        last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(1)).day
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def as_datetime(day: date) -> datetime:
    """A date as its midnight in UTC, as the standard says."""
    return day if isinstance(day, datetime) else datetime(day.year, day.month, day.day, tzinfo=UTC)


def seconds_of(span: timedelta) -> Decimal:
    micros = (span.days * 86400 + span.seconds) * MICROSECONDS + span.microseconds
    return NUMBERS.divide(Decimal(micros), Decimal(MICROSECONDS))


def from_seconds(seconds: Decimal) -> timedelta:
    micros = NUMBERS.multiply(seconds, Decimal(MICROSECONDS))
    if micros.adjusted() > 25:  # int() of 10**6000 would be slow
        raise OverflowError("duration too long")
    return timedelta(microseconds=int(micros))


def months_between(start: date, end: date) -> Months:
    if (end.year, end.month, end.day) < (start.year, start.month, start.day):
        return Months(-months_between(end, start))
    months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    return Months(months)
