"""What happened on the five layers, counted once for a report, in a fixed number of statements."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, case, func, select

from app.foundation.clock import COLLEGE_ZONE, now
from app.foundation.db import db
from app.organisation.calendar import Term
from app.organisation.models import Layer, OrgUnit, Subject, SubjectState
from app.quality.assessment.models import Assessment, AssessmentStatus, Finding
from app.quality.diagnosis.models import DiagnosisStatus, SelfDiagnosis
from app.quality.monitoring.models import STANDING, QualityWarning
from app.quality.monitoring.queries import WARNING_LEVELS
from app.quality.rectification import queries as rectification
from app.quality.rectification.models import OnSiteVerification, OrderStatus, RectificationOrder
from app.quality.standards.models import DiagnosisPoint

OUT = (AssessmentStatus.ISSUED, AssessmentStatus.PUBLISHED)


def taken(terms: Sequence[Term]) -> dict[str, Any]:
    """Return the figures of some terms as JSON: counts by layer, each grade, each unresolved order.

    Orders count with the assessment that led to them; unresolved is every
    order not closed today, however old.
    """
    codes = [term.code for term in terms]
    began = datetime.combine(min(term.start_on for term in terms), time(), COLLEGE_ZONE)
    ended = datetime.combine(max(term.end_on for term in terms) + timedelta(days=1), time(), COLLEGE_ZONE)
    opened = and_(
        QualityWarning.opened_at >= began, QualityWarning.opened_at < ended, QualityWarning.level.in_(WARNING_LEVELS)
    )
    assessed = and_(Assessment.term_code.in_(codes), Assessment.status.in_(OUT))
    layers: dict[str, dict[str, Any]] = {code: {} for code in db.session.scalars(select(Layer.code))}
    groups = {
        "diagnoses": _counted(_standing(), SelfDiagnosis, SelfDiagnosis.term_code.in_(codes)),
        "warnings": _counted(QualityWarning.level, QualityWarning, opened),
        "endings": _counted(_ending(), QualityWarning, opened),
        "findings": _counted(Finding.severity, Assessment, assessed, through=[Finding]),
        "orders": _counted(_progress(), RectificationOrder, assessed, through=[Finding, Assessment]),
        "verifications": _counted(
            OnSiteVerification.conclusion, RectificationOrder,
            and_(assessed, OnSiteVerification.conclusion.is_not(None)), through=[OnSiteVerification, Finding, Assessment],
        ),
        "grades": _counted(Assessment.grade, Assessment, assessed),
    }  # fmt: skip
    for group, rows in groups.items():
        for layer, key, count in rows:
            if key is not None:
                layers[layer].setdefault(group, {})[str(getattr(key, "value", key))] = count
    subjects = select(Subject.layer_code, func.count()).where(Subject.state == SubjectState.ACTIVE)
    for layer, count in db.session.execute(subjects.group_by(Subject.layer_code)):
        layers[layer]["subjects"] = count
    return {
        "terms": codes, "taken_at": now().isoformat(), "layers": layers, "grades": _grades(assessed),
        "unresolved": _unresolved(),
    }  # fmt: skip


def _counted(key: Any, table: Any, where: Any, *, through: Sequence[Any] = ()) -> Sequence[Any]:
    """Return (layer, key, number) of rows of a table that has a subject."""
    query = select(Subject.layer_code, key, func.count()).select_from(table)
    query = query.join(Subject, Subject.code == table.subject_code)
    for each in through:
        query = query.join(each, _JOINS[each, table])
    return db.session.execute(query.where(where).group_by(Subject.layer_code, key)).all()


_JOINS: dict[tuple[Any, Any], Any] = {
    (Finding, Assessment): Finding.assessment_id == Assessment.id,
    (Finding, RectificationOrder): Finding.id == RectificationOrder.finding_id,
    (Assessment, RectificationOrder): Finding.assessment_id == Assessment.id,
    (OnSiteVerification, RectificationOrder): OnSiteVerification.order_no == RectificationOrder.no,
}


def _standing() -> Any:
    """What is past its deadline without a record is missing; what is not due yet counts for nothing."""
    late = and_(SelfDiagnosis.status == DiagnosisStatus.OPEN, SelfDiagnosis.due_at < now())
    return case((late, DiagnosisStatus.MISSED.value), else_=SelfDiagnosis.status)


def _ending() -> Any:
    return case((QualityWarning.status.in_(STANDING), "STANDING"), else_=QualityWarning.status)


def _progress() -> Any:
    overdue = and_(RectificationOrder.status.in_(rectification.AWAITING_SUBMISSION), RectificationOrder.due_at < now())
    return case(
        (RectificationOrder.status == OrderStatus.CLOSED, "CLOSED"),
        (RectificationOrder.status == OrderStatus.REFERRED, "REFERRED"),
        (overdue, "OVERDUE"),
        else_="RUNNING",
    )


def _grades(assessed: Any) -> list[dict[str, Any]]:
    findings = select(func.count()).where(Finding.assessment_id == Assessment.id).scalar_subquery()
    rows = db.session.execute(
        select(
            Assessment.id, Subject.code, Subject.name_zh, Subject.layer_code, OrgUnit.name_zh, Assessment.grade, findings
        )
        .join(Subject, Subject.code == Assessment.subject_code)
        .join(OrgUnit, OrgUnit.code == Assessment.assessor_unit)
        .where(assessed, Assessment.grade.is_not(None))
        .order_by(Subject.layer_code, Subject.code, Assessment.id)
    )
    names = ("assessment", "subject", "name", "layer", "assessor", "grade", "findings")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _unresolved() -> list[dict[str, Any]]:
    rows = db.session.execute(
        select(RectificationOrder, Subject.name_zh, Subject.layer_code, OrgUnit.name_zh, DiagnosisPoint.sensitive, _progress())
        .join(Subject, Subject.code == RectificationOrder.subject_code)
        .join(OrgUnit, OrgUnit.code == RectificationOrder.responsible_unit)
        .join(Finding, Finding.id == RectificationOrder.finding_id)
        .join(DiagnosisPoint, DiagnosisPoint.code == Finding.point_code)
        .where(RectificationOrder.status != OrderStatus.CLOSED)
        .order_by(RectificationOrder.due_at, RectificationOrder.no)
    )
    return [
        {
            "order": order.no, "subject": order.subject_code, "name": name, "layer": layer, "unit": unit,
            "problem": order.finding.problem, "severity": order.finding.severity.value,
            "due": order.due_at.astimezone(COLLEGE_ZONE).date().isoformat(), "sensitive": sensitive, "state": state,
        }
        for order, name, layer, unit, sensitive, state in rows
    ]  # fmt: skip
