"""A special meeting as its page shows it: each item with its whole origin (I-13), resolutions and what came of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from app.foundation.clock import today
from app.foundation.db import db
from app.organisation import queries as organisation
from app.organisation.models import OrgUnit, Person, Subject
from app.quality.assessment.models import Finding
from app.quality.rectification import queries as rectification
from app.quality.rectification.models import OnSiteVerification, RectificationOrder
from app.quality.review import queries, rules
from app.quality.review.models import (
    MeetingItem,
    MeetingStatus,
    NatureDetermination,
    Resolution,
    ResolutionTask,
    SpecialMeeting,
)
from app.quality.standards.models import DiagnosisPoint

PAGE_SIZE = 50


@dataclass(frozen=True)
class MeetingLine:
    """A meeting in the list, with how far its resolutions are."""

    meeting: SpecialMeeting
    chair: str
    items: int
    resolutions: int
    settled: int
    tasks: int
    done: int


@dataclass(frozen=True)
class AgendaItem:
    """An item with its origin. `opens` says whether the order's page is for the reader."""

    item: MeetingItem
    subject: Subject
    unit_name: str
    point_name: str
    verifications: list[OnSiteVerification]
    opens: bool
    resolution: Resolution | None
    follow_ups: list[OnSiteVerification]

    @property
    def order(self) -> RectificationOrder:
        return self.item.determination.order

    @property
    def state(self) -> str:
        """Return how far the resolution is: see `rules.resolution_state`. Empty without one."""
        row = self.resolution
        if row is None:
            return ""
        return rules.resolution_state(
            effective=row.effective,
            tasks_left=sum(task.done_at is None for task in row.tasks),
            follow_up_planned=any(each.concluded_at is None for each in self.follow_ups),
        )


@dataclass(frozen=True)
class MeetingView:
    """The whole page. `whole` is false for somebody who only has a task from a resolution."""

    meeting: SpecialMeeting
    whole: bool
    agenda: list[AgendaItem]
    people: dict[str, Person]
    units: dict[str, str]
    on: date

    def name(self, person_id: str | None) -> str:
        return self.people[person_id].name_zh if person_id in self.people else "—"

    def names(self, ids: Sequence[str]) -> str:
        return "、".join(self.name(each) for each in ids)

    def is_late(self, task: ResolutionTask) -> bool:
        return task.done_at is None and task.due_on < self.on


def listed(person_id: str, *, page: int) -> tuple[list[MeetingLine], int]:
    """Return a page of the meetings a person may see, those to come first, and how many there are."""
    query = queries.listed_meetings(person_id)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    past = SpecialMeeting.status == MeetingStatus.RECORDED
    rows = list(
        db.session.scalars(
            query.order_by(past, SpecialMeeting.held_on.is_(None).desc(), SpecialMeeting.held_on.desc(), SpecialMeeting.id.desc())
            .limit(PAGE_SIZE)
            .offset((page - 1) * PAGE_SIZE)
        )
    )
    people = organisation.people([row.chair_id for row in rows if row.chair_id])
    counts = _counts([row.id for row in rows])
    return [
        MeetingLine(row, people[row.chair_id].name_zh if row.chair_id in people else "", *counts.get(row.id, (0,) * 5))
        for row in rows
    ], total


def view_of(person_id: str, meeting_id: int) -> MeetingView:
    """Return a meeting as far as it is for a person, in a fixed number of statements. Raises `NotFound`."""
    meeting = queries.listed_meeting(person_id, meeting_id)
    whole = queries.sees_whole(person_id, meeting_id)
    resolutions = {row.item_id: row for row in queries.resolutions_for(person_id, meeting_id)}
    items = [item for item in _items(meeting) if whole or item.id in resolutions]
    agenda = _agenda(person_id, items, resolutions)
    tasks = [task for row in resolutions.values() for task in row.tasks]
    named = [
        meeting.chair_id, *meeting.attendees, *(task.person_id for task in tasks),
        *(each.item.determination.confirmed_by for each in agenda),
        *(person for each in agenda for row in each.follow_ups for person in row.verifiers),
    ]  # fmt: skip
    return MeetingView(
        meeting, whole, agenda, organisation.people([each for each in named if each]),
        _names(OrgUnit, [task.unit_code for task in tasks if task.unit_code]), today(),
    )  # fmt: skip


def _items(meeting: SpecialMeeting) -> list[MeetingItem]:
    """Return a meeting's items; one that is being planned collects those that are on no agenda yet."""
    theirs = MeetingItem.meeting_id == meeting.id
    if meeting.status is MeetingStatus.PLANNED:
        theirs = or_(theirs, MeetingItem.meeting_id.is_(None))
    origin = joinedload(MeetingItem.determination).joinedload(NatureDetermination.order)
    return list(
        db.session.scalars(
            select(MeetingItem)
            .where(theirs)
            .options(origin.joinedload(RectificationOrder.finding).joinedload(Finding.assessment))
            .order_by(MeetingItem.id)
        )
    )


def _agenda(person_id: str, items: list[MeetingItem], resolutions: dict[int, Resolution]) -> list[AgendaItem]:
    orders = [item.determination.order for item in items]
    numbers = [order.no for order in orders]
    visible = rectification.visible_orders(person_id).with_only_columns(RectificationOrder.no)
    opens = set(db.session.scalars(visible.where(RectificationOrder.no.in_(numbers))))
    subjects = {
        row.code: row
        for row in db.session.scalars(select(Subject).where(Subject.code.in_([order.subject_code for order in orders])))
    }
    units = _names(OrgUnit, [order.responsible_unit for order in orders])
    points = _names(DiagnosisPoint, [order.finding.point_code for order in orders])
    visits = db.session.scalars(
        select(OnSiteVerification).where(OnSiteVerification.order_no.in_(numbers)).order_by(OnSiteVerification.id)
    ).all()
    return [
        AgendaItem(
            item, subjects[order.subject_code], units[order.responsible_unit], points[order.finding.point_code],
            verifications=[row for row in visits if row.order_no == order.no and row.resolution_id is None],
            opens=order.no in opens,
            resolution=(resolution := resolutions.get(item.id)),
            follow_ups=[row for row in visits if resolution is not None and row.resolution_id == resolution.id],
        )
        for item, order in zip(items, orders, strict=True)
    ]  # fmt: skip


def _counts(meetings: list[int]) -> dict[int, tuple[int, ...]]:
    """Return items, resolutions, settled ones, tasks and tasks done of some meetings, in one statement."""
    rows = db.session.execute(
        select(
            MeetingItem.meeting_id,
            func.count(MeetingItem.id.distinct()),
            func.count(Resolution.id.distinct()),
            func.count(Resolution.id.distinct()).filter(Resolution.settled_at.is_not(None)),
            func.count(ResolutionTask.id),
            func.count(ResolutionTask.done_at),
        )
        .outerjoin(Resolution, Resolution.item_id == MeetingItem.id)
        .outerjoin(ResolutionTask, ResolutionTask.resolution_id == Resolution.id)
        .where(MeetingItem.meeting_id.in_(meetings))
        .group_by(MeetingItem.meeting_id)
    )
    return {row[0]: tuple(row[1:]) for row in rows if row[0] is not None}


def _names(kind: type[OrgUnit] | type[DiagnosisPoint], codes: list[str]) -> dict[str, str]:
    rows = db.session.execute(select(kind.code, kind.name_zh).where(kind.code.in_(codes)))
    return {row[0]: row[1] for row in rows}
