"""Questions about assessments and those who may hold them."""

from sqlalchemy import select

from app import engine, security
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.organisation import queries as organisation
from app.quality.assessment.models import Assessment
from app.security import permissions


def assessment(assessment_id: int) -> Assessment:
    """Return the assessment. Raises `NotFound`."""
    found = db.session.get(Assessment, assessment_id)
    if found is None:
        raise NotFound("没有这次考核性诊断。")
    return found


def assessor_unit(subject_code: str) -> str:
    """Return who assesses a subject of the college layer: the quality office, or the committee for itself (I-9)."""
    unit = organisation.root_unit(organisation.subject(subject_code).unit_code)
    qa_office = organisation.qa_office()
    return organisation.committee() if unit == qa_office else qa_office


def schedulers(subject_code: str) -> list[str]:
    """Function `assessment schedulers(subject)`: who appoints the assessors of a subject."""
    if _is_assessed_by_committee(subject_code):
        return organisation.committee_chair()
    return organisation.holders("QA_OFFICER")


def deciders(subject_code: str) -> list[str]:
    """Function `assessment deciders(subject)`: who fixes grade and findings."""
    if _is_assessed_by_committee(subject_code):
        return organisation.committee_chair()
    return organisation.holders("QA_DIRECTOR")


def eligible_assessors(subject_code: str) -> list[str]:
    """Return who may assess a subject, without those who belong to it."""
    if _is_assessed_by_committee(subject_code):
        candidates = organisation.holders("COMMITTEE")
    else:
        candidates = [
            person
            for role in ("QA_OFFICER", "QA_DIRECTOR", "TEACHING_SUPERVISOR")
            for person in organisation.holders(role)
        ]
    involved = involved_in(subject_code)
    return [each for each in dict.fromkeys(candidates) if each not in involved]


def involved_in(subject_code: str) -> set[str]:
    """Return who belongs to a subject: its unit's people and its responsible person."""
    unit = organisation.root_unit(organisation.subject(subject_code).unit_code)
    return set(organisation.members_of(unit)) | set(organisation.responsible_for(subject_code))


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


def _is_assessed_by_committee(subject_code: str) -> bool:
    return assessor_unit(subject_code) == organisation.committee()
