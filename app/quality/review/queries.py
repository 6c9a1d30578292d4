"""Questions about determinations, meetings and resolutions."""

from typing import Any

from sqlalchemy import select

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
        "assessment": f"{finding.assessment.term_code} 考核，{finding.assessment.held_on.isoformat()}",
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
