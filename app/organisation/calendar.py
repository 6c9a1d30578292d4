"""Academic years, terms, weeks and special days; deadlines derived from them.

A deadline's `rule` is a small JSON value that can be derived again after the
calendar changed, and explained at any time:

* `{"kind": "workdays", "start": "2026-09-28", "count": 10}`
* `{"kind": "weeks", "term": "2026-2027-1", "first": 3, "last": 4, "end": "last"}`
* `{"kind": "day", "on": "2026-12-04"}`
"""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import holidays
from sqlalchemy import ForeignKey, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation import reference
from app.foundation.clock import COLLEGE_ZONE, now, today
from app.foundation.db import Model, Word, db
from app.foundation.errors import Invalid, NotFound
from app.foundation.reference import Reference, remembered
from app.organisation import workdays
from app.organisation.workdays import Derivation, Span, WorkCalendar

MORNING = time(8, 0)
YEARS_AHEAD = 30
FEWEST_DAYS_OF_A_YEAR = 7


class National(StrEnum):
    OFF = "OFF"
    MAKEUP = "MAKEUP"


class CollegeDay(StrEnum):
    NO_CLASS = "NO_CLASS"
    CLOSED = "CLOSED"


class AcademicYear(Reference, Model):
    code: Mapped[str] = mapped_column(String(12), primary_key=True)


class Term(Reference, Model):
    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    year_code: Mapped[str] = mapped_column(ForeignKey("academic_year.code"))
    name_zh: Mapped[str] = mapped_column(String(60))
    start_on: Mapped[date]
    end_on: Mapped[date]


class Week(Reference, Model):
    term_code: Mapped[str] = mapped_column(ForeignKey("term.code"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    start_on: Mapped[date]
    end_on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(12), default="TEACHING")


class CalendarDay(Reference, Model):
    """A day that differs from the plain week, by notice of the state or of the college."""

    on: Mapped[date] = mapped_column("day", primary_key=True)
    national: Mapped[National | None] = mapped_column(Word(National))
    national_name: Mapped[str] = mapped_column(String(40), default="")
    provisional: Mapped[bool] = mapped_column(default=False)
    college: Mapped[CollegeDay | None] = mapped_column(Word(CollegeDay))
    college_name: Mapped[str] = mapped_column(String(60), default="")


class Break(Reference, Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    year_code: Mapped[str] = mapped_column(ForeignKey("academic_year.code"))
    kind: Mapped[str] = mapped_column(String(12))
    name_zh: Mapped[str] = mapped_column(String(40))
    start_on: Mapped[date]
    end_on: Mapped[date]


class CalendarPolicy(Reference, Model):
    """The college's choices; one row."""

    id: Mapped[int] = mapped_column(primary_key=True)
    breaks_count: Mapped[bool] = mapped_column(default=False)
    makeup_counts: Mapped[bool] = mapped_column(default=True)


class TeachingWeek(NamedTuple):
    """A week of a term; both days are in it."""

    term_code: str
    no: int
    start_on: date
    end_on: date
    kind: str


def work_calendar() -> WorkCalendar:
    """Return the college's working days."""
    return _work_calendar(today().year)


@remembered
def _work_calendar(this_year: int) -> WorkCalendar:
    policy = db.session.get(CalendarPolicy, 1) or CalendarPolicy(breaks_count=False, makeup_counts=True)
    days = list(db.session.scalars(select(CalendarDay)))
    announced = {d.on.year for d in days if d.national and not d.provisional}
    announced -= {d.on.year for d in days if d.provisional}
    # A year nobody has announced is uncertain even when nothing at all is known of it.
    years = range(min(announced, default=this_year), this_year + YEARS_AHEAD)
    return WorkCalendar(
        off={d.on: d.national_name for d in days if d.national is National.OFF},
        makeup={d.on: d.national_name for d in days if d.national is National.MAKEUP},
        closed={d.on: d.college_name for d in days if d.college is CollegeDay.CLOSED},
        breaks=tuple(
            Span(b.start_on, b.end_on, b.name_zh)
            for b in db.session.scalars(select(Break).order_by(Break.start_on))
        ),
        breaks_count=policy.breaks_count,
        makeup_counts=policy.makeup_counts,
        provisional_years=frozenset(set(years) - announced | {d.on.year for d in days if d.provisional}),
    )


def derive(rule: Mapping[str, Any]) -> Derivation:
    """Work a deadline out from its rule. Raises `Invalid` for a span without a working day."""
    return _derived(tuple(sorted(rule.items())), today().year)


@remembered
def _derived(items: tuple[tuple[str, Any], ...], this_year: int) -> Derivation:
    calendar, rule = _work_calendar(this_year), dict(items)
    match rule:
        case {"kind": "workdays", "start": start, "count": count}:
            return workdays.count_workdays(
                calendar, start=date.fromisoformat(start), count=int(count)
            )
        case {"kind": "weeks", "term": term, "first": first, "last": last, "end": end}:
            weeks = weeks_of(term)
            label = f"第{first}周" if first == last else f"第{first}—{last}周"
            found = workdays.edge_of_weeks(
                calendar,
                first=_week(weeks, term, first).start_on,
                last=_week(weeks, term, last).end_on,
                end=end,
                label=label,
            )
            if found is None:
                raise Invalid(f"{label}没有工作日，无法确定期限。")
            return found
        case {"kind": "day", "on": on}:
            day = date.fromisoformat(on)
            return Derivation(due_on=day, text=f"约定日期 {workdays.say_day(day)}17:30。")
    raise Invalid(f"无法识别的期限规则：{dict(rule)}")


def explain(rule: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return `{text, days: [{date, kind, note, n}]}` for the page, or None without a rule."""
    if not rule:
        return None
    derivation = derive(rule)
    return {
        "text": rule.get("because", "") + derivation.text,
        "due_on": derivation.due_on.isoformat(),
        "days": [
            {"date": day.isoformat(), "kind": kind, "note": note, "n": number}
            for day, kind, note, number in derivation.days
        ],
    }


def deadline(rule: dict[str, Any]) -> dict[str, Any]:
    """Return what a diagram's deadline expression gives: `{at, rule}`."""
    return {"at": derive(rule).at, "rule": rule}


def workdays_after(count: int, start: Any = None) -> dict[str, Any]:
    """Function `workdays(count, start?)`: that many college working days after a day (default today)."""
    day = _day(start) if start is not None else today()
    return deadline({"kind": "workdays", "start": day.isoformat(), "count": int(count)})


def edge_workday(term: str, week: int, last_week: int | None = None, *, end: str) -> dict[str, Any]:
    """Functions `first workday(term, week)` and `last workday(term, week, last week?)`.

    Weeks without a working day give the first one after them, and the rule says so.
    """
    first, last = int(week), int(last_week or week)
    rule = {"kind": "weeks", "term": term, "first": first, "last": last, "end": end}
    try:
        return deadline(rule)
    except Invalid as error:
        start = _week(weeks_of(term), term, last).end_on
        return deadline(
            {"kind": "workdays", "start": start.isoformat(), "count": 1, "because": f"{error}顺延："}
        )


def with_notice(deadline_given: dict[str, Any], days: int) -> dict[str, Any]:
    """Function `with notice(deadline, days)`: the deadline, or that many working days from today when they end later.

    Nobody is late with what was given to him after its deadline, or on its eve.
    """
    soonest = workdays_after(days)
    return soonest if soonest["at"] > deadline_given["at"] else deadline_given


def morning_of(day: date) -> datetime:
    """Return 8:00 college time: when windows open and the day's mails go out."""
    return datetime.combine(day, MORNING, COLLEGE_ZONE)


def next_opening() -> datetime:
    """Return now, or 8:00 of the next working day when the college is closed or not yet open."""
    moment, days = now(), work_calendar()
    on = moment.astimezone(COLLEGE_ZONE).date()
    if days.is_workday(on):
        return max(moment, morning_of(on))
    return morning_of(days.after(on, 1))


def opening(term: str, week: int) -> datetime:
    """Function `opening(term, week)`: 8:00 of a week's first working day; of its Monday when it has none."""
    first = _week(weeks_of(term), term, week)
    days = work_calendar().workdays(first.start_on, first.end_on)
    return morning_of(days[0] if days else first.start_on)


def last_week(term: str) -> int:
    """Function `last week(term)`: the number of the term's last week."""
    return weeks_of(term)[-1].no


@remembered
def weeks_of(term: str) -> tuple[TeachingWeek, ...]:
    """Return the weeks of a term in order. Raises `NotFound` for an unknown term."""
    rows = db.session.scalars(select(Week).where(Week.term_code == term).order_by(Week.no))
    weeks = tuple(TeachingWeek(each.term_code, each.no, each.start_on, each.end_on, each.kind) for each in rows)
    if not weeks:
        raise NotFound(f"校历里没有学期“{term}”。")
    return weeks


def term(code: str) -> Term:
    """Return the term. Raises `NotFound`."""
    found = reference.row(Term, code)
    if found is None:
        raise NotFound(f"校历里没有学期“{code}”。")
    return found


@remembered
def term_on(day: date) -> Term | None:
    """Return the term a day lies in; in a break, the term before it."""
    return db.session.scalar(
        select(Term).where(Term.start_on <= day).order_by(Term.start_on.desc()).limit(1)
    )


@remembered
def terms_until(day: date) -> list[Term]:
    """Return the terms that have begun by a day, the newest first."""
    return list(db.session.scalars(select(Term).where(Term.start_on <= day).order_by(Term.start_on.desc())))


@remembered
def week_on(day: date) -> Week | None:
    """Return the teaching week of a day; None in a break."""
    return db.session.scalar(select(Week).where(Week.start_on <= day, Week.end_on >= day).limit(1))


@remembered
def term_number(term_code: str) -> int:
    """Function `term number(term)`: 1 for the first term of an academic year (autumn), 2 for the second."""
    found = term(term_code)
    before = select(func.count()).where(Term.year_code == found.year_code, Term.start_on < found.start_on)
    return 1 + (db.session.scalar(before) or 0)


def plan_years(term: Term) -> list[int]:
    """Return the calendar years whose goals a term's procedure works with (3b: H1 spring, H2 autumn)."""
    return [term.start_on.year + n for n in range(3)]


def seed_national_days(years: range) -> None:
    """Fill the table from the `holidays` library; years it does not know are provisional.

    The library knows statutory days for any year but make-up days only once
    the State Council's notice is in it; a year without any is not announced.
    """
    for year in years:
        country = holidays.country_holidays("CN", years=year, language="zh_CN")
        makeup = {d: "" for d in getattr(country, "weekend_workdays", {}) if d.year == year}
        for day, name in country.items():
            _national(day, National.OFF, name.split(";")[0], provisional=not makeup)
        for day in makeup:
            _national(day, National.MAKEUP, "调休上班", provisional=False)
    db.session.flush()


def load_years(years: list[dict[str, Any]], *, breaks: list[dict[str, Any]]) -> None:
    """Create academic years with their terms and weeks, and the breaks between them.

    A year is `{code, terms: [{code, name_zh, start, end, weeks: [{no, start, end, kind}]}]}`, a break
    `{academic_year, kind, name_zh, start, end}`; days are ISO dates.
    """
    for year in years:
        db.session.add(AcademicYear(code=year["code"]))
        db.session.flush()
        for term in year["terms"]:
            db.session.add(
                Term(
                    code=term["code"], year_code=year["code"], name_zh=term["name_zh"],
                    start_on=date.fromisoformat(term["start"]), end_on=date.fromisoformat(term["end"]),
                )
            )  # fmt: skip
            db.session.flush()
            db.session.add_all(
                Week(
                    term_code=term["code"], no=week["no"], kind=week["kind"],
                    start_on=date.fromisoformat(week["start"]), end_on=date.fromisoformat(week["end"]),
                )
                for week in term["weeks"]
            )  # fmt: skip
    db.session.add_all(
        Break(
            year_code=each["academic_year"], kind=each["kind"], name_zh=each["name_zh"],
            start_on=date.fromisoformat(each["start"]), end_on=date.fromisoformat(each["end"]),
        )
        for each in breaks
    )  # fmt: skip
    db.session.flush()


def import_notice(
    rows: list[tuple[date, National, str]], *, provisional_years: Container[int] = frozenset()
) -> None:
    """Replace the national days of the years the notice speaks of. Raises `Invalid` when empty.

    `provisional_years` are years of which only the statutory days are known
    so far. A notice may touch the year before (2019's began on 2018-12-29):
    of a year with only a few days in it nothing is taken away.
    """
    if not rows:
        raise Invalid("通知里没有任何日期。")
    named = Counter(day.year for day, _, _ in rows)
    years = {year for year, count in named.items() if count >= FEWEST_DAYS_OF_A_YEAR}
    for row in db.session.scalars(select(CalendarDay)):
        if row.on.year in years:
            row.national, row.national_name, row.provisional = None, "", False
    for day, kind, name in rows:
        _national(day, kind, name, provisional=day.year in provisional_years)
    db.session.execute(
        delete(CalendarDay).where(CalendarDay.national.is_(None), CalendarDay.college.is_(None))
    )
    db.session.flush()


def set_college_day(day: date, kind: CollegeDay | None, name: str = "") -> None:
    """Mark a day of the college (closed, no classes) or take the mark away."""
    row = db.session.get(CalendarDay, day)
    if row is None:
        row = CalendarDay(on=day)
        db.session.add(row)
    row.college, row.college_name = kind, name
    db.session.flush()


def _national(day: date, kind: National, name: str, *, provisional: bool) -> None:
    row = db.session.get(CalendarDay, day)
    if row is None:
        row = CalendarDay(on=day)
        db.session.add(row)
    row.national, row.national_name, row.provisional = kind, name, provisional


def _week(weeks: Sequence[TeachingWeek], term: str, no: int) -> TeachingWeek:
    for week in weeks:
        if week.no == int(no):
            return week
    raise Invalid(f"学期“{term}”没有第 {no} 周。")


def _day(value: Any) -> date:
    if isinstance(value, Mapping):
        value = value["at"]
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone(COLLEGE_ZONE).date()
    return value


def days_left(due_at: datetime) -> int:
    """Return the working days until a moment's day; negative when it is past."""
    calendar = work_calendar()
    return calendar.between(today(), due_at.astimezone(COLLEGE_ZONE).date())


def is_quiet() -> bool:
    """Say whether today lies in a break, when most mails wait (3d)."""
    return work_calendar().break_of(now().astimezone(COLLEGE_ZONE).date()) is not None


@remembered
def next_morning(day: date, count: int) -> datetime:
    """Return 8:30 of the `count`-th working day after (or before) a day: when reminders go out."""
    on = work_calendar().after(day, count)
    return morning_of(on) + timedelta(minutes=30)
