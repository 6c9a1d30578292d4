"""When a task's next step comes.

`HumanTask.nudge_no` is 0 when the ladder has to be put up anew (the engine
sets it so when it moves a deadline), else the number of the rung that comes
next, counted from 1; `nudge_at` is the moment to look.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from app.engine import HumanTask
from app.escalation import policies, rules
from app.escalation.models import Escalation
from app.escalation.rules import Dated
from app.foundation.clock import COLLEGE_ZONE
from app.foundation.db import db
from app.organisation import calendar


class Nudge(NamedTuple):
    no: int
    at: datetime | None


def dated_ladder(task: HumanTask) -> list[Dated]:
    """Return the task's rungs with their moments; none without a deadline."""
    return dated(task.escalation, task.due_at) if task.due_at is not None else []


def dated(ladder: str, due_at: datetime) -> list[Dated]:
    """Return a ladder's rungs with their moments: 8:30 of working days around the deadline's day."""
    due_on = due_at.astimezone(COLLEGE_ZONE).date()
    return [Dated(rung, calendar.next_morning(due_on, rung.after)) for rung in policies.rungs_of(ladder)]


def told_of(tasks: Sequence[HumanTask]) -> dict[int, set[str]]:
    """Return the steps in the ledger for each task's present deadline."""
    found: dict[int, set[str]] = {task.id: set() for task in tasks}
    due = {task.id: task.due_at for task in tasks}
    rows = select(Escalation.task_id, Escalation.due_at, Escalation.step).where(Escalation.task_id.in_(found))
    for row in db.session.execute(rows):
        if row.due_at == due[row.task_id]:
            found[row.task_id].add(row.step)
    return found


def put_up(dated: list[Dated], *, since: datetime, told: set[str]) -> Nudge:
    """Return the first step of a ladder put up at a moment."""
    number = rules.first_rung(dated, since=since, told=told)
    return Nudge(0, None) if number is None else Nudge(number + 1, dated[number].at)
