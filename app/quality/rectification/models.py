"""Rectification orders and what happens to them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.foundation.clock import now
from app.foundation.db import BigId, Model, Word
from app.quality.assessment.models import Finding


class OrderStatus(StrEnum):
    ISSUED = "ISSUED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    SUBMITTED = "SUBMITTED"
    RETURNED = "RETURNED"
    ACCEPTED = "ACCEPTED"
    VERIFYING = "VERIFYING"
    SUPPLEMENTARY = "SUPPLEMENTARY"
    OVERDUE = "OVERDUE"
    REFERRED = "REFERRED"
    CLOSED = "CLOSED"


class RectificationOrder(Model):
    """An order of one finding to one responsible person (I-10). A row of the ledger.

    `due_at` moves only by an extension, a return, the supplementary round or a
    change of the calendar (I-16).
    """

    __table_args__ = (
        Index("ix_rectification_order_subject", "subject_code", "status"),
        Index("ix_rectification_order_status", "status", "due_at"),
    )

    no: Mapped[str] = mapped_column(String(20), primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), unique=True)
    subject_code: Mapped[str] = mapped_column(ForeignKey("subject.code"))
    issuer_unit: Mapped[str] = mapped_column(ForeignKey("org_unit.code"))
    responsible_leader: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    responsible_unit: Mapped[str] = mapped_column(ForeignKey("org_unit.code"))
    responsible_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    workdays: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime]
    due_rule: Mapped[dict[str, Any]]
    round: Mapped[int] = mapped_column(default=1)
    returns: Mapped[int] = mapped_column(default=0)
    status: Mapped[OrderStatus] = mapped_column(Word(OrderStatus), default=OrderStatus.ISSUED)
    planned_measures: Mapped[str] = mapped_column(default="")
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"))
    closed_at: Mapped[datetime | None]
    finding: Mapped[Finding] = relationship(lazy="joined")


class ExtensionDecision(StrEnum):
    OPEN = "OPEN"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    LAPSED = "LAPSED"


class DueExtension(Model):
    """A request for more time: at most one an order, at most ten working days."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_no: Mapped[str] = mapped_column(ForeignKey("rectification_order.no"), unique=True)
    workdays: Mapped[int]
    reason: Mapped[str]
    asked_by: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decision: Mapped[ExtensionDecision] = mapped_column(Word(ExtensionDecision), default=ExtensionDecision.OPEN)
    decided_by: Mapped[str | None] = mapped_column(String(16))


class Verdict(StrEnum):
    ACCEPTED = "ACCEPTED"
    RETURNED = "RETURNED"


class RectificationSubmission(Model):
    """A report of what was done (D7) and what the issuer said of it."""

    __table_args__ = (Index("ix_rectification_submission_order", "order_no", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_no: Mapped[str] = mapped_column(ForeignKey("rectification_order.no"))
    round: Mapped[int]
    measures: Mapped[str]
    result: Mapped[str]
    evidence: Mapped[list[dict]] = mapped_column(default=list)
    late: Mapped[bool] = mapped_column(default=False)
    submitted_by: Mapped[str] = mapped_column(String(16))
    submitted_at: Mapped[datetime] = mapped_column(default=now)
    verdict: Mapped[Verdict | None] = mapped_column(Word(Verdict))
    verdict_reason: Mapped[str] = mapped_column(default="")
    reviewed_by: Mapped[str | None] = mapped_column(String(16))


class Conclusion(StrEnum):
    EFFECTIVE = "EFFECTIVE"
    PARTLY_EFFECTIVE = "PARTLY_EFFECTIVE"
    NO_EVIDENT_EFFECT = "NO_EVIDENT_EFFECT"


class OnSiteVerification(Model):
    """A verification on site (D8) by at least two appointed verifiers (I-11).

    `checks` are `[{item, requirement, found, measured, result}]`; `signed` the
    verifiers who signed; `resolution_id` is set for the follow-up of a resolution.
    """

    __table_args__ = (Index("ix_on_site_verification_order", "order_no", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_no: Mapped[str] = mapped_column(ForeignKey("rectification_order.no"))
    round: Mapped[int]
    resolution_id: Mapped[int | None]
    verify_on: Mapped[date]
    place: Mapped[str] = mapped_column(String(120))
    verifiers: Mapped[list[str]] = mapped_column(default=list)
    checks: Mapped[list[dict]] = mapped_column(default=list)
    photos: Mapped[list[dict]] = mapped_column(default=list)
    conclusion: Mapped[Conclusion | None] = mapped_column(Word(Conclusion))
    remark: Mapped[str] = mapped_column(default="")
    signed: Mapped[list[str]] = mapped_column(default=list)
    disputed: Mapped[bool] = mapped_column(default=False)
    appointed_by: Mapped[str | None] = mapped_column(String(16))
    concluded_at: Mapped[datetime | None]
