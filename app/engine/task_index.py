"""Human tasks as rows: what the workflow has ready, people can find."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from SpiffWorkflow.util.task import TaskState as SpiffState
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.engine import expressions
from app.engine.acts import Present, node_of
from app.engine.errors import StepFailed, TaskNotOpen
from app.engine.models import HumanTask, InstanceState, ProcessInstance, TaskPerformer, TaskState
from app.engine.parsing import Parsed
from app.engine.steps import catalogue
from app.engine.workflow import FlatWorkflow
from app.foundation.clock import now
from app.foundation.db import add_numbered_rows, add_rows, db

if TYPE_CHECKING:
    from app.engine import store


class NewTask(NamedTuple):
    """A row that is to be stored, and who may act on it. No object of the session."""

    row: HumanTask
    people: list[str]


_table: Any = HumanTask.__table__
_CLOSE = update(_table).where(_table.c.id == bindparam("of_id"), _table.c.version == bindparam("of_version"))
_OPEN = (
    select(HumanTask, ProcessInstance)
    .join(HumanTask.instance)
    .where(HumanTask.id == bindparam("of_id"))
    .with_for_update(of=ProcessInstance, key_share=True)
    .execution_options(populate_existing=True)
)


def get_open(task_id: int) -> tuple[HumanTask, ProcessInstance]:
    """Return the task and its instance, which is locked. Raises `TaskNotOpen` when it is no longer there to do.

    Whoever changes a task's state holds its instance; `close` finds out if somebody was faster.
    """
    found = db.session.execute(_OPEN, {"of_id": task_id}).one_or_none()
    if found is None:
        raise TaskNotOpen("找不到这项任务。")
    task, instance = found
    if task.state is not TaskState.OPEN:
        raise TaskNotOpen(already_done(task))
    return task, instance


def already_done(task: HumanTask) -> str:
    """Say who acted and that nothing is left to do."""
    if task.state is TaskState.WITHDRAWN:
        return f"任务“{task.title}”已撤回，不需要再处理。"
    return f"任务“{task.title}”已由他人办理完毕（{task.closed_by or '系统'}），您的内容没有提交。"


def ready(workflow: FlatWorkflow) -> dict[str, Any]:
    """Return the workflow's human tasks that can be done, by id (hex)."""
    return {
        task.id.hex: task
        for task in workflow.all_tasks()
        if task._state == SpiffState.READY and task.task_spec.manual
    }


def refresh(lent: "store.Opened") -> None:
    """Make the rows say what the workflow says: open the new, withdraw the gone."""
    instance, before = lent.instance, lent.ready
    after = ready(lent.workflow) if instance.state is not InstanceState.CANCELLED else {}
    if gone := before.keys() - after.keys():
        which = (HumanTask.instance_id == instance.id, HumanTask.workflow_task.in_(sorted(gone)))
        open_still = select(HumanTask).where(*which, HumanTask.state == TaskState.OPEN).order_by(HumanTask.id)
        withdraw(list(db.session.scalars(open_still)), reason=instance.end_reason)
    new = sorted((after[key] for key in after if key not in before), key=lambda each: each.last_state_change)
    announce(
        [
            open_row(
                instance, lent.parsed, node=node_of(task), extensions=task.task_spec.extensions, variables=task.data,
                workflow_task=task.id.hex,
            )
            for task in new
        ],
        lent.present,
    )  # fmt: skip


def close(task: HumanTask, **facts: Any) -> None:
    """Note how a task ended, in its columns. Raises `TaskNotOpen` when somebody was faster."""
    facts |= {"nudge_at": None, "draft": None, "version": task.version + 1}
    written = db.session.connection().execute(_CLOSE, {"of_id": task.id, "of_version": task.version, **facts})
    if written.rowcount != 1:
        raise TaskNotOpen(already_done(task))
    for name, value in facts.items():
        set_committed_value(task, name, value)


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
) -> NewTask:
    """Return a human task that has become ready: who does it, by when, what it is called.

    Raises `StepFailed` when the diagram's rule and the fallback find nobody.
    """
    name = parsed.names.get(node) or node
    people = _performers(extensions, parsed, variables, node=node, name=name)
    due_at = due_rule = None
    if due := extensions.get("qa:due"):
        due_at, due_rule = expressions.deadline(due, variables, node=node)
    title = extensions.get("qa:title")
    text = expressions.evaluate_json(title, variables, node=node) if title else None
    row = HumanTask(
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
        nudge_at=None,
        nudge_no=0,
    )
    return NewTask(row, people)


def announce(opened: list[NewTask], present: Present | None = None) -> None:
    """Store new rows and tell the observer of them."""
    if not opened:
        return
    rows = [each.row for each in opened]
    if catalogue.observer:
        catalogue.observer.opening(rows)
    numbers = add_numbered_rows(HumanTask, [_columns(row) for row in rows])
    for row, number in zip(rows, numbers, strict=True):
        row.id = number
    add_rows(
        TaskPerformer, [{"person_id": person, "task_id": each.row.id} for each in opened for person in each.people]
    )
    if catalogue.observer:
        verb, opinion = (present.verb, present.opinion) if present else (None, "")
        catalogue.observer.opened([(each.row, each.people) for each in opened], verb=verb, opinion=opinion)


def _columns(row: HumanTask) -> dict[str, Any]:
    return {name: value for name, value in row.__dict__.items() if not name.startswith("_")}


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
