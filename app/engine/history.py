"""What happened in an instance, and where it stands: for timelines and coloured diagrams."""

from collections.abc import Sequence
from typing import Any

from lxml import etree
from sqlalchemy import Select, or_, select

from app.engine import deployment, parsing
from app.engine.models import HumanTask, ProcessInstance, Recurrence, StepLog, TaskPerformer, TaskState
from app.foundation.clock import now
from app.foundation.db import db


def steps_of(instance_id: int) -> list[StepLog]:
    """Return what was passed, oldest first."""
    return list(
        db.session.scalars(
            select(StepLog).where(StepLog.instance_id == instance_id).order_by(StepLog.id)
        )
    )


def acts_of(instance_id: int) -> list[StepLog]:
    """Return only what people did, oldest first."""
    return list(
        db.session.scalars(
            select(StepLog)
            .where(StepLog.instance_id == instance_id, StepLog.person_id.is_not(None))
            .order_by(StepLog.id)
        )
    )


def instances_with(person_id: str, *, standing_in_for: Sequence[str] = ()) -> Select[int]:
    """Return the ids of the instances in which a person (or one he stands in for) has or had a task, did one, or which he began."""
    given = (
        select(HumanTask.instance_id)
        .join(TaskPerformer, TaskPerformer.task_id == HumanTask.id)
        .where(TaskPerformer.person_id.in_([person_id, *standing_in_for]))
    )
    done = select(HumanTask.instance_id).where(
        or_(HumanTask.closed_by == person_id, HumanTask.on_behalf_of == person_id)
    )
    begun = ProcessInstance.started_by == person_id
    return select(ProcessInstance.id).where(or_(ProcessInstance.id.in_(given), ProcessInstance.id.in_(done), begun))


def picture_of(instance: ProcessInstance) -> dict[str, Any]:
    """Return element states for the viewer: `{nodes: {id: {state, count}}, flows: [id]}`.

    States: done, current, problem (overdue). A flow counts as taken when both
    its ends were passed.
    """
    nodes: dict[str, dict[str, Any]] = {}
    for step in steps_of(instance.id):
        entry = nodes.setdefault(step.node, {"state": "done", "count": 0})
        entry["count"] += 1
    tasks = db.session.scalars(
        select(HumanTask).where(
            HumanTask.instance_id == instance.id, HumanTask.state == TaskState.OPEN
        )
    )
    for task in tasks:
        late = task.due_at is not None and task.due_at < now()
        nodes[task.node] = {"state": "problem" if late else "current", "count": 1}
    recurring = db.session.scalars(
        select(Recurrence.node).where(
            Recurrence.instance_id == instance.id, Recurrence.done_at.is_(None)
        )
    )
    waiting = db.session.scalars(
        select(ProcessInstance.parent_node).where(
            ProcessInstance.parent_id == instance.id,
            ProcessInstance.parent_task.is_not(None),
            ProcessInstance.state == "RUNNING",
        )
    )
    for node in (*recurring, *waiting, *_inside(instance, nodes)):
        if node:
            nodes[node] = {"state": "current", "count": 1}
    return {"nodes": nodes, "flows": _taken(instance, set(nodes))}


def _inside(instance: ProcessInstance, nodes: dict[str, dict[str, Any]]) -> list[str]:
    """Return the subprocesses an instance is in: something inside was reached, and they have not ended."""
    return [
        frame.get("id", "")
        for frame in _drawn(instance).iter(f"{{{parsing.BPMN}}}subProcess")
        if frame.get("id") not in nodes and any(inner.get("id") in nodes for inner in frame)
    ]


def _drawn(instance: ProcessInstance) -> etree._Element:
    return parsing.read_xml(deployment.xml_of(instance.definition_id))


def _taken(instance: ProcessInstance, passed: set[str]) -> list[str]:
    return [
        flow.get("id", "")
        for flow in _drawn(instance).iter(f"{{{parsing.BPMN}}}sequenceFlow")
        if flow.get("sourceRef") in passed and flow.get("targetRef") in passed
    ]
