"""Questions about reports, published results and proposals; what is not for a person is not in the query."""

from dataclasses import dataclass

from sqlalchemy import Select, false, func, or_, select, true
from sqlalchemy.orm import defer, selectinload

from app import security
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.organisation import queries as organisation
from app.organisation.calendar import Term
from app.organisation.models import OrgUnit, Person, PersonKind
from app.quality.assessment.models import Assessment, Finding
from app.quality.rectification import queries as rectification
from app.quality.rectification.models import RectificationOrder
from app.quality.results.models import (
    AppraisalLink,
    Audience,
    CollegeReport,
    ReportKind,
    ReportRemark,
    ReportState,
    ResultPublication,
)
from app.security import permissions

# Whom a publication to all staff reaches.
STAFF_KINDS = (PersonKind.STAFF, PersonKind.TEACHER, PersonKind.COUNSELLOR, PersonKind.SUPERVISOR)


def report(report_id: int) -> CollegeReport:
    """Return the report. Raises `NotFound`."""
    found = db.session.get(CollegeReport, report_id)
    if found is None:
        raise NotFound("没有这份诊断与改进报告。")
    return found


def report_of(kind: ReportKind, term_code: str) -> CollegeReport | None:
    """Return the report of a kind and term, if it was begun."""
    return db.session.scalar(
        select(CollegeReport).where(CollegeReport.kind == kind, CollegeReport.term_code == term_code)
    )


def is_staff(person: Person) -> bool:
    return person.kind in STAFF_KINDS


def prepares(person_id: str) -> bool:
    """Say whether a person may begin a report: the quality office, not the committee that approves it."""
    cells = [permissions.cell("results.publish", role) for role, _scope in security.roles_held(person_id)]
    return any(cell.letter == "A" and cell.remark != "approve" for cell in cells)


def sees_drafts(person_id: str) -> bool:
    """Say whether a person reads a report before it is published."""
    return security.reach_of(person_id, "results.publish").everything


def visible_reports(person: Person) -> Select[CollegeReport]:
    """Return the reports a person may read: published ones for staff, drafts for those who make and approve them."""
    if sees_drafts(person.id):
        return select(CollegeReport)
    published = CollegeReport.state == ReportState.PUBLISHED
    return select(CollegeReport).where(published if is_staff(person) else false())


def visible_report(person: Person, report_id: int) -> CollegeReport:
    """Return one report. Raises `NotFound` when it is absent or not for this person."""
    found = db.session.scalar(visible_reports(person).where(CollegeReport.id == report_id))
    if found is None:
        raise NotFound("没有这份诊断与改进报告，或者您无权查看。")
    return found


def listed(person: Person) -> list[CollegeReport]:
    """Return the reports a person may read, newest first, without their figures: those hold every grade of a term."""
    query = visible_reports(person).options(defer(CollegeReport.figures), defer(CollegeReport.chapters))
    return list(db.session.scalars(query.order_by(CollegeReport.id.desc())))


def remarks_of(found: CollegeReport) -> list[tuple[ReportRemark, str, str]]:
    """Return (remark, unit's name, person's name) of every answer that says something, oldest first."""
    rows = db.session.execute(
        select(ReportRemark, OrgUnit.name_zh, Person.name_zh)
        .join(OrgUnit, OrgUnit.code == ReportRemark.unit_code)
        .join(Person, Person.id == ReportRemark.person_id)
        .where(ReportRemark.report_id == found.id, ReportRemark.text != "")
        .order_by(ReportRemark.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def answers_of(found: CollegeReport) -> int:
    """Return how many units answered to the draft that was sent out last."""
    return (
        db.session.scalar(
            select(func.count(func.distinct(ReportRemark.unit_code))).where(
                ReportRemark.report_id == found.id, ReportRemark.round == found.round
            )
        )
        or 0
    )


def terms_of(kind: ReportKind, term: Term) -> list[Term]:
    """Return the terms a report speaks of: its own, or those that began in the same calendar year."""
    if kind is ReportKind.HALF_YEAR:
        return [term]
    year = term.start_on.year
    rows = db.session.scalars(select(Term).where(Term.start_on <= term.start_on).order_by(Term.start_on))
    return [each for each in rows if each.start_on.year == year]


def published_grades(found: CollegeReport) -> list[ResultPublication]:
    """Return the results that a report published to all staff."""
    return list(
        db.session.scalars(
            select(ResultPublication)
            .where(ResultPublication.report_id == found.id, ResultPublication.audience == Audience.STAFF)
            .order_by(ResultPublication.id)
        )
    )


def visible_results(person_id: str) -> Select[ResultPublication]:
    """Return the results of people that a person may read: his own, and those of whom his line leads (I-14)."""
    reach = security.reach_of(person_id, "diagnosis.read")
    return select(ResultPublication).where(
        ResultPublication.audience == Audience.PERSON,
        or_(ResultPublication.subject_code == person_id, reach.condition(ResultPublication.subject_code)),
    )


def visible_result(person_id: str, publication_id: int) -> ResultPublication:
    """Return one person's result. Raises `NotFound` when it is absent or not for this reader."""
    found = db.session.scalar(visible_results(person_id).where(ResultPublication.id == publication_id))
    if found is None:
        raise NotFound("没有这份考核结果，或者您无权查看。")
    return found


@dataclass(frozen=True)
class OwnResult:
    """A person's own result. `orders` are by finding: what is to be put right."""

    publication: ResultPublication
    report_title: str
    assessment: Assessment
    orders: dict[int, RectificationOrder]


def has_own_result(person_id: str) -> bool:
    """Say whether anything was published to a person of himself."""
    own = select(ResultPublication.id).where(
        ResultPublication.subject_code == person_id, ResultPublication.audience == Audience.PERSON
    )
    return db.session.scalar(select(own.exists())) or False


def own_results(person_id: str) -> list[OwnResult]:
    """Return what was published to a person of himself, newest first; an assessment once, by its first publication."""
    rows = db.session.execute(
        select(ResultPublication, CollegeReport.title, Assessment)
        .join(CollegeReport, CollegeReport.id == ResultPublication.report_id)
        .join(Assessment, Assessment.id == ResultPublication.assessment_id)
        .where(ResultPublication.subject_code == person_id, ResultPublication.audience == Audience.PERSON)
        .options(selectinload(Assessment.findings))
        .order_by(ResultPublication.id)
    ).all()
    first = {row[2].id: row for row in reversed(rows)}
    orders = _orders_by_finding(list(first))
    return [OwnResult(*row, orders) for row in sorted(first.values(), key=lambda row: -row[0].id)]


def _orders_by_finding(assessments: list[int]) -> dict[int, RectificationOrder]:
    findings = select(Finding.id).where(Finding.assessment_id.in_(assessments))
    rows = db.session.scalars(select(RectificationOrder).where(RectificationOrder.finding_id.in_(findings)))
    return {row.finding_id: row for row in rows}


def links_of(report_id: int) -> list[AppraisalLink]:
    """Return the proposals of a report."""
    return list(
        db.session.scalars(
            select(AppraisalLink).where(AppraisalLink.report_id == report_id).order_by(AppraisalLink.id)
        )
    )


def sees_links(person_id: str) -> bool:
    """Say whether a person reads proposals of reward and penalty: committee, quality director, the head of personnel, audit."""
    reads = security.reach_of(person_id, "appraisal.link", reading=True).everything
    return reads or person_id in organisation.hr_head()


def visible_links(person_id: str) -> Select[AppraisalLink]:
    """Return the proposals a person may see."""
    return select(AppraisalLink).where(true() if sees_links(person_id) else false())


def link_lines(person_id: str) -> list[tuple[AppraisalLink, str]]:
    """Return (proposal, title of its report) of those a person may see, the newest report first. Raises `NotFound` for others."""
    if not sees_links(person_id):
        raise NotFound("没有这个页面，或者您无权查看。")
    rows = db.session.execute(
        visible_links(person_id)
        .join(CollegeReport, CollegeReport.id == AppraisalLink.report_id)
        .add_columns(CollegeReport.title)
        .order_by(AppraisalLink.report_id.desc(), AppraisalLink.id)
    )
    return [(row[0], row[1]) for row in rows]


def still_overdue(found: CollegeReport) -> list[RectificationOrder]:
    """Return the orders that the report lists as overdue and that still have no report on them."""
    listed_late = [each["order"] for each in found.figures["unresolved"] if each["state"] == "OVERDUE"]
    return list(
        db.session.scalars(
            select(RectificationOrder)
            .where(
                RectificationOrder.no.in_(listed_late),
                rectification.on_shelf(rectification.Shelf.OVERDUE),
            )
            .order_by(RectificationOrder.no)
        )
    )
