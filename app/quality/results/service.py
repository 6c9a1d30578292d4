"""Begin, draft, review, approve and publish a report; draft, propose, decide and carry out what it proposes."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select, update

from app import engine, notifications
from app.foundation import audit
from app.foundation.clock import now
from app.foundation.db import db
from app.foundation.errors import Conflict, Invalid
from app.organisation import calendar
from app.organisation.calendar import Term
from app.organisation.models import Person
from app.quality.assessment.models import Assessment, AssessmentStatus
from app.quality.results import figures, queries, rules
from app.quality.results.models import (
    AppraisalLink,
    Audience,
    CollegeReport,
    LinkStatus,
    ReportKind,
    ReportRemark,
    ReportState,
    ResultPublication,
)

PROCESS = "college_report"
LINK_DECISION = "appraisal_link"
LISTED_IN_REPORT = "listed_in_report"
FIELDS = {"COLLEGE": "college", "PROGRAMME": "programme", "COURSE": "course", "TEACHER": "teacher", "STUDENT": "student"}


def start_report(kind: ReportKind, term_code: str, *, by: str | None = None) -> CollegeReport:
    """Begin the report of a term; its figures are taken at once (R-166).

    Raises `NotFound` for an unknown term, `Invalid` for a year's report outside
    the autumn term, `Conflict` when there is one of the kind and term already.
    """
    term = calendar.term(term_code)
    if kind not in rules.kinds_due(calendar.term_number(term_code)):
        raise Invalid("年度报告在秋季学期编制，请选择秋季学期。")
    if queries.report_of(kind, term_code) is not None:
        raise Conflict(f"{_title(kind, term)}已经在编制或已发布。")
    row = CollegeReport(kind=kind, term_code=term_code, title=_title(kind, term), started_by=by)
    db.session.add(row)
    db.session.flush()
    variables = {"report": row.id, "kind": kind.value, "term": term_code, "title": row.title}
    row.instance_id = engine.start(
        PROCESS, variables, business_key=f"report:{kind.value}:{term_code}", person_id=by
    ).id
    audit.record("report.start", f"report:{row.id}", person_id=by, kind=kind.value, term=term_code)
    return row


def gather(row: CollegeReport) -> None:
    """Take the figures; later calls change nothing (I-17)."""
    if not row.figures:
        row.figures = figures.taken(queries.terms_of(row.kind, calendar.term(row.term_code)))


def draft(row: CollegeReport, form: dict[str, Any], *, by: str) -> None:
    """Keep the chapters and send them out for opinions."""
    _open(row)
    _write(row, form)
    row.drafted_by, row.round, row.state = by, row.round + 1, ReportState.OPINIONS


def remark(row: CollegeReport, *, unit: str, text: str, by: str) -> None:
    """Keep the answer of a unit's head; an empty text is consent."""
    _open(row)
    db.session.add(ReportRemark(report_id=row.id, unit_code=unit, person_id=by, round=row.round, text=text.strip()))


def review(row: CollegeReport, form: dict[str, Any], *, returned: bool, by: str) -> None:
    """Keep the director's changes and hand the report to the committee, or give it back."""
    _open(row)
    if returned:
        row.state = ReportState.DRAFT
        return
    _write(row, form)
    row.reviewed_by, row.state = by, ReportState.APPROVAL


def approve(row: CollegeReport, *, returned: bool, by: str) -> None:
    """The chair of the committee signs, or gives the report back to be drafted again."""
    _open(row)
    if returned:
        row.state = ReportState.DRAFT
    else:
        row.approved_by = by
    audit.record("report.return" if returned else "report.approve", f"report:{row.id}", person_id=by)


def publish(row: CollegeReport) -> list[AppraisalLink]:
    """Publish report and results (R-167), tell everybody what is for him (M18), and propose links (I-18).

    Orders that the report lists as overdue and that still are go on to the
    determination of their nature, and with it to the special meeting (I-12,
    R-168, R-169). Raises `Conflict` unless the committee has approved.
    """
    _open(row)
    if row.approved_by is None:
        raise Conflict("报告还没有经委员会审定，不能发布。")
    row.state, row.published_at = ReportState.PUBLISHED, now()
    before = set(db.session.scalars(select(ResultPublication.assessment_id)))
    results = _publish_results(row)
    _tell(row, [each for each in results if each.assessment_id not in before])
    for order in queries.still_overdue(row):
        engine.post(LISTED_IN_REPORT, {"report": row.title}, business_key=order.no)
    links = _propose(row, results)
    audit.record("report.publish", f"report:{row.id}", person_id=row.approved_by, results=len(results), links=len(links))
    return links


def check_links(report_id: int, rows: Sequence[dict[str, Any]], *, proposed_by: str | None = None) -> None:
    """Keep coefficient and words of the proposals that nobody has decided on; with `proposed_by` they go to the committee.

    Raises `Conflict` when one of them has been decided.
    """
    found = {link.id: link for link in queries.links_of(report_id)}
    for each in rows:
        link = found[int(each["link"])]
        if link.status not in (LinkStatus.DRAFT, LinkStatus.PROPOSED):
            raise Conflict(f"{link.subject_name}的挂钩已经审定，不能再改。")
        link.coefficient, link.reward_penalty = float(each["coefficient"]), str(each["text"]).strip()
        if proposed_by is not None:
            link.status, link.proposed_by = LinkStatus.PROPOSED, proposed_by


def decide_links(report_id: int, rows: Sequence[dict[str, Any]], *, by: str) -> int:
    """Approve or refuse proposals; returns how many are approved.

    Raises `Invalid` for a proposal without a decision, or a refusal without a
    reason, `Conflict` for one that nobody proposed.
    """
    found = {link.id: link for link in queries.links_of(report_id)}
    complete = [next((row for row in rows if int(row["link"]) == key), {"link": key}) for key in found]
    if problems := rules.problems_of_decisions(complete):
        raise Invalid("审定没有保存：" + next(iter(problems.values())), problems)
    for each in complete:
        link = found[int(each["link"])]
        if link.status is not LinkStatus.PROPOSED:
            raise Conflict(f"{link.subject_name}的挂钩没有提请审定，或已经审定。")
        link.status, link.reason = LinkStatus(str(each["decision"])), str(each.get("reason") or "").strip()
        link.decided_at = now()
        link.approved_by = by if link.status is LinkStatus.APPROVED else None
        audit.record("link.decide", f"link:{link.id}", person_id=by, decision=link.status.value)
    return sum(link.status is LinkStatus.APPROVED for link in found.values())


def apply_links(report_id: int, rows: Sequence[dict[str, Any]], *, by: str) -> None:
    """Note that personnel has carried proposals out. Raises `Conflict` unless each was approved (I-18)."""
    found = {link.id: link for link in queries.links_of(report_id)}
    for each in rows:
        link = found[int(each["link"])]
        if link.status is not LinkStatus.APPROVED or link.approved_by is None:
            raise Conflict(f"{link.subject_name}的挂钩没有经委员会批准，不能兑现（I-18）。")
        link.status, link.applied_by, link.applied_at = LinkStatus.APPLIED, by, now()
        link.note = str(each.get("note") or "").strip()
        audit.record("link.apply", f"link:{link.id}", person_id=by)


def _title(kind: ReportKind, term: Term) -> str:
    return f"{term.start_on.year}年度诊断与改进报告" if kind is ReportKind.YEAR else f"{term.name_zh}半年诊断与改进报告"


def _open(row: CollegeReport) -> None:
    if row.state is ReportState.PUBLISHED:
        raise Conflict("报告已经发布，内容和数据不能再改（I-17）。")


def _write(row: CollegeReport, form: dict[str, Any]) -> None:
    row.chapters = {layer: str(form[field]).strip() for layer, field in FIELDS.items()}
    row.summary = str(form["summary"]).strip()


def _publish_results(row: CollegeReport) -> list[ResultPublication]:
    """Publish each grade of the report's figures; the assessments count as published from now on."""
    results = [
        ResultPublication(
            report_id=row.id, assessment_id=each["assessment"], subject_code=each["subject"], layer_code=each["layer"],
            subject_name=each["name"], assessor_name=each["assessor"], grade=each["grade"], findings=each["findings"],
            audience=Audience.STAFF if each["layer"] in rules.PUBLIC_LAYERS else Audience.PERSON,
        )
        for each in row.figures["grades"]
    ]  # fmt: skip
    db.session.add_all(results)
    assessments = [each.assessment_id for each in results]
    db.session.flush()
    db.session.execute(
        update(Assessment).where(Assessment.id.in_(assessments)).values(status=AssessmentStatus.PUBLISHED)
    )
    return results


def _tell(row: CollegeReport, new: Iterable[ResultPublication]) -> None:
    """Tell staff of the report, and people of results that no earlier report told them of."""
    everybody = db.session.scalars(select(Person.id).where(Person.active, Person.kind.in_(queries.STAFF_KINDS)))
    notifications.enqueue(
        everybody, kind="M18", template="results/mail/report", path=f"/results/{row.id}", values={"title": row.title}
    )
    people = dict.fromkeys(each.subject_code for each in new if each.audience is Audience.PERSON)
    notifications.enqueue(
        people, kind="M18", template="results/mail/own_result", path="/results/mine", values={"title": row.title}
    )


def _propose(row: CollegeReport, results: Iterable[ResultPublication]) -> list[AppraisalLink]:
    """Draft what the table `appraisal_link` proposes for published results; an assessment is proposed on once.

    Only units, programmes and courses: who works in personnel must not learn a teacher's grade from it (I-14).
    """
    known = set(db.session.scalars(select(AppraisalLink.assessment_id)))
    links = []
    for each in results:
        if each.audience is not Audience.STAFF or each.assessment_id in known:
            continue
        proposed = engine.decide(LINK_DECISION, {"grade": each.grade})
        if proposed["text"]:
            links.append(
                AppraisalLink(
                    report_id=row.id, assessment_id=each.assessment_id, subject_code=each.subject_code,
                    subject_name=each.subject_name, grade=each.grade, coefficient=float(proposed["coefficient"]),
                    reward_penalty=proposed["text"],
                )
            )  # fmt: skip
    db.session.add_all(links)
    db.session.flush()
    return links
