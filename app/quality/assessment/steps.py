"""What the diagrams call for an assessment."""

from datetime import date
from typing import Any

from app.engine import Run
from app.organisation import calendar
from app.organisation import queries as organisation
from app.organisation.workdays import due_moment
from app.quality.assessment import queries, service
from app.quality.diagnosis import queries as diagnosis
from app.quality.monitoring import queries as monitoring
from app.quality.standards import queries as standards
from app.security.rules import PERSON_LAYERS
from app.web.formatting import level_look

SEVERITIES = {"MINOR": "一般", "MODERATE": "较重", "SERIOUS": "严重"}


def show_schedule(run: Run, *, subject: str, assessor: str | None = None) -> dict[str, Any]:
    """Step `assessment.show_schedule`: who may assess the subject (I-9) when it is the `assessor`'s turn."""
    people = organisation.people(queries.eligible_assessors(subject, assessor))
    return {
        "candidates": [{"label": person.name_zh, "value": person.id} for person in people.values()],
        "mode": "ON_SITE",
    }


def plan(
    run: Run, *, subject: str, term: str, form: dict[str, Any], opinion: str, extra: bool = False,
    assessor: str | None = None,
) -> dict[str, Any]:
    """Step `assessment.plan`: gives `assessment`, `assessors` and `held_on`, the deadline of holding it."""
    row = service.plan(
        subject, term=term, form=form, instance_id=run.instance_id, by=run.person_id, extra=bool(extra),
        assessor=assessor,
    )  # fmt: skip
    return {"assessment": row.id, "assessors": row.assessors, "held_on": _deadline(row.held_on)}


def notify(run: Run, *, assessment: int) -> dict[str, Any]:
    """Step `assessment.notify`: notice with the list of materials."""
    service.notify(queries.assessment(assessment))
    return {}


def show_hearing(run: Run, *, subject: str, term: str, assessment: int) -> dict[str, Any]:
    """Step `assessment.show_hearing`: the points with their levels; standing RED warnings as draft findings."""
    found = organisation.subject(subject)
    year = calendar.plan_years(calendar.term(term))[0]
    rows = diagnosis.point_rows(subject, layer=found.layer_code, year=year)
    row = queries.assessment(assessment)
    findings = [_finding_row(finding) for finding in row.findings] or [
        {"point": warning.point_code, "problem": f"{warning.indicator.name_zh}持续处于红线以下", "severity": "SERIOUS"}
        for warning in monitoring.standing_warnings(subject)
        if warning.level == "RED" and warning.indicator and warning.point_code
    ]
    return {
        "points": [
            {
                "point": each["point"], "name": each["name"], "reading": each["reading"],
                "level": f"{level_look(each['level'] or None).mark} {level_look(each['level'] or None).chinese}",
                "score": row.scores.get(each["point"]),
            }
            for each in rows
        ],
        "findings": findings,
        "of_person": found.layer_code in PERSON_LAYERS,
        "summary": row.summary,
        "objection": row.objection,
        "point_choices": [
            {"label": f"{point.code} {point.name_zh}", "value": point.code}
            for point in standards.points_of(found.layer_code)
        ],
    }  # fmt: skip


def hold(run: Run, *, assessment: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `assessment.hold`: keep scores and findings; gives `findings`, their number."""
    row = queries.assessment(assessment)
    service.hold(row, form, by=run.person_id)
    return {"findings": len(row.findings)}


def show_result(run: Run, *, assessment: int) -> dict[str, Any]:
    """Step `assessment.show_result`: scores and findings for whoever fixes the grade or may object."""
    row = queries.assessment(assessment)
    names = {point.code: point.name_zh for point in standards.points_of(organisation.subject(row.subject_code).layer_code)}
    scored = [f"{names.get(code, code)} {score:g}" for code, score in row.scores.items() if score is not None]
    return {
        "scores": "；".join(scored) or "未评分",
        "grade": row.grade,
        "summary": row.summary,
        "objection": row.objection,
        "findings": [
            {
                **_finding_row(each),
                "point_name": names.get(each.point_code, each.point_code),
                "severity_name": SEVERITIES[each.severity] + (" · 普遍性问题，由专业整改" if each.common else ""),
            }
            for each in row.findings
        ],
    }


def grade(run: Run, *, assessment: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `assessment.grade`: fix the result, unless it goes back to the assessors."""
    if run.verb != "return":
        service.grade(queries.assessment(assessment), grade=form["grade"], summary=form.get("summary", ""))
    return {}


def answer(run: Run, *, assessment: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `assessment.answer`: the subject accepts the draft result, or objects with its opinion."""
    if run.verb == "object":
        service.object_to(queries.assessment(assessment), text=opinion)
    return {}


def decide_objection(run: Run, *, assessment: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `assessment.decide_objection`: uphold or dismiss."""
    service.decide_objection(queries.assessment(assessment), upheld=run.verb == "uphold", opinion=opinion)
    return {}


def _deadline(day: date) -> dict[str, Any]:
    return {"at": due_moment(day).isoformat(), "rule": {"kind": "day", "on": day.isoformat()}}


def _finding_row(finding: Any) -> dict[str, Any]:
    return {
        "point": finding.point_code, "problem": finding.problem, "evidence": finding.evidence,
        "severity": finding.severity.value, "requirement": finding.requirement,
        "measurable_target": finding.measurable_target, "workdays": finding.workdays,
        "common": finding.common,
    }  # fmt: skip
