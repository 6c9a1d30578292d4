"""Every shipped diagram is walked on every path; a node that no walk reaches fails."""

import json
from collections.abc import Callable

import pytest
from lxml import etree
from sqlalchemy import select

from app import engine
from app.config import shipped
from app.engine import problems_of
from app.foundation.clock import now
from app.foundation.db import db, transaction
from app.organisation import queries as organisation
from app.organisation.models import Subject, SubjectState
from app.quality.assessment import rules as assessment_rules
from app.quality.assessment import service as assessment
from app.quality.assessment.models import Assessment
from app.quality.cycles import service as cycles
from app.quality.goals import queries as goals
from app.quality.monitoring import service as monitoring
from app.quality.monitoring.models import Origin
from app.quality.results.models import AppraisalLink, ReportKind
from app.quality.results.service import LISTED_IN_REPORT
from tests.builders import FINDING, GOAL, OTHER_LAYERS, PERSONAL_GOAL, TERM, College
from tests.doors import signed_in
from tests.quality import test_results as reports
from tests.quality.test_assessment import GRADE
from tests.quality.test_layers import assesses
from tests.quality.test_rectification import CHECKS, REPORT
from tests.quality.test_rectification import verifies as visit
from tests.quality.test_review import DETERMINATION, MEETING, follows_up, record

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
PASSED = {
    "startEvent", "endEvent", "userTask", "serviceTask", "businessRuleTask", "callActivity", "exclusiveGateway",
    "parallelGateway", "intermediateCatchEvent", "boundaryEvent", "subProcess",
}  # fmt: skip
KEYS = sorted(path.stem for path in shipped("processes").glob("*/*.bpmn"))


def walks_of_self_diagnosis(college: College) -> None:
    college.confirms_goals()
    college.does("diagnose", subject="OFF-JWC")
    with transaction():
        monitoring.record_reading(
            "IC12", subject_code="OFF-JWC", period=f"{TERM}-W01", value=85, origin=Origin.IMPORT
        )
        goals_row = goals.goals_of("OFF-JWC")[0]
    college.at("2026-09-07 08:35")  # missing readings of week 1: there is something to warn of
    college.does(
        "diagnose",
        subject="OFF-JWC",
        points=_answered(college.task("diagnose", subject="OFF-JWC")),
        adjustments=[{"goal": goals_row.code, "new_plan": "≤4%", "reason": "校区搬迁"}],
    )
    college.does("approve_adjustment", action="approve")
    college.at("2026-09-14 08:35")
    college.at("2026-09-28 17:31")  # week 3 is missed


def walks_of_diag_college(college: College) -> None:
    college.starts_term()
    college.does("enter_goals", subject="OFF-JWC", goals=[_goal("OFF-JWC")])
    college.does("confirm_goals", subject="OFF-JWC", action="return", opinion="补充")
    college.does("enter_goals", subject="OFF-JWC")
    college.does("confirm_goals", subject="OFF-JWC", action="approve")
    college.confirms_goals("OFF-ZGB", goal=_goal("OFF-ZGB"))
    college.confirms_goals("OFF-RSC", goal=_goal("OFF-RSC"))
    with transaction():
        cycles.close_subject(db.session.get(Subject, "OFF-RSC"), state=SubjectState.CLOSED, reason="合并", by="E038")
    college.at("2026-11-09 08:35")
    _assess(college, "OFF-JWC", [FINDING])
    _assess(college, "OFF-ZGB", [], assessors=["E011", "E012"])
    college.at("2026-12-21 08:35")
    for unit, approver in (("OFF-JWC", "E003"), ("OFF-ZGB", "E002")):
        report = {"text": "本学期按计划开展工作。", "problems": "无", "measures": "继续"}
        college.does("semester_report", subject=unit, **report)
        college.does("approve_report", subject=unit, by=approver, action="return", opinion="补充")
        college.does("semester_report", subject=unit, **report)
        college.does("approve_report", subject=unit, by=approver, action="approve")
        college.does("accept_report", subject=unit, by="E039", action="return", opinion="补充")
        college.does("semester_report", subject=unit, **report)
        college.does("approve_report", subject=unit, by=approver, action="approve")
        college.does("accept_report", subject=unit, by="E039", action="approve")
    college.at("2027-01-15 17:31")


def walks_of_part_report(college: College) -> None:
    college.confirms_goals()
    college.at("2026-12-21 08:35")
    report = {"text": "本学期按计划开展工作。", "problems": "无", "measures": "继续"}
    for action in ("return", "approve"):
        task = next(each for each in college.tasks("write_part") if each.title.startswith("教学运行科"))
        college.hands_in(task, **report)
        college.does("approve_part", action=action, opinion="补充")


def walks_of_diag_programme(college: College) -> None:
    _layer(college, "PROGRAMME", "PG07", goal={**GOAL, "post": "P-PG07", "responsible": "E058"})
    _half_year(college, "PG08", "QA_OFFICE", [{**FINDING, "point": "DG06"}])
    _half_year(college, "PG07", "QA_OFFICE", [])
    _report(college, "PG08")
    _report(college, "PG07")
    college.at("2027-01-15 17:31")


def walks_of_diag_course(college: College) -> None:
    _layer(college, "COURSE", "KC15")
    for assessor in ("DEPARTMENT", "QA_OFFICE"):
        _half_year(college, "KC16", assessor, [{**FINDING, "point": "DK08"}])
        _half_year(college, "KC15", assessor, [])
    _report(college, "KC16")
    _report(college, "KC15")
    college.at("2027-01-15 17:31")


def walks_of_diag_teacher(college: College) -> None:
    _layer(college, "TEACHER", "E064", goal=PERSONAL_GOAL)
    for assessor in ("DEPARTMENT", "QA_OFFICE"):
        _half_year(college, "E065", assessor, [{**FINDING, "point": "DT09"}])
        _half_year(college, "E064", assessor, [])
    _report(college, "E065")
    _report(college, "E064")
    college.at("2027-01-15 17:31")


def walks_of_diag_student(college: College) -> None:
    drawn = min(assessment_rules.sample(["S008", "S020", "S032"], draw=TERM))
    other = "S020" if drawn == "S008" else drawn
    _layer(college, "STUDENT", other, goal=PERSONAL_GOAL)
    for subject in ("S008", other):
        _half_year(college, subject, "DEPARTMENT", [{**FINDING, "point": "DS11"}] if subject == drawn else [])
    _half_year(college, drawn, "QA_OFFICE", [{**FINDING, "point": "DS11"}])
    _report(college, "S008", accepts=False)
    _report(college, other, accepts=False)
    college.at("2027-01-15 17:31")


def walks_of_assessment(college: College) -> None:
    _extra(college)
    college.does("schedule", by="E038", held_on="2026-11-30", assessors=["E039", "E041"], mode="ON_SITE")
    college.does("hold", findings=[FINDING], summary="总体良好")
    college.does("draft_result", action="return", opinion="补充")
    college.does("hold", findings=[FINDING], summary="总体良好")
    college.does("draft_result", **GRADE)
    college.does("objection", action="object", opinion="抽样不当")
    college.does("decide_objection", action="uphold", opinion="重新抽样")
    college.does("hold", findings=[FINDING], summary="总体良好")
    college.does("draft_result", **GRADE)
    college.does("objection", action="object", opinion="仍不同意")
    college.does("decide_objection", action="dismiss", opinion="证据充分")
    _extra(college, "OFF-RSC")
    college.does("schedule", by="E038", held_on="2026-11-30", assessors=["E039", "E041"], mode="DESK")
    college.does("hold", findings=[], summary="总体良好")
    college.does("draft_result", **GRADE)
    college.live_until("2026-11-27")


def walks_of_extra_assessment(college: College) -> None:
    _extra(college)
    _assess(college, "OFF-JWC", [FINDING], held_on="2026-11-30")
    _extra(college, "OFF-RSC")
    _assess(college, "OFF-RSC", [], held_on="2026-11-30")


def walks_of_rectification(college: College) -> None:
    college.issues_order(on="2026-09-28 10:00")
    college.does("acknowledge", planned_measures="上线手机审批")
    signed_in(college.app, "E011").post("/orders/ZG-2026-001/extension", data={"workdays": 5, "reason": "采购"})
    college.does("extension", action="grant")
    college.does("submit", **REPORT)
    college.does("review", action="return", opinion="佐证不足")
    college.at("2026-10-23 17:31")  # the deadline passes
    college.does("submit", **REPORT)
    college.does("review", action="approve")
    college.does("appoint", verifiers=["E038", "E074"], verify_on="2026-12-25", place="教务处", checklist="抽查")
    college.does("verify", by="E038", checks=CHECKS, conclusion="PARTLY_EFFECTIVE", remark="现场核查")
    college.does("sign", action="disagree", opinion="抽样太少")
    college.does("verify", by="E038", checks=CHECKS, conclusion="PARTLY_EFFECTIVE", remark="现场核查")
    college.does("sign", action="agree")
    college.does("submit", **REPORT)
    college.does("review", action="approve")
    visit(college, "EFFECTIVE")
    college.issues_order(subject="OFF-XSC", on="2026-11-09 10:00")
    college.at("2026-11-17 08:35")  # nobody acknowledges
    college.at("2026-12-07 17:31")  # nobody answers: ten working days after the deadline
    college.does("determine", **DETERMINATION)
    college.does("confirm", action="reject", opinion="整改仍有空间")
    college.does("submit", **REPORT)
    college.does("review", action="approve")
    visit(college, "NO_EVIDENT_EFFECT")
    college.does("determine", **DETERMINATION)
    college.does("confirm", action="approve")
    _meets(college, on="2026-12-30")
    follows_up(college, "EFFECTIVE")
    # A student's report is signed by the counsellor before it is reviewed.
    college.issues_order(subject="S008", on=college.local(now()), point="DS11", cosigned_by="COUNSELLOR")
    college.does("acknowledge", subject="S008", planned_measures="按时上课")
    college.does("submit", subject="S008", **REPORT)
    college.does("cosign", subject="S008", action="return", opinion="补充")
    college.does("submit", subject="S008", **REPORT)
    college.does("cosign", subject="S008", action="approve")
    # The college's report lists an overdue one.
    order = college.issues_order(subject="OFF-RSC", on=college.local(now()))
    college.does("acknowledge", subject="OFF-RSC", planned_measures="明确分工")
    with transaction():
        engine.post(LISTED_IN_REPORT, {"report": "半年报告"}, business_key=order.no)
    college.work()


def walks_of_warning_handling(college: College) -> None:
    college.at("2026-11-23 09:00")
    for subject in ("OFF-JWC", "OFF-RSC"):
        with transaction():
            monitoring.record_reading(
                "IC12", subject_code=subject, period=f"{TERM}-W12", value=60, origin=Origin.IMPORT
            )
    college.work()
    college.does("handle", subject="OFF-JWC", action="acknowledge")
    with transaction():
        monitoring.record_reading("IC12", subject_code="OFF-RSC", period=f"{TERM}-W12", value=95, origin=Origin.IMPORT)
    college.work()


def walks_of_special_meeting(college: College) -> None:
    _to_the_meeting(college)


def walks_of_resolution(college: College) -> None:
    _to_the_meeting(college)
    for task in college.tasks("sm_task"):
        college.hands_in(task, result="已完成")
    college.does("sm_appoint", verifiers=["E038", "E074"], verify_on="2027-03-10", place="教务处", checklist="抽查")
    college.does("sm_follow_up", by="E038", checks=CHECKS, conclusion="EFFECTIVE", remark="好")
    college.does("sm_sign", action="disagree", opinion="未见实物")
    college.does("sm_follow_up", by="E038", checks=CHECKS, conclusion="NO_EVIDENT_EFFECT", remark="无")
    college.does("sm_sign", action="agree")
    _meets(college, on="2026-11-20")
    follows_up(college, "EFFECTIVE")


def walks_of_college_report(college: College) -> None:
    at_the_report(college)
    reports.drafts(college)
    college.at("2027-01-14 17:31")
    college.does("cr_review", action="return", opinion="补充数据")
    reports.drafts(college)
    for task in college.tasks("cr_opinions"):
        college.hands_in(task, action="agree")
    college.work()
    college.does("cr_review")
    college.does("cr_approve", action="return", opinion="补充食堂整改")
    reports.drafts(college)
    for task in college.tasks("cr_opinions"):
        college.hands_in(task, action="agree")
    college.work()
    college.does("cr_review")
    college.does("cr_approve", action="approve")


def walks_of_appraisal(college: College) -> None:
    at_the_report(college)
    reports.publishes(college)
    _decides_on_links(college, refused={"OFF-JWC"})
    reports.graded("OFF-RSC", "D")
    year = reports.report(ReportKind.YEAR)
    with transaction():
        graded = db.session.scalars(select(Assessment).where(Assessment.subject_code == "OFF-RSC")).one()
        db.session.add(
            AppraisalLink(
                report_id=year.id, assessment_id=graded.id, subject_code="OFF-RSC", subject_name="人事处", grade="D",
                coefficient=0.85, reward_penalty="约谈",
            )
        )  # fmt: skip
        engine.start("appraisal", {"report": year.id, "title": year.title})
    _decides_on_links(college, refused=set())
    last = reports.links()[-1]
    college.does("ap_apply", links=[{"link": str(last.id), "note": "已计入3月绩效"}])


def _decides_on_links(college: College, *, refused: set[str]) -> None:
    college.does("ap_check")
    college.does("ap_propose")
    college.does("ap_decide", links=reports.decisions(REFUSED=refused))


def at_the_report(college: College) -> None:
    """It is week 20, and an office was graded D."""
    college.at("2026-12-15 10:00")
    reports.graded("OFF-JWC", "D")
    college.at(reports.OPENS)


WALKS: dict[str, Callable[[College], None]] = {
    name.removeprefix("walks_of_"): walk for name, walk in globals().items() if name.startswith("walks_of_")
}


@pytest.mark.parametrize("key", KEYS)
def test_every_node_of_a_shipped_diagram_is_reached(college, key):
    assert key in WALKS, f"nobody walks {key}"

    WALKS[key](college)

    assert _nodes(key) - _reached(key) == set()


@pytest.mark.parametrize("key", KEYS)
def test_a_shipped_diagram_has_no_problem_and_every_node_is_drawn(app, key):
    xml = _xml(key)
    forms = {path.stem: json.loads(path.read_text()) for path in shipped("forms").glob("*.form")}

    assert problems_of(xml, decisions={}, forms=forms) == {}
    drawn = {e.get("bpmnElement") for e in etree.fromstring(xml.encode()).iter() if e.get("bpmnElement")}
    assert _nodes(key) <= drawn


def _nodes(key: str) -> set[str]:
    root = etree.fromstring(_xml(key).encode())
    return {e.get("id") for e in root.iter() if isinstance(e.tag, str) and e.tag.removeprefix(BPMN) in PASSED}


def _xml(key: str) -> str:
    return (shipped("processes") / key / f"{key}.bpmn").read_text(encoding="utf-8")


def _reached(key: str) -> set[str]:
    """Return the nodes of a diagram that any instance passed or stands at."""
    db.session.expire_all()
    instances = (
        select(engine.ProcessInstance.id)
        .join(engine.ProcessDefinition)
        .where(engine.ProcessDefinition.key == key)
        .scalar_subquery()
    )
    passed = db.session.scalars(select(engine.StepLog.node).where(engine.StepLog.instance_id.in_(instances)))
    return set(passed)


def _answered(task):
    rows = engine.prefill(task)["points"]
    db.session.rollback()
    return [
        {
            "point": row["point"], "state": row["state"] or "PROBLEM", "problem": "未达标", "cause": "跟踪不够",
            "measure": "每周通报", "measure_by": "E032", "measure_due": "2026-10-30",
        }
        for row in rows
    ]  # fmt: skip


def _goal(unit: str):
    posts = goals.choices(unit)["posts"]
    post = next(each["value"] for each in posts if organisation.holders_of_post(each["value"]))
    holder = organisation.holders_of_post(post)[0]
    db.session.rollback()
    return {**GOAL, "post": post, "responsible": holder}


def _extra(college: College, subject: str = "OFF-JWC") -> None:
    if college.local(now()) < "2026-11-20":
        college.at("2026-11-20 09:00")
    with transaction():
        assessment.start_extra(subject, by="E029")
    college.work()


def _assess(college: College, subject: str, findings: list, *, assessors=None, held_on="2026-12-08") -> None:
    college.does(
        "schedule", subject=subject, held_on=held_on, assessors=assessors or ["E039", "E041"], mode="ON_SITE"
    )
    college.does("hold", subject=subject, findings=findings, summary="总体良好")
    college.does("draft_result", subject=subject, **GRADE)
    college.does("objection", subject=subject, action="accept")


def _layer(college: College, layer: str, closed: str, *, goal: dict | None = None) -> None:
    """Two subjects of a layer pass the goals, one of them returned at each desk; another one is closed; it is week 11."""
    subject, own_goal = OTHER_LAYERS[layer]
    third = {"PROGRAMME": "PG09", "COURSE": "KC14", "TEACHER": "E058", "STUDENT": "S007"}[layer]
    college.begins(layer, subject, closed, third)
    college.does("enter_goals", subject=subject, goals=[own_goal])
    for node in ("confirm_programme", "confirm_goals"):
        if college.tasks(node, subject=subject):
            college.does(node, subject=subject, action="return", opinion="补充")
            college.does("enter_goals", subject=subject)
            if node == "confirm_goals" and college.tasks("confirm_programme", subject=subject):
                college.does("confirm_programme", subject=subject, action="approve")
            elif node == "confirm_programme":
                college.does(node, subject=subject, action="approve")
    college.does("confirm_goals", subject=subject, action="approve")
    college.sets_goals(closed, goal or own_goal)
    with transaction():
        cycles.close_subject(db.session.get(Subject, third), state=SubjectState.CLOSED, reason="停招", by="E038")
    college.at("2026-11-09 08:35")


def _half_year(college: College, subject: str, assessor: str, findings: list) -> None:
    assessors = {"DEPARTMENT": ["E046"], "QA_OFFICE": ["E039", "E041"]}[assessor]
    assesses(college, subject, assessor, *findings, assessors=assessors)


def _report(college: College, subject: str, *, accepts: bool = True) -> None:
    if college.local(now()) < "2026-12-21":
        college.at("2026-12-21 08:35")
    report = {"text": "本学期按计划开展工作。", "problems": "无", "measures": "继续"}
    college.does("semester_report", subject=subject, **report)
    college.does("approve_report", subject=subject, action="return", opinion="补充")
    college.does("semester_report", subject=subject, **report)
    college.does("approve_report", subject=subject, action="approve")
    if accepts:
        college.does("accept_report", subject=subject, action="return", opinion="补充")
        college.does("semester_report", subject=subject, **report)
        college.does("approve_report", subject=subject, action="approve")
        college.does("accept_report", subject=subject, action="approve")


def _to_the_meeting(college: College) -> None:
    college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    college.does("submit", **REPORT)
    college.does("review", action="approve")
    visit(college, "NO_EVIDENT_EFFECT")
    college.does("determine", **DETERMINATION)
    college.does("confirm", action="approve")
    _meets(college)


def _meets(college: College, *, on: str = "2026-10-30") -> None:
    college.does("sm_schedule", **{**MEETING, "held_on": on})
    item = engine.prefill(college.task("sm_hold"))["items"][-1]["item"]
    db.session.rollback()
    college.does("sm_hold", discussion="一致同意")
    college.does("sm_record", **record(item))
