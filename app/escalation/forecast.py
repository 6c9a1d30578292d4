"""Which reminders and escalations will go out if nobody acts: the ladders, read ahead."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from app.engine import HumanTask, TaskState
from app.escalation import recipients, schedule
from app.foundation.clock import COLLEGE_ZONE, now
from app.foundation.db import db


@dataclass(frozen=True)
class StepAhead:
    """A step of a task's ladder that is still to come: when, which mail, to whom."""

    at: datetime
    kind: str
    step: str
    task: HumanTask
    people: list[str]


def steps_ahead(tasks: Iterable[HumanTask], *, until: datetime) -> list[StepAhead]:
    """Return what will be sent because of these tasks if they stay open, in order, by today's organisation.

    A leader's list (M07) comes once a day, whatever it is of.
    """
    found: list[StepAhead] = []
    tasks = list(tasks)
    concerned, ledger = recipients.concerned(tasks), schedule.told_of(tasks)
    for task in tasks:
        who, told = concerned[task.id], ledger[task.id]
        for dated in schedule.dated_ladder(task):
            if now() < dated.at <= until and dated.rung.name not in told:
                people = recipients.people(dated.rung.to, who)
                found.append(StepAhead(dated.at, dated.rung.kind, dated.rung.name, task, people))
    found.sort(key=lambda each: (each.at, each.task.id))
    return _lists_once_a_day(found)


def _lists_once_a_day(steps: Sequence[StepAhead]) -> list[StepAhead]:
    listed: set[tuple[object, str]] = set()
    kept = []
    for each in steps:
        people = each.people
        if each.kind == "M07":
            on = each.at.astimezone(COLLEGE_ZONE).date()
            people = [person for person in people if (on, person) not in listed]
            listed |= {(on, person) for person in people}
        if people:
            kept.append(StepAhead(each.at, each.kind, each.step, each.task, people))
    return kept


def tasks_reaching(which: ColumnElement[bool], *, until: datetime) -> Counter[tuple[datetime, str, str]]:
    """Return how many open tasks reach which step when: (moment, kind, step) to tasks.

    Tasks with the same ladder and deadline are counted together, so ten
    thousand students' tasks cost as much as one.
    """
    rows = db.session.execute(
        select(HumanTask.escalation, HumanTask.due_at, func.count())
        .where(HumanTask.state == TaskState.OPEN, which)
        .group_by(HumanTask.escalation, HumanTask.due_at)
    )
    found: Counter[tuple[datetime, str, str]] = Counter()
    for ladder, due_at, count in rows:
        if due_at is None:
            continue
        for dated in schedule.dated(ladder, due_at):
            if now() < dated.at <= until:
                found[dated.at, dated.rung.kind, dated.rung.name] += count
    return found

