"""Timers and awaited messages as rows: when and by what an instance is woken."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import bindparam, delete, select, update

from app.engine.models import InstanceState, ProcessInstance, Subscription, Timer
from app.engine.parsing import DueTimer
from app.engine.workflow import FlatWorkflow
from app.foundation.clock import now
from app.foundation.db import add_rows, db

if TYPE_CHECKING:
    from app.engine import store


def waiting(workflow: FlatWorkflow) -> dict[str, Any]:
    """Return the workflow's tasks that wait for a moment or a message, by id (hex)."""
    return {
        task.id.hex: task
        for task in workflow.event_manager.tasks.values()
        if task._state == TaskState.WAITING and task.id in task.workflow.tasks
    }


def refresh(lent: "store.Opened") -> None:
    """Make the rows say what the workflow waits for: add the new, tick off the gone."""
    instance, before = lent.instance, lent.waiting
    after = waiting(lent.workflow) if instance.state is not InstanceState.CANCELLED else {}
    if gone := before.keys() - after.keys():
        _disarm(instance.id, [before[key] for key in sorted(gone)])
    new = [after[key] for key in after if key not in before]
    add_rows(Timer, [_timer(instance, task) for task in new if _event(task, DueTimer)])
    add_rows(Subscription, [_subscription(instance, task) for task in new if _event(task, MessageEventDefinition)])


def fire(workflow: FlatWorkflow, workflow_task: str) -> bool:
    """Let exactly this timer's event happen. Returns False when it was cancelled meanwhile."""
    task = workflow.find(workflow_task)
    if task is None or task._state != TaskState.WAITING:
        return False
    task.internal_data["event_fired"] = True
    task.task_spec._update(task)
    return True


def move(instance_id: int, node: str, *, due_at: datetime, due_rule: dict[str, Any] | None) -> None:
    """Give the armed timer of a node another moment (an extension was granted)."""
    db.session.execute(
        update(Timer)
        .where(Timer.instance_id == instance_id, Timer.node == node, Timer.done_at.is_(None))
        .values(due_at=due_at, wanted_at=due_at, due_rule=due_rule)
    )


def redate(later: Callable[[dict[str, Any], datetime], datetime]) -> None:
    """Ask `later(rule, due_at)` for the moment of every armed timer that has a rule."""
    rows = select(Timer).where(Timer.done_at.is_(None), Timer.due_rule.is_not(None), Timer.due_at > now())
    for timer in db.session.scalars(rows):
        if timer.due_rule:
            timer.due_at = timer.wanted_at = later(timer.due_rule, timer.due_at)


def disarm(instance_id: int) -> None:
    """Drop everything an ended instance waited for."""
    db.session.execute(
        update(Timer)
        .where(Timer.instance_id == instance_id, Timer.done_at.is_(None))
        .values(done_at=now())
    )
    db.session.execute(delete(Subscription).where(Subscription.instance_id == instance_id))


def _event(task: Any, kind: type) -> bool:
    return isinstance(getattr(task.task_spec, "event_definition", None), kind)


_timer_table: Any = Timer.__table__
_subscription_table: Any = Subscription.__table__
_TICK_OFF = update(_timer_table).where(
    _timer_table.c.instance_id == bindparam("of_id"), _timer_table.c.done_at.is_(None),
    _timer_table.c.workflow_task.in_(bindparam("gone", expanding=True)),
)  # fmt: skip
_HEAR_NO_MORE = delete(_subscription_table).where(
    _subscription_table.c.instance_id == bindparam("of_id"),
    _subscription_table.c.workflow_task.in_(bindparam("gone", expanding=True)),
)


def _disarm(instance_id: int, tasks: list[Any]) -> None:
    # Past the session's objects: a timer of them that is carried out all the same finds nothing to fire.
    connection = db.session.connection()
    if timers := [task.id.hex for task in tasks if _event(task, DueTimer)]:
        connection.execute(_TICK_OFF, {"of_id": instance_id, "gone": timers, "done_at": now()})
    if messages := [task.id.hex for task in tasks if _event(task, MessageEventDefinition)]:
        connection.execute(_HEAR_NO_MORE, {"of_id": instance_id, "gone": messages})


def _timer(instance: ProcessInstance, task: Any) -> dict[str, Any]:
    moment = datetime.fromisoformat(task.internal_data["due_at"])
    return {
        "instance_id": instance.id, "workflow_task": task.id.hex, "node": task.task_spec.name,
        "wanted_at": moment, "due_at": moment, "due_rule": task.internal_data.get("due_rule"),
    }  # fmt: skip


def _subscription(instance: ProcessInstance, task: Any) -> dict[str, Any]:
    return {
        "instance_id": instance.id, "workflow_task": task.id.hex, "node": task.task_spec.name,
        "message": task.task_spec.event_definition.name,
    }  # fmt: skip
