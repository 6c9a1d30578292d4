"""The calendar of on-site verifications, through its door."""

import pytest

from app.foundation.db import db
from tests.doors import signed_in, statements
from tests.quality.test_rectification import CHECKS, REPORT
from tests.quality.test_review import DETERMINATION, MEETING, record

DIRECTOR, OFFICER, SUPERVISOR, RESPONSIBLE, STRANGER = "E029", "E038", "E074", "E011", "E014"
APPOINTED = {"verifiers": [OFFICER, SUPERVISOR], "verify_on": "2026-10-20", "place": "综合楼302", "checklist": "抽查20件"}


def page(college, by: str = DIRECTOR, **query) -> str:
    db.session.rollback()
    return signed_in(college.app, by).get("/orders/verifications", query_string=query).text


def accepts(college, *, subject: str = "OFF-JWC") -> None:
    """A subject's report is accepted; verifiers are to be appointed."""
    college.issues_order(subject=subject)
    college.does("acknowledge", planned_measures="上线手机审批")
    college.does("submit", **REPORT)
    college.does("review", action="approve")


@pytest.fixture
def planned(college):
    """A visit to 教务处 is planned for Tuesday 20 October; it is the 14th."""
    accepts(college)
    college.does("appoint", **APPOINTED)
    college.at("2026-10-14 09:00")
    return college


def test_a_visit_stands_on_its_day_with_place_verifiers_and_order(planned):
    shown = page(planned)

    day = shown.split("10月20日（周二）")[1].split("</td>")[0]
    for words in ("教务处", "调停课审批超时", "ZG-2026-001", "综合楼302", "沐亦辰、舒文远", "待复核"):
        assert words in day
    assert "2026年10月实地复核" in shown and "第8周" in shown


def test_holidays_make_up_days_and_today_are_marked(planned):
    shown = page(planned)

    assert "国庆节" in shown.split("10月5日（周一）")[1].split("</td>")[0]
    assert "调休上班" in shown.split("10月10日（周六）")[1].split("</td>")[0]
    assert shown.split('aria-current="date"')[1].split("10月14日（周三）")[0].count("<td") == 0
    assert "寒假" in page(planned, month="2027-02")


@pytest.mark.parametrize("month", ["2026-13", "abc", "0001-01", "9999-12", ""])
def test_a_strange_month_is_the_present_one(planned, month):
    assert "2026年10月实地复核" in page(planned, month=month)


def test_a_visit_that_did_not_happen_is_marked_and_a_signed_one_tells_its_conclusion(planned):
    planned.at("2026-10-21 09:00")
    assert "已过期" in page(planned)

    planned.does("verify", by=OFFICER, checks=CHECKS, conclusion="EFFECTIVE", remark="现场核查")
    assert "待签字" in page(planned)

    planned.does("sign", action="agree")
    assert '<span class="verb ok">有效</span>' in page(planned)


def test_a_verifier_sees_his_visits_and_goes_on_to_the_order_and_the_task(planned):
    shown = page(planned, SUPERVISOR)

    assert "教务处" in shown and "/orders/ZG-2026-001" in shown
    assert f"/tasks/{planned.task('verify').id}" in shown
    assert '我参加的 <span class="mute">1</span>' in shown


def test_the_chip_leaves_out_what_others_do(planned):
    assert "综合楼302" in page(planned, DIRECTOR) and "我参加的" not in page(planned, DIRECTOR)
    mine = page(planned, DIRECTOR, mine=1)
    assert "综合楼302" not in mine and "这个月没有您参加的实地复核" in mine
    assert "综合楼302" in page(planned, OFFICER, mine=1)


def test_the_subject_sees_its_own_visit_and_nobody_elses(planned):
    assert "综合楼302" in page(planned, RESPONSIBLE)
    stranger = page(planned, STRANGER)
    assert "综合楼302" not in stranger and "这个月没有实地复核" in stranger


def test_an_accepted_report_waits_beside_the_calendar_until_verifiers_are_appointed(college):
    accepts(college)
    waiting = page(college).split('id="unappointed"')[1]
    assert "教务处：调停课审批超时" in waiting and "报告已验收" in waiting
    assert "调停课审批超时" not in page(college, STRANGER)

    college.does("appoint", **APPOINTED)

    assert "没有等待指派的复核" in page(college)


def test_a_resolution_whose_tasks_are_done_waits_for_its_follow_up(college):
    accepts(college)
    college.does("appoint", **APPOINTED)
    college.does("verify", by=OFFICER, checks=CHECKS, conclusion="NO_EVIDENT_EFFECT", remark="现场核查")
    college.does("sign", action="agree")
    college.does("determine", **DETERMINATION)
    college.does("confirm", action="approve")
    college.does("sm_schedule", **MEETING)
    college.does("sm_hold", discussion="一致同意统筹解决")
    college.does("sm_record", **record("1"))
    assert "没有等待指派的复核" in page(college)

    for task in college.tasks("sm_task"):
        college.hands_in(task, result="已完成")
    college.work()
    assert "的任务已全部完成" in page(college)

    college.does("sm_appoint", **{**APPOINTED, "verify_on": "2026-11-10"})
    assert "没有等待指派的复核" in page(college)
    shown = page(college, OFFICER, month="2026-11")
    assert "决议后续" in shown and f"/tasks/{college.task('sm_follow_up').id}" in shown


def test_more_visits_cost_no_more_statements(planned):
    with statements() as few:
        page(planned)
    for subject in ("OFF-XSC", "OFF-HQC"):
        accepts(planned, subject=subject)
        planned.hands_in(planned.task("appoint"), **APPOINTED)
        planned.work()
    with statements() as many:
        assert page(planned, month="2026-10").count("综合楼302") == 3

    assert len(many) == len(few) <= 20
