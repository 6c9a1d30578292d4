"""What a service task, decision or call activity does when its turn comes.

Called by SpiffWorkflow through `parsing.Act` while an instance runs. The
instance's script engine (`ScriptDoor`) carries the present run: who acts and
what must be written when the instance is saved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app import feel
from app.engine import expressions
from app.engine.errors import StepFailed
from app.engine.models import Message, MessageKind, ProcessInstance, Recurrence
from app.engine.steps import Run, catalogue, run_step
from app.foundation.clock import now


@dataclass
class Present:
    """The run under way on one opened instance."""

    instance: ProcessInstance
    decisions: Mapping[str, str]
    person_id: str | None = None
    on_behalf_of: str | None = None
    task_id: int | None = None
    verb: str | None = None
    opinion: str = ""
    to_write: list[Any] = field(default_factory=list)

    def run_of(self, node: str, variables: Mapping[str, Any]) -> Run:
        return Run(
            instance_id=self.instance.id,
            definition_key=self.instance.definition.key,
            business_key=self.instance.business_key,
            node=node,
            variables=variables,
            person_id=self.person_id,
            on_behalf_of=self.on_behalf_of,
            task_id=self.task_id,
            verb=self.verb,
        )


class ScriptDoor:
    """SpiffWorkflow's script engine: evaluates FEEL, refuses scripts."""

    def __init__(self, present: Present) -> None:
        self.present = present

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        return expressions.evaluate_json(expression, task.data, node=node_of(task))

    def deadline(self, task: Any, expression: str) -> tuple[datetime, dict[str, Any] | None]:
        return expressions.deadline(expression, task.data, node=node_of(task))

    def execute(self, task: Any, script: str, external_context: Any = None) -> bool:
        raise StepFailed("流程图不得包含脚本。", node=node_of(task))

    def call_service(self, task: Any, **kwargs: Any) -> Any:
        raise StepFailed("流程图不得直接调用服务。", node=node_of(task))


def node_of(task: Any) -> str:
    """Return the diagram element's id of a workflow task (loop children are named `x [child]`)."""
    return task.task_spec.name.removesuffix(" [child]").removesuffix(".BoundaryEventSplit")


def inputs_of(extensions: Mapping[str, Any], variables: Mapping[str, Any], *, node: str) -> dict[str, Any]:
    """Evaluate the `qa:input` elements of a node."""
    return {
        each["name"]: expressions.evaluate_json(each["value"], variables, node=node)
        for each in extensions.get("qa:input", [])
    }


def carry_out(task: Any) -> bool | None:
    """Do what the node says. Returns None when the node now waits for a child."""
    extensions, node = task.task_spec.extensions, node_of(task)
    present: Present = task.workflow.top_workflow.script_engine.present
    if step := extensions.get("qa:step"):
        given = inputs_of(extensions, task.data, node=node)
        task.data.update(run_step(step, present.run_of(node, task.data), given))
    elif decision := extensions.get("qa:decision"):
        task.data[extensions.get("qa:result", node)] = _decide(present, decision, task, node)
    elif "qa:call" in extensions:
        return _call(present, task, node)
    else:
        raise StepFailed(f"节点“{node}”没有写明要做什么（qa:step）。", node=node)
    return True


def _decide(present: Present, key: str, task: Any, node: str) -> Any:
    xml = present.decisions.get(key)
    if xml is None:
        raise StepFailed(f"找不到决策表“{key}”。", node=node)
    return feel.to_json(decision_model(xml).evaluate(key, task.data))


_models: dict[str, feel.DecisionModel] = {}


def decision_model(xml: str) -> feel.DecisionModel:
    """Load a decision file once per process."""
    if xml not in _models:
        _models[xml] = feel.load_decisions(xml, functions=catalogue.functions)
    return _models[xml]


def _call(present: Present, task: Any, node: str) -> bool | None:
    extensions = task.task_spec.extensions
    mode = extensions.get("qa:mode", "wait")
    child = extensions["qa:call"]
    if mode == "recurring":
        given = inputs_of(extensions, task.data, node=node)
        present.to_write.append(_recurrence(present, task, child, given, node))
        return None
    if mode == "detached":
        for number, item in enumerate(_items(extensions, task, node)):
            variables = {**task.data, **item}
            given = inputs_of(extensions, variables, node=node)
            present.to_write.append(
                _start_message(present, child, given, node, f"{node}:{task.id.hex}:{number}")
            )
        return True
    given = inputs_of(extensions, task.data, node=node)
    message = _start_message(present, child, given, node, f"{node}:{task.id.hex}")
    message.workflow_task = task.id.hex
    present.to_write.append(message)
    return None


def _items(extensions: Mapping[str, Any], task: Any, node: str) -> list[dict[str, Any]]:
    if "qa:foreach" not in extensions:
        return [{}]
    values = expressions.evaluate_json(extensions["qa:foreach"], task.data, node=node) or []
    return [{extensions.get("qa:as", "item"): value} for value in values]


def _start_message(
    present: Present, child: str, given: dict[str, Any], node: str, child_key: str
) -> Message:
    return Message(
        kind=MessageKind.START_CHILD,
        name=child,
        payload=given,
        instance_id=present.instance.id,
        node=node,
        child_key=child_key,
    )


def _recurrence(
    present: Present, task: Any, child: str, given: dict[str, Any], node: str
) -> Recurrence:
    extensions = task.task_spec.extensions
    frequency = extensions.get("qa:frequency", "WEEKLY")
    term = expressions.evaluate_json(extensions.get("qa:term", "term"), task.data, node=node)
    windows = catalogue.windows(frequency, term) if catalogue.windows else []
    row = Recurrence(
        instance_id=present.instance.id,
        workflow_task=task.id.hex,
        node=node,
        child=child,
        frequency=frequency,
        term=term,
        skip=extensions.get("qa:skip", ""),
        inputs=given,
    )
    # A window that was over before the node was reached is not owed.
    first = next((each for each in windows if each.due_at is not None and each.due_at > now()), None)
    row.next_no = first.no if first is not None else len(windows) + 1
    if first is not None:
        row.wanted_at = row.due_at = first.opens_at
    return row
