"""Assessment diagnosis: impartial assessors, evidence, objections, orders."""

from datetime import date

import pytest
from sqlalchemy import select

from app import engine
from app.foundation.db import db, transaction
from app.organisation import queries as directory
from app.organisation import service as organisation
from app.quality.assessment import queries, rules, service
from app.quality.assessment.models import Assessment, AssessmentStatus
from app.quality.rectification.models import RectificationOrder
from tests.builders import FINDING, GOAL
from tests.quality.test_rectification import REPORT

PLAN = {"held_on": "2026-12-08", "assessors": ["E038", "E041"], "mode": "ON_SITE", "materials": "目标任务完成材料"}
GRADE = {"grade": "B", "summary": "总体良好"}


@pytest.fixture
def week_11(college):
    """Goals were confirmed in week 1; it is Monday of week 11 and the assessment is to be scheduled."""
    college.confirms_goals()
    college.at("2026-11-09 08:35")
    return college


def assessment() -> Assessment:
    db.session.expire_all()
    return db.session.scalars(select(Assessment)).one()


def holds(college, *findings):
    college.does("schedule", subject="OFF-JWC", **PLAN)
    college.does("hold", subject="OFF-JWC", findings=list(findings), summary="总体良好")


def test_the_subjects_own_people_may_not_assess(week_11):
    answer = week_11.hands_in(week_11.task("schedule", subject="OFF-JWC"), **{**PLAN, "assessors": ["E038", "E032"]})

    assert answer.status_code == 422
    assert "尚嘉言" in answer.json["problems"]["assessors"]
    assert "I-9" in answer.json["problems"]["assessors"]


@pytest.mark.parametrize(("day", "word"), [("2026-11-13", "最早 2026-11-16"), ("2027-01-05", "第14—17周")])
def test_an_assessment_needs_notice_and_its_weeks(week_11, day, word):
    answer = week_11.hands_in(week_11.task("schedule", subject="OFF-JWC"), **{**PLAN, "held_on": day})

    assert word in answer.json["problems"]["held_on"]


@pytest.mark.scenario(24)
def test_the_quality_office_is_assessed_by_the_committee(college):
    college.confirms_goals("OFF-ZGB", goal={**_goal_of("OFF-ZGB")})
    college.at("2026-11-09 08:35")
    task = college.task("schedule", subject="OFF-ZGB")

    assert college.performers(task) == ["E002"]
    answer = college.hands_in(task, **{**PLAN, "assessors": ["E038"]})
    assert "I-9" in answer.json["problems"]["assessors"]
    assert college.hands_in(task, **{**PLAN, "assessors": ["E011", "E012"]}).status_code == 200
    assert assessment().assessor_unit == "QAC"


@pytest.mark.scenario(24)
def test_no_step_of_the_quality_offices_own_assessment_is_its_own(college):
    college.confirms_goals("OFF-ZGB", goal={**_goal_of("OFF-ZGB")})
    college.at("2026-11-09 08:35")
    office, committee = set(directory.members_of("OFF-ZGB")), {"E002"}
    college.does("schedule", subject="OFF-ZGB", **{**PLAN, "assessors": ["E011", "E012"]})
    assert college.performers(college.task("hold", subject="OFF-ZGB")) == ["E011", "E012"]
    college.does("hold", subject="OFF-ZGB", findings=[{**FINDING, "severity": "MINOR"}], summary="总体良好")

    assert set(college.performers(college.task("draft_result", subject="OFF-ZGB"))) == committee
    college.does("draft_result", subject="OFF-ZGB", **GRADE)
    college.does("objection", subject="OFF-ZGB", action="object", opinion="抽样不当")
    assert set(college.performers(college.task("decide_objection", subject="OFF-ZGB"))) == committee
    college.does("decide_objection", subject="OFF-ZGB", action="dismiss", opinion="证据充分")

    college.does("acknowledge", subject="OFF-ZGB", planned_measures="按周通报")
    college.does("submit", subject="OFF-ZGB", **REPORT)
    assert set(college.performers(college.task("review", subject="OFF-ZGB"))) == committee
    college.does("review", subject="OFF-ZGB", action="approve")
    assert set(college.performers(college.task("appoint", subject="OFF-ZGB"))) == committee
    choices = {each["value"] for each in engine.prefill(college.task("appoint", subject="OFF-ZGB"))["candidates"]}
    assert choices and not choices & office


@pytest.mark.scenario(24)
def test_an_extra_assessment_of_the_quality_office_goes_to_the_committee_too(college):
    college.at("2026-10-12 09:00")
    with transaction():
        service.start_extra("OFF-ZGB", by="E029")
    college.work()

    assert college.performers(college.task("schedule", subject="OFF-ZGB")) == ["E002"]


@pytest.mark.scenario(24)
def test_the_committee_determines_what_the_quality_office_leaves_undone(college):
    college.issues_order(subject="OFF-ZGB", on="2026-09-28 10:00")
    college.does("acknowledge", planned_measures="按周通报")
    college.at("2026-10-30 17:31")

    assert college.performers(college.task("determine", subject="OFF-ZGB")) == ["E002"]


def test_subject_and_assessors_get_notice_with_the_materials(week_11):
    week_11.does("schedule", subject="OFF-JWC", **PLAN)

    mails = week_11.mails("M11")
    assert [mail.person_id for mail in mails] == ["E011", "E038", "E041"]
    assert "目标任务完成材料" in mails[0].body
    assert "12月8日" in mails[0].body


@pytest.mark.parametrize("field", ["evidence", "measurable_target", "requirement", "severity"])
def test_a_finding_lacks_nothing(week_11, field):
    week_11.does("schedule", subject="OFF-JWC", **PLAN)

    answer = week_11.hands_in(
        week_11.task("hold", subject="OFF-JWC"), findings=[{**FINDING, field: None}], summary="总体良好"
    )

    assert f"findings.0.{field}" in answer.json["problems"]


def test_without_findings_no_order_is_issued(week_11):
    holds(week_11)
    week_11.does("draft_result", subject="OFF-JWC", **GRADE)
    week_11.does("objection", subject="OFF-JWC", action="accept")

    assert assessment().status is AssessmentStatus.ISSUED
    assert db.session.scalars(select(RectificationOrder)).all() == []
    assert {mail.person_id for mail in week_11.mails("M12")} == {"E011", "E003"}


def test_three_quiet_working_days_after_the_draft_issue_the_result_and_one_order_per_finding(week_11):
    holds(week_11, FINDING, {**FINDING, "point": "DC05", "problem": "考勤漏登", "severity": "SERIOUS"})
    week_11.does("draft_result", subject="OFF-JWC", **GRADE)
    assert db.session.scalars(select(RectificationOrder)).all() == []

    week_11.live_until("2026-11-13")

    orders = db.session.scalars(select(RectificationOrder).order_by(RectificationOrder.no)).all()
    assert [(order.no, order.workdays) for order in orders] == [("ZG-2026-001", 10), ("ZG-2026-002", 30)]
    assert len(week_11.tasks("acknowledge")) == 2
    assert {mail.person_id for mail in week_11.mails("M13")} == {"E011", "E003"}


def test_an_upheld_objection_leads_to_another_hearing_and_a_dismissed_one_to_the_result(week_11):
    holds(week_11, FINDING)
    week_11.does("draft_result", subject="OFF-JWC", **GRADE)
    week_11.does("objection", subject="OFF-JWC", action="object", opinion="抽样不当")
    week_11.does("decide_objection", action="uphold", opinion="重新抽样")
    week_11.does("hold", subject="OFF-JWC", findings=[FINDING], summary="重新考核")
    week_11.does("draft_result", subject="OFF-JWC", **GRADE)
    week_11.does("objection", subject="OFF-JWC", action="object", opinion="仍不同意")
    week_11.does("decide_objection", action="dismiss", opinion="证据充分")

    assert assessment().status is AssessmentStatus.ISSUED
    assert len(db.session.scalars(select(RectificationOrder)).all()) == 1


def test_a_draft_result_may_go_back_to_the_assessors(week_11):
    holds(week_11, FINDING)

    week_11.does("draft_result", subject="OFF-JWC", action="return", opinion="补充评分依据")

    assert week_11.performers(week_11.task("hold", subject="OFF-JWC")) == ["E038", "E041"]


def test_those_who_may_assess_do_not_belong_to_the_subject(app, at):
    assert "E011" not in queries.eligible_assessors("OFF-JWC")
    assert set(queries.eligible_assessors("OFF-JWC")) == {"E029", "E038", "E039", "E041", "E074"}


def test_a_deadline_shorter_than_five_working_days_is_refused():
    assert "findings.0.workdays" in rules.problems_of_findings([{**FINDING, "workdays": 4}], of_person=False)


def _goal_of(unit):
    return {**GOAL, "post": "P-ZG-ZY", "responsible": "E041"}


def test_a_deputy_who_belongs_to_the_subject_may_not_hold_the_assessment(week_11):
    week_11.does("schedule", subject="OFF-JWC", **PLAN)
    with transaction():
        organisation.delegate(
            "E038", to_person_id="E032", from_on=date(2026, 11, 1), to_on=date(2026, 12, 31), reason="出差"
        )

    answer = week_11.hands_in(week_11.task("hold", subject="OFF-JWC"), by="E032", findings=[], summary="很好")

    assert answer.status_code == 422
    assert "I-9" in answer.json["message"]
