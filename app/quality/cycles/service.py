"""Start a term's procedures; end a subject's; move deadlines when the calendar changes."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from app import engine, notifications
from app.foundation import audit
from app.foundation.clock import now, today
from app.foundation.db import db
from app.foundation.errors import AppError
from app.organisation import calendar
from app.organisation import queries as organisation
from app.organisation.models import Layer, Subject, SubjectState
from app.quality.cycles import windows
from app.quality.cycles.models import CohortLaunch, DiagnosisWindow
from app.quality.monitoring import service as monitoring


def start_term(term: str, layer_code: str, *, by: str | None = None) -> list[engine.ProcessInstance]:
    """Start the layer's procedure for every active subject that has none for the term yet.

    Calling it again starts only what is missing (key: term, layer, subject).
    """
    layer = db.session.get_one(Layer, layer_code)
    running = _started(term, layer_code)
    year = calendar.plan_years(calendar.term(term))[0]
    starts = [
        engine.Start(
            {
                "subject": subject.code, "subject_name": subject.name_zh, "unit": subject.unit_code,
                "layer": layer_code, "term": term, "year": year,
            },
            business_key(term, subject.code),
        )
        for subject in organisation.subjects(layer_code)
        if business_key(term, subject.code) not in running
    ]  # fmt: skip
    started = engine.start_many(layer.process_key, starts, person_id=by)
    if db.session.get(CohortLaunch, (term, layer_code)) is None:
        db.session.add(CohortLaunch(term_code=term, layer_code=layer_code, launched_by=by, day=today()))
    audit.record("term.start", f"term:{term}", person_id=by, layer=layer_code, started=len(started))
    return started


def business_key(term: str, subject_code: str) -> str:
    """Return the key that makes a subject's procedure of a term unique."""
    return f"{term}:{subject_code}"


def close_subject(subject: Subject, *, state: SubjectState, reason: str, by: str | None = None) -> None:
    """End a subject's running procedures: it was closed, or suspended (R-071; mail M20 to performers)."""
    subject.state = state
    engine_key = f"%:{subject.code}"
    rows = db.session.scalars(
        select(engine.ProcessInstance).where(
            engine.ProcessInstance.business_key.like(engine_key),
            engine.ProcessInstance.parent_id.is_(None),
            engine.ProcessInstance.state == engine.InstanceState.RUNNING,
        )
    )
    for instance in rows.all():
        engine.send(instance.id, "subject_closed", {"reason": reason}, person_id=by)
    monitoring.drop_warnings(subject.code, reason=reason)
    audit.record("subject.close", f"subject:{subject.code}", person_id=by, state=state.value, reason=reason)


def redate(*, by: str | None = None) -> dict[int, tuple[datetime, datetime]]:
    """Derive every open deadline again after a calendar change, never to an earlier moment (I-16).

    Windows, open tasks and armed timers move; performers get one digest each
    (M21). Returns the moved tasks: id to old and new moment.
    """
    for window in db.session.scalars(select(DiagnosisWindow).where(DiagnosisWindow.due_at > now())):
        before = window.due_at
        windows.date_window(window)
        if window.due_at is not None and before is not None:
            window.due_at = max(window.due_at, before)
    engine.redate_timers(later_of)
    moved = engine.redate_tasks(later_of)
    if moved:
        audit.record(
            "calendar.redate", "calendar", person_id=by,
            moved={str(task): [old.isoformat(), new.isoformat()] for task, (old, new) in moved.items()},
        )  # fmt: skip
        _tell_of_moves(moved)
    return moved


def later_of(rule: dict[str, Any], before: datetime) -> datetime:
    """Return the moment a rule gives today, or the one announced when that is later."""
    try:
        return max(calendar.derive(rule).at, before)
    except AppError:
        return before


def _started(term: str, layer_code: str) -> set[str]:
    process_key = db.session.get_one(Layer, layer_code).process_key
    rows = db.session.scalars(
        select(engine.ProcessInstance.business_key)
        .join(engine.ProcessDefinition)
        .where(
            engine.ProcessDefinition.key == process_key,
            engine.ProcessInstance.business_key.like(f"{term}:%"),
        )
    )
    return {row for row in rows if row}


def _tell_of_moves(moved: dict[int, tuple[datetime, datetime]]) -> None:
    rows = db.session.execute(
        select(engine.TaskPerformer.person_id, engine.HumanTask.id, engine.HumanTask.title)
        .join(engine.HumanTask)
        .where(engine.TaskPerformer.task_id.in_(moved))
    )
    lists: dict[str, list[dict[str, str]]] = {}
    for person, task_id, title in rows:
        old, new = moved[task_id]
        lists.setdefault(person, []).append({"title": title, "old": old.isoformat(), "new": new.isoformat()})
    for person, changes in lists.items():
        notifications.enqueue(
            [person], kind="M21", template="cycles/mail/deadlines_moved", values={"changes": changes}
        )
