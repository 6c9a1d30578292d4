"""What the clock does for deadlines."""

import logging
from datetime import timedelta

from sqlalchemy import Select, select

from app.engine import HumanTask, TaskState
from app.escalation import recipients, service, telling
from app.escalation.schedule import Nudge
from app.foundation.clock import now, today
from app.foundation.db import db, transaction
from app.organisation import calendar
from app.organisation.workdays import due_moment

log = logging.getLogger(__name__)

# How long a task that could not be escalated steps aside.
RETRY_AFTER = timedelta(minutes=15)
# How many students are told in one transaction.
PORTION = 200


def remind_and_escalate() -> int:
    """Take the reminders and escalations that are due, the oldest first; returns how many tasks were looked at.

    Each task has a transaction of its own, and one that fails steps aside:
    a broken one must never silence the others.
    """
    count = 0
    while True:
        task_id = None
        try:
            with transaction():
                task = db.session.scalar(_due().limit(1).with_for_update(skip_locked=True))
                if task is None:
                    return count
                task_id = task.id
                service.climb(task)
                count += 1
        except Exception:
            if task_id is None:
                raise
            log.exception("the escalation of task %s failed", task_id)
            _step_aside(task_id)


def tell_students() -> int:
    """Tell students of their new tasks, each in one mail; returns how many were told.

    On a week's first working morning of all that is new; on another morning
    only those whom next week's mail would reach after a deadline (3d, M01).
    """
    if calendar.next_opening() > now():
        return 0
    days, on = calendar.work_calendar(), today()
    monday = on - timedelta(days=on.weekday())
    begins = not days.workdays(monday, on - timedelta(days=1))
    due_until = None if begins else due_moment(days.after(monday + timedelta(days=6), 1))
    count = 0
    while True:
        with transaction():
            waiting = recipients.untold_students(due_until=due_until, limit=PORTION)
            for person, tasks in waiting.items():
                telling.tell_gathered(person, tasks)
            count += len(waiting)
        if len(waiting) < PORTION:
            return count


def _due() -> Select[HumanTask]:
    return (
        select(HumanTask)
        .where(HumanTask.nudge_at.is_not(None), HumanTask.nudge_at <= now(), HumanTask.state == TaskState.OPEN)
        .order_by(HumanTask.nudge_at, HumanTask.id)
    )


def _step_aside(task_id: int) -> None:
    with transaction():
        task = db.session.get_one(HumanTask, task_id)
        service.set_nudge(task, Nudge(task.nudge_no, now() + RETRY_AFTER))
