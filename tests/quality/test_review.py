"""Determination, committee, special meeting, resolutions and their follow-up."""

import pytest
from sqlalchemy import select

from app import engine
from app.foundation.db import db, transaction
from app.quality.rectification import queries as rectification
from app.quality.rectification.models import OrderStatus
from app.quality.review import service
from app.quality.review.models import MeetingItem, NatureDetermination, Resolution, SpecialMeeting
from tests.at_once import at_once
from tests.quality.test_rectification import APPOINTMENT, CHECKS, REPORT, verifies

DETERMINATION = {"category": "RESOURCE_SHORTAGE", "severity": "SERIOUS", "grounds": "涉及采购与场地，需学院统筹"}
MEETING = {"held_on": "2026-10-30", "place": "行政楼301", "chair": "E002", "attendees": ["E003", "E029"]}


@pytest.fixture
def without_effect(college):
    """An order was verified without evident effect and waits for the determination of its nature."""
    college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    college.does("submit", **REPORT)
    college.does("review", action="approve")
    verifies(college, "NO_EVIDENT_EFFECT")
    return college


@pytest.fixture
def referred(without_effect):
    """The committee has confirmed; a meeting is to be scheduled."""
    without_effect.does("determine", **DETERMINATION)
    without_effect.does("confirm", action="approve")
    return without_effect


@pytest.fixture
def resolved(referred):
    """The meeting has resolved; its two tasks run."""
    referred.does("sm_schedule", **MEETING)
    item = str(db.session.scalars(select(MeetingItem.id)).one())
    referred.does("sm_hold", discussion="一致同意统筹解决")
    referred.does("sm_record", **record(item))
    return referred


def record(item: str) -> dict:
    """Return minutes with one resolution of two tasks."""
    return {
        "minutes": "会议听取了质管办汇报。",
        "resolutions": [{"item": item, "text": "列入2027年度采购，寒假完成"}],
        "tasks": [
            {"item": item, "text": "完成采购", "person": "E019", "due_on": "2027-01-15"},
            {"item": item, "text": "安装调试", "person": "E020", "due_on": "2027-03-05"},
        ],
    }


def follows_up(college, conclusion: str) -> None:
    """Both tasks are done; two verifiers go, write and sign."""
    for task in college.tasks("sm_task"):
        assert college.hands_in(task, result="已完成").status_code == 200
    college.does("sm_appoint", **{**APPOINTMENT, "verify_on": "2027-03-10"})
    college.does("sm_follow_up", by="E038", checks=CHECKS, conclusion=conclusion, remark="现场核查")
    college.does("sm_sign", action="agree")


@pytest.mark.scenario(29)
def test_a_confirmed_determination_becomes_a_meeting_item_with_its_whole_chain(referred):
    task = referred.task("sm_schedule")
    shown = engine.prefill(task)["items"][0]

    assert rectification.order("ZG-2026-001").status is OrderStatus.REFERRED
    assert referred.performers(task) == ["E040"]
    assert shown["subject"] == "教务处"
    assert "调停课审批超时" in shown["finding"]
    assert "ZG-2026-001" in shown["order"]
    assert "无明显成效" in shown["verification"]
    assert "资源配置不足" in shown["determination"]


def test_the_committee_may_change_category_and_severity(without_effect):
    without_effect.does("determine", **DETERMINATION)

    without_effect.does("confirm", action="approve", severity="MAJOR")

    assert "重大" in engine.prefill(without_effect.task("sm_schedule"))["items"][0]["determination"]


def test_a_determination_not_established_gives_the_order_back(without_effect):
    without_effect.does("determine", **DETERMINATION)

    without_effect.does("confirm", action="reject", opinion="整改仍有空间")

    assert without_effect.task("submit")
    assert db.session.scalars(select(MeetingItem)).all() == []


def test_a_second_item_joins_the_meeting_that_is_being_planned(referred):
    second = referred.issues_order(subject="OFF-XSC", on="2026-09-29 09:00")
    referred.does("acknowledge", planned_measures="完善流程")
    referred.does("submit", **REPORT)
    referred.does("review", action="approve")
    verifies(referred, "NO_EVIDENT_EFFECT")
    referred.does("determine", **DETERMINATION)
    referred.does("confirm", action="approve")

    assert len(referred.tasks("sm_schedule")) == 1
    referred.does("sm_schedule", **MEETING)
    meeting = db.session.scalars(select(SpecialMeeting)).one()
    assert [item.determination.order_no for item in meeting.items] == ["ZG-2026-001", second.no]


def test_a_record_without_a_task_for_each_resolution_is_refused(referred):
    referred.does("sm_schedule", **MEETING)
    item = str(db.session.scalars(select(MeetingItem.id)).one())
    referred.does("sm_hold", discussion="同意")

    answer = referred.hands_in(referred.task("sm_record"), **{**record(item), "tasks": []})

    assert answer.status_code == 422
    assert db.session.scalars(select(Resolution)).all() == []


@pytest.mark.scenario(30)
def test_the_order_closes_only_after_both_tasks_and_an_effective_follow_up(resolved):
    first, second = resolved.tasks("sm_task")
    assert [resolved.performers(task) for task in (first, second)] == [["E019"], ["E020"]]
    assert {mail.person_id for mail in resolved.mails("M19")} >= {"E019", "E020"}
    resolved.hands_in(first, result="采购完成")
    resolved.work()
    assert resolved.tasks("sm_appoint") == []

    follows_up(resolved, "EFFECTIVE")

    assert rectification.order("ZG-2026-001").status is OrderStatus.CLOSED
    assert rectification.order("ZG-2026-001").closed_at is not None


@pytest.mark.scenario(30)
def test_a_failed_follow_up_comes_back_on_the_next_agenda(resolved):
    follows_up(resolved, "NO_EVIDENT_EFFECT")

    assert rectification.order("ZG-2026-001").status is OrderStatus.REFERRED
    again = engine.prefill(resolved.task("sm_schedule"))["items"][0]
    assert again["order_no"] == "ZG-2026-001"
    assert "后续复核未见成效" in again["reason"]


def test_a_disputed_follow_up_is_verified_again(resolved):
    for task in resolved.tasks("sm_task"):
        resolved.hands_in(task, result="已完成")
    resolved.does("sm_appoint", **{**APPOINTMENT, "verify_on": "2027-03-10"})
    resolved.does("sm_follow_up", by="E038", checks=CHECKS, conclusion="EFFECTIVE", remark="好")

    resolved.does("sm_sign", action="disagree", opinion="未见实物")

    assert resolved.task("sm_follow_up")


def test_two_who_put_the_first_item_on_the_agenda_at_once_call_one_meeting(without_effect):
    without_effect.does("determine", **DETERMINATION)
    number = db.session.scalars(select(NatureDetermination.id)).one()

    def puts_it_on_the_agenda() -> None:
        with transaction():
            service.put_on_agenda(db.session.get_one(NatureDetermination, number))

    assert at_once(without_effect.app, *[puts_it_on_the_agenda] * 4) == ["done"] * 4
    assert len(db.session.scalars(select(MeetingItem)).all()) == 4
    assert len(db.session.scalars(select(SpecialMeeting)).all()) == 1
