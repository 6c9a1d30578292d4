"""The mails of this room: which wording, which values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app import notifications
from app.engine import HumanTask
from app.escalation import recipients
from app.escalation.recipients import Concerned
from app.escalation.rules import Rung
from app.foundation.clock import COLLEGE_ZONE, today
from app.foundation.errors import AppError
from app.organisation import calendar
from app.organisation import queries as organisation

# So many tasks are listed in a leader's mail; the others are counted.
LONGEST_LIST = 20


def tell_opened(task: HumanTask, performers: list[str], *, returned: bool, reason: str) -> None:
    """Tell performers of a new task (M01), or that what they handed in came back (M03).

    Students hear of new tasks together, by `tell_gathered` (3d, M01).
    """
    if returned:
        values = {**_task(task), "reason": reason}
        _mail(performers, "M03", "returned", values, task)
    else:
        values = {**_task(task), "why": task.why, "due_text": _derivation(task)}
        _mail(recipients.told_at_once(performers), "M01", "assigned", values, task)


def tell_gathered(person: str, tasks: list[HumanTask]) -> None:
    """Tell a student of everything that waits for him, in one mail (M01)."""
    notifications.enqueue(
        [person], kind="M01", template="escalation/mail/gathered", values={"tasks": [_task(each) for each in tasks]},
        task_id=tasks[0].id if len(tasks) == 1 else None,
    )  # fmt: skip


def tell_withdrawn(task: HumanTask, performers: list[str], *, reason: str) -> None:
    """Tell performers that there is nothing left to do (M20); the link leads to the procedure."""
    notifications.enqueue(
        performers, kind="M20", template="escalation/mail/withdrawn", instance_id=task.instance_id,
        values={**_task(task), "reason": reason},
    )  # fmt: skip


def tell_step(task: HumanTask, rung: Rung, people: list[str], who: Concerned) -> None:
    """Send a step's mails: reminder, overdue, to the superior, the unit's list to its leader.

    Nobody is woken by the catching up of a night: they leave at 8:00 of the
    next working day at the earliest.
    """
    late = {**_task(task), "days": _days_late(task.due_at), "performers": _names(who.performers)}
    opening = calendar.next_opening()
    match rung.kind:
        case "M02":
            values = {**_task(task), "days_left": max(-_days_late(task.due_at), 0)}
            _mail(people, "M02", "reminder", values, task, not_before=opening)
        case "M05":
            _mail(people, "M05", "overdue", late, task, not_before=opening)
        case "M07":
            overdue = recipients.overdue_in(who.unit) if who.unit else [task]
            # The list names them all, so a leader gets one a day, however many tasks have come so far.
            listed = recipients.listed_today(overdue, but=task)
            people = [each for each in people if each not in listed]
            _mail(people, "M07", "overdue_leader", {**late, **_unit_list(overdue, who)}, task, not_before=opening)
        case _:
            _mail(people, "M06", "overdue_superior", late, task, not_before=opening)


def _mail(
    people: list[str], kind: str, name: str, values: Mapping[str, Any], task: HumanTask,
    *, not_before: datetime | None = None,
) -> None:  # fmt: skip
    notifications.enqueue(
        people, kind=kind, template=f"escalation/mail/{name}", values=values, instance_id=task.instance_id,
        task_id=task.id, not_before=not_before,
    )  # fmt: skip


def _task(task: HumanTask) -> dict[str, Any]:
    return {"title": task.title, "due_at": task.due_at.isoformat() if task.due_at else None}


def _derivation(task: HumanTask) -> str:
    """Return how the deadline came about; nothing when it cannot be derived any more."""
    try:
        return calendar.derive(task.due_rule).text if task.due_rule else ""
    except AppError:
        return ""


def _days_late(due_at: datetime | None) -> int:
    """Return the working days since the deadline's day; negative before it."""
    if due_at is None:
        return 0
    return calendar.work_calendar().between(due_at.astimezone(COLLEGE_ZONE).date(), today())


def _names(people: list[str]) -> list[str]:
    known = organisation.people(people)
    return [known[each].name_zh for each in people if each in known]


def _unit_list(overdue: list[HumanTask], who: Concerned) -> dict[str, Any]:
    shown = overdue[:LONGEST_LIST]
    performers = recipients.performers_of([each.id for each in shown])
    return {
        "unit_name": organisation.unit(who.unit).name_zh if who.unit else "、".join(_names(who.performers)),
        "count": len(overdue),
        "tasks": [
            {**_task(each), "days": _days_late(each.due_at), "performers": _names(performers.get(each.id, []))}
            for each in shown
        ],
    }
