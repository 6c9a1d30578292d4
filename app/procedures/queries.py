"""What may be seen of instances, and the questions the pages ask."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import defer

from app import security
from app.engine import HumanTask, InstanceState, ProcessDefinition, ProcessInstance, TaskPerformer, TaskState
from app.foundation.db import db, mentions
from app.foundation.errors import NotFound
from app.organisation import queries as organisation
from app.organisation.models import Person, Subject

PAGE_SIZE = 50


def stands_for(person_id: str, column: Any) -> ColumnElement[bool]:
    """Return the condition that a column names the person, or somebody whose deputy they are today."""
    return column.in_([person_id, *organisation.delegators_of(person_id)])


def visible_instances(person_id: str) -> Select[ProcessInstance]:
    """Return the instances a person may see; every page about instances starts from this query.

    They have or had a task in it or did one, started it, or reach its subject
    by reading self-diagnoses.
    """
    mine = select(HumanTask.instance_id).join(TaskPerformer).where(stands_for(person_id, TaskPerformer.person_id))
    done = select(HumanTask.instance_id).where(
        or_(HumanTask.closed_by == person_id, HumanTask.on_behalf_of == person_id)
    )
    reach = security.reach_of(person_id, "diagnosis.read")
    return (
        select(ProcessInstance)
        .where(
            or_(
                ProcessInstance.id.in_(mine),
                ProcessInstance.id.in_(done),
                ProcessInstance.started_by == person_id,
                reach.condition(ProcessInstance.subject),
            )
        )
        .options(defer(ProcessInstance.blob))
    )


def visible_instance(instance_id: int, person_id: str) -> ProcessInstance:
    """Return one instance. Raises `NotFound` when there is none, or none for this person."""
    found = db.session.scalar(visible_instances(person_id).where(ProcessInstance.id == instance_id))
    if found is None:
        raise NotFound("没有找到这个流程。")
    return found


class Line(NamedTuple):
    """One line of the list of procedures."""

    instance: ProcessInstance
    subject_name: str | None
    starter: str | None
    open_tasks: int
    late_tasks: int
    step: str | None


def lines(
    person_id: str, *, key: str, state: str, text: str, page: int, now: datetime
) -> tuple[list[Line], int]:
    """Return a page of the list, newest first, and how many there are in all."""
    query = _filtered(visible_instances(person_id), key=key, state=state, text=text)
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    # The page first, its particulars then: a database works out the columns of all rows before it sorts them.
    ids = list(
        db.session.scalars(
            query.with_only_columns(ProcessInstance.id)
            .order_by(ProcessInstance.started_at.desc(), ProcessInstance.id.desc())
            .limit(PAGE_SIZE)
            .offset((page - 1) * PAGE_SIZE)
        )
    )
    rows = db.session.execute(
        select(ProcessInstance, Subject.name_zh, Person.name_zh)
        .outerjoin(Subject, Subject.code == ProcessInstance.subject)
        .outerjoin(Person, Person.id == ProcessInstance.started_by)
        .where(ProcessInstance.id.in_(ids))
        .options(defer(ProcessInstance.blob))
        .order_by(ProcessInstance.started_at.desc(), ProcessInstance.id.desc())
    )
    open_tasks: dict[int, list[Any]] = {}
    tasks = db.session.execute(
        select(HumanTask.instance_id, HumanTask.name, HumanTask.due_at)
        .where(HumanTask.instance_id.in_(ids), HumanTask.state == TaskState.OPEN)
        .order_by(HumanTask.due_at.is_(None), HumanTask.due_at, HumanTask.id)
    )
    for task in tasks:
        open_tasks.setdefault(task.instance_id, []).append(task)
    return [_line(row, open_tasks.get(row[0].id, []), now) for row in rows], total


def _line(row: Any, tasks: list[Any], now: datetime) -> Line:
    late = sum(task.due_at is not None and task.due_at < now for task in tasks)
    return Line(row[0], row[1], row[2], len(tasks), late, tasks[0].name if tasks else None)


def _filtered(
    query: Select[ProcessInstance], *, key: str, state: str, text: str
) -> Select[ProcessInstance]:
    if key:
        of_key = select(ProcessDefinition.id).where(ProcessDefinition.key == key)
        query = query.where(ProcessInstance.definition_id.in_(of_key))
    if state == "running":
        query = query.where(ProcessInstance.state == InstanceState.RUNNING)
    elif state == "ended":
        query = query.where(ProcessInstance.state != InstanceState.RUNNING)
    return query.where(matches(text)) if text else query


def matches(text: str) -> ColumnElement[bool]:
    """Return the condition that an instance's title, number or subject contains a text."""
    of_subject = select(Subject.code).where(mentions(text, Subject.name_zh))
    named = mentions(text, ProcessInstance.title, ProcessInstance.business_key, ProcessInstance.subject)
    return or_(named, ProcessInstance.subject.in_(of_subject))


def kinds() -> list[tuple[str, str]]:
    """Return (key, name) of every procedure that has been deployed, by name."""
    newest = select(func.max(ProcessDefinition.id)).group_by(ProcessDefinition.key)
    rows = db.session.execute(
        select(ProcessDefinition.key, ProcessDefinition.name)
        .where(ProcessDefinition.id.in_(newest))
        .order_by(ProcessDefinition.name)
    )
    return [(row.key, row.name) for row in rows]


def subject_of(instance: ProcessInstance) -> Subject | None:
    """Return the instance's quality subject."""
    return db.session.get(Subject, instance.subject) if instance.subject else None


def relatives(instance: ProcessInstance, person_id: str) -> tuple[ProcessInstance | None, list[ProcessInstance]]:
    """Return the instance this one was called by, and those it called, as far as the person sees them."""
    rows = db.session.scalars(
        visible_instances(person_id)
        .where(or_(ProcessInstance.id == instance.parent_id, ProcessInstance.parent_id == instance.id))
        .order_by(ProcessInstance.id)
    ).all()
    parent = next((row for row in rows if row.id == instance.parent_id), None)
    return parent, [row for row in rows if row.parent_id == instance.id]


class TaskLine(NamedTuple):
    """A task under the diagram, with the names of who may do it and who did."""

    task: HumanTask
    performers: list[str]
    closed_by: str
    on_behalf_of: str


def tasks_of(instance: ProcessInstance) -> list[TaskLine]:
    """Return the instance's tasks, newest first."""
    tasks = db.session.scalars(
        select(HumanTask)
        .where(HumanTask.instance_id == instance.id)
        .options(defer(HumanTask.draft))
        .order_by(HumanTask.id.desc())
    ).all()
    performers: dict[int, list[str]] = {}
    of_tasks = TaskPerformer.task_id.in_([task.id for task in tasks])
    for row in db.session.execute(
        select(TaskPerformer.task_id, Person.name_zh)
        .join(Person, Person.id == TaskPerformer.person_id)
        .where(of_tasks)
        .order_by(TaskPerformer.person_id)
    ):
        performers.setdefault(row.task_id, []).append(row.name_zh)
    known = names([each for task in tasks for each in (task.closed_by, task.on_behalf_of)])
    return [
        TaskLine(task, performers.get(task.id, []), known.get(task.closed_by, ""), known.get(task.on_behalf_of, ""))
        for task in tasks
    ]


def names(person_ids: list[str | None]) -> dict[str | None, str]:
    """Return people's names by id, in one statement."""
    wanted = {each for each in person_ids if each}
    if not wanted:
        return {}
    rows = db.session.execute(select(Person.id, Person.name_zh).where(Person.id.in_(wanted)))
    return {row.id: row.name_zh for row in rows}
