"""What performers hear when a task is opened, comes back or is taken away."""

import pytest

from app import engine
from app.engine import HumanTask
from app.foundation.db import db, transaction
from tests import weekly
from tests.escalation.conftest import DIRECTOR, HEAD, draw, mails, opened, told

pytestmark = pytest.mark.usefixtures("deployed")


@pytest.fixture(autouse=True)
def monday(deployed):
    deployed("2026-11-23 09:00")


def test_a_new_task_is_told_to_each_of_its_performers():
    task = opened(HEAD, "E012", rule=weekly.in_week(13))

    one, other = mails("M01")

    assert {one.person_id, other.person_id} == {HEAD, "E012"}
    assert (one.task_id, one.instance_id) == (task.id, task.instance_id)
    assert "因为您是部门负责人。" in one.body
    assert "期限依据：第13周最后一个工作日：11月27日（周五）。" in one.body


def test_the_version_of_the_ladder_is_frozen_and_the_first_step_set():
    task = opened(HEAD, rule=weekly.in_week(13))

    assert task.escalation == "standard:1"
    assert task.nudge_no == 2
    assert f"{task.nudge_at:%m-%d %H:%M}" == "11-25 00:30"


def test_what_comes_back_is_told_with_the_reason_instead():
    task = opened(HEAD, rule=weekly.in_week(13))
    with transaction():
        engine.complete_task(task.id, weekly.REPORT, person_id=HEAD)
    review = weekly.open_task(db.session.get_one(engine.ProcessInstance, task.instance_id))
    with transaction():
        engine.complete_task(review.id, {}, person_id=DIRECTOR, verb="return", opinion="请补充到课率数据。")

    assert told() == [("M01", HEAD), ("M01", DIRECTOR), ("M03", HEAD)]
    [returned] = mails("M03")
    assert returned.subject == "【诊改通】已退回：填写自查：每周自查：教务处"
    assert "退回理由：请补充到课率数据。" in returned.body
    assert "期限：11月27日（周五）17:30" in returned.body


def test_a_task_taken_back_is_told_with_the_reason():
    task = opened(HEAD, rule=weekly.in_week(13))
    with transaction():
        engine.cancel(task.instance_id, reason="部门撤销")

    [mail] = mails("M20")
    assert mail.person_id == HEAD
    assert "原因：部门撤销" in mail.body
    assert f"/procedures/{task.instance_id}" in mail.body
    assert db.session.get_one(HumanTask, task.id).nudge_at is None


def test_nothing_is_told_when_the_act_fails():
    task = opened(HEAD, rule=weekly.in_week(13))
    with pytest.raises(ZeroDivisionError), transaction():
        engine.complete_task(task.id, weekly.REPORT, person_id=HEAD)
        raise ZeroDivisionError

    assert told() == [("M01", HEAD)]


def test_a_task_without_deadline_has_no_ladder():
    draw(due=False)
    task = weekly.open_task(weekly.start([HEAD]))

    assert task.nudge_at is None
    assert "期限" not in mails("M01")[0].body
