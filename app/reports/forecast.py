"""What the next fourteen days bring if nobody acts, and what the last fourteen really brought.

For an instance and for a person each thing is named; for the college they are
counted by day, so that the page costs the same for forty and ten thousand
students.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app import engine
from app.engine import (
    HumanTask,
    InstanceState,
    ProcessDefinition,
    ProcessInstance,
    Recurrence,
    TaskPerformer,
    TaskState,
    Timer,
)
from app.escalation import forecast as ladders
from app.foundation.clock import COLLEGE_ZONE, now, today
from app.foundation.db import db
from app.notifications import OutgoingMail
from app.organisation import calendar
from app.organisation import queries as organisation
from app.quality.cycles import windows_of
from app.security import Reach

DAYS = 14
# Of a person's tasks; nobody has more open ones, and it bounds the page.
MOST_TASKS = 200


@dataclass(frozen=True)
class Expected:
    """One thing to come. `kind`: due, mail, window or timer; `mail` is the mail's kind, `people` who gets it."""

    at: datetime
    kind: str
    title: str
    mail: str = ""
    people: tuple[str, ...] = ()
    task_id: int | None = None
    instance_id: int | None = None
    node: str = ""


@dataclass
class Day:
    """A day of the college: numbers by what it is. Ahead they are expected, behind they happened."""

    on: date
    workday: bool
    due: int = 0
    windows: Counter[str] = field(default_factory=Counter)
    mails: Counter[str] = field(default_factory=Counter)
    done: int = 0

    @property
    def ahead(self) -> bool:
        return self.on >= today()


def until() -> datetime:
    """Return the end of the forecast: the last minute of the fourteenth day."""
    return datetime.combine(today() + timedelta(days=DAYS), time(23, 59), COLLEGE_ZONE)


def of_instance(instance: ProcessInstance) -> list[Expected]:
    """Return what an instance brings, in order: deadlines, mails, windows and timers."""
    if instance.state is not InstanceState.RUNNING:
        return []
    end = until()
    tasks = list(
        db.session.scalars(
            select(HumanTask).where(HumanTask.instance_id == instance.id, HumanTask.state == TaskState.OPEN)
        )
    )
    names = engine.node_names(instance.definition)
    timers = db.session.scalars(
        select(Timer).where(Timer.instance_id == instance.id, Timer.done_at.is_(None), Timer.due_at <= end)
    )
    found = [*_of_tasks(tasks, end), *_windows(Recurrence.instance_id == instance.id, end)]
    found += [Expected(each.due_at, "timer", names.get(each.node) or each.node, node=each.node) for each in timers]
    found += _waiting(OutgoingMail.instance_id == instance.id, end)
    return sorted(found, key=lambda each: each.at)


def of_person(person_id: str) -> list[Expected]:
    """Return what comes to a person, in order: his deadlines, his windows, and the mails he gets."""
    end = until()
    mine = select(TaskPerformer.task_id).where(TaskPerformer.person_id == person_id)
    tasks = list(
        db.session.scalars(
            select(HumanTask)
            .where(HumanTask.id.in_(mine), HumanTask.state == TaskState.OPEN)
            .order_by(HumanTask.due_at)
            .limit(MOST_TASKS)
        )
    )
    found = [each for each in _of_tasks(tasks, end) if each.kind != "mail" or person_id in each.people]
    running = select(ProcessInstance.id).where(ProcessInstance.subject.in_(organisation.answers_for(person_id)))
    found += _windows(Recurrence.instance_id.in_(running), end)
    found += _waiting(OutgoingMail.person_id == person_id, end)
    return sorted(found, key=lambda each: each.at)


def of_college(reach: Reach) -> list[Day]:
    """Return four weeks by day as far as somebody reaches: what happened, and what is to come."""
    end, workdays = until(), calendar.work_calendar()
    days = {
        on: Day(on, workdays.is_workday(on))
        for on in (today() + timedelta(days=number) for number in range(-DAYS, DAYS + 1))
    }
    within = reach.condition(HumanTask.subject)
    for on, _all, count in _by_day(HumanTask.due_at, list(days), within, HumanTask.state == TaskState.OPEN):
        days[on].due += count
    for on, _all, count in _by_day(HumanTask.closed_at, list(days), within, HumanTask.state == TaskState.COMPLETED):
        days[on].done += count
    for (at, kind, _step), count in ladders.tasks_reaching(within, until=end).items():
        days[_day(at)].mails[kind] += count
    of_reach = select(ProcessInstance.id).where(reach.condition(ProcessInstance.subject))
    for name, at, count in _windows_by_procedure(Recurrence.instance_id.in_(of_reach), end):
        days[_day(at)].windows[name] += count
    # A mail of no procedure (a digest, a publication) belongs to the college.
    theirs = or_(OutgoingMail.instance_id.is_(None), OutgoingMail.instance_id.in_(of_reach))
    when = func.coalesce(OutgoingMail.done_at, OutgoingMail.due_at)
    for on, kind, count in _by_day(when, list(days), theirs, split_by=OutgoingMail.kind):
        days[on].mails[kind] += count
    return list(days.values())


def _of_tasks(tasks: Sequence[HumanTask], end: datetime) -> list[Expected]:
    due = [
        Expected(task.due_at, "due", task.title, task_id=task.id, node=task.node)
        for task in tasks
        if task.due_at is not None and now() <= task.due_at <= end
    ]
    mails = [
        Expected(
            each.at, "mail", each.task.title, mail=each.kind, people=tuple(each.people), task_id=each.task.id,
            node=each.task.node,
        )
        for each in ladders.steps_ahead(tasks, until=end)
    ]
    return [*due, *mails]


def _windows(which: ColumnElement[bool], end: datetime) -> list[Expected]:
    """Return the windows that will open; each of them gives its performer a task and a mail (M01)."""
    rows = db.session.execute(
        select(Recurrence, ProcessInstance.title)
        .join(ProcessInstance, ProcessInstance.id == Recurrence.instance_id)
        .where(which, Recurrence.done_at.is_(None), ProcessInstance.state == InstanceState.RUNNING)
    )
    return [
        Expected(at, "window", title, instance_id=row.instance_id, node=row.node)
        for row, title in rows
        for at in _openings(row.frequency, row.term, row.next_no, end)
    ]


def _windows_by_procedure(which: ColumnElement[bool], end: datetime) -> Iterator[tuple[str, datetime, int]]:
    """Yield (procedure, moment, how many windows open then)."""
    rows = db.session.execute(
        select(ProcessDefinition.name, Recurrence.frequency, Recurrence.term, Recurrence.next_no, func.count())
        .join(ProcessInstance, ProcessInstance.id == Recurrence.instance_id)
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .where(which, Recurrence.done_at.is_(None), ProcessInstance.state == InstanceState.RUNNING)
        .group_by(ProcessDefinition.name, Recurrence.frequency, Recurrence.term, Recurrence.next_no)
    )
    for name, frequency, term, number, count in rows:
        for at in _openings(frequency, term, number, end):
            yield name, at, count


def _openings(frequency: str, term: str, number: int, end: datetime) -> list[datetime]:
    windows = windows_of(frequency, term)
    return [each.opens_at for each in windows if each.no >= number and not each.skipped and now() < each.opens_at <= end]


def _waiting(which: ColumnElement[bool], end: datetime) -> list[Expected]:
    """Return the mails that are written and wait for their moment."""
    rows = db.session.scalars(
        select(OutgoingMail).where(which, OutgoingMail.done_at.is_(None), OutgoingMail.due_at <= end)
    )
    return [
        Expected(row.due_at, "mail", row.subject, mail=row.kind, people=(row.person_id,), instance_id=row.instance_id)
        for row in rows
    ]


def _by_day(
    column: ColumnElement[datetime] | InstrumentedAttribute[datetime | None], days: Sequence[date],
    *conditions: ColumnElement[bool], split_by: InstrumentedAttribute[str] | None = None,
) -> Iterator[tuple[date, str, int]]:
    """Yield (day, what it is split by, count) of the rows whose moment lies on one of the days in the college's zone."""
    ends = [datetime.combine(on + timedelta(days=1), time(), COLLEGE_ZONE) for on in days]
    number = case(*((column < at, place) for place, at in enumerate(ends)), else_=len(days))
    split = split_by if split_by is not None else literal("")
    begin = datetime.combine(days[0], time(), COLLEGE_ZONE)
    rows = db.session.execute(
        select(number, split, func.count())
        .where(column >= begin, column < ends[-1], *conditions)
        .group_by(number, split)
    )
    for place, word, count in rows:
        yield days[place], word, count


def _day(at: datetime) -> date:
    return at.astimezone(COLLEGE_ZONE).date()
