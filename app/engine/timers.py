"""Timers and awaited messages as rows: when and by what an instance is woken."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import delete, select, update

from app.engine.models import ProcessInstance, Subscription, Timer
from app.engine.parsing import DueTimer
from app.engine.workflow import FlatWorkflow
from app.foundation.clock import now
from app.foundation.db import db


def refresh(instance: ProcessInstance, workflow: FlatWorkflow) -> None:
    """Make the rows say what the workflow waits for: add the new, tick off the gone."""
    waiting = [
        task
        for task in workflow.event_manager.tasks.values()
        if task._state == TaskState.WAITING and task.id in task.workflow.tasks
    ]
    _refresh_timers(instance, [t for t in waiting if _event(t, DueTimer)])
    _refresh_subscriptions(instance, [t for t in waiting if _event(t, MessageEventDefinition)])


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


def _refresh_timers(instance: ProcessInstance, waiting: list[Any]) -> None:
    wanted = {task.id.hex: task for task in waiting}
    if instance.version:
        rows = select(Timer).where(Timer.instance_id == instance.id, Timer.done_at.is_(None))
        for row in db.session.scalars(rows):
            if wanted.pop(row.workflow_task, None) is None:
                row.done_at = now()
    for key, task in wanted.items():
        moment = datetime.fromisoformat(task.internal_data["due_at"])
        db.session.add(
            Timer(
                instance_id=instance.id,
                workflow_task=key,
                node=task.task_spec.name,
                wanted_at=moment,
                due_at=moment,
                due_rule=task.internal_data.get("due_rule"),
            )
        )


def _refresh_subscriptions(instance: ProcessInstance, waiting: list[Any]) -> None:
    wanted = {task.id.hex: task for task in waiting}
    if instance.version:
        for row in db.session.scalars(
            select(Subscription).where(Subscription.instance_id == instance.id)
        ):
            if wanted.pop(row.workflow_task, None) is None:
                db.session.delete(row)
    for key, task in wanted.items():
        db.session.add(
            Subscription(
                instance_id=instance.id,
                workflow_task=key,
                node=task.task_spec.name,
                message=task.task_spec.event_definition.name,
            )
        )
