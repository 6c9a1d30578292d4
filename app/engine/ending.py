"""End an instance before its time, and what hangs on it: tasks, timers, windows, children."""

from sqlalchemy import ColumnElement, and_, or_, select, update

from app.engine import task_index, timers
from app.engine.models import (
    HumanTask,
    InstanceState,
    Message,
    MessageKind,
    ProcessInstance,
    Recurrence,
    StepLog,
    TaskState,
)
from app.foundation import audit
from app.foundation.clock import now
from app.foundation.db import db, locked


def cancel(instance_id: int, *, reason: str, person_id: str | None = None) -> None:
    """End an instance before its time, with its children that are not detached; tasks are withdrawn.

    A parent that waits for it goes on, with nothing to take from it.
    """
    instance = locked(ProcessInstance, instance_id)
    assert instance is not None
    if instance.state is not InstanceState.RUNNING:
        return
    instance.state, instance.ended_at = InstanceState.CANCELLED, now()
    instance.end_reason, instance.blob = reason, None
    rows = list(
        db.session.scalars(
            select(HumanTask).where(
                HumanTask.instance_id == instance_id, HumanTask.state == TaskState.OPEN
            )
        )
    )
    task_index.withdraw(rows, reason=reason)
    timers.disarm(instance_id)
    _end_windows(Recurrence.instance_id == instance_id)
    db.session.add(
        StepLog(
            instance_id=instance_id, node=instance.definition.key, name="撤销", kind="Cancel",
            person_id=person_id, opinion=reason,
        )
    )  # fmt: skip
    tell_parent(instance, {})
    cancel_children(instance_id, reason=reason, person_id=person_id)
    audit.record("process.cancel", f"instance:{instance_id}", person_id=person_id, reason=reason)


def cancel_children(instance_id: int, *, reason: str, person_id: str | None = None) -> int:
    """End the running children of an instance, but for the detached ones; returns how many."""
    return _cancel_where(ProcessInstance.parent_id == instance_id, reason=reason, person_id=person_id)


def interrupted(instance_id: int, calls: list[str], *, person_id: str | None = None) -> None:
    """End what call activities had begun that were taken out of the diagram's way.

    `calls` are their workflow tasks. Detached children live on.
    """
    opened_in = db.session.scalars(
        select(Recurrence.node).where(Recurrence.instance_id == instance_id, Recurrence.workflow_task.in_(calls))
    ).all()
    _end_windows(and_(Recurrence.instance_id == instance_id, Recurrence.workflow_task.in_(calls)))
    theirs = or_(ProcessInstance.parent_task.in_(calls), ProcessInstance.parent_node.in_(opened_in))
    _cancel_where(
        and_(ProcessInstance.parent_id == instance_id, theirs), reason="上级流程已转入其他环节", person_id=person_id
    )


def tell_parent(instance: ProcessInstance, result: dict[str, object]) -> None:
    """Let the parent that waits for this instance know that it has ended, and with what."""
    if instance.parent_id is None or instance.parent_task is None:
        return
    if db.session.get_one(ProcessInstance, instance.parent_id).state is not InstanceState.RUNNING:
        return
    db.session.add(
        Message(
            kind=MessageKind.CHILD_ENDED,
            name=instance.definition.key,
            payload=result,
            instance_id=instance.parent_id,
            workflow_task=instance.parent_task,
            node=instance.parent_node,
        )
    )


def _cancel_where(which: ColumnElement[bool], *, reason: str, person_id: str | None) -> int:
    children = db.session.scalars(
        select(ProcessInstance.id).where(
            which, ProcessInstance.detached.is_(False), ProcessInstance.state == InstanceState.RUNNING
        ).order_by(ProcessInstance.id)
    ).all()
    for child in children:
        cancel(child, reason=reason, person_id=person_id)
    return len(children)


def _end_windows(which: ColumnElement[bool]) -> None:
    db.session.execute(update(Recurrence).where(which, Recurrence.done_at.is_(None)).values(done_at=now()))
