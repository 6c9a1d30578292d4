"""Issue orders, receive and review reports, grant extensions, verify on site, close."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app import engine, notifications
from app.foundation import audit
from app.foundation.clock import now, today
from app.foundation.db import db
from app.foundation.errors import Conflict, Invalid
from app.foundation.numbering import next_number
from app.organisation import calendar, teaching
from app.organisation import queries as organisation
from app.quality.assessment.models import Assessment, Finding
from app.quality.rectification import queries, rules
from app.quality.rectification.models import (
    Conclusion,
    DueExtension,
    ExtensionDecision,
    OnSiteVerification,
    OrderStatus,
    RectificationOrder,
    RectificationSubmission,
    Verdict,
)

WORKDAYS_DECISION = "rectification_workdays"
EXTENSION_MESSAGE = "extension_requested"


def issue_orders(assessment: Assessment, *, responsible: str | None = None) -> list[RectificationOrder]:
    """Issue one order per finding of an assessment, numbered ZG-year-nnn, and tell those responsible (M13).

    `responsible` puts the findings right, else whoever is responsible for the subject. What was found with a
    person but is not his own goes to the programme: its leader is asked, and the order stands in its ledger.
    """
    person = responsible or organisation.responsible_for(assessment.subject_code)[0]
    return [_issue_to_collective(each) if each.common else _issue(each, assessment.subject_code, person) for each in assessment.findings]


def acknowledge(order: RectificationOrder, *, planned_measures: str) -> None:
    """Note that the responsible person has read the order and what he plans to do."""
    order.planned_measures = planned_measures
    if order.status is OrderStatus.ISSUED:
        order.status = OrderStatus.ACKNOWLEDGED


def submit(
    order: RectificationOrder, *, measures: str, result: str, evidence: list[dict[str, Any]], by: str
) -> RectificationSubmission:
    """Receive a report; after the deadline it is marked late but counts (scenario 26). Tells the issuer (M15)."""
    if order.status not in queries.AWAITING_SUBMISSION:
        raise Conflict("这份整改通知现在不等待提交。")
    row = RectificationSubmission(
        order_no=order.no, round=order.round, measures=measures, result=result, evidence=evidence,
        late=now() > order.due_at, submitted_by=by, submitted_at=now(),
    )  # fmt: skip
    db.session.add(row)
    order.status = OrderStatus.SUBMITTED
    _lapse_extension(order)
    _tell(order, "M15", "submission", queries.issuers(order), measures=measures, late=row.late)
    audit.record("order.submit", f"order:{order.no}", person_id=by, round=order.round, late=row.late)
    return row


def decline_to_sign(order: RectificationOrder) -> None:
    """The cosigner sends a report back to its writer; the deadline stays. Raises `Conflict` when none is waiting."""
    if order.status is not OrderStatus.SUBMITTED:
        raise Conflict("没有待签署的整改报告。")
    order.status = OrderStatus.RETURNED


def mark_overdue(order: RectificationOrder) -> None:
    """The deadline has passed without a report."""
    if order.status in queries.AWAITING_SUBMISSION:
        order.status = OrderStatus.OVERDUE


def review(order: RectificationOrder, *, accepted: bool, reason: str, by: str) -> str:
    """Accept or return a report. Returns ACCEPTED, SUBMIT (again, five more days) or DETERMINE (third return).

    Raises `Invalid` for somebody of the subject that handed it in, deputies included (I-11).
    """
    if by in queries.own_people(order):
        raise Invalid("整改责任部门的人员不能审核自己的整改报告（I-11）。")
    submission = queries.last_submission(order.no)
    if submission is None or order.status is not OrderStatus.SUBMITTED:
        raise Conflict("没有待审核的整改报告。")
    submission.reviewed_by, submission.verdict_reason = by, reason
    if accepted:
        submission.verdict, order.status = Verdict.ACCEPTED, OrderStatus.ACCEPTED
        return "ACCEPTED"
    submission.verdict, order.status = Verdict.RETURNED, OrderStatus.RETURNED
    order.returns += 1
    follows = rules.after_return(order.returns)
    if follows == "SUBMIT":
        _set_due(order, workdays=rules.RESUBMISSION_WORKDAYS)
    return follows


def ask_for_extension(order: RectificationOrder, *, workdays: int, reason: str, by: str) -> DueExtension:
    """Ask the issuer for more time and hand the request to the order's procedure.

    Raises `Invalid` after the deadline, for the second time, for more than ten
    days (scenario 27), or from somebody the order is not addressed to.
    """
    if by != order.responsible_id:
        raise Invalid("只有整改责任人可以申请延期。")
    problems = rules.problems_of_extension(
        workdays=workdays,
        reason=reason,
        asked_at=now(),
        due_at=order.due_at,
        asked_before=queries.extension_of(order.no) is not None,
        awaits_submission=order.status in queries.AWAITING_SUBMISSION,
    )
    if problems:
        raise Invalid(next(iter(problems.values())), problems)
    row = DueExtension(order_no=order.no, workdays=workdays, reason=reason.strip(), asked_by=by)
    db.session.add(row)
    db.session.flush()
    if order.instance_id is not None:
        engine.send(order.instance_id, EXTENSION_MESSAGE, {}, person_id=by)
    audit.record("order.ask_extension", f"order:{order.no}", person_id=by, workdays=workdays, reason=reason)
    return row


def decide_extension(order: RectificationOrder, *, granted: bool, by: str, opinion: str) -> None:
    """Grant or refuse more time; a granted one moves the task's deadline and its timers (M14)."""
    row = queries.extension_of(order.no)
    if row is None or row.decision is ExtensionDecision.LAPSED:
        return  # the report came in before the answer
    if row.decision is not ExtensionDecision.OPEN:
        raise Conflict("这份延期申请已经答复。")
    row.decision = ExtensionDecision.GRANTED if granted else ExtensionDecision.REFUSED
    row.decided_by = by
    if granted:
        rule = {
            "kind": "workdays", "start": order.due_at.astimezone(calendar.COLLEGE_ZONE).date().isoformat(),
            "count": row.workdays, "because": f"经批准延期{row.workdays}个工作日：",
        }  # fmt: skip
        order.due_at, order.due_rule = calendar.derive(rule).at, rule
        if order.instance_id is not None:
            engine.move_deadline(
                order.instance_id, node="submit", due_at=order.due_at, due_rule=rule,
                timers_at={"due_passed": (order.due_at, rule), "overdue": grace_end(order)},
            )  # fmt: skip
    _tell(order, "M14", "extension", [row.asked_by, *queries.issuers(order)], granted=granted, opinion=opinion)
    audit.record("order.decide_extension", f"order:{order.no}", person_id=by, granted=granted)


def appoint_verifiers(
    order: RectificationOrder, form: dict[str, Any], *, by: str, resolution_id: int | None = None
) -> OnSiteVerification:
    """Appoint at least two verifiers from outside the subject's unit (I-11) and announce the visit (M16)."""
    chosen = list(dict.fromkeys(form.get("verifiers", [])))
    problems = rules.problems_of_verifiers(
        chosen,
        involved=queries.involved_in(order),
        eligible=queries.eligible_verifiers(order),
        names={person.id: person.name_zh for person in organisation.people(chosen).values()},
    )
    verify_on = date.fromisoformat(form["verify_on"])
    if verify_on < today():
        problems["verify_on"] = "复核日期不能早于今天。"
    if problems:
        raise Invalid("复核安排没有保存：" + next(iter(problems.values())), problems)
    row = OnSiteVerification(
        order_no=order.no, round=order.round, resolution_id=resolution_id, verify_on=verify_on,
        place=form["place"], verifiers=chosen, appointed_by=by,
        checks=[
            {"item": line.strip(), "requirement": order.finding.measurable_target}
            for line in form.get("checklist", "").splitlines()
            if line.strip()
        ],
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    if resolution_id is None:
        order.status = OrderStatus.VERIFYING
    _tell(
        order, "M16", "verification_planned", [order.responsible_id, *chosen], verify_on=verify_on.isoformat(),
        place=row.place, checklist=[check["item"] for check in row.checks],
    )  # fmt: skip
    audit.record("order.appoint_verifiers", f"order:{order.no}", person_id=by, verifiers=chosen)
    return row


def record_verification(row: OnSiteVerification, form: dict[str, Any], *, by: str) -> list[str]:
    """Keep what was found on site and the conclusion; returns the verifiers who still have to sign.

    Raises `Invalid` unless every check is filled in (I-11) and the person is one of the verifiers.
    """
    if by not in row.verifiers:
        raise Invalid("只有指派的复核人员可以填写复核记录（I-11）。")
    checks = form.get("checks", [])
    if problems := rules.problems_of_checks(checks):
        raise Invalid("复核记录还不完整：" + next(iter(problems.values())), problems)
    row.checks, row.photos = checks, form.get("photos") or []
    row.conclusion, row.remark = Conclusion(form["conclusion"]), form.get("remark", "")
    row.signed, row.disputed = [by], False
    return [each for each in row.verifiers if each != by]


def sign(row: OnSiteVerification, *, agrees: bool, by: str) -> None:
    """Add a verifier's signature, or his dissent, which sends the record back."""
    if by not in row.verifiers or by in row.signed:
        raise Conflict("您不需要在这份复核记录上签字。")
    if agrees:
        row.signed = [*row.signed, by]
    else:
        row.disputed = True


def conclude(order: RectificationOrder, row: OnSiteVerification) -> str:
    """Draw the consequence of a signed verification: VERIFY again, CLOSE, SUPPLEMENTARY or DETERMINE (M17).

    The supplementary round starts here, with ten more working days.
    """
    if row.disputed or row.conclusion is None:
        return "VERIFY"
    row.concluded_at = now()
    follows = rules.after_verification(row.conclusion, round=order.round)
    if follows == "SUPPLEMENTARY":
        order.round, order.returns, order.status = order.round + 1, 0, OrderStatus.SUPPLEMENTARY
        _set_due(order, workdays=rules.SUPPLEMENTARY_WORKDAYS)
    superiors = teaching.superiors_of(order.responsible_id)
    _tell(
        order, "M17", "conclusion", [order.responsible_id, *superiors, *queries.issuers(order)],
        conclusion=row.conclusion.value, follows=follows, opinion=row.remark,
    )  # fmt: skip
    return follows


def close(order: RectificationOrder) -> None:
    """Close an order. Raises `Conflict` unless its last verification was effective (I-12)."""
    done = [row for row in queries.verifications_of(order.no) if row.concluded_at is not None]
    if not done or done[-1].conclusion is not Conclusion.EFFECTIVE:
        raise Conflict("没有“有效”的实地复核结论，不能销号（I-12）。")
    order.status, order.closed_at = OrderStatus.CLOSED, now()
    audit.record("order.close", f"order:{order.no}", verification=done[-1].id)


def refer(order: RectificationOrder) -> None:
    """Hand an order to the special meeting."""
    order.status = OrderStatus.REFERRED


def give_back(order: RectificationOrder, *, workdays: int) -> None:
    """The committee found the determination not established: the order waits for a report again."""
    order.status, order.returns = OrderStatus.RETURNED, 0
    _set_due(order, workdays=workdays)


def redate(later: Any) -> list[str]:
    """Derive the deadlines of unfinished orders again after a calendar change, never earlier (I-16)."""
    moved = []
    rows = select(RectificationOrder).where(
        RectificationOrder.status.in_(queries.AWAITING_SUBMISSION), RectificationOrder.due_at > now()
    )
    for order in db.session.scalars(rows):
        after = later(order.due_rule, order.due_at)
        if after != order.due_at:
            order.due_at = after
            moved.append(order.no)
    return moved


def due_of(order: RectificationOrder) -> dict[str, Any]:
    """Return an order's deadline as diagrams take it."""
    return {"at": order.due_at.isoformat(), "rule": order.due_rule}


def grace_end(order: RectificationOrder) -> tuple[datetime, dict[str, Any]]:
    """Return when an unanswered order goes to determination, with the rule."""
    start = order.due_at.astimezone(calendar.COLLEGE_ZONE).date()
    rule = {"kind": "workdays", "start": start.isoformat(), "count": rules.GRACE_WORKDAYS}
    return calendar.derive(rule).at, rule


def _issue_to_collective(finding: Finding) -> RectificationOrder:
    code = teaching.collective_of(finding.assessment.subject_code)
    return _issue(finding, code, organisation.responsible_for(code)[0])


def _issue(finding: Finding, subject_code: str, responsible: str) -> RectificationOrder:
    subject = organisation.subject(subject_code)
    unit = organisation.root_unit(subject.unit_code)
    days = finding.workdays or int(engine.decide(WORKDAYS_DECISION, {"severity": finding.severity.value}))
    rule = {"kind": "workdays", "start": today().isoformat(), "count": days}
    order = RectificationOrder(
        no=_next_number(), finding_id=finding.id, subject_code=subject.code, issuer_unit=finding.assessment.assessor_unit,
        responsible_leader=next(iter(teaching.leaders_over(subject.code)), None), responsible_unit=unit,
        responsible_id=responsible, workdays=days, issued_at=now(),
        due_at=calendar.derive(rule).at, due_rule=rule, finding=finding,
    )  # fmt: skip
    db.session.add(order)
    db.session.flush()
    leader = [order.responsible_leader] if order.responsible_leader else []
    over = teaching.superiors_of(responsible) if subject.ref_type == "PERSON" else []
    _tell(order, "M13", "order", list(dict.fromkeys([responsible, *over, *organisation.head_of(unit), *leader])))
    audit.record("order.issue", f"order:{order.no}", finding=finding.id, due_at=order.due_at.isoformat())
    return order


def _next_number() -> str:
    series = f"ZG-{today().year}"
    return f"{series}-{next_number(series):03d}"


def _set_due(order: RectificationOrder, *, workdays: int) -> None:
    """Give an order a new deadline from today, never earlier than the present one (I-16)."""
    rule = {"kind": "workdays", "start": today().isoformat(), "count": workdays}
    moment = calendar.derive(rule).at
    if moment > order.due_at:
        order.due_at, order.due_rule = moment, rule


def _lapse_extension(order: RectificationOrder) -> None:
    row = queries.extension_of(order.no)
    if row is not None and row.decision is ExtensionDecision.OPEN:
        row.decision = ExtensionDecision.LAPSED


def _tell(order: RectificationOrder, kind: str, mail: str, people: list[str], **values: Any) -> None:
    facts = {
        "order_no": order.no,
        "subject_name": organisation.subject(order.subject_code).name_zh,
        "problem": order.finding.problem,
        "requirement": order.finding.requirement,
        "target": order.finding.measurable_target,
        "due_at": order.due_at.isoformat(),
        "round": order.round,
    }
    notifications.enqueue(
        people, kind=kind, template=f"rectification/mail/{mail}", values=facts | values,
        instance_id=order.instance_id,
    )  # fmt: skip
