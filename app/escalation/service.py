"""Climb a task's ladder."""

from sqlalchemy import update

from app.engine import HumanTask
from app.escalation import recipients, rules, schedule, telling
from app.escalation.models import Escalation
from app.escalation.rules import Rung
from app.escalation.schedule import Nudge
from app.foundation import audit
from app.foundation.clock import now
from app.foundation.db import db


def climb(task: HumanTask) -> int:
    """Take every step of an open task whose moment has come, and set the next; returns how many.

    After a downtime several are due at once: all go into the ledger, and each
    person concerned gets one mail, worded by the highest step that names him.
    """
    assert task.nudge_at is not None
    dated, told = schedule.dated_ladder(task), schedule.told_of(task)
    number = task.nudge_no
    if not number:  # put up anew: the deadline was moved at `nudge_at`
        number = schedule.put_up(dated, since=task.nudge_at, told=told).no
    ahead = dated[number - 1 :] if number else []
    steps = rules.missed(ahead, now=now(), told=told)
    if steps:
        _take(task, steps)
        told |= {rung.name for rung in steps}
    set_nudge(task, schedule.put_up(dated, since=now(), told=told))
    return len(steps)


def set_nudge(task: HumanTask, nudge: Nudge) -> None:
    """Say when to look at a task again."""
    # Not through the mapped object: this is no new version of the task, and whoever has its form open goes on.
    db.session.execute(
        update(HumanTask)
        .where(HumanTask.id == task.id)
        .values(nudge_no=nudge.no, nudge_at=nudge.at)
        .execution_options(synchronize_session=False)
    )
    db.session.expire(task, ["nudge_no", "nudge_at"])


def _take(task: HumanTask, steps: list[Rung]) -> None:
    who = recipients.concerned(task)
    aloud = rules.speaking(steps)
    told = dict(rules.told_once([(rung, recipients.people(rung.to, who)) for rung in aloud]))
    for rung in steps:
        people = told.get(rung, [])
        db.session.add(
            Escalation(
                task_id=task.id, due_at=task.due_at, step=rung.name, kind=rung.kind, recipients=people, at=now()
            )
        )
        if people:
            telling.tell_step(task, rung, people, who)
        if not rung.is_reminder:
            audit.record("task.escalate", f"task:{task.id}", step=rung.name, recipients=people)
    db.session.flush()
