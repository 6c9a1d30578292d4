"""What is found with a teacher or student but is not his own goes to the programme, or to the department."""

import pytest
from sqlalchemy import select

from app.foundation.db import db, transaction
from app.organisation import teaching
from app.quality.assessment.models import Finding
from app.quality.rectification.models import OrderStatus, RectificationOrder
from tests.builders import FINDING
from tests.doors import signed_in
from tests.quality.test_layers import COURSE_FINDING, STUDENT_FINDING, assesses
from tests.quality.test_rectification import CHECKS, REPORT

STUDENT, COUNSELLOR, LEADER, HEAD, DIRECTOR = "S008", "E072", "E059", "E046", "E029"
COMMON = {**STUDENT_FINDING, "problem": "实训课与企业实践时间冲突", "common": True}
TEACHER_FINDING = {**FINDING, "point": "DT01", "problem": "教研活动没有安排", "common": True}


def orders() -> list[RectificationOrder]:
    db.session.expire_all()
    return list(db.session.scalars(select(RectificationOrder).order_by(RectificationOrder.no)))


def page(college, address: str, *, by: str) -> str:
    db.session.rollback()
    return signed_in(college.app, by).get(address).text


@pytest.fixture
def found(college):
    """Assessing a student, the department found two things: one his own, one not."""
    college.runs("STUDENT")
    college.at("2026-11-09 08:35")
    assesses(college, STUDENT, "DEPARTMENT", STUDENT_FINDING, COMMON, assessors=["E064"])
    return college


def test_the_programmes_leader_is_asked_and_not_the_student(found):
    own, common = orders()

    assert (own.subject_code, own.responsible_id) == (STUDENT, STUDENT)
    assert (common.subject_code, common.responsible_id, common.responsible_unit) == ("PG08", LEADER, "DEP-XGX")
    assert common.finding.assessment.subject_code == STUDENT  # where it comes from is kept
    assert found.performers(found.task("acknowledge", subject="PG08")) == [LEADER]
    assert found.performers(found.task("acknowledge", subject=STUDENT)) == [STUDENT]
    told = {mail.person_id for mail in found.mails("M13") if common.no in mail.body}
    assert told == {LEADER, HEAD}


def test_the_programmes_report_needs_no_counsellor_and_closes_like_any_other(found):
    common = orders()[1]
    found.does("acknowledge", subject="PG08", planned_measures="与企业协商调整")
    found.does("submit", subject="PG08", **REPORT)
    assert found.tasks("cosign", subject="PG08") == []
    found.does("review", subject="PG08", action="approve")
    found.does("appoint", subject="PG08", verifiers=["E038", "E074"], verify_on="2027-01-08", place="实训中心", checklist="课表")
    found.does("verify", subject="PG08", by="E038", checks=CHECKS, conclusion="EFFECTIVE", remark="现场核查")
    found.does("sign", subject="PG08", action="agree")

    assert [row.status for row in orders() if row.no == common.no] == [OrderStatus.CLOSED]


def test_the_leader_reads_the_order_without_the_students_name_or_grade(found):
    address = f"/orders/{orders()[1].no}"
    name = teaching.queries.person(STUDENT).name_zh

    for_leader, for_office = page(found, address, by=LEADER), page(found, address, by=DIRECTOR)

    assert "软件技术：实训课与企业实践时间冲突" in for_leader and "由专业整改" in for_leader
    assert name not in for_leader and "等级" not in for_leader
    assert f"考核对象{name}" in for_office and "等级" in for_office
    assert name not in page(found, "/orders/?shelf=all", by=LEADER)


def test_a_teachers_common_finding_goes_to_the_programme_he_teaches_in(college):
    college.runs("TEACHER")
    college.at("2026-11-09 08:35")
    assesses(college, "E065", "DEPARTMENT", TEACHER_FINDING, assessors=["E046"])

    assert [(row.subject_code, row.responsible_id) for row in orders()] == [("PG08", LEADER)]
    assert college.tasks("acknowledge", subject="E065") == []
    assert college.performers(college.task("acknowledge", subject="PG08")) == [LEADER]


def test_whoever_leads_the_programme_himself_is_not_asked_for_it(app, at):
    with transaction():
        assert teaching.collective_of("E065") == "PG08"
        assert teaching.collective_of(LEADER) != "PG08"
        assert teaching.collective_of(STUDENT) == "PG08"
        assert teaching.collective_of("E047") == "DEP-JGX"  # heads the department, teaches in no programme of it


def test_only_a_person_has_findings_that_are_not_his_own(college):
    college.runs("COURSE")
    college.at("2026-11-09 08:35")
    schedule = next(each for each in college.tasks("schedule", subject="KC16") if college.performers(each) == [HEAD])
    college.hands_in(schedule, held_on="2026-12-08", assessors=["E058"], mode="ON_SITE")
    college.work()

    answer = college.hands_in(
        college.task("hold", subject="KC16"), findings=[{**COURSE_FINDING, "common": True}], summary="总体良好"
    )

    assert answer.status_code == 422 and "findings.0.common" in answer.json["problems"]
    assert db.session.scalars(select(Finding)).all() == []
