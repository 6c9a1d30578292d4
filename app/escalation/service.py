"""Climb a task's ladder."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm.attributes import set_committed_value

from app.engine import HumanTask
from app.escalation import recipients, rules, schedule, telling
from app.escalation.models import Escalation
from app.escalation.recipients import Concerned
from app.escalation.rules import Rung
from app.escalation.schedule import Nudge
from app.foundation import audit
from app.foundation.clock import now
from app.foundation.db import add_rows, db


def climb(tasks: Sequence[HumanTask]) -> None:
    """Take every step of open tasks whose moment has come, and set the next.

    After a downtime several are due at once: all go into the ledger, and each
    person concerned gets one mail, worded by the highest step that names him.
    """
    concerned, ledger = recipients.concerned(tasks), schedule.told_of(tasks)
    for task in tasks:
        assert task.nudge_at is not None
        dated, told = schedule.dated_ladder(task), ledger[task.id]
        number = task.nudge_no
        if not number:  # put up anew: the deadline was moved at `nudge_at`
            number = schedule.put_up(dated, since=task.nudge_at, told=told).no
        ahead = dated[number - 1 :] if number else []
        steps = rules.missed(ahead, now=now(), told=told)
        if steps:
            _take(task, steps, concerned[task.id])
            told |= {rung.name for rung in steps}
        set_nudge(task, schedule.put_up(dated, since=now(), told=told))


_table: Any = HumanTask.__table__
_SET_NUDGE = update(_table).where(_table.c.id == bindparam("of_id"))


def set_nudge(task: HumanTask, nudge: Nudge) -> None:
    """Say when to look at a task again."""
    # Not through the mapped object: this is no new version of the task, and whoever has its form open goes on.
    db.session.connection().execute(_SET_NUDGE, {"of_id": task.id, "nudge_no": nudge.no, "nudge_at": nudge.at})
    set_committed_value(task, "nudge_no", nudge.no)
    set_committed_value(task, "nudge_at", nudge.at)


def _take(task: HumanTask, steps: list[Rung], who: Concerned) -> None:
    aloud = rules.speaking(steps)
    told = dict(rules.told_once([(rung, recipients.people(rung.to, who)) for rung in aloud]))
    add_rows(
        Escalation,
        [
            {
                "task_id": task.id, "due_at": task.due_at, "step": rung.name, "kind": rung.kind,
                "recipients": told.get(rung, []), "at": now(),
            }
            for rung in steps
        ],
    )  # fmt: skip
    for rung in steps:
        people = told.get(rung, [])
        if people:
            telling.tell_step(task, rung, people, who)
        if not rung.is_reminder:
            audit.record("task.escalate", f"task:{task.id}", step=rung.name, recipients=people)
