"""College working days, and deadlines that can say how they came about. Pure.

A college working day is a day the state works (Monday to Friday that is no
holiday, or a make-up day) and the college does too (not in a break unless the
policy counts breaks, not closed). Sports days without classes (NO_CLASS) stay
working days (scenario 20). Deadlines fall at 17:30 in Asia/Shanghai (I-16).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
DUE_TIME = time(17, 30)
ONE_DAY = timedelta(days=1)
LONGEST_COUNT = 400
WEEKDAYS = "一二三四五六日"


class DayKind(StrEnum):
    """What kind of day a calendar page shows."""

    WORKDAY = "WORKDAY"
    MAKEUP = "MAKEUP"
    WEEKEND = "WEEKEND"
    HOLIDAY = "HOLIDAY"
    BREAK = "BREAK"
    CLOSED = "CLOSED"


@dataclass(frozen=True)
class Span:
    """A break: first and last day."""

    start: date
    end: date
    name: str


@dataclass(frozen=True, kw_only=True)
class WorkCalendar:
    """The days that differ from the plain week.

    `off` and `makeup` map national days to their names, `closed` college days
    on which nobody works; `provisional_years` have not been announced yet.
    """

    off: Mapping[date, str]
    makeup: Mapping[date, str]
    closed: Mapping[date, str] = field(default_factory=dict)
    breaks: tuple[Span, ...] = ()
    breaks_count: bool = False
    makeup_counts: bool = True
    provisional_years: frozenset[int] = frozenset()

    def kind(self, day: date) -> DayKind:
        """Say what kind of day it is for the college."""
        if day in self.closed:
            return DayKind.CLOSED
        if not self.breaks_count and self.break_of(day) is not None:
            return DayKind.BREAK
        if day in self.makeup and self.makeup_counts:
            return DayKind.MAKEUP
        if day in self.off:
            return DayKind.HOLIDAY
        return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKDAY

    def break_of(self, day: date) -> Span | None:
        return next((span for span in self.breaks if span.start <= day <= span.end), None)

    def is_workday(self, day: date) -> bool:
        return self.kind(day) in (DayKind.WORKDAY, DayKind.MAKEUP)

    def name(self, day: date) -> str:
        """Name what makes the day special; empty for a plain one."""
        span = self.break_of(day)
        return (
            self.closed.get(day)
            or (span.name if span and not self.breaks_count else "")
            or self.makeup.get(day)
            or self.off.get(day)
            or ""
        )

    def workdays(self, first: date, last: date) -> list[date]:
        """Return the working days from `first` to `last`, both included."""
        count = (last - first).days + 1
        return [d for d in (first + ONE_DAY * n for n in range(max(count, 0))) if self.is_workday(d)]

    def after(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day` (which itself is not counted).

        A negative count goes back; zero gives `day` itself if it is a working
        day, else the next one.
        """
        if abs(count) > LONGEST_COUNT:
            raise ValueError(f"不能计算超过 {LONGEST_COUNT} 个工作日的期限")
        if count == 0:
            while not self.is_workday(day):
                day += ONE_DAY
            return day
        step = ONE_DAY if count > 0 else -ONE_DAY
        left = abs(count)
        while left:
            day += step
            if self.is_workday(day):
                left -= 1
        return day

    def between(self, start: date, end: date) -> int:
        """Count the working days after `start` up to and including `end`; negative backwards."""
        if end < start:
            return -self.between(end, start)
        return len(self.workdays(start + ONE_DAY, end))

    def is_provisional(self, first: date, last: date) -> bool:
        """Say whether the range touches a year whose holidays are not announced yet."""
        return any(year in self.provisional_years for year in range(first.year, last.year + 1))


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """A deadline and how it came about. `days` lists every day from start to due."""

    due_on: date
    text: str
    days: tuple[tuple[date, str, str, int], ...] = ()  # day, COUNTED/SKIPPED/..., note, number

    @property
    def at(self) -> datetime:
        return due_moment(self.due_on)


def due_moment(day: date) -> datetime:
    """Return 17:30 college time of a day."""
    return datetime.combine(day, DUE_TIME, ZONE)


def count_workdays(calendar: WorkCalendar, *, start: date, count: int) -> Derivation:
    """Derive "`count` working days after `start`", naming what was skipped."""
    due_on = calendar.after(start, count)
    return Derivation(
        due_on=due_on,
        text=_sentence(calendar, start, due_on, count),
        days=_days(calendar, start, due_on),
    )


def edge_of_weeks(
    calendar: WorkCalendar, *, first: date, last: date, end: str, label: str
) -> Derivation | None:
    """Derive "first/last working day of weeks a-b"; None when the span has no working day."""
    days = calendar.workdays(first, last)
    if not days:
        return None
    due_on = days[-1] if end == "last" else days[0]
    word = "最后" if end == "last" else "第一"
    text = f"{label}{word}一个工作日：{say_day(due_on)}"
    special = _special(calendar, first, last)
    if special:
        text += f"（{'；'.join(special)}）"
    if calendar.is_provisional(first, last):
        text += "；该年放假安排尚未公布，日期暂定"
    return Derivation(due_on=due_on, text=text + "。", days=_days(calendar, first, last, due_on=due_on))


def say_day(day: date) -> str:
    """Write a day as people read it: 10月16日（周五）."""
    return f"{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


def _sentence(calendar: WorkCalendar, start: date, due_on: date, count: int) -> str:
    parts = [f"自{say_day(start)}次日起{count}个工作日"]
    first, last = min(start + ONE_DAY, due_on), max(start, due_on)
    parts += _special(calendar, first, last)
    if calendar.is_provisional(first, last):
        parts.append("该年放假安排尚未公布，日期暂定")
    return "；".join(parts) + f" → {due_on.year}年{say_day(due_on)}17:30。"


def _special(calendar: WorkCalendar, first: date, last: date) -> list[str]:
    """Name the holidays and breaks skipped and the make-up days counted, each once."""
    said: list[str] = []
    run: tuple[str, date, date] | None = None
    for day in (first + ONE_DAY * n for n in range((last - first).days + 1)):
        kind = calendar.kind(day)
        name = calendar.name(day)
        if kind in (DayKind.HOLIDAY, DayKind.BREAK, DayKind.CLOSED):
            if run and run[0] == name and (day - run[2]).days <= 1:
                run = (name, run[1], day)
                continue
            said += _skipped(run)
            run = (name, day, day)
            continue
        if kind is DayKind.MAKEUP:
            said += [*_skipped(run), f"{say_day(day)}调休上班计入"]
            run = None
    return said + _skipped(run)


def _skipped(run: tuple[str, date, date] | None) -> list[str]:
    if run is None:
        return []
    name, first, last = run
    span = say_day(first) if first == last else f"{first.month}月{first.day}日—{last.month}月{last.day}日"
    return [f"跳过{name}（{span}）"]


def _days(
    calendar: WorkCalendar, start: date, end: date, *, due_on: date | None = None
) -> tuple[tuple[date, str, str, int], ...]:
    number, rows = 0, []
    for offset in range(min((end - start).days, 120) + 1):
        day = start + ONE_DAY * offset
        counts = calendar.is_workday(day)
        if due_on is not None:
            mark = "DUE" if day == due_on else "COUNTED" if counts else "SKIPPED"
            number += counts
        elif offset == 0:
            rows.append((day, "START", "", 0))
            continue
        else:
            number += counts
            mark = "DUE" if day == end else "COUNTED" if counts else "SKIPPED"
        if mark == "COUNTED" and calendar.kind(day) is DayKind.MAKEUP:
            mark = "MAKEUP"
        rows.append((day, mark, calendar.name(day), number if counts else 0))
    return tuple(rows)
