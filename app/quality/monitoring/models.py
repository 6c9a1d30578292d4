"""Readings and the warnings they cause."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation import reference
from app.foundation.clock import now
from app.foundation.db import BigId, Model, Word
from app.quality.standards.models import Indicator


class Origin(StrEnum):
    AUTO = "AUTO"
    IMPORT = "IMPORT"
    MANUAL = "MANUAL"


class Level(StrEnum):
    """What the decision table answers; the last two mean "too good to be true, check the data"."""

    GREEN = "GREEN"
    BLUE = "BLUE"
    YELLOW = "YELLOW"
    RED = "RED"
    YELLOW_HIGH = "YELLOW_HIGH"
    YELLOW_LOW = "YELLOW_LOW"


class Measurement(Model):
    """A value of an indicator for a subject and period (`2026-2027-1-W12`). Append-only."""

    __table_args__ = (Index("ix_measurement_of", "subject_code", "indicator_code", "period"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    indicator_code: Mapped[str] = mapped_column(ForeignKey("indicator.code"))
    subject_code: Mapped[str] = mapped_column(ForeignKey("subject.code"))
    period: Mapped[str] = mapped_column(String(24))
    value: Mapped[float]
    level: Mapped[Level] = mapped_column(Word(Level))
    origin: Mapped[Origin] = mapped_column(Word(Origin))
    entered_by: Mapped[str | None] = mapped_column(String(16))
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("measurement.id"))


class WarningRule(StrEnum):
    THRESHOLD = "THRESHOLD"
    DATA_ANOMALY = "DATA_ANOMALY"
    MISSING_DATA = "MISSING_DATA"
    PLAN_PROGRESS = "PLAN_PROGRESS"


class WarningStatus(StrEnum):
    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    IN_IMPROVEMENT = "IN_IMPROVEMENT"
    RESOLVED = "RESOLVED"
    FALSE_ALARM = "FALSE_ALARM"


STANDING = (WarningStatus.OPEN, WarningStatus.ACKNOWLEDGED, WarningStatus.IN_IMPROVEMENT)
_STANDING_SQL = text("status IN ('OPEN', 'ACKNOWLEDGED', 'IN_IMPROVEMENT')")


class QualityWarning(Model):
    """A warning that stands until a reading resolves it; one per rule, indicator and subject.

    BLUE is a notice and does not count in the statistics of warnings.
    `periods` counts consecutive periods on YELLOW; the third makes it RED
    (persistence). `reference` is what is warned of: the indicator's code, or
    the goal's for PLAN_PROGRESS.
    """

    __table_args__ = (
        Index(
            "uq_quality_warning_standing", "rule", "reference", "subject_code", unique=True,
            sqlite_where=_STANDING_SQL, postgresql_where=_STANDING_SQL,
        ),
        Index("ix_quality_warning_subject", "subject_code", "status"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    rule: Mapped[WarningRule] = mapped_column(Word(WarningRule))
    reference: Mapped[str] = mapped_column(String(24))
    indicator_code: Mapped[str | None] = mapped_column(ForeignKey("indicator.code"))
    point_code: Mapped[str | None] = mapped_column(ForeignKey("diagnosis_point.code"))
    subject_code: Mapped[str] = mapped_column(ForeignKey("subject.code"))
    period: Mapped[str] = mapped_column(String(24))
    value: Mapped[float | None]
    level: Mapped[Level] = mapped_column(Word(Level))
    side: Mapped[str] = mapped_column(String(4), default="")
    periods: Mapped[int] = mapped_column(default=1)
    persisted: Mapped[bool] = mapped_column(default=False)
    status: Mapped[WarningStatus] = mapped_column(Word(WarningStatus), default=WarningStatus.OPEN)
    opened_at: Mapped[datetime] = mapped_column(default=now)
    told: Mapped[list[str]] = mapped_column(default=list)
    acknowledged_by: Mapped[str | None] = mapped_column(String(16))
    acknowledged_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("measurement.id"))
    note: Mapped[str] = mapped_column(String(300), default="")

    @property
    def indicator(self) -> Indicator | None:
        """What the warning is about, to read; None for a lagging goal."""
        return reference.row(Indicator, self.indicator_code) if self.indicator_code else None
