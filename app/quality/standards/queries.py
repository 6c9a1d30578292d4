"""Questions about points, indicators and the limits in force."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from app.foundation.db import db
from app.foundation.errors import NotFound
from app.quality.standards.models import (
    DiagnosisPoint,
    Indicator,
    IndicatorBinding,
    Standard,
    StandardStatus,
    StandardTemplate,
)


def points_of(layer_code: str, *, on_internship: bool = False) -> list[DiagnosisPoint]:
    """Return the active diagnosis points of a layer, in the document's order.

    With `on_internship` those marked for it, or all while none is marked.
    """
    found = list(
        db.session.scalars(
            select(DiagnosisPoint)
            .where(DiagnosisPoint.layer_code == layer_code, DiagnosisPoint.active)
            .order_by(DiagnosisPoint.position)
        )
    )
    marked = [point for point in found if point.on_internship] if on_internship else []
    return marked or found


def indicator(code: str) -> Indicator:
    """Return the indicator. Raises `NotFound`."""
    found = db.session.get(Indicator, code)
    if found is None:
        raise NotFound(f"没有编码为“{code}”的指标。")
    return found


def indicators_by_code(codes: Iterable[str]) -> dict[str, Indicator]:
    """Return indicators by code. Raises `NotFound` naming one that is unknown."""
    wanted = list(codes)
    found = {each.code: each for each in db.session.scalars(select(Indicator).where(Indicator.code.in_(wanted)))}
    for code in wanted:
        if code not in found:
            indicator(code)
    return found


def indicators_of(point_codes: Sequence[str]) -> list[Indicator]:
    """Return the active indicators of some points, by code."""
    return list(
        db.session.scalars(
            select(Indicator)
            .where(Indicator.point_code.in_(point_codes), Indicator.active)
            .order_by(Indicator.code)
        )
    )


def bindings_of(subject_code: str, year: int) -> dict[str, IndicatorBinding]:
    """Return the bindings in force for a subject and year, by indicator: the highest version of each."""
    rows = db.session.scalars(
        select(IndicatorBinding)
        .where(IndicatorBinding.subject_code == subject_code, IndicatorBinding.year == year)
        .order_by(IndicatorBinding.version)
    )
    return {row.indicator_code: row for row in rows}


def bound_subjects(year: int) -> list[str]:
    """Return the subjects whose diagnosis logic is in force for a year, by code."""
    found = select(IndicatorBinding.subject_code).where(IndicatorBinding.year == year).distinct()
    return list(db.session.scalars(found.order_by(IndicatorBinding.subject_code)))


def binding(subject_code: str, indicator_code: str, year: int) -> IndicatorBinding | None:
    """Return the binding in force of one indicator, or None when it is not bound to the subject."""
    return db.session.scalar(
        select(IndicatorBinding)
        .where(
            IndicatorBinding.subject_code == subject_code,
            IndicatorBinding.indicator_code == indicator_code,
            IndicatorBinding.year == year,
        )
        .order_by(IndicatorBinding.version.desc())
        .limit(1)
    )


def template(key: str) -> StandardTemplate:
    """Return the template. Raises `NotFound`."""
    found = db.session.get(StandardTemplate, key)
    if found is None:
        raise NotFound(f"没有标准模板“{key}”。")
    return found


def approved(owner_code: str) -> list[Standard]:
    """Return the approved standards written for a post, programme, course or person."""
    return list(
        db.session.scalars(
            select(Standard)
            .where(Standard.owner_code == owner_code, Standard.status == StandardStatus.APPROVED)
            .order_by(Standard.code)
        )
    )
