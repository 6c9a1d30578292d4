"""An order's whole story (I-13): from the finding to the close, in the order it happened."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.foundation.db import db
from app.organisation import queries as organisation
from app.organisation.models import OrgUnit, Person, Subject
from app.organisation.workdays import due_moment
from app.quality.assessment.models import Assessment, Finding
from app.quality.rectification import queries as rectification
from app.quality.rectification.models import (
    DueExtension,
    OnSiteVerification,
    RectificationOrder,
    RectificationSubmission,
)
from app.quality.review.models import MeetingItem, NatureDetermination, Resolution
from app.quality.standards.models import DiagnosisPoint


class Chapter(StrEnum):
    """What a part of the story tells of; each has its part of the page."""

    FINDING = "FINDING"
    ORDER = "ORDER"
    EXTENSION = "EXTENSION"
    SUBMISSION = "SUBMISSION"
    VERIFICATION = "VERIFICATION"
    DETERMINATION = "DETERMINATION"
    ITEM = "ITEM"
    RESOLUTION = "RESOLUTION"
    CLOSE = "CLOSE"


@dataclass(frozen=True)
class Part:
    """A part of the story: `row` is the record it is told from; `at` is empty while it is still to come."""

    chapter: Chapter
    at: datetime | None
    row: Any


@dataclass(frozen=True)
class Story:
    """An order with all that belongs to it. `people` are names by id."""

    order: RectificationOrder
    subject: Subject
    unit: OrgUnit
    issuer: OrgUnit
    point: DiagnosisPoint
    extension: DueExtension | None
    parts: list[Part]
    people: dict[str, Person]

    def name(self, person_id: str | None) -> str:
        """Return a person's name; a dash for nobody."""
        return self.people[person_id].name_zh if person_id in self.people else "—"

    def names(self, ids: Iterable[str]) -> str:
        return "、".join(self.name(each) for each in ids)


def story_of(order: RectificationOrder) -> Story:
    """Return the story, in a fixed number of statements."""
    extension = rectification.extension_of(order.no)
    submissions = _of(RectificationSubmission, order.no)
    verifications = _of(OnSiteVerification, order.no)
    determinations = _of(NatureDetermination, order.no)
    items = _items([row.id for row in determinations])
    resolutions = _resolutions([row.id for row in items])
    parts = [
        Part(Chapter.FINDING, order.finding.found_at, order.finding),
        Part(Chapter.ORDER, order.issued_at, order),
        *([Part(Chapter.EXTENSION, extension.asked_at, extension)] if extension else []),
        *(Part(Chapter.SUBMISSION, row.submitted_at, row) for row in submissions),
        *(Part(Chapter.VERIFICATION, row.concluded_at or due_moment(row.verify_on), row) for row in verifications),
        *(Part(Chapter.DETERMINATION, row.determined_at, row) for row in determinations),
        *(Part(Chapter.ITEM, _held_at(row), row) for row in items),
        *(Part(Chapter.RESOLUTION, _held_at(row.item), row) for row in resolutions),
        *([Part(Chapter.CLOSE, order.closed_at, order)] if order.closed_at else []),
    ]
    return Story(
        order=order,
        subject=organisation.subject(order.subject_code),
        unit=organisation.unit(order.responsible_unit),
        issuer=organisation.unit(order.issuer_unit),
        point=db.session.get_one(DiagnosisPoint, order.finding.point_code),
        extension=extension,
        parts=sorted(parts, key=_moment),
        people=organisation.people([each for part in parts for each in _named_in(part.row) if each]),
    )


def _moment(part: Part) -> float:
    return part.at.timestamp() if part.at else float("inf")


def _of(kind: Any, no: str) -> list[Any]:
    return list(db.session.scalars(select(kind).where(kind.order_no == no).order_by(kind.id)))


def _items(determinations: Sequence[int]) -> list[MeetingItem]:
    return list(
        db.session.scalars(
            select(MeetingItem)
            .where(MeetingItem.determination_id.in_(determinations))
            .options(selectinload(MeetingItem.meeting))
            .order_by(MeetingItem.id)
        )
    )


def _resolutions(items: Sequence[int]) -> list[Resolution]:
    return list(
        db.session.scalars(
            select(Resolution)
            .where(Resolution.item_id.in_(items))
            .options(selectinload(Resolution.tasks))
            .order_by(Resolution.id)
        )
    )


def _held_at(item: MeetingItem) -> datetime | None:
    meeting = item.meeting
    return due_moment(meeting.held_on) if meeting is not None and meeting.held_on is not None else None


def _named_in(row: Any) -> Iterator[str | None]:
    """Give everybody a record speaks of."""
    match row:
        case Finding():
            yield from _assessors(row.assessment)
        case RectificationOrder():
            yield from (row.responsible_id, row.responsible_leader)
        case DueExtension():
            yield from (row.asked_by, row.decided_by)
        case RectificationSubmission():
            yield from (row.submitted_by, row.reviewed_by)
        case OnSiteVerification():
            yield from (*row.verifiers, row.appointed_by)
        case NatureDetermination():
            yield from (row.determined_by, row.confirmed_by)
        case MeetingItem():
            yield row.meeting.chair_id if row.meeting else None
        case Resolution():
            yield from (task.person_id for task in row.tasks)


def _assessors(assessment: Assessment) -> list[str]:
    return assessment.assessors
