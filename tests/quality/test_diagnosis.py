"""Self-diagnosis of a window, adjustments of the plan, the semester report."""

import pytest
from sqlalchemy import select

from app import engine
from app.foundation.db import db, transaction
from app.quality.diagnosis import queries, reports, rules
from app.quality.diagnosis.models import (
    Decision,
    DiagnosisStatus,
    ImprovementMeasure,
    PlanAdjustment,
    ReportStatus,
    SelfDiagnosis,
)
from app.quality.goals import queries as goals
from app.quality.monitoring import service as monitoring
from app.quality.monitoring.models import Origin, QualityWarning, WarningStatus
from tests.builders import TERM

MEASURE = {"measure": "每周通报并约谈", "measure_by": "E032", "measure_due": "2026-10-30"}


@pytest.fixture
def window(college):
    """The first weekly window of 教务处 is open."""
    college.confirms_goals()
    return college


def reads(code: str, value: float, *, week: int = 1) -> None:
    with transaction():
        monitoring.record_reading(
            code, subject_code="OFF-JWC", period=f"{TERM}-W{week:02d}", value=value, origin=Origin.MANUAL
        )


def record() -> SelfDiagnosis:
    db.session.expire_all()
    return db.session.scalars(select(SelfDiagnosis).order_by(SelfDiagnosis.id)).first()


def test_where_nothing_is_wrong_everything_is_pre_answered_and_one_click_submits(window):
    window.does("diagnose", subject="OFF-JWC")

    assert record().status is DiagnosisStatus.SUBMITTED
    assert [entry.state for entry in record().entries] == ["UNCHANGED"] * 6


@pytest.mark.scenario(10)
def test_a_red_point_without_a_measure_is_refused(window):
    reads("IC12", 60)
    task = window.task("diagnose", subject="OFF-JWC")

    answer = window.hands_in(task, points=[{**row, "state": "IMPROVED"} for row in _points(task)])

    assert answer.status_code == 422
    assert "I-7" in answer.json["problems"]["points.5.measure"]
    assert record().status is DiagnosisStatus.OPEN


@pytest.mark.scenario(10)
def test_with_a_measure_the_red_point_is_accepted_and_its_warning_is_in_improvement(window):
    reads("IC12", 60)
    task = window.task("diagnose", subject="OFF-JWC")
    points = _points(task)
    points[5] |= {"state": "PROBLEM", "problem": "满意度低于红线", "cause": "答复不及时", **MEASURE}

    assert window.hands_in(task, points=points).status_code == 200

    assert [row.text for row in db.session.scalars(select(ImprovementMeasure))] == ["每周通报并约谈"]
    assert {row.status for row in db.session.scalars(select(QualityWarning))} == {WarningStatus.IN_IMPROVEMENT}


def test_after_the_deadline_a_submission_counts_as_late(window):
    window.at("2026-09-04 17:31")

    window.does("diagnose", subject="OFF-JWC")

    assert record().status is DiagnosisStatus.LATE


def test_an_approved_adjustment_changes_the_plan_and_a_refused_one_does_not(window):
    goal = goals.goals_of("OFF-JWC")[0]
    ask = [{"goal": goal.code, "new_plan": "≤4%", "reason": "新校区搬迁"}]
    window.does("diagnose", subject="OFF-JWC", adjustments=ask)
    window.does("approve_adjustment", action="refuse", opinion="搬迁不影响调停课")
    assert goals.goals_of("OFF-JWC")[0].years[0].planned_text == "≤3%"

    window.at("2026-09-07 08:35")
    window.does("diagnose", subject="OFF-JWC", adjustments=ask)
    window.does("approve_adjustment", action="approve")

    assert goals.goals_of("OFF-JWC")[0].years[0].planned_value == 4
    assert [row.decision for row in db.session.scalars(select(PlanAdjustment))] == [Decision.REFUSED, Decision.APPROVED]


def test_reported_progress_becomes_next_weeks_reading(window):
    task = window.task("diagnose", subject="OFF-JWC")
    window.hands_in(task, progress=[{"goal": goals.goals_of("OFF-JWC")[0].code, "percent": 70}])

    window.at("2026-09-07 08:35")

    shown = queries.point_rows("OFF-JWC", layer="COLLEGE", year=2026)
    assert "年度目标任务完成率 100%" in shown[0]["reading"]


def test_a_goal_far_behind_the_year_is_warned_of(window):
    task = window.task("diagnose", subject="OFF-JWC")
    window.hands_in(task, progress=[{"goal": goals.goals_of("OFF-JWC")[0].code, "percent": 20}])

    window.at("2026-09-07 08:35")

    warned = {row.rule.value for row in db.session.scalars(select(QualityWarning))}
    assert "PLAN_PROGRESS" in warned
    assert window.mails("M08", to="E011")


def test_the_semester_report_goes_up_to_acceptance_and_may_come_back(college):
    college.confirms_goals()
    college.at("2026-12-21 08:35")
    text = {"text": "本学期按计划开展工作，完成率达标。", "problems": "调停课偏多", "measures": "提前排课"}
    college.does("semester_report", subject="OFF-JWC", **text)
    college.does("approve_report", action="return", opinion="请补充数据")
    college.does("semester_report", subject="OFF-JWC", **text)
    assert college.performers(college.task("approve_report")) == ["E003"]
    college.does("approve_report", action="approve")
    college.does("accept_report", by="E038", action="approve")

    report = reports.report("OFF-JWC", term=TERM)
    assert report.status is ReportStatus.ACCEPTED
    assert report.figures["goals"] == 1


def test_every_point_of_the_layer_needs_a_row():
    problems = rules.problems_of_points([], wanted=["DC01", "DC02"], levels={}, red=[])

    assert "DC01、DC02" in problems["points"]


@pytest.mark.parametrize("level", ["YELLOW", "RED", "YELLOW_HIGH"])
def test_a_warned_point_cannot_be_unchanged(level):
    rows = [{"point": "DC01", "state": "UNCHANGED"}]

    problems = rules.problems_of_points(rows, wanted=["DC01"], levels={"DC01": level}, red=[])

    assert "points.0.state" in problems


def _points(task):
    rows = [dict(row) for row in engine.prefill(task)["points"]]
    db.session.rollback()
    return [{**row, "state": row["state"] or "IMPROVED"} for row in rows]
