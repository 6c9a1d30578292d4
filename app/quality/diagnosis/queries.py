"""Questions about self-diagnoses, measures and reports."""

from typing import Any

from sqlalchemy import bindparam, select

from app.foundation.db import ask, db
from app.foundation.errors import NotFound
from app.organisation import teaching
from app.quality.diagnosis.models import (
    ImprovementMeasure,
    PlanAdjustment,
    SelfDiagnosis,
)
from app.quality.monitoring import queries as monitoring
from app.quality.standards import queries as standards
from app.quality.standards.models import DiagnosisPoint, Indicator

LEVEL_ORDER = {"": -1, "GREEN": 0, "BLUE": 1, "YELLOW_HIGH": 2, "YELLOW_LOW": 2, "YELLOW": 3, "RED": 4}


def diagnosis(diagnosis_id: int) -> SelfDiagnosis:
    """Return the record. Raises `NotFound`."""
    found = db.session.get(SelfDiagnosis, diagnosis_id)
    if found is None:
        raise NotFound("没有这份自我诊改记录。")
    return found


def of_subject(subject_code: str, *, term: str) -> list[SelfDiagnosis]:
    """Return a subject's records of a term, by window."""
    return list(
        db.session.scalars(
            select(SelfDiagnosis)
            .where(SelfDiagnosis.subject_code == subject_code, SelfDiagnosis.term_code == term)
            .order_by(SelfDiagnosis.window_no)
        )
    )


def points_asked(subject_code: str, *, layer: str) -> list[DiagnosisPoint]:
    """Return the points a subject diagnoses: its layer's; on internship those marked for it (scenario 33)."""
    return standards.points_of(layer, on_internship=teaching.on_internship(subject_code))


def point_rows(subject_code: str, *, layer: str, year: int) -> list[dict[str, Any]]:
    """Return each diagnosis point with its worst level and its readings in words, worst first kept in order.

    `[{point, name, level, reading, open_measure}]`; level is empty without a reading.
    """
    points = points_asked(subject_code, layer=layer)
    indicators = standards.indicators_of([point.code for point in points])
    readings = monitoring.current(subject_code, indicator_codes=[each.code for each in indicators])
    bindings = standards.bindings_of(subject_code, year)
    open_measures = _open_measures(subject_code)
    warned: dict[str, str] = {}
    for code, stands in monitoring.warned_points(subject_code):
        warned[code] = max(warned.get(code, ""), stands.value, key=LEVEL_ORDER.__getitem__)
    read: dict[str | None, list[Indicator]] = {}
    for indicator in indicators:
        if indicator.code in readings:
            read.setdefault(indicator.point_code, []).append(indicator)
    rows = []
    for point in points:
        said, level = [], warned.get(point.code, "")
        for indicator in read.get(point.code, ()):
            reading = readings[indicator.code]
            standard = (bindings.get(indicator.code) or indicator).standard
            mark = f"（标准 {standard:g}）" if standard is not None else ""
            said.append(f"{indicator.name_zh} {reading.value:g}{indicator.unit}{mark}")
            level = max(level, reading.level.value, key=LEVEL_ORDER.__getitem__)
        rows.append(
            {
                "point": point.code, "name": point.name_zh, "level": level,
                "reading": "；".join(said) or "暂无数据", "open_measure": open_measures.get(point.code, ""),
            }
        )  # fmt: skip
    return rows


_OPEN_MEASURES = (
    select(ImprovementMeasure.point_code, ImprovementMeasure.text)
    .where(ImprovementMeasure.subject_code == bindparam("subject"), ImprovementMeasure.done_on.is_(None))
    .order_by(ImprovementMeasure.id)
)


def _open_measures(subject_code: str) -> dict[str, str]:
    return {row.point_code: row.text for row in ask(_OPEN_MEASURES, subject=subject_code)}


def adjustments_of(diagnosis_id: int) -> list[PlanAdjustment]:
    """Return what a self-diagnosis asks to change in the plan."""
    return list(
        db.session.scalars(
            select(PlanAdjustment).where(PlanAdjustment.diagnosis_id == diagnosis_id).order_by(PlanAdjustment.id)
        )
    )
