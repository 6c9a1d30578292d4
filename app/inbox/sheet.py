"""What a task's page and its side pane show, put together from the rooms below."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app import engine
from app.engine import HumanTask, ProcessInstance, TaskState
from app.foundation import reference
from app.foundation.clock import COLLEGE_ZONE, today
from app.foundation.db import db
from app.foundation.errors import NotAllowed
from app.inbox import queries, service
from app.inbox.extras import extras_of
from app.organisation import calendar
from app.organisation.due import Due, due_words
from app.organisation.models import Layer, Subject
from app.procedures import axis
from app.procedures.queries import names
from app.web.i18n import translated as _

MOST_OVERDUE_DAYS = 35
MOST_IN_PANE = 6
EMPTY_FORM = {"type": "default", "schemaVersion": 19, "components": []}


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A task's essentials. `opinions` are newest first."""

    task: HumanTask
    instance: ProcessInstance
    subject: Subject | None
    layer: Layer | None
    due: Due
    performers: list[queries.Performer]
    can_act: bool
    on_behalf_of: str
    opinions: list[axis.Entry]
    closing: str
    starter: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Everything on a task's page beyond the essentials."""

    summary: Summary
    schema: dict[str, Any]
    has_form: bool
    data: dict[str, Any]
    actions: list[dict[str, Any]]
    explanation: dict[str, Any] | None
    draft_by: str
    extras: list[tuple[str, str]]


def summary_of(task: HumanTask, person_id: str, *, most: int = MOST_IN_PANE) -> Summary:
    """Return the essentials of a task as this person sees them."""
    instance = db.session.get_one(ProcessInstance, task.instance_id)
    performers = queries.performers_of(task.id)
    can_act, behalf = _acting(task, person_id)
    known = names([behalf, instance.started_by])
    acts = engine.acts_of(instance.id)
    return Summary(
        task=task,
        instance=instance,
        subject=reference.row(Subject, task.subject) if task.subject else None,
        layer=reference.row(Layer, task.layer) if task.layer else None,
        due=due_words(task.due_at, closed_at=task.closed_at),
        performers=performers,
        can_act=can_act,
        on_behalf_of=known.get(behalf, ""),
        opinions=axis.opinions(acts[-most:], engine.verb_labels(instance.definition)),
        closing="" if task.state is TaskState.OPEN else service.who_closed(task),
        starter=known.get(instance.started_by, ""),
    )


def sheet_of(task: HumanTask, person_id: str) -> Sheet:
    """Return what the task's page shows: the form to fill in, or what was handed in."""
    summary = summary_of(task, person_id, most=200)
    if task.state is TaskState.OPEN:
        schema, actions, _extensions = engine.task_form(task)
        data = engine.prefill(task)
        if summary.can_act and task.draft:
            data = {**data, **task.draft}
    else:
        schema, actions = engine.form_at(summary.instance.definition, task.node), []
        data = engine.handed_in(task.id) or {}
    return Sheet(
        summary=summary,
        schema=schema or EMPTY_FORM,
        has_form=bool(schema),
        data=data,
        actions=actions if summary.can_act else [],
        explanation=_explained(task),
        draft_by=_foreign_drafter(task, person_id),
        extras=extras_of(task) if summary.can_act else [],
    )


def window_of(rule: dict[str, Any] | None) -> str:
    """Return the week or weeks a deadline's rule speaks of: `第3—4周`, or nothing."""
    if not rule or rule.get("kind") != "weeks":
        return ""
    if rule["first"] == rule["last"]:
        return _("第%(no)s周", no=rule["first"])
    return _("第%(first)s—%(last)s周", first=rule["first"], last=rule["last"])


def _acting(task: HumanTask, person_id: str) -> tuple[bool, str | None]:
    if task.state is not TaskState.OPEN:
        return False, task.on_behalf_of
    try:
        return True, service.acting_for(task, person_id)
    except NotAllowed:
        return False, None


def _foreign_drafter(task: HumanTask, person_id: str) -> str:
    if not task.draft or task.draft_by in (None, person_id):
        return ""
    return names([task.draft_by]).get(task.draft_by, "")


def _explained(task: HumanTask) -> dict[str, Any] | None:
    """Return how the deadline came about, with the overdue days of an open task after it."""
    explanation = calendar.explain(task.due_rule)
    if explanation is None or task.due_at is None or task.state is not TaskState.OPEN:
        return explanation
    return {**explanation, "days": explanation["days"] + _overdue_days(task.due_at.astimezone(COLLEGE_ZONE).date())}


def _overdue_days(due_on: date) -> list[dict[str, Any]]:
    workdays = calendar.work_calendar().workdays(due_on + timedelta(days=1), today())[:MOST_OVERDUE_DAYS]
    return [
        {"date": day.isoformat(), "kind": "OVERDUE", "note": "", "n": number}
        for number, day in enumerate(workdays, start=1)
    ]
