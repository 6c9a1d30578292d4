"""Standards as typed, versioned templates; points, indicators, and what binds them to a subject."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, event, inspect
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from app.foundation.clock import now
from app.foundation.db import Model, Word
from app.foundation.reference import Reference


class StandardStatus(StrEnum):
    """A draft is written, a submitted version waits for the committee; an approved one never changes."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    RETIRED = "RETIRED"


class StandardTemplate(Reference, Model):
    """The headings of one of the document's tables.

    `head_fields` are `[{key, zh}]`; `sections` are `[{key, zh, columns: [{key,
    zh}], rows?: [{key, zh, ...}]}]`, rows being fixed where the table names them.
    """

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    table_no: Mapped[int]
    name_zh: Mapped[str] = mapped_column(String(120))
    head_fields: Mapped[list[dict]] = mapped_column(default=list)
    sections: Mapped[list[dict]] = mapped_column(default=list)


class Standard(Model):
    """A filled-in template. An approved version never changes; a change is the next version."""

    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(default=1)
    template_key: Mapped[str] = mapped_column(ForeignKey("standard_template.key"))
    # The fixed row of the table (`KEY_PROVINCIAL`) or its part, where the template has such.
    row_key: Mapped[str | None] = mapped_column(String(32))
    # The post, programme, course or person the standard is written for; none when it is for a class of them.
    owner_code: Mapped[str | None] = mapped_column(String(32), index=True)
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[StandardStatus] = mapped_column(Word(StandardStatus), default=StandardStatus.DRAFT)
    drafted_by: Mapped[str | None] = mapped_column(String(16))
    drafted_at: Mapped[datetime | None] = mapped_column(default=now)
    # Why a version was written, and why it was last returned.
    reason: Mapped[str] = mapped_column(String(300), default="")
    opinion: Mapped[str] = mapped_column(String(300), default="")
    approved_by: Mapped[str | None] = mapped_column(String(16))
    approved_at: Mapped[datetime | None]


@event.listens_for(Standard, "before_update")
def _keep_what_was_approved(mapper: Mapper[Any], connection: Any, target: Standard) -> None:
    """Refuse to rewrite a version that counts or has counted: papers and judgements refer to it."""
    state = inspect(target)
    before = next(iter(state.attrs.status.history.deleted or [target.status]))
    written = (state.attrs[name].history.has_changes() for name in ("values", "code", "version", "template_key", "row_key"))
    if before in (StandardStatus.APPROVED, StandardStatus.RETIRED) and any(written):
        raise RuntimeError("an approved standard never changes: write the next version")


class DiagnosisPoint(Reference, Model):
    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    layer_code: Mapped[str] = mapped_column(ForeignKey("layer.code"), index=True)
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    # Readings of a sensitive point are for the person and their line only (I-14).
    sensitive: Mapped[bool] = mapped_column(default=False)
    # Asked of a student on internship too; the others need the campus.
    on_internship: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)


class Direction(StrEnum):
    UP = "UP"
    DOWN = "DOWN"
    RANGE = "RANGE"


class Limits:
    """The columns of target, standard and red lines; a missing bound is not looked at.

    For RANGE, `target` is the lower and `target_high` the upper end of the
    wanted range.
    """

    target: Mapped[float | None]
    target_high: Mapped[float | None]
    standard: Mapped[float | None]
    warn_low: Mapped[float | None]
    warn_high: Mapped[float | None]


class Indicator(Limits, Reference, Model):
    """What is measured for a diagnosis point; `frequency` is how often a reading is due."""

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    point_code: Mapped[str] = mapped_column(ForeignKey("diagnosis_point.code"), index=True)
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(120), default="")
    unit: Mapped[str] = mapped_column(String(16), default="")
    direction: Mapped[Direction] = mapped_column(Word(Direction))
    source: Mapped[str] = mapped_column(String(16))
    frequency: Mapped[str] = mapped_column(String(16))
    owner_zh: Mapped[str] = mapped_column(String(40), default="")
    basis: Mapped[str] = mapped_column(String(120), default="")
    active: Mapped[bool] = mapped_column(default=True)
    point: Mapped[DiagnosisPoint] = relationship(lazy="joined")


class IndicatorBinding(Limits, Reference, Model):
    """The limits of an indicator for one subject and calendar year (R-132); the highest version counts."""

    __table_args__ = (
        UniqueConstraint("subject_code", "indicator_code", "year", "version"),
        Index("ix_indicator_binding_subject", "subject_code", "year"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_code: Mapped[str] = mapped_column(ForeignKey("subject.code"))
    indicator_code: Mapped[str] = mapped_column(ForeignKey("indicator.code"))
    year: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    goal_id: Mapped[int | None] = mapped_column(ForeignKey("goal.id"))
    changed_by: Mapped[str | None] = mapped_column(String(16))
    changed_at: Mapped[datetime] = mapped_column(default=now)
    reason: Mapped[str] = mapped_column(String(300), default="")
    indicator: Mapped[Indicator] = relationship(lazy="joined")


class ProposalState(StrEnum):
    OPEN = "OPEN"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


class LimitsProposal(Limits, Model):
    """Other limits that somebody wishes for; they count once the quality office has made them a binding version."""

    __table_args__ = (Index("ix_limits_proposal_subject", "subject_code", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_code: Mapped[str] = mapped_column(ForeignKey("subject.code"))
    indicator_code: Mapped[str] = mapped_column(ForeignKey("indicator.code"))
    year: Mapped[int]
    # The version in force when it was written: a later one makes the proposal stale.
    of_version: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(300))
    proposed_by: Mapped[str] = mapped_column(String(16))
    proposed_at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[ProposalState] = mapped_column(Word(ProposalState), default=ProposalState.OPEN)
    decided_by: Mapped[str | None] = mapped_column(String(16))
    decided_at: Mapped[datetime | None]
    opinion: Mapped[str] = mapped_column(String(300), default="")
    indicator: Mapped[Indicator] = relationship(lazy="joined")
