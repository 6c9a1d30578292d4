"""Records of self-diagnosis, measures, adjustments of plans, semester reports."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.foundation.clock import now
from app.foundation.db import BigId, Model, Word


class DiagnosisStatus(StrEnum):
    OPEN = "OPEN"
    SUBMITTED = "SUBMITTED"
    LATE = "LATE"
    MISSED = "MISSED"
    EXCUSED = "EXCUSED"


class SelfDiagnosis(Model):
    """What a subject owes, or gave, for one window. MISSED is final (I-8)."""

    __table_args__ = (
        UniqueConstraint("subject_code", "term_code", "window_no"),
        Index("ix_self_diagnosis_window", "term_code", "window_no"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subject_code: Mapped[str] = mapped_column(ForeignKey("subject.code"))
    term_code: Mapped[str] = mapped_column(ForeignKey("term.code"))
    window_no: Mapped[int]
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    status: Mapped[DiagnosisStatus] = mapped_column(Word(DiagnosisStatus), default=DiagnosisStatus.OPEN)
    due_at: Mapped[datetime]
    performer_id: Mapped[str | None] = mapped_column(String(16))
    on_behalf_of: Mapped[str | None] = mapped_column(String(16))
    submitted_at: Mapped[datetime | None]
    entries: Mapped[list["DiagnosisEntry"]] = relationship(cascade="all, delete-orphan", order_by="DiagnosisEntry.id")


class PointState(StrEnum):
    UNCHANGED = "UNCHANGED"
    IMPROVED = "IMPROVED"
    PROBLEM = "PROBLEM"


class DiagnosisEntry(Model):
    """What was said of one diagnosis point; `level` is the one shown when it was said."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    diagnosis_id: Mapped[int] = mapped_column(ForeignKey("self_diagnosis.id"), index=True)
    point_code: Mapped[str] = mapped_column(ForeignKey("diagnosis_point.code"))
    level: Mapped[str] = mapped_column(String(16), default="")
    state: Mapped[PointState] = mapped_column(Word(PointState))
    problem: Mapped[str] = mapped_column(default="")
    cause: Mapped[str] = mapped_column(default="")
    achievement: Mapped[str] = mapped_column(default="")


class ImprovementMeasure(Model):
    """What somebody undertook to do about a point, and until when; open ones are shown next time."""

    __table_args__ = (Index("ix_improvement_measure_subject", "subject_code", "done_on"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("diagnosis_entry.id"))
    subject_code: Mapped[str] = mapped_column(ForeignKey("subject.code"))
    point_code: Mapped[str] = mapped_column(ForeignKey("diagnosis_point.code"))
    text: Mapped[str]
    responsible_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date | None]
    done_on: Mapped[date | None]
    effect: Mapped[str] = mapped_column(default="")


class Decision(StrEnum):
    OPEN = "OPEN"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


class PlanAdjustment(Model):
    """A change of a goal's yearly value asked for in a self-diagnosis; it counts once approved."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    diagnosis_id: Mapped[int] = mapped_column(ForeignKey("self_diagnosis.id"), index=True)
    goal_id: Mapped[int] = mapped_column(ForeignKey("goal.id"))
    year: Mapped[int]
    old_plan: Mapped[str] = mapped_column(String(60))
    new_plan: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str]
    decision: Mapped[Decision] = mapped_column(Word(Decision), default=Decision.OPEN)
    decided_by: Mapped[str | None] = mapped_column(String(16))


class ReportLevel(StrEnum):
    UNIT = "UNIT"
    SECTION = "SECTION"
    POST = "POST"
    PERSON = "PERSON"
    PROGRAMME = "PROGRAMME"
    COURSE = "COURSE"


class ReportStatus(StrEnum):
    SUBMITTED = "SUBMITTED"
    RETURNED = "RETURNED"
    APPROVED = "APPROVED"
    ACCEPTED = "ACCEPTED"


class SemesterReport(Model):
    """The report of a term (D4), of a subject or of a part of it. `figures` are frozen with it (I-17).

    `part` is the code of the section, post or person it tells of, empty for the
    subject as a whole. `figures["below"]` is what it embeds of the reports below.
    """

    __table_args__ = (UniqueConstraint("subject_code", "term_code", "level", "part"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subject_code: Mapped[str] = mapped_column(ForeignKey("subject.code"))
    term_code: Mapped[str] = mapped_column(ForeignKey("term.code"))
    level: Mapped[ReportLevel] = mapped_column(Word(ReportLevel), default=ReportLevel.UNIT)
    part: Mapped[str] = mapped_column(String(32), default="")
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    status: Mapped[ReportStatus] = mapped_column(Word(ReportStatus), default=ReportStatus.SUBMITTED)
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    text: Mapped[str] = mapped_column(default="")
    problems: Mapped[str] = mapped_column(default="")
    measures: Mapped[str] = mapped_column(default="")
    next_goals: Mapped[str] = mapped_column(default="")
    written_by: Mapped[str | None] = mapped_column(String(16))
    written_at: Mapped[datetime] = mapped_column(default=now)
