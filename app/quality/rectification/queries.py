"""Questions about orders; every list a person sees starts from `visible_orders`."""

from sqlalchemy import Select, or_, select

from app import security
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.organisation import queries as organisation
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


def visible_orders(person_id: str) -> Select[tuple[RectificationOrder]]:
    """Return the orders a person may see: by reach on the subject, or as responsible person or leader."""
    reach = security.reach_of(person_id, "diagnosis.read")
    return select(RectificationOrder).where(
        or_(
            reach.condition(RectificationOrder.subject_code),
            RectificationOrder.responsible_id == person_id,
            RectificationOrder.responsible_leader == person_id,
        )
    )


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
    """Return who belongs to the unit that puts the finding right."""
    return {*organisation.members_of(order.responsible_unit), order.responsible_id}
