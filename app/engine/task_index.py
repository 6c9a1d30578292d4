"""Human tasks as rows: what the workflow has ready, people can find."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState as SpiffState
from sqlalchemy import select

from app.engine import expressions
from app.engine.acts import Present, node_of
from app.engine.errors import StepFailed, TaskNotOpen
from app.engine.models import HumanTask, ProcessInstance, TaskPerformer, TaskState
from app.engine.parsing import Parsed
from app.engine.steps import catalogue
from app.engine.workflow import FlatWorkflow
from app.foundation.clock import now
from app.foundation.db import db, locked


def get_open(task_id: int) -> HumanTask:
    """Return the task, locked. Raises `TaskNotOpen` when it is no longer there to do."""
    task = locked(HumanTask, task_id)
    if task is None:
        raise TaskNotOpen("找不到这项任务。")
    if task.state is not TaskState.OPEN:
        raise TaskNotOpen(already_done(task))
    return task


def already_done(task: HumanTask) -> str:
    """Say who acted and that nothing is left to do."""
    if task.state is TaskState.WITHDRAWN:
        return f"任务“{task.title}”已撤回，不需要再处理。"
    return f"任务“{task.title}”已由他人办理完毕（{task.closed_by or '系统'}），您的内容没有提交。"


def refresh(instance: ProcessInstance, parsed: Parsed, workflow: FlatWorkflow, present: Present) -> None:
    """Make the rows say what the workflow says: open the new, withdraw the gone."""
    ready = {
        task.id.hex: task
        for task in workflow.all_tasks()
        if task._state == SpiffState.READY and task.task_spec.manual
    }
    rows: list[HumanTask] = []
    if instance.version:  # a new instance has none
        rows = list(
            db.session.scalars(
                select(HumanTask).where(
                    HumanTask.instance_id == instance.id, HumanTask.state == TaskState.OPEN
                )
            )
        )
    gone = [row for row in rows if ready.pop(row.workflow_task, None) is None]
    withdraw(gone, reason=instance.end_reason)
    opened = [
        open_row(
            instance, parsed, node=node_of(task), extensions=task.task_spec.extensions, variables=task.data,
            workflow_task=task.id.hex,
        )
        for task in sorted(ready.values(), key=lambda each: each.last_state_change)
    ]  # fmt: skip
    announce(opened, present)


def redate(
    later: Callable[[dict[str, Any], datetime], datetime],
) -> dict[int, tuple[datetime, datetime]]:
    """Ask `later(rule, due_at)` for the moment of every open deadline; return those that moved."""
    moved = {}
    rows = select(HumanTask).where(
        HumanTask.state == TaskState.OPEN, HumanTask.due_rule.is_not(None), HumanTask.due_at > now()
    )
    for task in db.session.scalars(rows):
        before = task.due_at
        if before is None or not task.due_rule:
            continue
        after = later(task.due_rule, before)
        if after != before:
            task.due_at, moved[task.id] = after, (before, after)
            task.nudge_no, task.nudge_at = 0, now()
    return moved


def withdraw(tasks: list[HumanTask], *, reason: str) -> None:
    """Take tasks back that nobody needs to do any more, and tell their performers."""
    for row in tasks:
        row.state, row.closed_at, row.nudge_at = TaskState.WITHDRAWN, now(), None
    if tasks and catalogue.observer:
        catalogue.observer.withdrawn(tasks, reason=reason)


def open_row(
    instance: ProcessInstance,
    parsed: Parsed,
    *,
    node: str,
    extensions: Mapping[str, Any],
    variables: Mapping[str, Any],
    workflow_task: str,
) -> HumanTask:
    """Return the row of a human task that has become ready: who does it, by when, what it is called.

    Raises `StepFailed` when the diagram's rule and the fallback find nobody.
    """
    name = parsed.names.get(node) or node
    people = _performers(extensions, parsed, variables, node=node, name=name)
    due_at = due_rule = None
    if due := extensions.get("qa:due"):
        due_at, due_rule = expressions.deadline(due, variables, node=node)
    title = extensions.get("qa:title")
    text = expressions.evaluate_json(title, variables, node=node) if title else None
    return HumanTask(
        instance_id=instance.id,
        workflow_task=workflow_task,
        node=node,
        name=name,
        title=str(text or f"{name}：{instance.title}")[:200],
        process_key=parsed.key,
        layer=parsed.layer or variables.get("layer"),
        subject=instance.subject,
        why=extensions.get("qa:why", "")[:200],
        due_at=due_at,
        due_rule=due_rule,
        escalation=extensions.get("qa:escalation", "standard"),
        opened_at=now(),
        performers=[TaskPerformer(person_id=person) for person in people],
    )


def announce(opened: list[HumanTask], present: Present | None = None) -> None:
    """Store new rows and tell the observer of them."""
    if not opened:
        return
    db.session.add_all(opened)
    db.session.flush()
    if catalogue.observer:
        verb, opinion = (present.verb, present.opinion) if present else (None, "")
        catalogue.observer.opened(opened, verb=verb, opinion=opinion)


def _performers(
    extensions: Mapping[str, Any], parsed: Parsed, variables: Mapping[str, Any], *, node: str, name: str
) -> list[str]:
    rule = extensions.get("qa:performer")
    if not rule:
        raise StepFailed(f"任务“{node}”没有办理人规则。", node=node)
    people = expressions.people(rule, variables, node=node)
    if not people and (fallback := parsed.extensions.get("qa:fallback")):
        people = expressions.people(fallback, variables, node=node)
    if not people:
        raise StepFailed(f"“{name}”找不到办理人（{rule}）。请检查岗位任职或角色授权。", node=node)
    return people
