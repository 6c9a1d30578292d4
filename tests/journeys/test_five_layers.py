"""One subject of each layer beside the offices, from its goals to a closed order and an accepted report, through the doors."""

import pytest
from sqlalchemy import select

from app import engine
from app.foundation.db import db
from app.quality.assessment.models import Assessment
from app.quality.diagnosis import queries as diagnosis
from app.quality.diagnosis import reports
from app.quality.diagnosis.models import DiagnosisStatus, ReportLevel, ReportStatus
from app.quality.goals import queries as goals
from app.quality.goals.models import GoalStatus
from app.quality.rectification.models import OrderStatus, RectificationOrder
from tests.builders import FINDING, OTHER_LAYERS, TERM
from tests.quality.test_layers import assesses
from tests.quality.test_rectification import CHECKS, REPORT

# What an assessment finds: whose turn it is, the point, who has to put it right, who reviews the report.
FOUND = {
    "PROGRAMME": ("QA_OFFICE", "DG06", "E059", "E029"),
    "COURSE": ("DEPARTMENT", "DK08", "E059", "E046"),
    "TEACHER": ("DEPARTMENT", "DT09", "E065", "E046"),
    "STUDENT": ("DEPARTMENT", "DS11", "S008", "E046"),
}
LEVELS = {"PROGRAMME": ReportLevel.PROGRAMME, "COURSE": ReportLevel.COURSE}
WRITTEN = {"text": "本学期按计划开展工作，目标完成。", "problems": "个别窗口逾期", "measures": "设置提醒"}


@pytest.mark.parametrize("layer", list(OTHER_LAYERS))
def test_from_goals_to_a_closed_order_and_an_accepted_report(college, layer):
    assessor, point, putting_right, reviewing = FOUND[layer]

    # Goals are entered and confirmed; the first window is answered, the second is missed.
    subject = college.runs(layer)
    assert [goal.status for goal in goals.goals_of(subject)] == [GoalStatus.ACTIVE]
    college.does("diagnose", subject=subject)
    college.at("2026-10-26 08:35")
    said = [row.status for row in diagnosis.of_subject(subject, term=TERM)]
    assert said[0] is DiagnosisStatus.SUBMITTED
    assert said[1] is DiagnosisStatus.MISSED

    # An assessment finds one problem; it is put right, reviewed by who issued the order, verified on site.
    college.at("2026-11-09 08:35")
    assessors = ["E046", "E058"] if assessor == "DEPARTMENT" else ["E039", "E041"]
    assesses(college, subject, assessor, {**FINDING, "point": point}, assessors=assessors)
    order = db.session.scalars(select(RectificationOrder)).one()
    assert order.responsible_id == putting_right
    assert order.responsible_leader == "E046"
    college.does("acknowledge", subject=subject, by=putting_right, planned_measures="制定改进措施")
    college.does("submit", subject=subject, by=putting_right, **REPORT)
    if layer == "STUDENT":
        college.does("cosign", subject=subject, by="E072", action="approve")
    college.does("review", subject=subject, by=reviewing, action="approve")
    college.does("appoint", subject=subject, verifiers=["E038", "E074"], verify_on="2026-11-20", place="系部", checklist="抽查")
    college.does("verify", subject=subject, by="E038", checks=CHECKS, conclusion="EFFECTIVE", remark="好")
    college.does("sign", subject=subject, action="agree")
    db.session.expire_all()
    assert db.session.scalars(select(RectificationOrder)).one().status is OrderStatus.CLOSED

    # What else is to be assessed this term is; the report goes up and the term's procedure ends.
    for task in college.tasks("schedule", subject=subject):
        key = db.session.get(engine.ProcessInstance, task.instance_id).business_key
        assesses(college, subject, key.rpartition(":")[2], assessors=["E039", "E041"])
    college.at("2026-12-21 08:35")
    college.does("semester_report", subject=subject, **WRITTEN)
    college.does("approve_report", subject=subject, action="approve")
    if layer != "STUDENT":  # a student's report ends with the counsellor's signature
        college.does("accept_report", subject=subject, by="E038", action="approve")
    college.at("2027-01-15 17:31")

    report = reports.report(subject, term=TERM)
    assert (report.status, report.level) == (ReportStatus.ACCEPTED, LEVELS.get(layer, ReportLevel.PERSON))
    held = db.session.scalars(select(Assessment.assessor_unit).order_by(Assessment.id)).all()
    assert held == {"PROGRAMME": ["OFF-ZGB"]}.get(layer, ["DEP-XGX", "OFF-ZGB"])
    whole = db.session.scalar(
        select(engine.ProcessInstance).where(
            engine.ProcessInstance.business_key == f"{TERM}:{subject}", engine.ProcessInstance.parent_id.is_(None)
        )
    )
    assert whole.state is engine.InstanceState.COMPLETED
    assert college.tasks(subject=subject) == []
