"""One office from its goals to a closed order, in calling order, through the doors."""

from datetime import date, timedelta

from sqlalchemy import select

from app import engine
from app.foundation.db import db
from app.quality.diagnosis import queries as diagnosis
from app.quality.diagnosis import reports
from app.quality.diagnosis.models import DiagnosisStatus, ReportStatus
from app.quality.goals import queries as goals
from app.quality.goals.models import GoalStatus
from app.quality.rectification import queries as rectification
from app.quality.rectification.models import OrderStatus
from app.quality.review.models import Resolution
from tests.builders import FINDING, GOAL, TERM
from tests.quality.test_assessment import GRADE, PLAN
from tests.quality.test_rectification import REPORT, verifies
from tests.quality.test_review import DETERMINATION, MEETING, follows_up, record


def test_one_office_from_goals_to_a_closed_order(college):
    # The term opens; goals are entered, returned once, and confirmed.
    college.at("2026-08-31 08:00")
    college.does("enter_goals", subject="OFF-JWC", goals=[GOAL])
    college.does("confirm_goals", subject="OFF-JWC", action="return", opinion="写明口径")
    college.does("enter_goals", subject="OFF-JWC")
    college.does("confirm_goals", subject="OFF-JWC", action="approve")
    assert [goal.status for goal in goals.goals_of("OFF-JWC")] == [GoalStatus.ACTIVE]

    # Ten weeks of self-diagnosis fall due in the inbox; the fifth is late, the seventh is missed.
    for week in range(1, 11):
        college.live_until(_monday(week))
        if week == 5:
            college.live_until("2026-10-08")
        if week != 7:
            _answer_window(college)
    college.live_until("2026-11-09")
    counted = [row.status for row in diagnosis.of_subject("OFF-JWC", term=TERM)]
    assert counted.count(DiagnosisStatus.SUBMITTED) == 8
    assert (counted[4], counted[6]) == (DiagnosisStatus.LATE, DiagnosisStatus.MISSED)

    # The half-year assessment finds one problem; the order is put right and verified on site.
    college.does("schedule", subject="OFF-JWC", **PLAN)
    college.at("2026-12-08 09:00")
    college.does("hold", subject="OFF-JWC", findings=[FINDING], summary="总体良好")
    college.does("draft_result", subject="OFF-JWC", **GRADE)
    college.does("objection", subject="OFF-JWC", action="accept")
    college.does("acknowledge", planned_measures="上线手机审批")
    college.does("submit", **REPORT)
    college.does("review", action="approve")
    verifies(college, "EFFECTIVE")
    assert rectification.order("ZG-2026-001").status is OrderStatus.CLOSED

    # The semester report goes up; on the last working day the term's procedure ends.
    college.at("2026-12-21 08:35")
    college.does("semester_report", subject="OFF-JWC", text="本学期按计划开展工作，目标完成。", problems="个别窗口逾期", measures="设提醒")
    college.does("approve_report", action="approve")
    college.does("accept_report", by="E038", action="approve")
    college.at("2027-01-15 17:31")
    assert reports.report("OFF-JWC", term=TERM).status is ReportStatus.ACCEPTED
    whole = db.session.scalars(
        select(engine.ProcessInstance).where(engine.ProcessInstance.business_key == f"{TERM}:OFF-JWC").order_by(engine.ProcessInstance.id)
    ).first()
    assert whole.state is engine.InstanceState.COMPLETED
    # Only what its sections and people still owe outlives the term.
    assert {task.node for task in college.tasks(subject="OFF-JWC")} == {"write_part"}


def test_one_order_all_the_way_to_the_meeting_and_back(college):
    # An order without effect, an answer that never comes, a meeting with both.
    college.issues_order(subject="OFF-XSC", on="2026-09-28 10:00")
    college.does("acknowledge", planned_measures="完善流程")
    college.does("submit", **REPORT)
    college.does("review", action="approve")
    verifies(college, "NO_EVIDENT_EFFECT")
    college.does("determine", **DETERMINATION)
    college.does("confirm", action="approve")
    college.does("sm_schedule", **MEETING)
    item = engine.prefill(college.task("sm_hold"))["items"][0]["item"]
    db.session.rollback()
    college.at("2026-10-30 09:00")
    college.does("sm_hold", discussion="学院统筹解决")
    college.does("sm_record", **record(item))

    # The first follow-up fails: the item comes back on the next agenda; the second closes the order.
    follows_up(college, "NO_EVIDENT_EFFECT")
    college.does("sm_schedule", **{**MEETING, "held_on": "2026-12-01"})
    item = engine.prefill(college.task("sm_hold"))["items"][0]["item"]
    db.session.rollback()
    college.does("sm_hold", discussion="追加经费")
    college.does("sm_record", **record(item))
    follows_up(college, "EFFECTIVE")

    assert rectification.order("ZG-2026-001").status is OrderStatus.CLOSED
    settled = db.session.scalars(select(Resolution).order_by(Resolution.id)).all()
    assert [(row.no, row.effective) for row in settled] == [("JY-2026-01", False), ("JY-2026-02", True)]


def _answer_window(college):
    """Answer the newest window; points in trouble get a cause and a measure."""
    task = college.tasks("diagnose", subject="OFF-JWC")[-1]
    rows = engine.prefill(task)["points"]
    db.session.rollback()
    points = [
        {
            "point": row["point"], "state": row["state"] or "PROBLEM", "problem": "未达标准", "cause": "跟踪不够",
            "measure": "每周通报", "measure_by": "E032", "measure_due": "2026-12-31",
        }
        for row in rows
    ]  # fmt: skip
    answer = college.hands_in(task, points=points)
    assert answer.status_code == 200, answer.json
    college.work()


def _monday(week: int) -> str:


    return (date(2026, 8, 31) + timedelta(weeks=week - 1)).isoformat()


