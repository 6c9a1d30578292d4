"""Start many instances of one diagram as prints of the first.

Where a diagram comes to its first wait without deciding or doing anything,
every instance waits at the same place: only its variables, its people and its
dates differ. The first is run; the others get its state with new identifiers,
and rows of their own. A diagram that acts or decides on the way is run for
each, so both ways have the same result.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import ExclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.util.task import TaskState as SpiffState
from sqlalchemy import select

from app.engine import codec, deployment, plain_data, runtime, store, task_index
from app.engine.acts import node_of
from app.engine.models import ProcessDefinition, ProcessInstance, StepLog, Subscription
from app.engine.parsing import Act, DueTimer, Parsed
from app.foundation.clock import now
from app.foundation.db import add_numbered_rows, add_rows, db

REACHED = SpiffState.FINISHED_MASK | SpiffState.READY | SpiffState.WAITING | SpiffState.STARTED


@dataclass(frozen=True)
class Start:
    """What one of many instances begins with."""

    variables: dict[str, Any]
    business_key: str | None = None


@dataclass(frozen=True)
class _Wait:
    """A human task at which every print waits."""

    workflow_task: str
    node: str
    extensions: dict[str, Any]


def start_many(key: str, starts: Iterable[Start], *, person_id: str | None = None) -> list[ProcessInstance]:
    """Start an instance per `Start` on the newest version, in order. Raises like `runtime.start`."""
    definition = deployment.newest(key)
    begins = list(starts)
    if not begins:
        return []
    first = runtime.start_on(
        definition, begins[0].variables, business_key=begins[0].business_key, person_id=person_id
    )
    press = _Press(first, plain_data.as_json(begins[0].variables))
    if press.fits:
        return [first, *press.print(definition, begins[1:], person_id=person_id)]
    return [first] + [
        runtime.start_on(definition, each.variables, business_key=each.business_key, person_id=person_id)
        for each in begins[1:]
    ]


class _Press:
    """The first instance, taken apart into what its prints share."""

    def __init__(self, first: ProcessInstance, variables: dict[str, Any]) -> None:
        db.session.refresh(first)
        self.parsed = deployment.parsed_of(first.definition)
        self.passed = db.session.scalars(
            select(StepLog).where(StepLog.instance_id == first.id).order_by(StepLog.id)
        ).all()
        self.fits = False
        if first.blob is None:
            return
        self.stamp = codec.Stamp(first.blob)
        tasks = store.peek(first.id).workflow.all_tasks()
        reached = [task.task_spec for task in tasks if task._state & REACHED]
        passed = [self._spec(row.node) for row in self.passed]
        self.fits = self.stamp.is_of(variables) and not any(_depends(spec) for spec in (*reached, *passed))
        self.waits = [
            _Wait(task.id.hex, node_of(task), task.task_spec.extensions)
            for task in tasks
            if task._state == SpiffState.READY and task.task_spec.manual
        ]
        self.listens = db.session.scalars(select(Subscription).where(Subscription.instance_id == first.id)).all()

    def _spec(self, node: str) -> Any:
        for spec in (self.parsed.spec, *self.parsed.subprocesses.values()):
            if node in spec.task_specs:
                return spec.task_specs[node]
        return None

    def print(
        self, definition: ProcessDefinition, starts: list[Start], *, person_id: str | None
    ) -> list[ProcessInstance]:
        """Write the instances with their tasks, awaited messages and log; what is returned is no object of the session."""
        rows, names, states = [], [], []
        for each in starts:
            variables = plain_data.as_json(each.variables)
            blob, named = self.stamp.press(variables)
            rows.append(
                {
                    "definition_id": definition.id, "blob": blob, "version": 1,
                    "title": runtime.title_of(self.parsed, variables), "business_key": each.business_key,
                    "subject": variables.get("subject"), "started_at": now(), "started_by": person_id,
                }
            )  # fmt: skip
            names.append(named)
            states.append(variables)
        numbers = add_numbered_rows(ProcessInstance, rows)
        instances = [ProcessInstance(id=number, **row) for number, row in zip(numbers, rows, strict=True)]
        opened = [
            _task(instance, self.parsed, wait, named, variables)
            for instance, named, variables in zip(instances, names, states, strict=True)
            for wait in self.waits
        ]
        add_rows(Subscription, [
            {"instance_id": number, "workflow_task": named[row.workflow_task], "node": row.node, "message": row.message}
            for number, named in zip(numbers, names, strict=True)
            for row in self.listens
        ])  # fmt: skip
        add_rows(StepLog, [
            {"instance_id": number, "at": now(), "node": row.node, "name": row.name, "kind": row.kind}
            for number in numbers
            for row in self.passed
        ])  # fmt: skip
        task_index.announce(opened)
        return instances


def _task(
    instance: ProcessInstance, parsed: Parsed, wait: _Wait, named: dict[str, str], variables: dict[str, Any]
) -> task_index.NewTask:
    return task_index.open_row(
        instance, parsed, node=wait.node, extensions=wait.extensions, variables=variables,
        workflow_task=named[wait.workflow_task],
    )  # fmt: skip


def _depends(spec: Any) -> bool:
    """Say whether what a node does or where it leads depends on the variables, or leaves a trace elsewhere."""
    if isinstance(spec, ExclusiveGateway):
        return len(spec.outputs) > 1
    return isinstance(spec, Act | LoopTask) or isinstance(getattr(spec, "event_definition", None), DueTimer)
