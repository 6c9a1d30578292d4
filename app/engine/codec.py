"""An instance as a few hundred bytes.

No specification (instances share their definition's), task data as deltas
against the parent, identifiers as 16 bytes; msgpack, then zstd. The first
element is the format's version: change it, and keep reading the old one, when
the layout changes (golden files in `tests/engine/golden`).
"""

import logging
from typing import Any
from uuid import UUID, uuid4

import msgspec
import zstandard
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.acts import ScriptDoor
from app.engine.errors import BudgetExceeded, StateUnreadable
from app.engine.parsing import Parsed
from app.engine.workflow import FlatWorkflow

log = logging.getLogger(__name__)

FORMAT = 1
LARGEST_BYTES = 1_000_000

_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder()


def dump(workflow: FlatWorkflow) -> bytes:
    """Return the state. Raises `BudgetExceeded` when it has grown past all measure."""
    subprocesses = [
        (
            task_id.bytes,
            sub.parent_workflow.parent_task_id.bytes if sub.parent_workflow.parent_task_id else b"",
            sub.spec.name,
            _tree(sub),
        )
        for task_id, sub in workflow.subprocesses.items()
    ]
    plain = _encoder.encode([FORMAT, _tree(workflow), subprocesses])
    if len(plain) > LARGEST_BYTES:
        raise BudgetExceeded("流程实例的数据超过 1 MB。", node=workflow.spec.name)
    return zstandard.ZstdCompressor(level=1).compress(plain)


class Stamp:
    """A stored state as a pattern for others that differ in their variables only.

    What a state remembers of a task is the difference to its parent, so the
    variables an instance began with stand at the roots of its trees alone.
    """

    def __init__(self, blob: bytes) -> None:
        self._state = _decoder.decode(zstandard.ZstdDecompressor().decompress(blob))
        trees = [self._state[1], *(sub[3] for sub in self._state[2])]
        self._ids = [row[0] for tree in trees for row in tree[0]]
        self._roots = [tree[0][0] for tree in trees]

    def is_of(self, variables: dict[str, Any]) -> bool:
        """Say whether the roots hold these variables and nothing else."""
        return all((root[7] or {}) == variables for root in self._roots)

    def press(self, variables: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """Return a state with other variables, and its task ids by those of the pattern (hex).

        Raises `BudgetExceeded` like `dump`.
        """
        for root in self._roots:
            root[7] = variables
        plain = _encoder.encode(self._state)
        if len(plain) > LARGEST_BYTES:
            raise BudgetExceeded("流程实例的数据超过 1 MB。", node="start")
        named = {}
        for known in self._ids:
            fresh = uuid4().bytes
            plain = plain.replace(known, fresh)
            named[known.hex()] = fresh.hex()
        return zstandard.ZstdCompressor(level=1).compress(plain), named


def load(blob: bytes, parsed: Parsed, door: ScriptDoor) -> FlatWorkflow:
    """Return the workflow a `dump` describes, on the shared specification. Raises `StateUnreadable`."""
    try:
        return _loaded(blob, parsed, door)
    except Exception as error:  # damage shows itself anywhere: in the frame, the packing, the rows, the names
        log.exception("a stored state of %s cannot be read", parsed.key)
        raise StateUnreadable("这个流程的存档无法读取，流程停在原处；请告知系统管理员。") from error


def _loaded(blob: bytes, parsed: Parsed, door: ScriptDoor) -> FlatWorkflow:
    version, top, subprocesses = _decoder.decode(zstandard.ZstdDecompressor().decompress(blob))
    if version != FORMAT:
        raise ValueError(f"unknown state format {version}")
    workflow = FlatWorkflow(
        parsed.spec, parsed.subprocesses, script_engine=door, deserializing=True
    )
    _restore(workflow, top)
    pending = list(subprocesses)
    while pending:  # parents first
        rest = []
        for task_id, parent, name, tree in pending:
            owner = workflow.subprocesses.get(UUID(bytes=parent)) if parent else workflow
            if owner is None:
                rest.append((task_id, parent, name, tree))
                continue
            task = owner.tasks[UUID(bytes=task_id)]
            sub = BpmnSubWorkflow(parsed.subprocesses[name], task.id, workflow, deserializing=True)
            _restore(sub, tree)
            workflow.subprocesses[task.id] = sub
            sub.completed_event.connect(task.task_spec._on_subworkflow_completed, task)
        if len(rest) == len(pending):
            raise ValueError("a subprocess without its parent")
        pending = rest
    return workflow


def _tree(workflow: Any) -> list[Any]:
    rows: list[Any] = []
    index: dict[UUID, int] = {}
    tasks, stack = workflow.tasks, [workflow.task_tree]
    while stack:  # a parent always precedes its children
        task = stack.pop()
        index[task.id] = len(rows)
        parent = tasks.get(task._parent)
        deletions: list[str] = []
        if parent is None:
            updates = task.data
        else:
            before, after = parent.data, task.data
            updates = {k: v for k, v in after.items() if k not in before or before[k] != v}
            deletions = [k for k in before if k not in after]
        rows.append(
            (
                task.id.bytes, index.get(task._parent, -1), task.task_spec.name, task._state,
                task.last_state_change, task.triggered, task.internal_data or None, updates or None,
                deletions or None,
            )
        )  # fmt: skip
        stack.extend(tasks[child] for child in reversed(task._children))
    last = workflow.last_task
    return [rows, index.get(last.id, -1) if last is not None else -1, workflow.data,
            workflow.correlations, workflow.success, workflow.completed]  # fmt: skip


def _restore(workflow: Any, tree: list[Any]) -> None:
    rows, last, data, correlations, success, completed = tree
    specs, events = workflow.spec.task_specs, workflow.top_workflow.event_manager
    made: list[Task] = []
    for task_id, parent_at, name, state, changed, triggered, internal, updates, deletions in rows:
        parent = made[parent_at] if parent_at >= 0 else None
        task = Task(workflow, specs[name], parent, state, UUID(bytes=task_id))
        task.last_state_change, task.triggered = changed, triggered
        if internal:
            # Plain JSON, whatever a message brought: SpiffWorkflow's own way would take a payload
            # with a key "typename" for one of its objects and never load the instance again.
            task.internal_data = internal
        if parent is not None:
            task.data = {
                k: (v.copy() if v.__class__ in (dict, list) else v) for k, v in parent.data.items()
            }
            task.data.update(updates or {})
            for key in deletions or ():
                task.data.pop(key, None)
        else:
            task.data = updates or {}
        if state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            events.add_task(task)
        made.append(task)
    workflow.task_tree = made[0]
    workflow.last_task = made[last] if last >= 0 else None
    workflow.data, workflow.correlations = data, correlations
    workflow.success, workflow.completed = success, completed
