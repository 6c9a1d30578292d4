"""Questions about determinations, meetings and resolutions."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, or_, select, true
from sqlalchemy.orm import selectinload

from app import engine, security
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.organisation import queries as organisation
from app.quality.rectification.models import OnSiteVerification
from app.quality.rectification.rules import CONCLUSIONS
from app.quality.review import rules
from app.quality.review.models import (
    MeetingItem,
    MeetingStatus,
    NatureDetermination,
    Resolution,
    ResolutionTask,
    SpecialMeeting,
)


def determination(determination_id: int) -> NatureDetermination:
    """Return the determination. Raises `NotFound`."""
    return _found(NatureDetermination, determination_id, "没有这份问题性质认定。")


def meeting(meeting_id: int) -> SpecialMeeting:
    """Return the meeting. Raises `NotFound`."""
    return _found(SpecialMeeting, meeting_id, "没有这次专题会。")


def resolution(resolution_id: int) -> Resolution:
    """Return the resolution. Raises `NotFound`."""
    return _found(Resolution, resolution_id, "没有这项决议。")


def task(task_id: int) -> ResolutionTask:
    """Return a resolution's task. Raises `NotFound`."""
    return _found(ResolutionTask, task_id, "没有这项决议任务。")


def visible_meetings(person_id: str) -> Select[SpecialMeeting]:
    """Return the meetings a person may see whole: those who oversee meetings, chair it, sit in it or act in its procedure."""
    return select(SpecialMeeting).where(_sees_whole(person_id))


def listed_meetings(person_id: str) -> Select[SpecialMeeting]:
    """Return the meetings of which a person may see anything: whole, or the resolutions from which he has a task."""
    given = (
        select(MeetingItem.meeting_id)
        .join(Resolution, Resolution.item_id == MeetingItem.id)
        .join(ResolutionTask, ResolutionTask.resolution_id == Resolution.id)
        .where(ResolutionTask.person_id == person_id)
    )
    return select(SpecialMeeting).where(or_(_sees_whole(person_id), SpecialMeeting.id.in_(given)))


def visible_meeting(person_id: str, meeting_id: int) -> SpecialMeeting:
    """Return a meeting that is for a person whole. Raises `NotFound`."""
    return _one(visible_meetings(person_id), meeting_id)


def listed_meeting(person_id: str, meeting_id: int) -> SpecialMeeting:
    """Return a meeting that is for a person at least in part. Raises `NotFound`."""
    return _one(listed_meetings(person_id), meeting_id)


def listed_among(person_id: str, meeting_ids: Collection[int]) -> set[int]:
    """Return which of some meetings a person may see anything of."""
    if not meeting_ids:
        return set()
    found = listed_meetings(person_id).with_only_columns(SpecialMeeting.id).where(SpecialMeeting.id.in_(meeting_ids))
    return set(db.session.scalars(found))


def sees_whole(person_id: str, meeting_id: int) -> bool:
    """Say whether a meeting is for a person whole."""
    found = visible_meetings(person_id).with_only_columns(SpecialMeeting.id).where(SpecialMeeting.id == meeting_id)
    return db.session.scalar(found) is not None


def resolutions_for(person_id: str, meeting_id: int) -> list[Resolution]:
    """Return a meeting's resolutions for a reader: all of them, or those from which he has a task; by number."""
    rows = db.session.scalars(
        select(Resolution)
        .join(MeetingItem, MeetingItem.id == Resolution.item_id)
        .where(MeetingItem.meeting_id == meeting_id)
        .options(selectinload(Resolution.tasks))
        .order_by(Resolution.no)
    )
    whole = sees_whole(person_id, meeting_id)
    return [row for row in rows if whole or any(task.person_id == person_id for task in row.tasks)]


def _sees_whole(person_id: str) -> ColumnElement[bool]:
    if security.reach_of(person_id, "meeting.hold", reading=True).everything:
        return true()
    acting = engine.instances_with(person_id, standing_in_for=organisation.delegators_of(person_id))
    return or_(
        SpecialMeeting.chair_id == person_id,
        cast(SpecialMeeting.attendees, String).contains(f'"{person_id}"', autoescape=True),
        SpecialMeeting.instance_id.in_(acting),
    )


def _one(query: Select[SpecialMeeting], meeting_id: int) -> SpecialMeeting:
    found = db.session.scalar(query.where(SpecialMeeting.id == meeting_id))
    if found is None:
        raise NotFound("没有这次专题会，或者您无权查看。")
    return found


def planned_meeting() -> SpecialMeeting | None:
    """Return the meeting that still collects items, if there is one."""
    return db.session.scalar(
        select(SpecialMeeting).where(SpecialMeeting.status == MeetingStatus.PLANNED).limit(1)
    )


def waiting_items() -> list[MeetingItem]:
    """Return the items that are on no agenda yet, oldest first."""
    return list(
        db.session.scalars(select(MeetingItem).where(MeetingItem.meeting_id.is_(None)).order_by(MeetingItem.id))
    )


def chain_of(item: MeetingItem) -> dict[str, Any]:
    """Return an item's whole origin in words (I-13): determination, order, finding, assessment, subject."""
    determination, order = item.determination, item.determination.order
    finding = order.finding
    submitted = db.session.scalars(
        select(OnSiteVerification).where(OnSiteVerification.order_no == order.no).order_by(OnSiteVerification.id)
    )
    verified = "、".join(
        f"第{row.round}轮{CONCLUSIONS.get(row.conclusion or '', '未结论')}" for row in submitted
    )
    return {
        "item": str(item.id),
        "order_no": order.no,
        "subject": organisation.subject(order.subject_code).name_zh,
        "assessment": f"{finding.assessment.term_code} 考核，{finding.assessment.held_on.isoformat()}"
        + ("（考核师生个人时发现的普遍性问题）" if finding.common else ""),
        "finding": f"{finding.problem}（佐证：{finding.evidence}）",
        "order": f"{order.no} 要求：{finding.requirement}；目标：{finding.measurable_target}",
        "verification": verified or "未到复核",
        "determination": (
            f"{rules.CATEGORIES.get(determination.category, determination.category)}，"
            f"{rules.SEVERITIES.get(determination.severity, determination.severity)}：{determination.opinion}"
        ),
        "reason": item.reason,
        "decision": item.decision,
    }


def _found(kind: Any, key: int, sentence: str) -> Any:
    row = db.session.get(kind, key)
    if row is None:
        raise NotFound(sentence)
    return row
