"""Who is told of a task, by the organisation of the day (scenario 34)."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import NamedTuple

from sqlalchemy import Integer, bindparam, or_, select

from app.engine import HumanTask, TaskPerformer, TaskState
from app.escalation.models import Escalation
from app.foundation.clock import COLLEGE_ZONE, now, today
from app.foundation.db import db
from app.notifications import OutgoingMail
from app.organisation import queries as organisation
from app.organisation import teaching
from app.organisation.models import Person, PersonKind, Subject


class Concerned(NamedTuple):
    """A task's performers and the office or department they belong to (else its subject does)."""

    performers: list[str]
    unit: str | None
    subject: str | None = None


def concerned(tasks: Sequence[HumanTask]) -> dict[int, Concerned]:
    """Return whom each task concerns."""
    performers = performers_of([task.id for task in tasks])
    return {task.id: _concerned(task, performers.get(task.id, [])) for task in tasks}


def _concerned(task: HumanTask, performers: list[str]) -> Concerned:
    unit = next((code for each in performers if (code := organisation.unit_of(each))), None)
    if unit is None and task.subject:
        unit = organisation.subject(task.subject).unit_code
    return Concerned(performers, organisation.root_unit(unit) if unit else None, task.subject)


def people(roles: Sequence[str], who: Concerned) -> list[str]:
    """Return the union of the people in the roles, each once.

    Above the performer himself nobody is told of his own lateness: he knows.
    A post at the top has nobody above it; then the role is nobody.
    """
    found = [person for role in roles for person in _in_role(role, who)]
    if "PERFORMER" not in roles:
        found = [person for person in found if person not in who.performers]
    return list(dict.fromkeys(found))


def _in_role(role: str, who: Concerned) -> list[str]:
    match role:
        case "PERFORMER":
            return who.performers
        case "SUPERIOR":
            return [each for person in who.performers for each in teaching.superiors_of(person)]
        case "PROGRAMME_LEADER":
            return teaching.programme_leaders(who.subject) if who.subject else []
        case "UNIT_HEAD":
            return organisation.head_of(who.unit) if who.unit else []
        case "LEADER":
            return organisation.leader_of(who.unit) if who.unit else []
        case "QA_OFFICE":
            return organisation.holders("QA_OFFICER")
        case "QA_DIRECTOR":
            return organisation.holders("QA_DIRECTOR")
        case _:
            raise ValueError(f"an escalation policy names an unknown role: {role!r}")


def performers_of(task_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return who may act on each task."""
    rows = db.session.execute(
        select(TaskPerformer.task_id, TaskPerformer.person_id)
        .where(TaskPerformer.task_id.in_(task_ids))
        .order_by(TaskPerformer.task_id, TaskPerformer.person_id)
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.task_id, []).append(row.person_id)
    return found


def overdue_in(unit: str) -> list[HumanTask]:
    """Return the overdue tasks of a unit's people and subjects, the oldest deadline first."""
    units = organisation.units_below(unit)
    of_people = select(TaskPerformer.task_id).where(TaskPerformer.person_id.in_(organisation.members_of(unit)))
    of_subjects = select(Subject.code).where(Subject.unit_code.in_(units))
    return list(
        db.session.scalars(
            select(HumanTask)
            .where(
                HumanTask.state == TaskState.OPEN,
                HumanTask.due_at < now(),
                or_(HumanTask.id.in_(of_people), HumanTask.subject.in_(of_subjects)),
            )
            .order_by(HumanTask.due_at, HumanTask.id)
        )
    )


def listed_today(tasks: Sequence[HumanTask], *, but: HumanTask) -> set[str]:
    """Return who has got a list today because of one of these tasks, other than `but`."""
    midnight = datetime.combine(today(), time.min, COLLEGE_ZONE)
    rows = db.session.scalars(
        select(Escalation.recipients).where(
            Escalation.kind == "M07",
            Escalation.at >= midnight,
            Escalation.task_id.in_([each.id for each in tasks if each.id != but.id]),
        )
    )
    return {person for recipients in rows for person in recipients}


def told_at_once(person_ids: list[str]) -> list[str]:
    """Return who hears of a new task when it is opened: everybody but students (3d, M01)."""
    known = organisation.people(person_ids)
    return [each for each in person_ids if each in known and known[each].kind is not PersonKind.STUDENT]


_TOLD = (
    select(OutgoingMail.id)
    .where(
        OutgoingMail.person_id == TaskPerformer.person_id, OutgoingMail.kind == "M01",
        OutgoingMail.wanted_at >= HumanTask.opened_at,
    )
    .exists()
)  # fmt: skip
_UNTOLD = (
    select(TaskPerformer.person_id)
    .join(HumanTask, HumanTask.id == TaskPerformer.task_id)
    .join(Person, Person.id == TaskPerformer.person_id)
    .where(HumanTask.state == TaskState.OPEN, Person.kind == PersonKind.STUDENT, ~_TOLD)
    .distinct()
    .order_by(TaskPerformer.person_id)
    .limit(bindparam("most", type_=Integer))
)


def untold_students(*, due_until: datetime | None, limit: int) -> dict[str, list[HumanTask]]:
    """Return students with a task (due until then) that no mail has told them of, with all their open tasks.

    What is due first comes first.
    """
    asked = _UNTOLD if due_until is None else _UNTOLD.where(HumanTask.due_at <= due_until)
    people = list(db.session.scalars(asked, {"most": limit}))
    if not people:
        return {}
    rows = db.session.execute(
        select(TaskPerformer.person_id, HumanTask)
        .join(HumanTask, HumanTask.id == TaskPerformer.task_id)
        .where(TaskPerformer.person_id.in_(people), HumanTask.state == TaskState.OPEN)
        .order_by(TaskPerformer.person_id, HumanTask.due_at, HumanTask.id)
    )
    found: dict[str, list[HumanTask]] = {}
    for person, task in rows:
        found.setdefault(person, []).append(task)
    return found
