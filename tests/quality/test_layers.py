"""What differs from layer to layer: who confirms, who assesses, who puts right, who owes which window."""

import pytest
from sqlalchemy import select, update

from app import engine
from app.escalation import Escalation
from app.foundation.db import db, transaction
from app.organisation import calendar, teaching
from app.organisation.models import Layer, Subject, SubjectState
from app.organisation.teaching import StudentProfile, StudentStatus
from app.quality.assessment import queries as assessment
from app.quality.assessment import rules
from app.quality.assessment.models import Assessment
from app.quality.cycles import service as cycles
from app.quality.diagnosis.models import SelfDiagnosis
from app.quality.goals import queries as goals
from app.quality.goals.models import GoalStatus
from app.quality.monitoring import service as monitoring
from app.quality.monitoring.models import Origin
from app.quality.rectification.models import OrderStatus, RectificationOrder
from tests.builders import FINDING, OTHER_LAYERS, PERSONAL_GOAL, TERM
from tests.doors import signed_in
from tests.quality.test_assessment import GRADE
from tests.quality.test_rectification import REPORT

COURSE_FINDING = {**FINDING, "point": "DK08", "problem": "及格率低于标准"}
STUDENT_FINDING = {**FINDING, "point": "DS11", "problem": "旷课12学时"}


def windows_owed(subject):
    db.session.rollback()
    rows = select(SelfDiagnosis.window_no).where(SelfDiagnosis.subject_code == subject)
    return sorted(db.session.scalars(rows))


def assesses(college, subject, assessor, *findings, assessors, held_on="2026-12-08"):
    """Hold the assessment that is the turn of QA_OFFICE or DEPARTMENT, up to its result."""

    def task(node):
        of_unit = {f"{TERM}:{subject}:{assessor}"}
        found = [each for each in college.tasks(node, subject=subject) if _key(each) in of_unit]
        assert len(found) == 1
        return found[0]

    for node, typed in (
        ("schedule", {"held_on": held_on, "assessors": assessors, "mode": "ON_SITE"}),
        ("hold", {"findings": list(findings), "summary": "总体良好"}),
        ("draft_result", GRADE),
    ):
        answer = college.hands_in(task(node), **typed)
        assert answer.status_code == 200, answer.json
        college.work()
    assert college.hands_in(task("objection"), action="accept").status_code == 200
    college.work()


def _key(task):
    return db.session.get(engine.ProcessInstance, task.instance_id).business_key


def orders():
    db.session.rollback()
    return db.session.scalars(select(RectificationOrder).order_by(RectificationOrder.no)).all()


@pytest.mark.scenario(1)
def test_a_college_that_has_introduced_all_layers_starts_them_with_the_term(college):
    with transaction():
        db.session.execute(update(Layer).values(self_starting=True))

    college.starts_term()

    tasks = college.tasks("enter_goals")
    assert len(tasks) == len({task.subject for task in tasks}) == 34 + 12 + 30 + 31 + 39
    assert {college.local(task.due_at) for task in tasks} == {"2026-09-11 17:30"}
    college.at("2026-08-31 09:00")
    assert len(college.tasks("enter_goals")) == len(tasks)


@pytest.mark.parametrize(
    ("layer", "enters", "confirms"),
    [
        ("PROGRAMME", ["E059"], [("confirm_goals", ["E046"])]),
        ("COURSE", ["E065"], [("confirm_programme", ["E059"]), ("confirm_goals", ["E046"])]),
        ("TEACHER", ["E065"], [("confirm_goals", ["E046"])]),
        ("STUDENT", ["S008"], [("confirm_goals", ["E072"])]),
    ],
)
def test_who_enters_and_who_confirms_goals(college, layer, enters, confirms):
    subject, goal = OTHER_LAYERS[layer]
    college.begins(layer, subject)
    assert college.performers(college.task("enter_goals", subject=subject)) == enters
    college.does("enter_goals", subject=subject, goals=[goal])

    for node, people in confirms:
        assert college.performers(college.task(node, subject=subject)) == people
        assert [each.status for each in goals.goals_of(subject)] == [GoalStatus.SUBMITTED]
        college.does(node, subject=subject, action="approve")

    assert [each.status for each in goals.goals_of(subject)] == [GoalStatus.ACTIVE]


def test_a_course_led_by_the_leader_of_its_programme_is_confirmed_by_the_department_alone(college):
    college.begins("COURSE", "KC15", "KC27")
    college.does("enter_goals", subject="KC15", goals=[{**OTHER_LAYERS["COURSE"][1]}])
    college.does("enter_goals", subject="KC27", goals=[{**OTHER_LAYERS["COURSE"][1], "post": "P-T05", "responsible": "E068"}])

    assert college.performers(college.task("confirm_goals", subject="KC15")) == ["E046"]
    assert college.performers(college.task("confirm_goals", subject="KC27")) == ["E051"]


def test_a_head_who_teaches_is_confirmed_from_above(college):
    college.begins("TEACHER", "E046")
    college.does("enter_goals", subject="E046", goals=[PERSONAL_GOAL])

    assert college.performers(college.task("confirm_goals", subject="E046")) == ["E003"]


def test_a_persons_goals_rest_on_the_own_plan_and_belong_to_the_own_post_if_any(college):
    college.runs("TEACHER")
    college.runs("STUDENT")

    of_teacher, of_student = goals.goals_of("E065")[0], goals.goals_of("S008")[0]
    assert (of_teacher.post_code, of_teacher.responsible_id, of_teacher.basis) == ("P-T02", "E065", "教师职业发展规划")
    assert (of_student.post_code, of_student.responsible_id) == (None, "S008")


@pytest.mark.parametrize("layer", ["PROGRAMME", "TEACHER", "STUDENT"])
def test_two_weeks_make_a_window_and_its_first_is_due_at_the_end_of_week_two(college, layer):
    subject = college.runs(layer)

    task = college.task("diagnose", subject=subject)
    assert college.local(task.due_at) == "2026-09-11 17:30"
    assert "第1—2周" in task.title
    college.live_until("2026-09-14")
    assert windows_owed(subject) == [1, 2]


@pytest.mark.scenario(21)
def test_a_course_that_does_not_run_has_no_window_but_keeps_goals_and_assessment(college):
    college.begins("COURSE", "KC30", "KC16")
    college.sets_goals("KC30", OTHER_LAYERS["COURSE"][1])
    college.sets_goals("KC16", OTHER_LAYERS["COURSE"][1])
    college.live_until("2026-09-14")

    assert windows_owed("KC30") == []
    assert windows_owed("KC16") == [1, 2, 3]
    assert [goal.status for goal in goals.goals_of("KC30")] == [GoalStatus.ACTIVE]
    college.at("2026-11-09 08:35")
    assert len(college.tasks("schedule", subject="KC30")) == 2


@pytest.mark.scenario(22)
def test_a_public_course_is_assessed_once_and_shown_in_the_batches_of_twelve_programmes(college):
    college.begins("COURSE", "KC27")
    college.sets_goals("KC27", {**OTHER_LAYERS["COURSE"][1], "post": "P-T05", "responsible": "E068"})
    college.at("2026-11-09 08:35")
    assesses(college, "KC27", "QA_OFFICE", assessors=["E039", "E041"])

    held = db.session.scalars(select(Assessment)).all()
    assert [row.assessor_unit for row in held] == ["OFF-ZGB"]
    batches = {each.code: assessment.batch_of(each.code, TERM) for each in teaching.programmes_of("KC27")}
    assert len(batches) == 12
    assert all(batch == held for batch in batches.values())


@pytest.mark.scenario(23)
def test_the_head_of_a_department_is_assessed_by_the_quality_office(college):
    college.begins("TEACHER", "E046", "E064")
    college.sets_goals("E046", PERSONAL_GOAL)
    college.sets_goals("E064", PERSONAL_GOAL)
    college.at("2026-11-09 08:35")

    own = [each for each in college.tasks("schedule", subject="E046") if _key(each).endswith(":DEPARTMENT")]
    assert [college.performers(task) for task in own] == [["E038", "E039", "E041"]]
    assert "E046" not in assessment.eligible_assessors("E046", "DEPARTMENT")
    colleague = [each for each in college.tasks("schedule", subject="E064") if _key(each).endswith(":DEPARTMENT")]
    assert [college.performers(task) for task in colleague] == [["E046"]]
    answer = college.hands_in(own[0], held_on="2026-12-08", assessors=["E046"], mode="ON_SITE")
    assert "I-9" in answer.json["problems"]["assessors"]


@pytest.mark.scenario(24)
def test_what_belongs_to_the_quality_office_is_assessed_by_the_committee(app, at):
    assert assessment.assessor_unit("OFF-ZGB", "QA_OFFICE") == "QAC"
    assert not {"E029", "E038", "E039", "E041"} & set(assessment.eligible_assessors("OFF-ZGB", "QA_OFFICE"))
    assert assessment.schedulers("OFF-ZGB", "QA_OFFICE") == ["E002"]


@pytest.mark.scenario(25)
def test_both_assessments_of_a_course_order_its_programme_leader_and_one_self_diagnosis_serves_both(college):
    college.runs("COURSE")
    college.at("2026-11-09 08:35")
    assesses(college, "KC16", "DEPARTMENT", COURSE_FINDING, assessors=["E046", "E064"])
    assesses(college, "KC16", "QA_OFFICE", COURSE_FINDING, assessors=["E039", "E074"])

    assert [(row.issuer_unit, row.responsible_id) for row in orders()] == [("DEP-XGX", "E059"), ("OFF-ZGB", "E059")]
    assert [college.performers(task) for task in college.tasks("acknowledge", subject="KC16")] == [["E059"]] * 2
    assert windows_owed("KC16") == [*range(1, 12)]  # one self-diagnosis a week, whoever assesses
    for task in college.tasks("acknowledge", subject="KC16"):
        assert college.hands_in(task, planned_measures="分层作业与答疑").status_code == 200
        college.work()
    for task in college.tasks("submit", subject="KC16"):
        assert college.hands_in(task, **REPORT).status_code == 200
        college.work()
    # Each report goes back to whoever issued its order.
    assert [college.performers(task) for task in college.tasks("review", subject="KC16")] == [["E046"], ["E029"]]


def test_a_department_may_not_take_team_members_as_assessors(college):
    assert "E064" not in assessment.eligible_assessors("PG08", "DEPARTMENT")
    assert "E065" not in assessment.eligible_assessors("KC15", "DEPARTMENT")
    assert "E058" in assessment.eligible_assessors("KC15", "DEPARTMENT")


def test_autumn_is_the_first_term_of_its_year(app, at):
    with transaction():
        assert [calendar.term_number(code) for code in ("2026-2027-1", "2026-2027-2")] == [1, 2]


def test_a_students_report_of_rectification_is_signed_by_the_counsellor(college):
    college.runs("STUDENT")
    college.at("2026-11-09 08:35")
    schedule = [each for each in college.tasks("schedule", subject="S008") if _key(each).endswith(":DEPARTMENT")]
    assert [college.performers(task) for task in schedule] == [["E072"]]  # the counsellor prepares it
    assesses(college, "S008", "DEPARTMENT", STUDENT_FINDING, assessors=["E046", "E064"])
    assert {mail.person_id for mail in college.mails("M13")} == {"S008", "E072", "E046"}
    college.does("acknowledge", subject="S008", planned_measures="按时上课")
    college.does("submit", subject="S008", **REPORT)

    assert college.performers(college.task("cosign", subject="S008")) == ["E072"]
    college.does("cosign", subject="S008", action="return", opinion="写明考勤数据")
    assert [row.status for row in orders()] == [OrderStatus.RETURNED]
    college.does("submit", subject="S008", **REPORT)
    college.does("cosign", subject="S008", action="approve")
    assert college.performers(college.task("review", subject="S008")) == ["E046"]


def test_at_least_a_tenth_of_a_programmes_students_is_drawn_and_another_tenth_next_term():
    codes = [f"S{number:03}" for number in range(40)]

    assert len(rules.sample(codes, draw="2026-2027-1")) == 4
    assert len(rules.sample(codes[:3], draw="2026-2027-1")) == 1
    assert rules.sample(codes, draw="2026-2027-1") == rules.sample(list(reversed(codes)), draw="2026-2027-1")
    assert rules.sample(codes, draw="2026-2027-1") != rules.sample(codes, draw="2026-2027-2")


def test_a_student_with_a_red_warning_is_assessed_whether_drawn_or_not(app, at):
    drawn = rules.sample(teaching.students_of("PG08"), draw=TERM)
    other = next(each for each in teaching.students_of("PG08") if each not in drawn)
    with transaction():
        assert not assessment.is_sampled(other, TERM)
        monitoring.record_reading("IS12", subject_code=other, period=f"{TERM}-W01", value=999, origin=Origin.IMPORT)

        assert assessment.is_sampled(other, TERM)


@pytest.mark.scenario(33)
def test_a_suspended_student_gets_no_windows_and_resumes_without_a_backlog(college):
    college.begins("STUDENT")
    assert college.tasks(subject="S018") == []
    college.sets_goals("S005", PERSONAL_GOAL)
    with transaction():
        cycles.change_status("S005", StudentStatus.SUSPENDED, reason="休学", by="E012")
    college.live_until("2026-09-28")
    assert windows_owed("S005") == [1]

    with transaction():
        cycles.change_status("S005", StudentStatus.ENROLLED, reason="复学", by="E012")
        cycles.change_status("S018", StudentStatus.ENROLLED, reason="复学", by="E012")
    college.live_until("2026-10-12")
    college.sets_goals("S018", PERSONAL_GOAL)

    assert windows_owed("S005") == [1, 4]
    assert windows_owed("S018") == [4]


@pytest.mark.scenario(33)
def test_a_student_on_internship_keeps_the_task_with_internship_points_only(college):
    with transaction():
        db.session.get(StudentProfile, "S008").on_internship = True
    college.runs("STUDENT")

    task = college.task("diagnose", subject="S008")
    shown = engine.prefill(task)["points"]
    db.session.rollback()

    assert [row["point"] for row in shown] == ["DS02", "DS05", "DS07", "DS10", "DS12"]
    assert college.hands_in(task).status_code == 200


@pytest.mark.scenario(11)
def test_a_student_hands_in_green_points_as_they_are_shown(college):
    college.runs("STUDENT")
    task = college.task("diagnose", subject="S008")
    shown = engine.prefill(task)["points"]
    db.session.rollback()

    assert [row["state"] for row in shown] == ["UNCHANGED"] * 14
    assert college.hands_in(task).status_code == 200


def test_a_student_who_leaves_has_nothing_to_do_any_more(college):
    college.runs("STUDENT")

    with transaction():
        cycles.change_status("S008", StudentStatus.LEFT, reason="退学", by="E012")
    college.work()

    assert db.session.get(Subject, "S008").state is SubjectState.CLOSED
    assert college.tasks(subject="S008") == []
    assert college.mails("M20", to="S008")


@pytest.mark.parametrize(
    ("layer", "steps"),
    [
        ("STUDENT", [("+1", ["S008"]), ("+3", ["E072"]), ("+10", ["E046"])]),
        ("COURSE", [("+1", ["E065"]), ("+3", ["E059"]), ("+5", ["E046"])]),
        ("TEACHER", [("+1", ["E065"]), ("+3", ["E046"])]),
        ("PROGRAMME", [("+1", ["E059"]), ("+3", ["E046"])]),
    ],
)
def test_the_ladder_of_a_layer(college, layer, steps):
    subject = OTHER_LAYERS[layer][0]
    college.begins(layer, subject)
    college.live_until("2026-09-27")

    told = [(row.step, row.recipients) for row in _ledger(subject) if not row.step.startswith("-") and row.step != "0"]
    assert told[: len(steps)] == steps
    if layer == "STUDENT":
        assert not {person for _step, people in told for person in people} - {"S008", "E072", "E046"}


def _ledger(subject):
    db.session.rollback()
    query = select(Escalation).join(engine.HumanTask, engine.HumanTask.id == Escalation.task_id)
    return db.session.scalars(query.where(engine.HumanTask.subject == subject).order_by(Escalation.id)).all()


@pytest.mark.scenario(37)
@pytest.mark.parametrize(
    ("reader", "status"), [("S020", 404), ("E044", 404), ("E037", 404), ("E072", 200), ("E046", 200), ("E038", 200), ("S008", 200)]
)
def test_who_may_open_a_students_procedure(college, reader, status):
    subject = college.runs("STUDENT")
    instance = college.task("diagnose", subject=subject).instance_id

    assert signed_in(college.app, reader).get(f"/procedures/{instance}").status_code == status


@pytest.mark.scenario(37)
def test_a_students_warning_is_told_to_counsellor_and_never_shown_to_a_classmate(college):
    subject = college.runs("STUDENT")
    with transaction():
        warning = monitoring.record_reading(
            "IS12", subject_code=subject, period=f"{TERM}-W01", value=999, origin=Origin.IMPORT
        )
        assert warning.level == "RED"
    college.at("2026-09-01 08:35")

    assert {"S008", "E072", "E046"} <= {mail.person_id for mail in college.mails("M09")}
    seen = {person: "薄念安" in signed_in(college.app, person).get("/warnings/").text for person in ("S020", "E044", "E072", "E046")}
    assert college.task("handle", subject=subject).escalation == "short.STUDENT:1"  # not beyond the department
    assert seen == {"S020": False, "E044": False, "E072": True, "E046": True}
