"""Programmes, courses, classes, students and teams from a workbook."""

import pytest
from sqlalchemy import select

from app import engine
from app.foundation.db import db, transaction
from app.foundation.errors import Invalid
from app.organisation import teaching_imports
from app.organisation.models import Person, RoleGrant, Subject, SubjectState
from app.organisation.teaching import Course, Programme, StudentProfile, StudentStatus, Team
from app.organisation.teaching_imports import SHEETS
from tests.builders import TERM
from tests.organisation.workbooks import but, workbook

PROGRAMME = ("PG90", "智能制造装备技术", "460201", "DEP-JDX", "201054", "基本", 3, "是")
COURSE = ("KC90", "智能产线调试", "B", "DEP-JDX", "201054", 4, 64, "理实一体课", "PG90,PG03", TERM, "是")
CLASS = ("PG90-2026-1", "智能制造装备技术2026级1班", "PG90", 2026, "201071")
STUDENT = ("202690001", "牧野川", "PG90-2026-1", "在籍", "否", "m@stu.qinglan.example")
TEAM = ("PG90", "201054", "201054、201055")
GOOD = {"专业": [PROGRAMME], "课程": [COURSE], "班级": [CLASS], "学生": [STUDENT], "团队": [TEAM]}


def imports(tmp_path, sheets):
    path = workbook(tmp_path / "teaching.xlsx", sheets, layout=SHEETS)
    with transaction():
        return teaching_imports.import_teaching(path, by="E040")


def test_everything_in_the_book_is_here_afterwards_and_each_is_a_quality_subject(college, tmp_path):
    done = imports(tmp_path, GOOD)

    assert done.rows == {"专业": 1, "课程": 1, "班级": 1, "学生": 1, "团队": 1}
    assert db.session.get(Programme, "PG90").leader_id == "E054"
    assert db.session.get(Course, "KC90").shared
    assert db.session.get(StudentProfile, "202690001").counsellor_id == "E071"
    assert {each.person_id for each in db.session.get(Team, "PG90").members} == {"E054", "E055"}
    layers = {code: db.session.get(Subject, code).layer_code for code in ("PG90", "KC90", "202690001")}
    assert layers == {"PG90": "PROGRAMME", "KC90": "COURSE", "202690001": "STUDENT"}
    assert db.session.scalar(select(RoleGrant.role).where(RoleGrant.person_id == "202690001")) == "STUDENT"


def test_the_same_book_again_changes_nothing(college, tmp_path):
    imports(tmp_path, GOOD)

    assert set(imports(tmp_path, GOOD).rows.values()) == {0}


def test_a_student_of_the_demo_is_recognised_by_his_number(college, tmp_path):
    student = db.session.scalars(select(Person).where(Person.id == "S008")).one()
    row = (student.staff_no, "薄念安", "PG08-2025-1", "在籍", "是", "")

    imports(tmp_path, {"学生": [row]})

    assert db.session.get(Person, "S008").name_zh == "薄念安"
    assert db.session.get(StudentProfile, "S008").on_internship


def test_a_changed_status_is_handed_back_and_the_command_lets_it_have_its_consequences(college, tmp_path):
    college.begins("STUDENT", "S008")
    number = db.session.get(Person, "S008").staff_no
    path = workbook(tmp_path / "s.xlsx", {"学生": [(number, "薄念安", "PG08-2025-1", "离校", "否", "")]}, layout=SHEETS)

    answer = college.app.test_cli_runner().invoke(args=["students", "import", str(path)])
    college.work()

    assert answer.exit_code == 0, answer.output
    db.session.rollback()
    assert db.session.get(StudentProfile, "S008").status is StudentStatus.LEFT
    assert db.session.get(Subject, "S008").state is SubjectState.CLOSED
    assert college.tasks("enter_goals", subject="S008") == []
    assert {each.state for each in db.session.scalars(select(engine.ProcessInstance).where(engine.ProcessInstance.subject == "S008"))} != {engine.InstanceState.RUNNING}


@pytest.mark.parametrize(
    ("sheet", "row", "said"),
    [
        ("专业", but(PROGRAMME, c3="OFF-JWC"), "系部“OFF-JWC”不存在"),
        ("专业", but(PROGRAMME, c4="999999"), "人员“999999”不存在"),
        ("课程", but(COURSE, c8="PG90,PG77"), "专业“PG77”不存在"),
        ("课程", but(COURSE, c9="2031-2032-1"), "学期“2031-2032-1”不存在"),
        ("课程", but(COURSE, c5="很多"), "学分：“很多”不是数字"),
        ("班级", but(CLASS, c3="26"), "年级：“26”不是年份"),
        ("学生", but(STUDENT, c2="PG90-2026-9"), "班级“PG90-2026-9”不存在"),
        ("学生", but(STUDENT, c0="201054"), "已是教职工的工号"),
        ("学生", but(STUDENT, c3="失踪"), "“失踪”不在可选范围内"),
        ("团队", but(TEAM, c2="201054,1"), "人员“1”不存在"),
    ],
)
def test_one_bad_cell_is_named_with_its_row_and_nothing_is_saved(college, tmp_path, sheet, row, said):
    with pytest.raises(Invalid) as caught:
        imports(tmp_path, {**GOOD, sheet: [row]})

    assert said in caught.value.problems[f"{sheet} 第 2 行"]
    db.session.rollback()
    assert db.session.get(Programme, "PG90") is None


def test_a_number_given_twice_is_refused(college, tmp_path):
    with pytest.raises(Invalid) as caught:
        imports(tmp_path, {**GOOD, "学生": [STUDENT, STUDENT]})

    assert "与第 2 行重复" in caught.value.problems["学生 第 3 行"]
