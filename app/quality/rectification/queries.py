"""Questions about orders; every list a person sees starts from `visible_orders`."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from app import security
from app.foundation.clock import COLLEGE_ZONE, now, today
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.organisation import calendar, teaching
from app.organisation import queries as organisation
from app.organisation.models import OrgUnit, Person, Subject
from app.quality.assessment import queries as assessments
from app.quality.assessment.models import Finding
from app.quality.rectification import rules
from app.quality.rectification.models import (
    DueExtension,
    OnSiteVerification,
    OrderStatus,
    RectificationOrder,
    RectificationSubmission,
)

AWAITING_SUBMISSION = (
    OrderStatus.ISSUED,
    OrderStatus.ACKNOWLEDGED,
    OrderStatus.RETURNED,
    OrderStatus.SUPPLEMENTARY,
    OrderStatus.OVERDUE,
)
UNFINISHED = tuple(status for status in OrderStatus if status is not OrderStatus.CLOSED)


def visible_orders(person_id: str) -> Select[RectificationOrder]:
    """Return the orders a person may see: by reach on the subject, as responsible person or leader, or to verify it."""
    reach = security.reach_of(person_id, "diagnosis.read")
    verified = select(OnSiteVerification.order_no).where(verified_by(person_id))
    return select(RectificationOrder).where(
        or_(
            reach.condition(RectificationOrder.subject_code),
            RectificationOrder.responsible_id == person_id,
            RectificationOrder.responsible_leader == person_id,
            RectificationOrder.no.in_(verified),
        )
    )


def verified_by(person_id: str) -> ColumnElement[bool]:
    """Return the condition that a person is one of a verification's verifiers."""
    return cast(OnSiteVerification.verifiers, String).contains(f'"{person_id}"', autoescape=True)


def order(no: str) -> RectificationOrder:
    """Return the order. Raises `NotFound`."""
    found = db.session.get(RectificationOrder, no)
    if found is None:
        raise NotFound(f"没有编号为“{no}”的整改通知。")
    return found


def order_of_instance(instance_id: int) -> RectificationOrder | None:
    """Return the order whose procedure an instance is."""
    return db.session.scalar(select(RectificationOrder).where(RectificationOrder.instance_id == instance_id))


def visible_order(person_id: str, no: str) -> RectificationOrder:
    """Return one order. Raises `NotFound` when it is absent or not for this person."""
    found = db.session.scalar(visible_orders(person_id).where(RectificationOrder.no == no))
    if found is None:
        raise NotFound("没有这份整改通知，或者您无权查看。")
    return found


def extension_of(no: str) -> DueExtension | None:
    """Return the one extension asked for on an order."""
    return db.session.scalar(select(DueExtension).where(DueExtension.order_no == no))


def last_submission(no: str) -> RectificationSubmission | None:
    """Return the newest report on an order."""
    return db.session.scalar(
        select(RectificationSubmission)
        .where(RectificationSubmission.order_no == no)
        .order_by(RectificationSubmission.id.desc())
        .limit(1)
    )


def verification(verification_id: int) -> OnSiteVerification:
    """Return the verification. Raises `NotFound`."""
    found = db.session.get(OnSiteVerification, verification_id)
    if found is None:
        raise NotFound("没有这次实地复核。")
    return found


def verifications_of(no: str) -> list[OnSiteVerification]:
    """Return the verifications of an order, oldest first."""
    return list(
        db.session.scalars(
            select(OnSiteVerification).where(OnSiteVerification.order_no == no).order_by(OnSiteVerification.id)
        )
    )


def eligible_verifiers(order: RectificationOrder) -> list[str]:
    """Return who may verify an order: quality officers and supervisors who are not of the subject's unit (I-11)."""
    candidates = [
        person
        for role in ("QA_OFFICER", "QA_DIRECTOR", "TEACHING_SUPERVISOR")
        for person in organisation.holders(role)
    ]
    if order.responsible_unit == organisation.qa_office():
        candidates = organisation.holders("COMMITTEE")
    return [each for each in dict.fromkeys(candidates) if each not in involved_in(order)]


def involved_in(order: RectificationOrder) -> set[str]:
    """Return who belongs to the unit that puts the finding right: none of them verifies (I-11)."""
    return {*organisation.members_of(order.responsible_unit), *own_people(order)}


def own_people(order: RectificationOrder) -> set[str]:
    """Return who belongs to the subject itself: none of them reviews the report."""
    return {*teaching.people_of(order.subject_code), order.responsible_id}


def issuers(order: RectificationOrder) -> list[str]:
    """Return who reviews an order for the unit that issued it; when they belong to it, the quality office does."""
    heads = [each for each in assessments.heads_of_assessors(order.issuer_unit) if each not in own_people(order)]
    return heads or assessments.heads_of_assessors(organisation.qa_office())


def issuers_of(no: str) -> list[str]:
    """Function `order issuers(order)`: who reviews the order with a number."""
    return issuers(order(no))


def overseers_of(no: str) -> list[str]:
    """Function `order overseers(order)`: who appoints the verifiers and determines the nature of a problem.

    The quality office's director; what the quality office itself puts right is the committee's (scenario 24).
    """
    own = order(no).responsible_unit == organisation.qa_office()
    return assessments.heads_of_assessors(organisation.committee() if own else organisation.qa_office())


PAGE_SIZE = 50


class Shelf(StrEnum):
    """A part of the ledger."""

    OPEN = "open"
    OVERDUE = "overdue"
    REVIEW = "review"
    VERIFY = "verify"
    REFERRED = "referred"
    CLOSED = "closed"
    ALL = "all"


def on_shelf(shelf: Shelf) -> ColumnElement[bool]:
    """Return the condition that an order belongs to a part of the ledger."""
    status = RectificationOrder.status
    match shelf:
        case Shelf.OVERDUE:
            return and_(status.in_(AWAITING_SUBMISSION), RectificationOrder.due_at < now())
        case Shelf.REVIEW:
            return status == OrderStatus.SUBMITTED
        case Shelf.VERIFY:
            return status.in_((OrderStatus.ACCEPTED, OrderStatus.VERIFYING))
        case Shelf.REFERRED:
            return status == OrderStatus.REFERRED
        case Shelf.CLOSED:
            return status == OrderStatus.CLOSED
        case Shelf.OPEN:
            return status != OrderStatus.CLOSED
    return RectificationOrder.no.is_not(None)


@dataclass(frozen=True)
class OrderLine:
    """An order with the names that belong to it. `age_workdays` runs from issue to close, or to today.

    `late_workdays` is set for an order whose report is overdue, else None.
    """

    order: RectificationOrder
    subject_name: str
    unit_name: str
    responsible: str
    leader: str
    band: str
    age_workdays: int
    late_workdays: int | None


@dataclass(frozen=True)
class LedgerRow:
    """A row of the ledger: an order and the newest that happened to it. `verifiers` are names."""

    line: OrderLine
    submission: RectificationSubmission | None
    verification: OnSiteVerification | None
    extension: DueExtension | None
    verifiers: list[str]


def order_lines(query: Select[RectificationOrder], *, limit: int, offset: int = 0) -> list[OrderLine]:
    """Return the orders of a query that starts from `visible_orders`, in one statement.

    What waits for a report comes first, the nearest deadline on top, then what is under review or
    referred, at the end what is closed, newest first.
    """
    responsible, leader = aliased(Person), aliased(Person)
    found = db.session.execute(
        query.join(Subject, Subject.code == RectificationOrder.subject_code)
        .join(OrgUnit, OrgUnit.code == RectificationOrder.responsible_unit)
        .join(responsible, responsible.id == RectificationOrder.responsible_id)
        .outerjoin(leader, leader.id == RectificationOrder.responsible_leader)
        .add_columns(Subject.name_zh, OrgUnit.name_zh, responsible.name_zh, leader.name_zh)
        .order_by(*_URGENT_FIRST)
        .limit(limit)
        .offset(offset)
    )
    return [_line(*row) for row in found]


def ledger(
    query: Select[RectificationOrder], *, offset: int = 0, limit: int = PAGE_SIZE
) -> list[LedgerRow]:
    """Return a page of the ledger, ordered as `order_lines`, in five statements."""
    with_source = query.options(joinedload(RectificationOrder.finding).joinedload(Finding.assessment))
    lines = order_lines(with_source, limit=limit, offset=offset)
    numbers = [line.order.no for line in lines]
    submissions = _newest(RectificationSubmission, numbers)
    verifications = _newest(OnSiteVerification, numbers)
    extensions = _newest(DueExtension, numbers)
    people = organisation.people([each for row in verifications.values() for each in row.verifiers])
    return [
        LedgerRow(
            line=line, submission=submissions.get(no), verification=verifications.get(no), extension=extensions.get(no),
            verifiers=[people[each].name_zh for each in verifications[no].verifiers] if no in verifications else [],
        )
        for no, line in zip(numbers, lines, strict=True)
    ]  # fmt: skip


def shelf_counts(query: Select[RectificationOrder]) -> dict[Shelf, int]:
    """Return how many orders of a query lie on each part of the ledger, in one statement."""
    columns = [func.coalesce(func.sum(case((on_shelf(each), 1), else_=0)), 0) for each in Shelf]
    row = db.session.execute(query.with_only_columns(*columns).order_by(None)).one()
    return dict(zip(Shelf, row, strict=True))


def responsible_units(person_id: str) -> list[tuple[str, str]]:
    """Return (code, name) of the units with an order the person may see."""
    ordered = visible_orders(person_id).with_only_columns(RectificationOrder.responsible_unit)
    rows = db.session.execute(
        select(OrgUnit.code, OrgUnit.name_zh)
        .where(OrgUnit.code.in_(ordered))
        .order_by(OrgUnit.kind.desc(), OrgUnit.vertical_system, OrgUnit.code)
    )
    return [(row.code, row.name_zh) for row in rows]


def late_workdays(order: RectificationOrder) -> int | None:
    """Return by how many working days a report is overdue; None when none is."""
    if order.status not in AWAITING_SUBMISSION or order.due_at >= now():
        return None
    return -calendar.days_left(order.due_at)


def age_workdays(order: RectificationOrder) -> int:
    """Return the working days from issue to close, or to today."""
    issued = order.issued_at.astimezone(COLLEGE_ZONE).date()
    ended = order.closed_at.astimezone(COLLEGE_ZONE).date() if order.closed_at else today()
    return calendar.work_calendar().between(issued, ended)


_URGENT_FIRST = (
    case(
        (RectificationOrder.status == OrderStatus.CLOSED, 2),
        (RectificationOrder.status.in_(AWAITING_SUBMISSION), 0),
        else_=1,
    ),
    RectificationOrder.closed_at.desc(),
    RectificationOrder.due_at,
    RectificationOrder.no,
)


def _newest(kind: Any, numbers: Sequence[str]) -> dict[str, Any]:
    rows = db.session.scalars(select(kind).where(kind.order_no.in_(numbers)).order_by(kind.id))
    return {row.order_no: row for row in rows}


def _line(
    order: RectificationOrder, subject_name: str, unit_name: str, responsible: str, leader: str | None
) -> OrderLine:
    late = late_workdays(order)
    band = rules.age_band(
        status=order.status.value,
        awaits_submission=order.status in AWAITING_SUBMISSION,
        late_workdays=-1 if late is None else late,
    )
    return OrderLine(order, subject_name, unit_name, responsible, leader or "", band, age_workdays(order), late)
