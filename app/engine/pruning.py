"""Forget what the future of an instance can no longer see.

Closed rounds of a loop, finished multi-instance children and finished
subprocesses leave the tree, so that an instance costs the same in week 1 and
in week 1000. What happened is kept in the step log.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.util.task import TaskState

from app.engine.workflow import FlatWorkflow

UNFINISHED, FINISHED = TaskState.NOT_FINISHED_MASK, TaskState.FINISHED_MASK


def prune(workflow: FlatWorkflow) -> None:
    """Drop what is closed from the workflow and its subprocesses."""
    _forget_finished_subprocesses(workflow)
    _prune_tree(workflow)
    for sub in list(workflow.subprocesses.values()):
        if sub.parent_task_id in workflow.subprocesses:
            _prune_tree(sub)
    _forget_finished_subprocesses(workflow)


def _forget_finished_subprocesses(workflow: FlatWorkflow) -> None:
    """Drop the subprocesses that are over, and those inside them: their task is finished or gone."""
    while True:
        tasks = {task.id: task for task in workflow.all_tasks()}
        over = [
            task_id for task_id in workflow.subprocesses
            if (parent := tasks.get(task_id)) is None or parent._state & FINISHED
        ]  # fmt: skip
        if not over:
            return
        for task_id in over:
            del workflow.subprocesses[task_id]


def _prune_tree(workflow: Any) -> None:
    tasks = workflow.tasks
    unfinished = [task for task in tasks.values() if task._state & UNFINISHED]
    if not unfinished:
        return
    below = _unfinished_at_or_below(tasks, unfinished)
    trunk = _trunk(workflow, below, len(unfinished))
    position = 1
    while position < len(trunk):
        name = trunk[position].task_spec.name
        last = max(k for k in range(position, len(trunk)) if trunk[k].task_spec.name == name)
        if last > position and _round_is_closed(tasks, trunk, position, last):
            _splice(workflow, trunk, position, last)
        position += 1
    for task in unfinished:
        if task.id in tasks and isinstance(task.task_spec, LoopTask):
            _forget_finished_children(workflow, task, below)
    if workflow.last_task is not None and workflow.last_task.id not in tasks:
        workflow.last_task = None


def _unfinished_at_or_below(tasks: dict[Any, Any], unfinished: list[Any]) -> dict[Any, int]:
    below: dict[Any, int] = {}
    for task in unfinished:
        above = task
        while above is not None:
            below[above.id] = below.get(above.id, 0) + 1
            above = tasks.get(above._parent)
    return below


def _trunk(workflow: Any, below: dict[Any, int], total: int) -> list[Any]:
    """Return the path from the root that every unfinished task lies below."""
    trunk, task = [], workflow.task_tree
    while True:
        trunk.append(task)
        onward = [workflow.tasks[c] for c in task._children if below.get(c, 0) == total]
        if not onward:
            return trunk
        task = onward[0]


def _round_is_closed(tasks: dict[Any, Any], trunk: list[Any], first: int, last: int) -> bool:
    """Say whether no branch of the round is still parked at a join that has not fired."""
    passed = list(trunk[first : last + 1])
    stack = [
        tasks[c] for k in range(first, last) for c in trunk[k]._children if c != trunk[k + 1].id
    ]
    while stack:
        task = stack.pop()
        stack.extend(tasks[c] for c in task._children)
        passed.append(task)
    done = {task.task_spec.name for task in passed if task._state == TaskState.COMPLETED}
    return not any(
        isinstance(task.task_spec, UnstructuredJoin) and not isinstance(task.task_spec, _EndJoin)
        and task.task_spec.name not in done
        for task in passed[last + 1 - first :]
    )  # fmt: skip


def _splice(workflow: Any, trunk: list[Any], first: int, last: int) -> None:
    """Turn X ... X into X."""
    tasks = workflow.tasks
    old, new, parent = trunk[first], trunk[last], trunk[first - 1]
    tasks[new._parent]._children.remove(new.id)
    parent._children[parent._children.index(old.id)] = new.id
    new._parent = parent.id
    _drop(workflow, old)
    trunk[first : last + 1] = [new]


def _forget_finished_children(workflow: Any, task: Any, below: dict[Any, int]) -> None:
    for child in list(task._children):
        if below.get(child, 0) == 0:
            _drop(workflow, workflow.tasks[child])
            task._children.remove(child)
    merged = task.internal_data.get("merged")
    if merged:  # only the count and the last id are ever used
        merged[:-1] = [""] * (len(merged) - 1)


def _drop(workflow: Any, task: Any) -> None:
    stack = [task]
    top = workflow.top_workflow
    while stack:
        each = stack.pop()
        stack.extend(workflow.tasks[c] for c in each._children)
        del workflow.tasks[each.id]
        top.event_manager.tasks.pop(each.id, None)
        top.subprocesses.pop(each.id, None)
