"""Lend an instance's workflow, and save it with all its rows or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import bindparam, update
from sqlalchemy.orm.attributes import set_committed_value

from app.engine import codec, deployment, ending, parsing, plain_data, pruning, task_index, timers
from app.engine.acts import Present, ScriptDoor, node_of
from app.engine.errors import StepFailed, TaskNotOpen
from app.engine.models import InstanceState, ProcessInstance, StepLog
from app.engine.workflow import FlatWorkflow
from app.foundation.clock import now
from app.foundation.db import add_numbered_rows, add_rows, db, locked, take_over
from app.foundation.errors import AppError, Conflict

_table: Any = ProcessInstance.__table__
_SAVE = update(_table).where(_table.c.id == bindparam("of_id"), _table.c.version == bindparam("of_version"))
# What the step log says of an element that nobody acted on.
NO_ACT = {"person_id": None, "on_behalf_of": None, "verb": None, "opinion": "", "data": None, "task_id": None}


class Opened:
    """An instance in memory for the length of one act. Never kept: see `opened`."""

    def __init__(self, instance: ProcessInstance, workflow: FlatWorkflow, present: Present) -> None:
        self.instance = instance
        self.workflow = workflow
        self.present = present
        self.parsed = deployment.parsed_of(instance.definition)
        # What the rows say when the act begins; saving compares.
        self.calls = _calls(workflow)
        self.ready = task_index.ready(workflow)
        self.waiting = timers.waiting(workflow)
        self._log: list[dict[str, Any]] = []

    def log(self, task: Any, **facts: Any) -> None:
        """Write down that a diagram element was passed; `facts` are the act's columns of the step log."""
        node = node_of(task)
        if node not in self.parsed.names:
            return  # SpiffWorkflow's own start, end and join helpers
        self._log.append(
            NO_ACT
            | {
                "instance_id": self.instance.id, "at": now(), "node": node, "name": self.parsed.names[node] or node,
                "kind": type(task.task_spec).__name__,
            }
            | facts
        )  # fmt: skip

    def write_log(self) -> None:
        """Put what was passed into the step log."""
        add_rows(StepLog, self._log)

    def go_on(self) -> None:
        """Run everything that needs no human."""
        self.workflow.do_engine_steps(did_complete_task=self._passed)

    def _passed(self, task: Any) -> None:
        # A call or subprocess also comes by here when it begins, a node with boundary events twice.
        is_helper = task.task_spec.name.endswith(".BoundaryEventSplit")
        if task._state & TaskState.FINISHED_MASK and not is_helper:
            self.log(task)


@contextmanager
def opened(instance: ProcessInstance, **actor: Any) -> Iterator[Opened]:
    """Lend a locked instance; save it when the block ends without an exception.

    After an exception the workflow in memory is thrown away and the caller's
    transaction rolls everything back. Raises `TaskNotOpen` when it has ended,
    `StepFailed` for whatever goes wrong inside the diagram.
    """
    if instance.state is not InstanceState.RUNNING:
        raise TaskNotOpen("这个流程已经结束。")
    present = _present(instance, actor)
    parsed = deployment.parsed_of(instance.definition)
    assert instance.blob is not None
    workflow = codec.load(instance.blob, parsed, ScriptDoor(present))
    lent = Opened(instance, workflow, present)
    with _in_our_words(lent):
        yield lent
        _save(lent)


def taken(instance_id: int) -> ProcessInstance:
    """Return an instance nobody else moves until the transaction ends. Raises `TaskNotOpen` when there is none."""
    instance = locked(ProcessInstance, instance_id)
    if instance is None:
        raise TaskNotOpen("这个流程已经结束。")
    return instance


def taken_if_free(instance_id: int) -> ProcessInstance | None:
    """Like `taken`, for the clock, which holds a row that whoever moves the instance may wait for: then None."""
    return locked(ProcessInstance, instance_id, if_free=True)


@contextmanager
def created(instance: ProcessInstance, variables: dict[str, Any], **actor: Any) -> Iterator[Opened]:
    """Lend a new instance with its first variables; save it when the block ends."""
    columns = {name: value for name, value in instance.__dict__.items() if not name.startswith("_")}
    (instance.id,) = add_numbered_rows(ProcessInstance, [columns])
    take_over(instance)
    present = _present(instance, actor)
    parsed = deployment.parsed_of(instance.definition)
    workflow = FlatWorkflow(parsed.spec, parsed.subprocesses, script_engine=ScriptDoor(present))
    workflow.task_tree.data.update(plain_data.as_json(variables))
    lent = Opened(instance, workflow, present)
    with _in_our_words(lent):
        yield lent
        _save(lent)


def peek(instance_id: int) -> Opened:
    """Return a running instance to look at; nothing done to it is saved."""
    instance = db.session.get(ProcessInstance, instance_id)
    if instance is None or instance.blob is None:
        raise TaskNotOpen("这个流程已经结束。")
    present = _present(instance, {})
    parsed = deployment.parsed_of(instance.definition)
    return Opened(instance, codec.load(instance.blob, parsed, ScriptDoor(present)), present)


def _present(instance: ProcessInstance, actor: dict[str, Any]) -> Present:
    return Present(
        instance=instance, decisions=deployment.decisions_of(instance.definition), **actor
    )


@contextmanager
def _in_our_words(lent: Opened) -> Iterator[None]:
    try:
        yield
    except AppError:
        raise
    except SpiffWorkflowException as error:
        cause = getattr(error, "exception", None) or error.__cause__
        if isinstance(cause, AppError):
            raise cause from error
        node = getattr(getattr(error, "task_spec", None), "name", lent.instance.definition.key)
        raise StepFailed(f"流程在“{node}”处无法继续：{error}", node=node) from error


def _save(lent: Opened) -> None:
    instance, workflow = lent.instance, lent.workflow
    workflow.get_events()  # messages leave through Message rows, never through these
    saved: dict[str, Any] = {"version": instance.version + 1, "blob": None}
    if workflow.is_completed() and instance.state is InstanceState.RUNNING:
        saved |= {"state": InstanceState.COMPLETED, "ended_at": now()}
    running = instance.state is InstanceState.RUNNING and "state" not in saved
    lent.write_log()
    task_index.refresh(lent)
    _end_interrupted(lent)
    db.session.add_all(lent.present.to_write)
    timers.refresh(lent)
    if running:
        pruning.prune(workflow)
        saved["blob"] = codec.dump(workflow)
    db.session.flush()
    written = db.session.connection().execute(_SAVE, {"of_id": instance.id, "of_version": instance.version, **saved})
    if written.rowcount != 1:
        raise Conflict("别人刚刚推进了这个流程，请刷新后再试。")
    for name, value in saved.items():
        set_committed_value(instance, name, value)
    if "state" in saved:
        ending.tell_parent(instance, dict(workflow.data))


def _calls(workflow: FlatWorkflow) -> set[str]:
    """Return the call activities that wait for children or windows."""
    return {
        task.id.hex
        for task in workflow.all_tasks()
        if task._state == TaskState.STARTED and isinstance(task.task_spec, parsing.Act)
    }


def _end_interrupted(lent: Opened) -> None:
    """What a call began ends with it when a boundary event or a terminating end took it away."""
    tasks = {task.id.hex: task._state for task in lent.workflow.all_tasks()}
    gone = {call for call in lent.calls if tasks.get(call, TaskState.CANCELLED) == TaskState.CANCELLED}
    if gone:
        ending.interrupted(lent.instance.id, sorted(gone), person_id=lent.present.person_id)
    lent.present.to_write = [
        row for row in lent.present.to_write
        if row.workflow_task is None or tasks.get(row.workflow_task) == TaskState.STARTED
    ]  # fmt: skip
