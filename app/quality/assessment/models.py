"""Assessments and what they find."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.foundation.clock import now
from app.foundation.db import BigId, Model, Word


class AssessmentStatus(StrEnum):
    PLANNED = "PLANNED"
    NOTIFIED = "NOTIFIED"
    HELD = "HELD"
    DRAFTED = "DRAFTED"
    OBJECTED = "OBJECTED"
    ISSUED = "ISSUED"
    PUBLISHED = "PUBLISHED"


class Severity(StrEnum):
    MINOR = "MINOR"
    MODERATE = "MODERATE"
    SERIOUS = "SERIOUS"


class Assessment(Model):
    """One assessment of a subject in a term. `scores` maps point codes to 0-100."""

    __table_args__ = (Index("ix_assessment_subject", "subject_code", "term_code"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subject_code: Mapped[str] = mapped_column(ForeignKey("subject.code"))
    term_code: Mapped[str] = mapped_column(ForeignKey("term.code"))
    assessor_unit: Mapped[str] = mapped_column(ForeignKey("org_unit.code"))
    assessors: Mapped[list[str]] = mapped_column(default=list)
    mode: Mapped[str] = mapped_column(String(16), default="ON_SITE")
    materials: Mapped[str] = mapped_column(default="")
    held_on: Mapped[date]
    scores: Mapped[dict[str, Any]] = mapped_column(default=dict)
    grade: Mapped[str | None] = mapped_column(String(1))
    summary: Mapped[str] = mapped_column(default="")
    objection: Mapped[str] = mapped_column(default="")
    objection_decision: Mapped[str] = mapped_column(default="")
    status: Mapped[AssessmentStatus] = mapped_column(Word(AssessmentStatus), default=AssessmentStatus.PLANNED)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"))
    issued_at: Mapped[datetime | None]
    findings: Mapped[list["Finding"]] = relationship(
        back_populates="assessment", cascade="all, delete-orphan", order_by="Finding.id"
    )


class Finding(Model):
    """A problem found; it needs evidence, a requirement and a measurable target (I-10).

    `common`: found with a teacher or student, but not his own to put right; the
    order goes to the programme.
    """

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    point_code: Mapped[str] = mapped_column(ForeignKey("diagnosis_point.code"))
    problem: Mapped[str]
    evidence: Mapped[str]
    severity: Mapped[Severity] = mapped_column(Word(Severity))
    requirement: Mapped[str]
    measurable_target: Mapped[str] = mapped_column(String(200))
    # Working days the assessors suggest; empty takes the table's days for the severity.
    workdays: Mapped[int | None]
    common: Mapped[bool] = mapped_column(default=False)
    found_at: Mapped[datetime] = mapped_column(default=now)
    assessment: Mapped[Assessment] = relationship(back_populates="findings")
