"""What the diagrams call from determination to the follow-up of a resolution."""

from typing import Any

from sqlalchemy import select

from app.engine import Run
from app.foundation.db import db
from app.organisation import queries as organisation
from app.organisation.models import Person, PersonKind
from app.organisation.workdays import due_moment
from app.quality.rectification import queries as rectification
from app.quality.rectification import steps as rectification_steps
from app.quality.review import queries, service
from app.quality.review.models import MeetingItem


def determine(run: Run, *, order: str, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `review.determine`: gives `determination`."""
    assert run.person_id is not None
    row = service.determine(
        rectification.order(order), category=form["category"], severity=form["severity"], opinion=form["grounds"],
        by=run.person_id,
    )  # fmt: skip
    return {"determination": row.id}


def show_determination(run: Run, *, order: str, determination: int) -> dict[str, Any]:
    """Step `review.show_determination`: order and determination, for the committee to confirm or change."""
    row = queries.determination(determination)
    return {
        **rectification_steps.show_order(run, order=order),
        "category": row.category,
        "severity": row.severity,
        "grounds": row.opinion,
    }


def confirm(run: Run, *, determination: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `review.confirm`: agree (with changes) or find it not established."""
    assert run.person_id is not None
    row = queries.determination(determination)
    if run.verb == "reject":
        service.reject(row, by=run.person_id)
    else:
        service.confirm(row, by=run.person_id, category=form.get("category"), severity=form.get("severity"))
    return {}


def begin_meeting(run: Run, *, meeting: int) -> dict[str, Any]:
    """Step `review.begin_meeting`: tie the meeting to its procedure."""
    queries.meeting(meeting).instance_id = run.instance_id
    return {}


def show_agenda(run: Run, *, meeting: int) -> dict[str, Any]:
    """Step `review.show_agenda`: waiting items with their chain of origin, and who may chair and attend."""
    row = queries.meeting(meeting)
    staff = db.session.scalars(select(Person).where(Person.kind != PersonKind.STUDENT, Person.active).order_by(Person.id))
    return {
        "title": row.title,
        "items": [queries.chain_of(item) for item in (row.items or queries.waiting_items())],
        "people": [{"label": f"{person.name_zh}（{person.staff_no}）", "value": person.id} for person in staff],
        "chair": row.chair_id or next(iter(organisation.committee_chair()), None),
        "discussion": row.discussion,
    }


def schedule(run: Run, *, meeting: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `review.schedule`: gives `chair` and `held_on`, the deadline of holding it."""
    row = queries.meeting(meeting)
    service.schedule(row, form)
    assert row.held_on is not None
    rule = {"kind": "day", "on": row.held_on.isoformat()}
    return {"chair": row.chair_id, "held_on": {"at": due_moment(row.held_on).isoformat(), "rule": rule}}


def hold(run: Run, *, meeting: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `review.hold`: discussion and a decision per item."""
    service.hold(queries.meeting(meeting), form)
    return {}


def show_record(run: Run, *, meeting: int) -> dict[str, Any]:
    """Step `review.show_record`: the decisions taken, with a draft resolution per item."""
    row = queries.meeting(meeting)
    return {
        **show_agenda(run, meeting=meeting),
        "agenda": [
            {"label": f"{item.determination.order_no} {item.determination.order.finding.problem}"[:80], "value": str(item.id)}
            for item in row.items
        ],
        "resolutions": [{"item": str(item.id), "text": item.decision} for item in row.items],
        "minutes": row.discussion,
    }


def record(run: Run, *, meeting: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `review.record`: gives `resolutions`, what each follow-up starts with."""
    assert run.person_id is not None
    rows = service.record(queries.meeting(meeting), form, by=run.person_id)
    return {
        "resolutions": [
            {"id": row.id, "no": row.no, "order": row.item.determination.order_no} for row in rows
        ]
    }


def tasks_of(run: Run, *, resolution: int) -> dict[str, Any]:
    """Step `review.tasks`: gives `tasks`: who does what by when."""
    return {
        "tasks": [
            {
                "id": task.id, "person": task.person_id, "text": task.text,
                "due": {
                    "at": due_moment(task.due_on).isoformat(), "rule": {"kind": "day", "on": task.due_on.isoformat()}
                },
            }
            for task in queries.resolution(resolution).tasks
        ]
    }  # fmt: skip


def show_task(run: Run, *, task: int) -> dict[str, Any]:
    """Step `review.show_task`: the task with its resolution and the chain behind it."""
    row = queries.task(task)
    item: MeetingItem = row.resolution.item
    return {"task": row.text, "resolution": f"{row.resolution.no}：{row.resolution.text}", **_origin(item)}


def finish_task(run: Run, *, task: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `review.finish_task`: result and evidence."""
    service.finish_task(queries.task(task), result=form["result"], evidence=form.get("evidence") or [])
    return {}


def settle(run: Run, *, resolution: int, verification: int) -> dict[str, Any]:
    """Step `review.settle`: gives `follows` (VERIFY, CLOSE, AGENDA)."""
    return {"follows": service.settle(queries.resolution(resolution), rectification.verification(verification))}


def _origin(item: MeetingItem) -> dict[str, Any]:
    chain = queries.chain_of(item)
    return {"order": chain["order"], "finding": chain["finding"], "subject": chain["subject"]}


