"""Which papers a procedure's page offers, and which ones everybody finds on the page of papers."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import select

from app import security
from app.engine import ProcessInstance
from app.foundation.db import db
from app.organisation.models import Subject, SubjectState
from app.quality.assessment.models import Assessment
from app.quality.diagnosis.models import SelfDiagnosis, SemesterReport
from app.quality.rectification import queries as rectification
from app.quality.results.models import CollegeReport
from app.quality.review.models import SpecialMeeting
from app.quality.standards.models import StandardTemplate
from app.reports.documents.access import Asked
from app.reports.documents.catalogue import KINDS, is_open_to
from app.reports.documents.standards import newest_approved

Candidate = tuple[str, Any]


class Offer(NamedTuple):
    """A paper that may be opened: its address is `/documents/<kind>/<key>.<form>`."""

    label: str
    kind: str
    key: str

    @property
    def forms(self) -> tuple[str, ...]:
        return KINDS[self.kind].forms


def of_instance(instance: ProcessInstance, person_id: str) -> list[Offer]:
    """Return the papers of a procedure that the person may open."""
    key = instance.definition.key
    find = _of_term if key.startswith("diag_") else _BY_PROCEDURE.get(key)
    candidates = find(instance) if find else []
    return [
        Offer(KINDS[kind].name, kind, str(key))
        for kind, key in candidates
        if is_open_to(kind, Asked(person_id, str(key)))
    ]


def goal_tables(person_id: str) -> list[Offer]:
    """Return the table of goals of each unit in reach."""
    reach = security.reach_of(person_id, "goals.view", reading=True)
    rows = db.session.execute(
        select(Subject.code, Subject.name_zh)
        .where(reach.condition(Subject.code), Subject.layer_code == "COLLEGE", Subject.state == SubjectState.ACTIVE)
        .order_by(Subject.code)
    )
    return [Offer(row.name_zh, "goals", row.code) for row in rows]


def standards() -> list[tuple[str, list[Offer]]]:
    """Return the approved standards by table, each table as a whole first where it is one."""
    found = []
    for template in db.session.scalars(select(StandardTemplate).order_by(StandardTemplate.table_no)):
        whole = [] if template.head_fields else [Offer("全表", "standard-table", template.key)]
        single = [
            Offer(str(row.values.get("post_name") or row.code), "standard", str(row.id))
            for row in newest_approved(template.key)
        ]
        found.append((template.name_zh, whole + single))
    return found


def _of_term(instance: ProcessInstance) -> list[Candidate]:
    """The procedure of a term: the subject's goals, and the report once it is written."""
    term = (instance.business_key or "").partition(":")[0]
    reports = db.session.scalars(
        select(SemesterReport.id).where(
            SemesterReport.subject_code == instance.subject, SemesterReport.term_code == term, SemesterReport.part == ""
        )
    )
    return [("goals", instance.subject), *(("semester-report", each) for each in reports)]


def _by_instance(table: Any, *kinds: str) -> Callable[[ProcessInstance], list[Candidate]]:
    def find(instance: ProcessInstance) -> list[Candidate]:
        rows = db.session.scalars(select(table.id).where(table.instance_id == instance.id))
        return [(kind, row) for row in rows for kind in kinds]

    return find


def _of_order(instance: ProcessInstance) -> list[Candidate]:
    order = rectification.order_of_instance(instance.id)
    return [("order", order.no)] if order else []


_BY_PROCEDURE: dict[str, Callable[[ProcessInstance], list[Candidate]]] = {
    "self_diagnosis": _by_instance(SelfDiagnosis, "self-diagnosis"),
    "assessment": _by_instance(Assessment, "assessment"),
    "part_report": _by_instance(SemesterReport, "semester-report"),
    "rectification": _of_order,
    "special_meeting": _by_instance(
        SpecialMeeting, "meeting-agenda", "meeting-minutes", "meeting-resolutions", "meeting-tasks"
    ),
    "college_report": _by_instance(CollegeReport, "college-report", "result-announcement"),
}
