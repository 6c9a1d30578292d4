"""End a subject's procedures; move deadlines when the calendar changes."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from app import engine, notifications
from app.foundation import audit
from app.foundation.clock import now, today
from app.foundation.db import db
from app.foundation.errors import AppError
from app.organisation import calendar, teaching
from app.organisation import queries as organisation
from app.organisation.models import Subject, SubjectState
from app.organisation.teaching import StudentStatus
from app.quality.cycles import launching, windows
from app.quality.cycles.models import DiagnosisWindow
from app.quality.monitoring import service as monitoring


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


def change_status(student_id: str, status: StudentStatus, *, reason: str, by: str | None = None) -> None:
    """Suspend a student, take him back, or let him go.

    A suspended student gets no windows; back again he goes on where the term
    stands, without a backlog (scenario 33), and gets the term's procedure if he
    has none. What runs of one who has left is ended.
    """
    subject = teaching.set_status(student_id, status, by=by)
    if subject is None:
        if teaching.STATES[status] is SubjectState.CLOSED:
            return
        teaching.ensure_subjects()
        subject = organisation.subject(student_id)
    if subject.state is SubjectState.CLOSED:
        close_subject(subject, state=SubjectState.CLOSED, reason=reason, by=by)
    elif subject.state is SubjectState.ACTIVE:
        term = calendar.term_on(today())
        if term is not None and launching.is_launched(term.code, subject.layer_code):
            launching.start_term(term.code, subject.layer_code, only=[student_id], by=by)


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
