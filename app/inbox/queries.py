"""What may be seen of tasks, and the questions of the desk."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, literal, or_, select, true
from sqlalchemy.orm import aliased, contains_eager, defer

from app.engine import HumanTask, ProcessInstance, TaskPerformer, TaskState
from app.foundation.clock import COLLEGE_ZONE, now, today
from app.foundation.db import ask, db, mentions
from app.foundation.errors import NotFound
from app.organisation import queries as organisation
from app.organisation.models import Delegation, Layer, Person, Subject
from app.procedures.queries import matches, stands_for, visible_instances

PAGE_SIZE = 50
MOST_FOUND = 30


class View(StrEnum):
    """A list of the left rail."""

    OPEN = "open"
    DONE = "done"
    STARTED = "started"
    DRAFTS = "drafts"
    TODAY = "today"
    LATE = "late"


def visible_tasks(person_id: str) -> Select[HumanTask]:
    """Return the tasks a person may see; every page about tasks starts from this query.

    Performers and their deputies of today, whoever completed it, and those who
    may see its instance (they only read).
    """
    instances = visible_instances(person_id).with_only_columns(ProcessInstance.id).order_by(None)
    return select(HumanTask).where(
        or_(
            HumanTask.id.in_(_performed(person_id)),
            HumanTask.closed_by == person_id,
            HumanTask.instance_id.in_(instances),
        )
    )


def visible_task(task_id: int, person_id: str) -> HumanTask:
    """Return one task. Raises `NotFound` when there is none, or none for this person."""
    found = db.session.scalar(visible_tasks(person_id).where(HumanTask.id == task_id))
    if found is None:
        raise NotFound("没有找到这项任务。")
    return found


_task: Any = TaskPerformer.__table__
_given: Any = Delegation.__table__
_ACTS_FOR = (
    select(_task.c.person_id)
    .outerjoin(
        _given,
        and_(
            _given.c.from_person_id == _task.c.person_id, _given.c.to_person_id == bindparam("person_id"),
            _given.c.from_on <= bindparam("day"), _given.c.to_on >= bindparam("day"),
        ),
    )
    .where(
        _task.c.task_id == bindparam("of_task"),
        or_(_task.c.person_id == bindparam("person_id"), _given.c.id.is_not(None)),
    )
)  # fmt: skip


def acts_for(task_id: int, person_id: str) -> list[str]:
    """Return for whom the person may act on a task today: themselves first, then those they stand in for."""
    known = {"of_task": task_id, "person_id": person_id, "day": today()}
    found = set(db.session.connection().execute(_ACTS_FOR, known).scalars())
    return sorted(found, key=lambda each: (each != person_id, each))


class Performer(NamedTuple):
    """Who may do a task, and who stands in for them today."""

    person: Person
    deputy: str | None


def performers_of(task_id: int) -> list[Performer]:
    """Return everybody who may act on a task, with today's deputies."""
    on, deputy = today(), aliased(Person)
    rows = db.session.execute(
        select(Person, deputy.name_zh)
        .join(TaskPerformer, TaskPerformer.person_id == Person.id)
        .outerjoin(
            Delegation,
            and_(Delegation.from_person_id == Person.id, Delegation.from_on <= on, Delegation.to_on >= on),
        )
        .outerjoin(deputy, deputy.id == Delegation.to_person_id)
        .where(TaskPerformer.task_id == task_id)
        .order_by(Person.id)
    )
    return [Performer(*row) for row in rows]


_WAITED_FOR = (
    select(HumanTask.name, Person.name_zh)
    .join(TaskPerformer, TaskPerformer.task_id == HumanTask.id)
    .join(Person, Person.id == TaskPerformer.person_id)
    .where(HumanTask.instance_id == bindparam("instance"), HumanTask.state == TaskState.OPEN)
    .order_by(HumanTask.id, Person.id)
    .limit(4)
)


def waited_for(instance_id: int) -> list[tuple[str, str]]:
    """Return the first steps an instance waits for, each with a performer's name: enough for one line."""
    return [(row.name, row.name_zh) for row in ask(_WAITED_FOR, instance=instance_id)]


class Row(NamedTuple):
    """A line of the desk: the task, and what its second line says."""

    task: HumanTask
    subject_name: str | None
    layer_name: str | None
    is_mine: bool
    on_behalf_of: str | None


def desk_rows(person_id: str, view: View, *, page: int) -> list[Row]:
    """Return one page of a list of tasks, in one statement."""
    place = {"most": PAGE_SIZE, "past": (page - 1) * PAGE_SIZE}
    rows = db.session.execute(_listed(view), {**_known(person_id), **place})
    return [Row(*row) for row in rows]


# What the desk's statements are told; they are built once.
_ME: Any = bindparam("me")
_NOW: Any = bindparam("now")
_TOMORROW: Any = bindparam("tomorrow")
_ENDS: Any = bindparam("ends")
_PEOPLE: Any = bindparam("people", expanding=True)
_DELEGATORS: Any = bindparam("delegators", expanding=True)


def _known(person_id: str) -> dict[str, Any]:
    delegators = organisation.delegators_of(person_id)
    return {
        "me": person_id, "people": [person_id, *delegators], "delegators": delegators, "now": now(),
        "tomorrow": _midnight(today() + timedelta(days=1)),
    }  # fmt: skip


@cache
def _listed(view: View) -> Select[*tuple[Any, ...]]:
    of_task = TaskPerformer.task_id == HumanTask.id
    mine = select(literal(1)).where(of_task, TaskPerformer.person_id == _ME).exists()
    for_whom = (
        select(func.min(Person.name_zh))
        .join(TaskPerformer, TaskPerformer.person_id == Person.id)
        .where(of_task, TaskPerformer.person_id.in_(_DELEGATORS))
        .scalar_subquery()
    )
    done_for = select(Person.name_zh).where(Person.id == HumanTask.on_behalf_of).scalar_subquery()
    return (
        select(HumanTask, Subject.name_zh, Layer.name_zh, mine, done_for if view is View.DONE else for_whom)
        .join(HumanTask.instance)
        .outerjoin(Subject, Subject.code == HumanTask.subject)
        .outerjoin(Layer, Layer.code == HumanTask.layer)
        .where(_of_view(view))
        .options(contains_eager(HumanTask.instance).defer(ProcessInstance.blob), defer(HumanTask.draft))
        .order_by(*_order(view))
        .limit(bindparam("most", type_=Integer))
        .offset(bindparam("past", type_=Integer))
    )


def started_rows(person_id: str, *, page: int) -> list[tuple[ProcessInstance, str | None, str | None]]:
    """Return (instance, subject's name, present step) of what the person started, newest first."""
    step = (
        select(HumanTask.name)
        .where(HumanTask.instance_id == ProcessInstance.id, HumanTask.state == TaskState.OPEN)
        .order_by(HumanTask.due_at)
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(ProcessInstance, Subject.name_zh, step)
        .outerjoin(Subject, Subject.code == ProcessInstance.subject)
        .where(ProcessInstance.started_by == person_id)
        .options(defer(ProcessInstance.blob))
        .order_by(ProcessInstance.started_at.desc(), ProcessInstance.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def counts(person_id: str, *, window_ends_on: date) -> dict[str, int]:
    """Return how many there are in each view, and of the open ones by the end of the window (`window`)."""
    ends = _midnight(window_ends_on + timedelta(days=1))
    row = db.session.execute(_counted(), {**_known(person_id), "ends": ends}).one()
    return dict(row._mapping)


@cache
def _counted() -> Select[*tuple[Any, ...]]:
    of_mine = {view.value: _among_open(view) for view in (View.DRAFTS, View.TODAY, View.LATE)}
    of_mine["window"] = HumanTask.due_at < _ENDS
    done = select(func.count(HumanTask.id)).where(_of_view(View.DONE))
    started = select(func.count(ProcessInstance.id)).where(ProcessInstance.started_by == _ME)
    return select(
        func.count(HumanTask.id).label("open"),
        *(func.count(HumanTask.id).filter(which).label(name) for name, which in of_mine.items()),
        done.scalar_subquery().label("done"),
        started.scalar_subquery().label("started"),
    ).where(_of_view(View.OPEN))


def found(person_id: str, text: str) -> tuple[list[HumanTask], list[ProcessInstance]]:
    """Return the visible tasks and instances whose title, number or subject contains a text."""
    instances = db.session.scalars(
        visible_instances(person_id).where(matches(text)).order_by(ProcessInstance.id.desc()).limit(MOST_FOUND)
    )
    tasks = db.session.scalars(
        visible_tasks(person_id)
        .join(HumanTask.instance)
        .where(
            HumanTask.state != TaskState.WITHDRAWN,
            or_(mentions(text, HumanTask.title, HumanTask.name), matches(text)),
        )
        .options(contains_eager(HumanTask.instance).defer(ProcessInstance.blob), defer(HumanTask.draft))
        .order_by(HumanTask.state.desc(), HumanTask.id.desc())
        .limit(MOST_FOUND)
    )
    return list(tasks), list(instances)


def delegations_of(person_id: str) -> list[tuple[Delegation, str, str]]:
    """Return (delegation, from whom, to whom) that concern a person, newest first."""
    giver, taker = aliased(Person), aliased(Person)
    rows = db.session.execute(
        select(Delegation, giver.name_zh, taker.name_zh)
        .join(giver, giver.id == Delegation.from_person_id)
        .join(taker, taker.id == Delegation.to_person_id)
        .where(or_(Delegation.from_person_id == person_id, Delegation.to_person_id == person_id))
        .order_by(Delegation.to_on.desc(), Delegation.id.desc())
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _performed(person_id: str) -> Select[int]:
    return select(TaskPerformer.task_id).where(stands_for(person_id, TaskPerformer.person_id))


def _of_view(view: View) -> ColumnElement[bool]:
    if view is View.DONE:
        # Only a completed task names who did it; asking for its state too would lead past these two indexes.
        return or_(HumanTask.closed_by == _ME, HumanTask.on_behalf_of == _ME)
    performed = select(TaskPerformer.task_id).where(TaskPerformer.person_id.in_(_PEOPLE))
    mine = and_(HumanTask.state == TaskState.OPEN, HumanTask.id.in_(performed))
    return mine if view is View.OPEN else and_(mine, _among_open(view))


def _among_open(view: View) -> ColumnElement[bool]:
    """Return what makes one of the person's open tasks belong to a view."""
    match view:
        case View.DRAFTS:
            return HumanTask.draft_by == _ME
        case View.TODAY:
            return and_(HumanTask.due_at >= _NOW, HumanTask.due_at < _TOMORROW)
        case View.LATE:
            return HumanTask.due_at < _NOW
    return true()


def _order(view: View) -> tuple[Any, ...]:
    if view is View.DONE:
        return (HumanTask.closed_at.desc(), HumanTask.id.desc())
    return (HumanTask.due_at.is_(None), HumanTask.due_at, HumanTask.id)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), COLLEGE_ZONE)
