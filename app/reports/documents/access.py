"""Who may open which paper: as far as the page it is offered on. What is not for a person is not there."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app import engine, security
from app.engine import ProcessInstance
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.organisation import queries as organisation
from app.organisation.models import Subject, SubjectState
from app.quality.assessment.models import Assessment, AssessmentStatus
from app.quality.assessment.queries import involved_in
from app.quality.diagnosis.models import SelfDiagnosis, SemesterReport
from app.quality.rectification import queries as rectification
from app.quality.rectification.models import RectificationOrder
from app.quality.rectification.queries import LedgerRow, Shelf
from app.quality.results import queries as results
from app.quality.results.models import CollegeReport, ReportState, ResultPublication
from app.quality.review import queries as review
from app.quality.review.models import SpecialMeeting
from app.quality.standards import queries as standards
from app.quality.standards.models import Standard, StandardTemplate

# Until the grade is drafted, a record is the assessors' own notes.
NOT_OUT = (AssessmentStatus.PLANNED, AssessmentStatus.NOTIFIED, AssessmentStatus.HELD)
WHOLE_COLLEGE = "college"
MOST_ORDERS = 5000


@dataclass(frozen=True)
class Asked:
    """Who asks for a paper, and by which key; `unit` narrows the ledger as its page does."""

    person_id: str
    key: str
    unit: str = ""


def goal_subjects(asked: Asked) -> list[Subject]:
    """Return one subject by its code, or for `college` the units in reach."""
    reach = security.reach_of(asked.person_id, "goals.view", reading=True)
    if asked.key != WHOLE_COLLEGE:
        if not reach.covers(asked.key):
            raise _missing()
        return [organisation.subject(asked.key)]
    found = db.session.scalars(
        select(Subject)
        .where(reach.condition(Subject.code), Subject.layer_code == "COLLEGE", Subject.state == SubjectState.ACTIVE)
        .order_by(Subject.code)
    ).all()
    if not found:
        raise _missing()
    return list(found)


def standard(asked: Asked) -> Standard:
    """Return a standard by its id. Approved ones are for everybody, drafts for those who write and approve them."""
    row = _row(Standard, asked)
    if not standards.may_read(asked.person_id, row):
        raise _missing()
    return row


def standard_template(asked: Asked) -> StandardTemplate:
    """Return the template of a whole table; the standard of a post is a form of its own."""
    found = standards.template(asked.key)
    if found.head_fields:
        raise _missing()
    return found


def self_diagnosis(asked: Asked) -> SelfDiagnosis:
    row = _row(SelfDiagnosis, asked)
    if not (_reads(asked, row.subject_code) or took_part(asked.person_id, row.instance_id)):
        raise _missing()
    return row


def semester_report(asked: Asked) -> SemesterReport:
    row = _row(SemesterReport, asked)
    if not (_reads(asked, row.subject_code) or row.written_by == asked.person_id):
        raise _missing()
    return row


def assessment(asked: Asked) -> Assessment:
    row = _row(Assessment, asked)
    if asked.person_id in row.assessors or took_part(asked.person_id, row.instance_id):
        return row
    if not _reads(asked, row.subject_code) or (row.status in NOT_OUT and not _holds(asked, row)):
        raise _missing()
    return row


def _holds(asked: Asked, row: Assessment) -> bool:
    """Say whether a reader may hold assessments of a subject to which he does not belong himself (I-9)."""
    reach = security.reach_of(asked.person_id, "assessment.hold")
    return reach.covers(row.subject_code) and asked.person_id not in involved_in(row.subject_code)


def order(asked: Asked) -> RectificationOrder:
    return rectification.visible_order(asked.person_id, asked.key)


def of_order(kind: Any, asked: Asked) -> Any:
    """Return a row that belongs to an order, if the order may be seen."""
    row = _row(kind, asked)
    rectification.visible_order(asked.person_id, row.order_no)
    return row


def ledger(asked: Asked) -> list[LedgerRow]:
    """Return the orders of a shelf, as its page filters them. Raises `NotFound` for an unknown shelf."""
    if asked.key not in set(Shelf):
        raise _missing()
    query = rectification.visible_orders(asked.person_id).where(rectification.on_shelf(Shelf(asked.key)))
    if asked.unit:
        query = query.where(RectificationOrder.responsible_unit == asked.unit)
    return rectification.ledger(query, limit=MOST_ORDERS)


def meeting(asked: Asked) -> SpecialMeeting:
    """Return a meeting to those who hold it, sit in it, or have a task in its procedure."""
    return review.visible_meeting(asked.person_id, _row(SpecialMeeting, asked).id)


def task_meeting(asked: Asked) -> SpecialMeeting:
    """Return a meeting also to those who have a task from one of its resolutions."""
    return review.listed_meeting(asked.person_id, _row(SpecialMeeting, asked).id)


def college_report(asked: Asked) -> CollegeReport:
    """Return a report as its page does; the draft also to those who are asked about it."""
    row = _row(CollegeReport, asked)
    if took_part(asked.person_id, row.instance_id):
        return row
    return results.visible_report(organisation.person(asked.person_id), row.id)


def published_report(asked: Asked) -> CollegeReport:
    """Return a report whose results are out."""
    row = results.visible_report(organisation.person(asked.person_id), _row(CollegeReport, asked).id)
    if row.state is not ReportState.PUBLISHED:
        raise _missing()
    return row


def personal_result(asked: Asked) -> ResultPublication:
    """Return a person's result to himself, his line and the quality office (I-14)."""
    return results.visible_result(asked.person_id, _row(ResultPublication, asked).id)


def took_part(person_id: str, instance_id: int | None) -> bool:
    """Say whether a person has, had or did a task of a procedure (or stands in for one who has), or began it."""
    within = engine.instances_with(person_id, standing_in_for=organisation.delegators_of(person_id))
    return db.session.scalar(within.where(ProcessInstance.id == instance_id)) is not None


def _reads(asked: Asked, subject_code: str) -> bool:
    return security.reach_of(asked.person_id, "diagnosis.read").covers(subject_code)


def _row(kind: Any, asked: Asked) -> Any:
    row = db.session.get(kind, int(asked.key)) if asked.key.isascii() and asked.key.isdigit() and len(asked.key) < 18 else None
    if row is None:
        raise _missing()
    return row


def _missing() -> NotFound:
    return NotFound("没有这份文书，或者您无权查看。")
