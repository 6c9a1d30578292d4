"""Questions about readings and warnings."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from app import security
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.quality.monitoring.models import STANDING, Level, Measurement, QualityWarning, WarningRule


def visible_warnings(person_id: str) -> Select[tuple[QualityWarning]]:
    """Return the warnings a person may see (RBAC "warnings.view"); every list starts from here."""
    reach = security.reach_of(person_id, "warnings.view")
    return select(QualityWarning).where(reach.condition(QualityWarning.subject_code))


def visible_warning(person_id: str, warning_id: int) -> QualityWarning:
    """Return one warning. Raises `NotFound` when it is absent or not for this person."""
    found = db.session.scalar(visible_warnings(person_id).where(QualityWarning.id == warning_id))
    if found is None:
        raise NotFound("没有这条预警，或者您无权查看。")
    return found


def current(subject_code: str, *, indicator_codes: Sequence[str]) -> dict[str, Measurement]:
    """Return the newest valid reading of each indicator."""
    rows = db.session.scalars(
        select(Measurement)
        .where(
            Measurement.subject_code == subject_code,
            Measurement.indicator_code.in_(indicator_codes),
            Measurement.superseded_by_id.is_(None),
        )
        .order_by(Measurement.period, Measurement.id)
    )
    return {row.indicator_code: row for row in rows}


def readings_of(subject_code: str, *, period: str) -> set[str]:
    """Return the indicators that have a reading for a period."""
    return set(
        db.session.scalars(
            select(Measurement.indicator_code).where(
                Measurement.subject_code == subject_code,
                Measurement.period == period,
                Measurement.superseded_by_id.is_(None),
            )
        )
    )


def standing_warnings(subject_code: str) -> list[QualityWarning]:
    """Return the warnings of a subject that are not closed, worst first."""
    rows = db.session.scalars(
        select(QualityWarning)
        .where(QualityWarning.subject_code == subject_code, QualityWarning.status.in_(STANDING))
        .order_by(QualityWarning.opened_at)
    )
    return sorted(rows, key=lambda row: row.level is not Level.RED)


def standing(rule: WarningRule, reference: str, subject_code: str) -> QualityWarning | None:
    """Return the one warning that stands for this rule, reference and subject."""
    return db.session.scalar(
        select(QualityWarning).where(
            QualityWarning.rule == rule,
            QualityWarning.reference == reference,
            QualityWarning.subject_code == subject_code,
            QualityWarning.status.in_(STANDING),
        )
    )


def red_points(subject_code: str) -> set[str]:
    """Return the points with a standing RED warning, which need a measure (I-7)."""
    return {
        row.point_code
        for row in standing_warnings(subject_code)
        if row.level is Level.RED and row.point_code
    }
