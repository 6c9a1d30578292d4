"""Plan, hold, grade and issue assessments."""

from datetime import date
from typing import Any

from app import engine, notifications
from app.foundation import audit
from app.foundation.clock import now, today
from app.foundation.db import db
from app.foundation.errors import Conflict, Invalid
from app.organisation import calendar, teaching
from app.organisation import queries as organisation
from app.quality.assessment import queries, rules
from app.quality.assessment.models import Assessment, AssessmentStatus, Finding, Severity
from app.security.rules import PERSON_LAYERS

EXTRA_PROCESS = "extra_assessment"


def start_extra(subject_code: str, *, by: str) -> engine.ProcessInstance:
    """Begin an assessment outside the half-year's plan (A22); the quality office then schedules it.

    Raises `NotFound` for an unknown subject, `Conflict` while another one of it is under way.
    """
    subject = organisation.subject(subject_code)
    term = calendar.term_on(today())
    if term is None:
        raise Invalid("校历里没有当前学期。")
    business_key = f"{term.code}:{subject.code}:extra"
    if queries.running_extra(business_key) is not None:
        raise Conflict(f"{subject.name_zh}已有一次临时考核正在进行，结束后才能再发起。")
    audit.record("assessment.start_extra", f"subject:{subject_code}", person_id=by)
    return engine.start(
        EXTRA_PROCESS,
        {
            "subject": subject.code, "subject_name": subject.name_zh, "unit": subject.unit_code,
            "layer": subject.layer_code, "term": term.code,
        },
        business_key=business_key,
        person_id=by,
    )  # fmt: skip


def plan(
    subject_code: str, *, term: str, form: dict[str, Any], instance_id: int, by: str | None, extra: bool = False,
    assessor: str | None = None,
) -> Assessment:
    """Fix date and assessors. Raises `Invalid` for partial assessors (I-9) and for a date too early or outside.

    An `extra` assessment may be held in any week, with the same notice. `assessor` says whose turn it is.
    """
    chosen, held_on = form.get("assessors", []), date.fromisoformat(form["held_on"])
    people = organisation.people(chosen)
    days = calendar.work_calendar()
    weeks = {week.no: week for week in calendar.weeks_of(term)}
    problems = rules.problems_of_assessors(
        chosen,
        involved=queries.involved_in(subject_code),
        eligible=queries.eligible_assessors(subject_code, assessor),
        names={person.id: person.name_zh for person in people.values()},
    ) | rules.problems_of_date(
        held_on,
        earliest=days.after(today(), rules.NOTICE_WORKDAYS),
        first=weeks[1 if extra else rules.FIRST_WEEK].start_on,
        last=weeks[max(weeks) if extra else rules.LAST_WEEK].end_on,
    )
    if problems:
        raise Invalid("考核安排没有保存：" + next(iter(problems.values())), problems)
    row = Assessment(
        subject_code=subject_code, term_code=term, assessor_unit=queries.assessor_unit(subject_code, assessor),
        assessors=chosen, mode=form.get("mode", "ON_SITE"), materials=form.get("materials", ""), held_on=held_on,
        instance_id=instance_id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record("assessment.plan", f"subject:{subject_code}", person_id=by, assessors=chosen,
                 held_on=held_on.isoformat())  # fmt: skip
    return row


def notify(row: Assessment) -> None:
    """Send the notice with the list of materials to subject and assessors (M11)."""
    row.status = AssessmentStatus.NOTIFIED
    people = [*organisation.responsible_for(row.subject_code), *row.assessors]
    notifications.enqueue(
        people, kind="M11", template="assessment/mail/notice", instance_id=row.instance_id,
        values={
            "subject_name": organisation.subject(row.subject_code).name_zh, "held_on": row.held_on.isoformat(),
            "mode": row.mode, "materials": row.materials,
            "assessors": [person.name_zh for person in organisation.people(row.assessors).values()],
        },
    )  # fmt: skip


def hold(row: Assessment, form: dict[str, Any], *, by: str | None) -> None:
    """Keep scores and findings. Raises `Invalid` for a finding without evidence, requirement or target (I-10).

    Whoever acts, for himself or as a deputy, must not belong to the subject (I-9).
    """
    if by in queries.involved_in(row.subject_code):
        raise Invalid("您属于被考核的主体，必须回避（I-9），请由其他考核人员办理。")
    findings = form.get("findings", [])
    of_person = organisation.subject(row.subject_code).layer_code in PERSON_LAYERS
    problems = rules.problems_of_findings(findings, of_person=of_person)
    if problems:
        raise Invalid("考核记录还不能提交：" + next(iter(problems.values())), problems)
    row.scores = {each["point"]: each.get("score") for each in form.get("points", [])}
    row.summary = form.get("summary", "")
    row.findings = [
        Finding(
            point_code=each["point"], problem=each["problem"], evidence=each["evidence"],
            severity=Severity(each["severity"]), requirement=each["requirement"],
            measurable_target=each["measurable_target"], workdays=each.get("workdays"),
            common=bool(each.get("common")),
        )
        for each in findings
    ]  # fmt: skip
    row.status = AssessmentStatus.HELD
    db.session.flush()


def grade(row: Assessment, *, grade: str, summary: str) -> None:
    """Fix the grade (A-D) and the words of the result; the subject may object now."""
    row.grade, row.summary, row.status = grade, summary, AssessmentStatus.DRAFTED


def object_to(row: Assessment, *, text: str) -> None:
    """Note the subject's objection."""
    row.objection, row.status = text, AssessmentStatus.OBJECTED


def decide_objection(row: Assessment, *, upheld: bool, opinion: str) -> None:
    """Note what became of an objection; an upheld one leads to another hearing."""
    row.objection_decision = ("成立：" if upheld else "不成立：") + opinion
    row.status = AssessmentStatus.NOTIFIED if upheld else AssessmentStatus.DRAFTED


def issue(row: Assessment) -> None:
    """Make the result final and tell the subject and its superior (M12)."""
    row.status, row.issued_at = AssessmentStatus.ISSUED, now()
    responsible = organisation.responsible_for(row.subject_code)
    superiors = [each for person in responsible for each in teaching.superiors_of(person)]
    notifications.enqueue(
        [*responsible, *superiors], kind="M12", template="assessment/mail/result", instance_id=row.instance_id,
        values={
            "subject_name": organisation.subject(row.subject_code).name_zh, "grade": row.grade,
            "findings": len(row.findings), "summary": row.summary,
        },
    )  # fmt: skip
