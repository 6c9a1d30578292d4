"""What a diagram says of its nodes: for pages that show tasks long after they were done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import ExclusiveGateway
from sqlalchemy import select

from app.engine import deployment, expressions
from app.engine.acts import inputs_of
from app.engine.errors import StepFailed
from app.engine.models import ProcessDefinition, StepLog
from app.engine.parsing import Parsed
from app.engine.runtime import actions_of
from app.foundation.db import db
from app.foundation.errors import AppError


@dataclass(frozen=True)
class Resolved:
    """Who would get a human task. `people` is None where the diagram knows only when it comes there.

    `passed_by`: a gateway right before it leads past it; `people` is empty. `vacant`: the
    diagram's rule finds nobody; `people` are then those of its fallback.
    """

    node: str
    name: str
    people: list[str] | None
    vacant: bool = False
    passed_by: bool = False


def who_would(key: str, variables: Mapping[str, Any]) -> list[Resolved]:
    """Return who would get each human task of a diagram that began with these variables today.

    In the diagram's order, with the tasks of what it calls again and again.
    Nothing is started. Raises `DefinitionNotFound`.
    """
    parsed = deployment.parsed_of(deployment.newest(key))
    found = []
    for node, spec in _in_order(parsed):
        extensions = getattr(spec, "extensions", None) or {}
        if "qa:performer" in extensions:
            found.append(_resolved(parsed, spec, variables))
        elif extensions.get("qa:mode") == "recurring":
            try:
                given = inputs_of(extensions, dict(variables), node=node)
            except AppError:
                continue
            found += who_would(extensions["qa:call"], given)
    return found


def _resolved(parsed: Parsed, spec: Any, variables: Mapping[str, Any]) -> Resolved:
    node, name = spec.name, parsed.names.get(spec.name) or spec.name
    if _is_passed_by(spec, variables):
        return Resolved(node, name, [], passed_by=True)
    try:
        people = expressions.people(spec.extensions["qa:performer"], variables, node=node)
    except StepFailed:
        return Resolved(node, name, None)
    except AppError:
        people = []
    if people:
        return Resolved(node, name, people)
    fallback = parsed.extensions.get("qa:fallback")
    return Resolved(node, name, expressions.people(fallback, variables, node=node) if fallback else [], vacant=True)


def _is_passed_by(spec: Any, variables: Mapping[str, Any]) -> bool:
    """Say whether a gateway right before a node leads elsewhere, as far as that is known beforehand."""
    if len(spec.inputs) != 1 or not isinstance(spec.inputs[0], ExclusiveGateway):
        return False
    for condition, leads_to in spec.inputs[0].cond_task_specs:
        if condition is None or leads_to != spec.name:
            continue
        text = condition.args[0]
        if expressions.problems_of(text, set(variables)):
            return False  # it asks for what only a later step will say
        try:
            return expressions.evaluate(text, variables, node=spec.name) is not True
        except AppError:
            return False
    return False


def _in_order(parsed: Parsed) -> list[tuple[str, Any]]:
    position = {node: number for number, node in enumerate(parsed.names)}
    nodes = {
        name: spec
        for process in (parsed.spec, *parsed.subprocesses.values())
        for name, spec in process.task_specs.items()
        if name in position
    }
    return sorted(nodes.items(), key=lambda each: position[each[0]])


def form_at(definition: ProcessDefinition, node: str) -> dict[str, Any] | None:
    """Return the form of a task's node as this version was deployed with, or None."""
    key = _extensions(definition).get(node, {}).get("qa:form")
    return deployment.form_of(definition, key) if key else None


def verb_labels(definition: ProcessDefinition) -> dict[tuple[str, str], str]:
    """Return what the verbs of this version's tasks are called, by (node, verb)."""
    return {
        (node, action["verb"]): action.get("label") or action["verb"]
        for node, extensions in _extensions(definition).items()
        if "qa:performer" in extensions
        for action in actions_of(extensions)
    }


def node_names(definition: ProcessDefinition) -> dict[str, str]:
    """Return the names of the diagram's elements by id."""
    return deployment.parsed_of(definition).names


def handed_in(task_id: int) -> dict[str, Any] | None:
    """Return the data that a finished task was completed with, or None."""
    return db.session.scalar(select(StepLog.data).where(StepLog.task_id == task_id).order_by(StepLog.id.desc()).limit(1))


def _extensions(definition: ProcessDefinition) -> dict[str, dict[str, Any]]:
    parsed = deployment.parsed_of(definition)
    return {
        name.removesuffix(" [child]"): getattr(spec, "extensions", None) or {}
        for process in (parsed.spec, *parsed.subprocesses.values())
        for name, spec in process.task_specs.items()
    }
