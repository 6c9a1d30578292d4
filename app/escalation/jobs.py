"""What the clock does for deadlines."""

from datetime import timedelta

from sqlalchemy import Integer, bindparam, select

from app.engine import HumanTask
from app.escalation import recipients, service, telling
from app.escalation.schedule import Nudge
from app.foundation.clock import now, today
from app.foundation.db import UtcDateTime, db, take_turns, transaction
from app.foundation.worklist import in_portions
from app.organisation import calendar
from app.organisation.workdays import due_moment

# How long a task that could not be escalated steps aside.
RETRY_AFTER = timedelta(minutes=15)
# How many students are told in one transaction.
PORTION = 200


def remind_and_escalate() -> int:
    """Take the reminders and escalations that are due, the oldest first; returns how many tasks were looked at.

    One that fails steps aside: a broken one must never silence the others.
    """
    return in_portions(_due, service.climb, _step_aside, name="the escalation of task")


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
    if not recipients.untold_students(due_until=due_until, limit=1):  # looked at without the write lock
        return 0
    count = 0
    while True:
        with transaction():
            take_turns("tell_students")
            waiting = recipients.untold_students(due_until=due_until, limit=PORTION)
            for person, tasks in waiting.items():
                telling.tell_gathered(person, tasks)
            count += len(waiting)
        if len(waiting) < PORTION:
            return count


# A task that is closed or withdrawn has no moment any more. Its state is not asked: SQLite would read all open tasks.
_DUE = (
    select(HumanTask)
    .where(HumanTask.nudge_at.is_not(None), HumanTask.nudge_at <= bindparam("now", type_=UtcDateTime))
    .order_by(HumanTask.nudge_at, HumanTask.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)


def _due(most: int) -> list[HumanTask]:
    return list(db.session.scalars(_DUE, {"now": now(), "most": most}))


def _step_aside(task_id: int, error: Exception) -> None:
    task = db.session.get_one(HumanTask, task_id)
    service.set_nudge(task, Nudge(task.nudge_no, now() + RETRY_AFTER))
