"""The special meetings and the page of one, through the doors."""

import pytest
from sqlalchemy import select

from app.foundation.db import db
from app.quality.review import rules
from app.quality.review.models import MeetingItem
from tests.doors import signed_in, statements
from tests.quality.test_rectification import APPOINTMENT, CHECKS, REPORT, verifies
from tests.quality.test_review import DETERMINATION, MEETING, follows_up, record

DIRECTOR, CLERK, CHAIR, ATTENDS, HAS_TASK, STRANGER, DEPARTMENT_HEAD = "E029", "E040", "E002", "E003", "E019", "E014", "E044"


def page(college, address: str = "/meetings/1", *, by: str = DIRECTOR) -> str:
    db.session.rollback()
    return signed_in(college.app, by).get(address).text


def status(college, address: str = "/meetings/1", *, by: str) -> int:
    db.session.rollback()
    return signed_in(college.app, by).get(address).status_code


def refers(college, *, subject: str = "OFF-JWC") -> None:
    """An order stays without effect and goes to a special meeting."""
    college.issues_order(subject=subject)
    college.does("acknowledge", planned_measures="上线手机审批")
    college.does("submit", **REPORT)
    college.does("review", action="approve")
    verifies(college, "NO_EVIDENT_EFFECT")
    college.does("determine", **DETERMINATION)
    college.does("confirm", action="approve")


@pytest.fixture
def scheduled(college):
    """A meeting with one item has a date."""
    refers(college)
    college.does("sm_schedule", **MEETING)
    return college


@pytest.fixture
def resolved(scheduled):
    """It has resolved on its item; two tasks run."""
    item = str(db.session.scalars(select(MeetingItem.id)).one())
    scheduled.does("sm_hold", discussion="一致同意统筹解决", items=[{"item": item, "decision": "列入年度采购"}])
    scheduled.does("sm_record", **record(item))
    return scheduled


@pytest.mark.scenario(29)
def test_an_item_shows_the_whole_chain_it_comes_from(scheduled):
    shown = page(scheduled)

    origin = shown.split('class="origin"')[1].split("</ol>")[0]
    steps = ["教务处", "等级B", "抽查20件有6件超过1个工作日", "/orders/ZG-2026-001", "无明显成效", "资源配置不足，较重"]
    assert [origin.index(words) for words in steps] == sorted(origin.index(words) for words in steps)
    for words in ("待召开", "10月30日（周五）", "行政楼301", "邵启文", "温若涵、封以宁"):
        assert words in shown


def test_a_meeting_that_is_being_planned_shows_what_waits_for_it(college):
    refers(college)

    shown = page(college)

    assert "待列入议程" in shown
    assert "/orders/ZG-2026-001" in shown


@pytest.mark.scenario(30)
def test_resolutions_tasks_and_the_follow_up_are_told_to_the_end(resolved):
    shown = page(resolved)
    for words in ("列入年度采购", "JY-2026-01", "列入2027年度采购，寒假完成", "完成采购", "车维宁", "1月15日", "任务落实中", "一致同意统筹解决"):
        assert words in shown
    assert "逾期" not in shown

    resolved.at("2027-01-18 09:00")
    assert "逾期" in page(resolved)

    for task in resolved.tasks("sm_task"):
        resolved.hands_in(task, result="设备已到位")
    resolved.work()
    assert "设备已到位" in page(resolved) and "任务已完成，待指派复核" in page(resolved)

    resolved.does("sm_appoint", **{**APPOINTMENT, "verify_on": "2027-03-10"})
    assert "待后续复核" in page(resolved) and "3月10日（周三）" in page(resolved)

    resolved.does("sm_follow_up", by="E038", checks=CHECKS, conclusion="EFFECTIVE", remark="现场核查")
    resolved.does("sm_sign", action="agree")
    assert "已落实" in page(resolved)
    assert "已落实1项" in page(resolved, "/meetings/")


def test_a_failed_follow_up_is_told_and_the_item_is_on_the_next_agenda(resolved):
    follows_up(resolved, "NO_EVIDENT_EFFECT")

    assert "未见成效，再次上会" in page(resolved)
    assert page(resolved, "/meetings/").count("data-row>") == 2


def test_a_meeting_is_for_its_people(scheduled):
    for person in (DIRECTOR, CLERK, CHAIR, ATTENDS):
        assert status(scheduled, by=person) == 200
        assert "质量专题会" in page(scheduled, "/meetings/", by=person)
    for person in (HAS_TASK, STRANGER):
        assert status(scheduled, by=person) == 404
        assert "没有您可以查看的专题会" in page(scheduled, "/meetings/", by=person)
    assert status(scheduled, "/meetings/99", by=DIRECTOR) == 404


def test_who_has_a_task_sees_that_resolution_and_its_origin_but_not_the_minutes(college):
    refers(college)
    refers(college, subject="OFF-XSC")
    college.does("sm_schedule", **MEETING)
    first, second = map(str, db.session.scalars(select(MeetingItem.id).order_by(MeetingItem.id)))
    college.does("sm_hold", discussion="一致同意统筹解决")
    mine, other = record(first), record(second)
    for task in other["tasks"]:
        task["person"] = "E021"
    college.does(
        "sm_record", minutes=mine["minutes"], resolutions=mine["resolutions"] + other["resolutions"],
        tasks=mine["tasks"] + other["tasks"],
    )  # fmt: skip

    shown = page(college, by=HAS_TASK)

    assert "教务处" in shown and "完成采购" in shown and "抽查20件有6件超过1个工作日" in shown
    for words in ("学生处", "一致同意统筹解决", "会议听取了质管办汇报", "meeting-minutes", "/orders/ZG-2026-001"):
        assert words not in shown
    assert "meeting-tasks" in shown and "质量专题会" in page(college, "/meetings/", by=HAS_TASK)


def test_overview_ledger_and_order_lead_to_the_meeting_whoever_may_open_it(college):
    refers(college, subject="DEP-JDX")
    college.does("sm_schedule", **MEETING)

    assert 'href="/meetings/"' in page(college, "/orders/")
    for address in ("/overview/", "/orders/ZG-2026-001"):
        assert 'href="/meetings/1"' in page(college, address)
        from_the_department = page(college, address, by=DEPARTMENT_HEAD)
        assert "2026年第1次质量专题会" in from_the_department and 'href="/meetings/1"' not in from_the_department


def test_more_items_cost_no_more_statements(college):
    refers(college)
    with statements() as few:
        page(college)
    refers(college, subject="OFF-XSC")
    refers(college, subject="OFF-HQC")
    college.does("sm_schedule", **MEETING)
    with statements() as many:
        assert page(college).count('class="origin"') == 3

    assert len(many) <= len(few) + 6 <= 26
    with statements() as listing:
        page(college, "/meetings/")
    assert len(listing) <= 12


@pytest.mark.parametrize(
    ("effective", "left", "planned", "state"),
    [(None, 1, False, "TASKS"), (None, 0, False, "APPOINT"), (None, 0, True, "VERIFY"), (True, 0, False, "EFFECTIVE"), (False, 0, False, "FAILED")],
)
def test_how_far_a_resolution_is(effective, left, planned, state):
    assert rules.resolution_state(effective=effective, tasks_left=left, follow_up_planned=planned) == state
