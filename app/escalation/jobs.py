"""What the clock does for deadlines."""

import logging
from datetime import timedelta

from sqlalchemy import Select, select

from app.engine import HumanTask, TaskState
from app.escalation import service
from app.escalation.schedule import Nudge
from app.foundation.clock import now
from app.foundation.db import db, transaction

log = logging.getLogger(__name__)

# How long a task that could not be escalated steps aside.
RETRY_AFTER = timedelta(minutes=15)


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
