"""What a diagram says of its nodes: for pages that show tasks long after they were done."""

from typing import Any

from sqlalchemy import select

from app.engine import deployment
from app.engine.models import ProcessDefinition, StepLog
from app.engine.runtime import actions_of
from app.foundation.db import db


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
