"""The pages of procedures: the list, one instance, and what its diagram needs."""

from math import ceil
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app import engine
from app.engine import HumanTask, InstanceState, ProcessInstance, TaskState
from app.foundation.clock import now
from app.foundation.db import db
from app.organisation.due import due_words
from app.procedures import axis, queries
from app.reports.documents import offers
from app.security import current_person_id

blueprint = Blueprint("procedures", __name__)


@blueprint.app_template_filter("number")
def number(instance: ProcessInstance) -> str:
    """Return the number people know an instance by; keys put together by a program (`term:unit`) are none."""
    key = instance.business_key or ""
    return "" if ":" in key else key


@blueprint.app_template_test("visible_procedure")
def visible_procedure(instance_id: int | None) -> bool:
    """Say whether the reader may open an instance, so that a page offers no link that ends in a 404."""
    if instance_id is None:
        return False
    visible = queries.visible_instances(current_person_id()).where(ProcessInstance.id == instance_id)
    return bool(db.session.scalar(select(visible.exists())))


@blueprint.get("/")
def listed() -> ResponseReturnValue:
    """List the procedures the reader may see, newest first."""
    chosen = {
        "key": request.args.get("key", ""),
        "state": request.args.get("state", "running"),
        "text": request.args.get("q", "").strip(),
    }
    page = max(request.args.get("page", 1, type=int), 1)
    lines, total = queries.lines(current_person_id(), **chosen, page=page, now=now())
    return render_template(
        "procedures/list.html", lines=lines, total=total, page=page, kinds=queries.kinds(),
        pages=ceil(total / queries.PAGE_SIZE), chosen=chosen, due_words=due_words,
    )  # fmt: skip


@blueprint.get("/<int:instance_id>")
def show(instance_id: int) -> ResponseReturnValue:
    """Show an instance: diagram, tasks, time axis, what called it and what it called."""
    person_id = current_person_id()
    instance = queries.visible_instance(instance_id, person_id)
    parent, children = queries.relatives(instance, person_id)
    tasks = queries.tasks_of(instance)
    return render_template(
        "procedures/instance.html",
        instance=instance,
        subject=queries.subject_of(instance),
        starter=queries.names([instance.started_by]).get(instance.started_by, ""),
        parent=parent,
        children=children,
        tasks=tasks,
        verbs=engine.verb_labels(instance.definition),
        papers=offers.of_instance(instance, person_id),
        entries=[*axis.ahead_of(instance), *axis.axis_of(instance, children, reader=person_id)],
        due=_nearest_due([line.task for line in tasks]),
        is_running=instance.state is InstanceState.RUNNING,
        due_words=due_words,
    )


@blueprint.get("/<int:instance_id>/diagram.xml")
def diagram(instance_id: int) -> ResponseReturnValue:
    """Return the diagram in the version this instance runs on."""
    instance = queries.visible_instance(instance_id, current_person_id())
    return Response(engine.xml_of(instance.definition_id), mimetype="application/xml")


@blueprint.get("/<int:instance_id>/state.json")
def state(instance_id: int) -> ResponseReturnValue:
    """Return where the instance stands, for the diagram's colours."""
    instance = queries.visible_instance(instance_id, current_person_id())
    return jsonify(_with_notes(instance, engine.picture_of(instance)))


def _with_notes(instance: ProcessInstance, picture: dict[str, Any]) -> dict[str, Any]:
    """Say on the nodes that are under way how much time is left."""
    rows = db.session.execute(
        select(HumanTask.node, HumanTask.due_at).where(
            HumanTask.instance_id == instance.id, HumanTask.state == TaskState.OPEN, HumanTask.due_at.is_not(None)
        )
    )
    for row in rows:
        picture["nodes"][row.node]["note"] = due_words(row.due_at).text
    return picture


def _nearest_due(tasks: list[HumanTask]) -> HumanTask | None:
    waiting = [task for task in tasks if task.state is TaskState.OPEN and task.due_at]
    return min(waiting, key=lambda task: task.due_at or now(), default=None)
