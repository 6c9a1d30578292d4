"""Reports of the college, remarks on them, published results, proposals of reward and penalty."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.clock import now
from app.foundation.db import BigId, Model, Word


class ReportKind(StrEnum):
    HALF_YEAR = "HALF_YEAR"
    YEAR = "YEAR"


class ReportState(StrEnum):
    DRAFT = "DRAFT"
    OPINIONS = "OPINIONS"
    REVIEW = "REVIEW"
    APPROVAL = "APPROVAL"
    PUBLISHED = "PUBLISHED"


class CollegeReport(Model):
    """The report on all five layers (D12), made at the end of a term; one of a kind and term.

    `figures` are taken when it begins and never again (I-17); `chapters` holds
    the text of each layer by its code. `round` counts the drafts sent out.
    """

    __table_args__ = (UniqueConstraint("kind", "term_code"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[ReportKind] = mapped_column(Word(ReportKind))
    term_code: Mapped[str] = mapped_column(ForeignKey("term.code"))
    title: Mapped[str] = mapped_column(String(80))
    state: Mapped[ReportState] = mapped_column(Word(ReportState), default=ReportState.DRAFT)
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    chapters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    summary: Mapped[str] = mapped_column(default="")
    round: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(default=now)
    started_by: Mapped[str | None] = mapped_column(String(16))
    drafted_by: Mapped[str | None] = mapped_column(String(16))
    reviewed_by: Mapped[str | None] = mapped_column(String(16))
    approved_by: Mapped[str | None] = mapped_column(String(16))
    published_at: Mapped[datetime | None]
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"))


class ReportRemark(Model):
    """What the head of a unit answered to a draft; an empty text is consent. Silence leaves no row."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("college_report.id"), index=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    round: Mapped[int]
    text: Mapped[str] = mapped_column(default="")
    given_at: Mapped[datetime] = mapped_column(default=now)


class Audience(StrEnum):
    """Who may read a published result: everybody who works here, or the person himself and his line (I-14)."""

    STAFF = "STAFF"
    PERSON = "PERSON"


class ResultPublication(Model):
    """A result as a report published it; names and figures stay as they were that day (I-17)."""

    __table_args__ = (
        UniqueConstraint("report_id", "assessment_id"),
        Index("ix_result_publication_subject", "subject_code"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("college_report.id"))
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    subject_code: Mapped[str] = mapped_column(ForeignKey("subject.code"))
    layer_code: Mapped[str] = mapped_column(ForeignKey("layer.code"))
    subject_name: Mapped[str] = mapped_column(String(80))
    assessor_name: Mapped[str] = mapped_column(String(80))
    grade: Mapped[str] = mapped_column(String(1))
    findings: Mapped[int]
    audience: Mapped[Audience] = mapped_column(Word(Audience))
    published_at: Mapped[datetime] = mapped_column(default=now)


class LinkStatus(StrEnum):
    DRAFT = "DRAFT"
    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    APPLIED = "APPLIED"


class AppraisalLink(Model):
    """A proposal to tie reward or penalty to a result; it never acts by itself (I-18)."""

    __table_args__ = (
        CheckConstraint("status NOT IN ('APPROVED', 'APPLIED') OR approved_by IS NOT NULL", name="somebody_approved"),
        Index("ix_appraisal_link_report", "report_id", "status"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("college_report.id"))
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), unique=True)
    subject_code: Mapped[str] = mapped_column(ForeignKey("subject.code"))
    subject_name: Mapped[str] = mapped_column(String(80))
    grade: Mapped[str] = mapped_column(String(1))
    coefficient: Mapped[float]
    reward_penalty: Mapped[str] = mapped_column(String(300))
    status: Mapped[LinkStatus] = mapped_column(Word(LinkStatus), default=LinkStatus.DRAFT)
    proposed_by: Mapped[str | None] = mapped_column(String(16))
    approved_by: Mapped[str | None] = mapped_column(String(16))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    applied_by: Mapped[str | None] = mapped_column(String(16))
    applied_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(300), default="")
