"""Determine, confirm, meet, resolve, follow up."""

from datetime import date
from typing import Any

from sqlalchemy import func, select

from app import engine, notifications
from app.foundation import audit
from app.foundation.clock import now, today
from app.foundation.db import db, take_turns
from app.foundation.errors import Conflict, Invalid
from app.foundation.numbering import next_number
from app.organisation import queries as organisation
from app.quality.rectification import service as rectification
from app.quality.rectification.models import Conclusion, OnSiteVerification, RectificationOrder
from app.quality.review import queries, rules
from app.quality.review.models import (
    MeetingItem,
    MeetingStatus,
    NatureDetermination,
    Resolution,
    ResolutionTask,
    SpecialMeeting,
)

MEETING_NEEDED = "meeting_needed"
ORDER_RESOLVED = "order_resolved"
RETURNED_ORDER_WORKDAYS = 10


def determine(
    order: RectificationOrder, *, category: str, severity: str, opinion: str, by: str
) -> NatureDetermination:
    """Say what kind of problem an order without effect is; the committee confirms it."""
    row = NatureDetermination(
        order_no=order.no, category=category, severity=severity, opinion=opinion, determined_by=by, order=order
    )
    db.session.add(row)
    db.session.flush()
    notifications.enqueue(
        organisation.committee_chair(), kind="M19", template="review/mail/determination",
        values=_facts(row), instance_id=order.instance_id,
    )  # fmt: skip
    audit.record("order.determine", f"order:{order.no}", person_id=by, category=category, severity=severity)
    return row


def confirm(row: NatureDetermination, *, by: str, category: str | None = None, severity: str | None = None) -> None:
    """Confirm a determination, with the committee's changes; the order goes to a special meeting (I-12)."""
    row.category, row.severity = category or row.category, severity or row.severity
    row.confirmed_by, row.confirmed_at = by, now()
    rectification.refer(row.order)
    put_on_agenda(row)
    audit.record("determination.confirm", f"order:{row.order_no}", person_id=by)


def reject(row: NatureDetermination, *, by: str) -> None:
    """The determination is not established: the order waits for a report again."""
    rectification.give_back(row.order, workdays=RETURNED_ORDER_WORKDAYS)
    audit.record("determination.reject", f"order:{row.order_no}", person_id=by)


def put_on_agenda(row: NatureDetermination, *, reason: str = "") -> MeetingItem:
    """Add an item to the agenda of the next meeting; without one being planned, a meeting is called."""
    item = MeetingItem(determination_id=row.id, determination=row, reason=reason)
    db.session.add(item)
    take_turns("call_a_meeting")  # two who come together would each find none, and call two
    if queries.planned_meeting() is None:
        meeting = SpecialMeeting(title=f"{today().year}年第{_next_meeting()}次质量专题会")
        db.session.add(meeting)
        db.session.flush()
        engine.post(MEETING_NEEDED, {"meeting": meeting.id, "title": meeting.title})
    db.session.flush()
    return item


def schedule(meeting: SpecialMeeting, form: dict[str, Any]) -> None:
    """Fix date, chair and attendees; every waiting item goes on the agenda, and all are told (M19)."""
    held_on = date.fromisoformat(form["held_on"])
    if held_on < today():
        raise Invalid("会议日期不能早于今天。", {"held_on": "请选择今天以后的日期。"})
    meeting.held_on, meeting.place = held_on, form.get("place", "")
    meeting.chair_id, meeting.attendees = form["chair"], form.get("attendees", [])
    meeting.status = MeetingStatus.SCHEDULED
    for item in queries.waiting_items():
        item.meeting = meeting
    db.session.flush()
    people = [meeting.chair_id, *meeting.attendees, *organisation.holders("QA_DIRECTOR")]
    notifications.enqueue(
        people, kind="M19", template="review/mail/agenda", instance_id=meeting.instance_id,
        values={
            "title": meeting.title, "held_on": held_on.isoformat(), "place": meeting.place,
            "items": [_facts(item.determination) for item in meeting.items],
        },
    )  # fmt: skip


def hold(meeting: SpecialMeeting, form: dict[str, Any]) -> None:
    """Keep the discussion and what was decided on each item."""
    decisions = {str(row["item"]): row.get("decision", "") for row in form.get("items", [])}
    for item in meeting.items:
        item.decision = decisions.get(str(item.id), "")
    meeting.discussion, meeting.status = form.get("discussion", ""), MeetingStatus.HELD


def record(meeting: SpecialMeeting, form: dict[str, Any], *, by: str) -> list[Resolution]:
    """Keep minutes, numbered resolutions and their tasks, and tell those who have one (M19).

    Raises `Invalid` unless each item has a resolution and each resolution a dated task.
    """
    resolutions, tasks = form.get("resolutions", []), form.get("tasks", [])
    items = {str(item.id): item for item in meeting.items}
    problems = rules.problems_of_record(resolutions, tasks, items=items, today=today())
    if problems:
        raise Invalid("会议记录还不完整：" + next(iter(problems.values())), problems)
    meeting.minutes, meeting.status = form["minutes"], MeetingStatus.RECORDED
    rows = []
    for each in resolutions:
        row = Resolution(
            no=_next_resolution_number(), item=items[str(each["item"])], text=each["text"],
            responsibility=each.get("responsibility", ""),
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        row.tasks = [
            ResolutionTask(
                text=task["text"], person_id=task["person"], unit_code=organisation.unit_of(task["person"]),
                due_on=date.fromisoformat(task["due_on"]),
            )
            for task in tasks
            if str(task["item"]) == str(each["item"])
        ]  # fmt: skip
        rows.append(row)
    db.session.flush()
    for row in rows:
        _tell_of_resolution(row, meeting)
    audit.record("meeting.record", f"meeting:{meeting.id}", person_id=by, resolutions=[row.no for row in rows])
    return rows


def finish_task(task: ResolutionTask, *, result: str, evidence: list[dict[str, Any]]) -> None:
    """Keep what came of a resolution's task."""
    if task.done_at is not None:
        raise Conflict("这项决议任务已经完成。")
    task.result, task.evidence, task.done_at = result, evidence, now()


def settle(resolution: Resolution, verification: OnSiteVerification) -> str:
    """Draw the consequence of a follow-up verification: VERIFY again, CLOSE the order, or AGENDA.

    An effective one lets the order close (I-12); any other puts the item on
    the next agenda (scenario 30).
    """
    if verification.disputed or verification.conclusion is None:
        return "VERIFY"
    verification.concluded_at = resolution.settled_at = now()
    resolution.effective = verification.conclusion is Conclusion.EFFECTIVE
    determination = resolution.item.determination
    if resolution.effective:
        engine.post(ORDER_RESOLVED, {"order": determination.order_no}, business_key=determination.order_no)
        return "CLOSE"
    put_on_agenda(determination, reason=f"决议 {resolution.no} 的后续复核未见成效")
    return "AGENDA"


def _tell_of_resolution(row: Resolution, meeting: SpecialMeeting) -> None:
    for task in row.tasks:
        notifications.enqueue(
            [task.person_id], kind="M19", template="review/mail/resolution", instance_id=meeting.instance_id,
            values={
                "title": meeting.title, "resolution_no": row.no, "text": row.text, "task": task.text,
                "due_on": task.due_on.isoformat(), "order_no": row.item.determination.order_no,
            },
        )  # fmt: skip


def _facts(row: NatureDetermination) -> dict[str, Any]:
    return {
        "order_no": row.order_no,
        "subject_name": organisation.subject(row.order.subject_code).name_zh,
        "problem": row.order.finding.problem,
        "category": rules.CATEGORIES.get(row.category, row.category),
        "severity": rules.SEVERITIES.get(row.severity, row.severity),
        "opinion": row.opinion,
    }


def _next_meeting() -> int:
    held = select(func.count()).where(SpecialMeeting.title.like(f"{today().year}年%"))
    return next_number(f"meeting:{today().year}", given_before=held.scalar_subquery())


def _next_resolution_number() -> str:
    series = f"JY-{today().year}"
    given = select(func.count()).where(Resolution.no.like(f"{series}-%"))
    return f"{series}-{next_number(series, given_before=given.scalar_subquery()):02d}"
