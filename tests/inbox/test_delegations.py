"""A deputy has the tasks for some days, and says on whose behalf (scenario 35)."""

from datetime import date

import pytest
from sqlalchemy import select

from app.foundation.audit import AuditEvent
from app.foundation.db import db, transaction
from app.notifications import OutgoingMail
from app.organisation import service
from app.organisation.models import Delegation, RoleGrant
from tests import weekly

LEADER, DEPUTY = "E012", "E011"


def delegate(client, **changed):
    given = {"to": "201011", "from_on": "2026-12-01", "to_on": "2026-12-07", "reason": "赴省厅培训", **changed}
    return client.post("/delegations", data=given)


def submit(client, task):
    return client.post(f"/tasks/{task.id}/submit", json={"action": "submit", "data": weekly.REPORT})


@pytest.mark.scenario(35)
def test_the_deputy_acts_on_behalf_and_afterwards_the_tasks_are_back(visitor, monday):
    delegate(visitor(LEADER))
    early, late = (weekly.start([LEADER], subject="OFF-XSC", place="学生处") for _ in range(2))
    task, other = weekly.open_task(early), weekly.open_task(late)

    assert visitor(DEPUTY).get(f"/tasks/{task.id}").status_code == 200  # on the committee: may read
    assert submit(visitor(DEPUTY), task).status_code == 403

    monday("2026-12-03 10:00")
    assert "代柯怀谨" in visitor(DEPUTY).get("/").text
    assert "您代柯怀谨办理这项任务" in visitor(DEPUTY).get(f"/tasks/{task.id}").text
    assert submit(visitor(DEPUTY), task).status_code == 200

    event = db.session.scalar(select(AuditEvent).where(AuditEvent.act == "task.complete"))
    assert (event.person_id, event.on_behalf_of) == (DEPUTY, LEADER)
    assert "崔砚秋（代柯怀谨）" in visitor("E029").get(f"/tasks/{task.id}").text
    assert "代柯怀谨" in visitor(DEPUTY).get("/?view=done").text

    monday("2026-12-08 09:00")
    assert submit(visitor(DEPUTY), other).status_code == 403
    assert submit(visitor(LEADER), other).status_code == 200


def test_both_are_told_of_a_delegation(visitor, monday):
    delegate(visitor(LEADER))

    one, other = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "M04").order_by(OutgoingMail.id))

    assert (one.person_id, other.person_id) == (LEADER, DEPUTY)
    assert "期间：12月1日（周二）至12月7日（周一）" in other.body


def test_the_person_may_act_meanwhile(visitor, monday):
    delegate(visitor(LEADER))
    task = weekly.open_task(weekly.start([LEADER], subject="OFF-XSC"))

    monday("2026-12-03 10:00")

    assert submit(visitor(LEADER), task).status_code == 200
    event = db.session.scalar(select(AuditEvent).where(AuditEvent.act == "task.complete"))
    assert event.on_behalf_of is None


def test_ending_it_gives_the_tasks_back_at_once(visitor, monday):
    delegate(visitor(LEADER), from_on="2026-11-23")
    row = db.session.scalars(select(Delegation)).one()
    task = weekly.open_task(weekly.start([LEADER], subject="OFF-XSC"))
    assert "代柯怀谨" in visitor(DEPUTY).get("/").text

    answer = visitor(LEADER).post(f"/delegations/{row.id}/end")

    assert answer.status_code == 303
    assert submit(visitor(DEPUTY), task).status_code == 403
    acts = [event.act for event in db.session.scalars(select(AuditEvent).where(AuditEvent.thing == f"person:{LEADER}"))]
    assert acts == ["organisation.delegate", "organisation.end_delegation"]


def test_nobody_ends_somebody_elses(visitor):
    delegate(visitor(LEADER))
    row = db.session.scalars(select(Delegation)).one()

    assert visitor(DEPUTY).post(f"/delegations/{row.id}/end").status_code == 404


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"to": "201012"}, "不能授权给自己。"),
        ({"to": "不存在"}, "没有唯一符合的在岗人员"),
        ({"from_on": "2026-11-01"}, "开始日期不能早于今天。"),
        ({"to_on": "2026-11-30"}, "结束日期不能早于开始日期。"),
        ({"to_on": ""}, "请填写日期。"),
        ({"reason": " "}, "请写明授权原因。"),
    ],
)
def test_a_refused_delegation_says_why_and_keeps_what_was_typed(visitor, changed, words):
    answer = delegate(visitor(LEADER), **changed)

    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.scalars(select(Delegation)).all() == []


def test_a_name_is_as_good_as_a_number(visitor):
    delegate(visitor(LEADER), to="崔砚秋")

    assert db.session.scalars(select(Delegation)).one().to_person_id == DEPUTY


def test_two_deputies_at_once_are_refused(visitor):
    delegate(visitor(LEADER))

    answer = delegate(visitor(LEADER), to="201013", from_on="2026-12-05", to_on="2026-12-20")

    assert answer.status_code == 422
    assert "这段时间已经有一项授权" in answer.text


def test_both_see_it_on_their_page(visitor):
    delegate(visitor(LEADER))

    assert "崔砚秋" in visitor(LEADER).get("/delegations").text
    assert "授权给我的" in visitor(DEPUTY).get("/delegations").text


def test_an_auditor_has_nothing_to_delegate(visitor, monday):
    with transaction():
        for grant in db.session.scalars(select(RoleGrant).where(RoleGrant.person_id == "E030", RoleGrant.role != "AUDITOR")):
            db.session.delete(grant)
        service.assign("E030", post_code="P-ZG-ZY", from_on=date(2026, 11, 1))

    assert delegate(visitor("E030")).status_code == 403
