"""Questions about assessments and those who may hold them."""

from sqlalchemy import ColumnElement, and_, select

from app import engine, security
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.organisation import queries as organisation
from app.organisation import teaching
from app.quality.assessment import rules
from app.quality.assessment.models import Assessment, AssessmentStatus
from app.quality.monitoring import queries as monitoring
from app.security import permissions

# Whose turn an assessment is, as diagrams say it; the other is QA_OFFICE, and what is said nothing of.
DEPARTMENT = "DEPARTMENT"


def assessment(assessment_id: int) -> Assessment:
    """Return the assessment. Raises `NotFound`."""
    found = db.session.get(Assessment, assessment_id)
    if found is None:
        raise NotFound("没有这次考核性诊断。")
    return found


def assessor_unit(subject_code: str, assessor: str | None = None) -> str:
    """Return the unit that assesses a subject, given whose turn it is: the DEPARTMENT's, or the quality office's.

    Nobody assesses himself (I-9): where the head of the department belongs to
    the subject the quality office does it, and what belongs to the quality
    office is assessed by the committee (scenarios 23 and 24).
    """
    unit = organisation.root_unit(organisation.subject(subject_code).unit_code)
    if assessor == DEPARTMENT and not involved_in(subject_code).intersection(organisation.head_of(unit)):
        return unit
    qa_office = organisation.qa_office()
    return organisation.committee() if unit == qa_office else qa_office


def schedulers(subject_code: str, assessor: str | None = None) -> list[str]:
    """Function `assessment schedulers(subject, assessor?)`: who appoints the assessors of a subject."""
    unit = assessor_unit(subject_code, assessor)
    if unit == organisation.committee():
        return organisation.committee_chair()
    if unit == organisation.qa_office():
        return organisation.holders("QA_OFFICER")
    return _without_involved(subject_code, organisation.holders("DEPT_ASSESSOR", unit)) or organisation.head_of(unit)


def deciders(subject_code: str, assessor: str | None = None) -> list[str]:
    """Function `assessment deciders(subject, assessor?)`: who fixes grade and findings."""
    return heads_of_assessors(assessor_unit(subject_code, assessor))


def heads_of_assessors(unit: str) -> list[str]:
    """Return who decides for a unit that assesses: chair of the committee, director of the office, head of a department."""
    if unit == organisation.committee():
        return organisation.committee_chair()
    return organisation.holders("QA_DIRECTOR") if unit == organisation.qa_office() else organisation.head_of(unit)


def eligible_assessors(subject_code: str, assessor: str | None = None) -> list[str]:
    """Return who may assess a subject, without those who belong to it."""
    unit = assessor_unit(subject_code, assessor)
    if unit == organisation.committee():
        candidates = organisation.holders("COMMITTEE")
    elif unit == organisation.qa_office():
        candidates = [
            person
            for role in ("QA_OFFICER", "QA_DIRECTOR", "TEACHING_SUPERVISOR")
            for person in organisation.holders(role)
        ]
    else:
        candidates = [*organisation.holders("DEPT_ASSESSOR", unit), *organisation.members_of(unit)]
    return _without_involved(subject_code, candidates)


def involved_in(subject_code: str) -> set[str]:
    """Return who belongs to a subject: a unit's people, a team, and the responsible person."""
    return teaching.people_of(subject_code)


def is_sampled(subject_code: str, term: str) -> bool:
    """Function `sampled(subject, term)`: whether the quality office assesses this student in a term.

    At least every tenth of a programme, drawn anew each term, and whoever has
    an open RED warning (decision 6).
    """
    if monitoring.red_points(subject_code):
        return True
    fellows = teaching.students_of(teaching.student(subject_code).programme_code)
    return subject_code in rules.sample(fellows, draw=term)


def batch_of(programme_code: str, term: str) -> list[Assessment]:
    """Return what the quality office assessed of a programme in a term; a public course is in several batches (scenario 22)."""
    return list(
        db.session.scalars(
            select(Assessment)
            .where(
                by_quality_office(term),
                Assessment.subject_code.in_(teaching.subjects_of_programme(programme_code)),
            )
            .order_by(Assessment.subject_code, Assessment.id)
        )
    )


def by_quality_office(term: str) -> ColumnElement[bool]:
    """Return the condition that the quality office assessed in a term."""
    return and_(Assessment.term_code == term, Assessment.assessor_unit == organisation.qa_office())


def is_out(row: Assessment) -> bool:
    """Say whether the assessed may read the grade: it has been issued."""
    return row.issued_at is not None or row.status is AssessmentStatus.PUBLISHED


def may_start_extra(person_id: str) -> bool:
    """Say whether a person begins assessments outside the plan: whose cell of "assessment.hold" is a plain A."""
    cells = (permissions.cell("assessment.hold", role) for role, _scope in security.roles_held(person_id))
    return any(cell.letter == "A" and not cell.remark for cell in cells)


def running_extra(business_key: str) -> engine.ProcessInstance | None:
    """Return the extra assessment under way with a key."""
    return db.session.scalar(
        select(engine.ProcessInstance).where(
            engine.ProcessInstance.business_key == business_key,
            engine.ProcessInstance.state == engine.InstanceState.RUNNING,
        )
    )


def _without_involved(subject_code: str, candidates: list[str]) -> list[str]:
    involved = involved_in(subject_code)
    return [each for each in dict.fromkeys(candidates) if each not in involved]
