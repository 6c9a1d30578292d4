"""An order from its issue to its close, or to the determination of its nature."""

import pytest
from sqlalchemy import select

from app import engine
from app.foundation.db import db
from app.quality.rectification import queries, rules
from app.quality.rectification.models import OrderStatus, RectificationOrder, RectificationSubmission
from tests.doors import signed_in

REPORT = {"measures": "上线手机审批并设置超时提醒", "result": "抽查20件，超时0件"}
APPOINTMENT = {"verifiers": ["E038", "E074"], "verify_on": "2026-12-25", "place": "教务处", "checklist": "抽查20件"}
CHECKS = [{"item": "抽查20件", "found": "超时0件", "measured": "0/20", "result": "PASS"}]


def order(no: str = "ZG-2026-001") -> RectificationOrder:
    db.session.expire_all()
    return queries.order(no)


def asks(college, *, workdays: int = 5, by: str = "E011"):
    """Ask for more time through the door."""
    return signed_in(college.app, by).post(
        "/orders/ZG-2026-001/extension", data={"workdays": workdays, "reason": "等待采购系统"}
    )


@pytest.fixture
def ordered(college):
    """An order of Monday 28 September with ten working days has been acknowledged."""
    college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    return college


@pytest.fixture
def accepted(ordered):
    """The first report was accepted; verifiers are to be appointed."""
    ordered.does("submit", **REPORT)
    ordered.does("review", action="approve")
    return ordered


def verifies(college, conclusion: str, **more) -> None:
    """Two verifiers go, write and sign; `more` of the form's fields, such as photos."""
    college.does("appoint", **APPOINTMENT)
    college.does("verify", by="E038", checks=CHECKS, conclusion=conclusion, remark="现场核查", **more)
    college.does("sign", action="agree")


@pytest.mark.scenario(16)
def test_an_order_over_national_day_is_due_on_the_sixteenth_and_says_why(ordered):
    task = ordered.task("submit")

    assert ordered.local(task.due_at) == "2026-10-16 17:30"
    page = signed_in(ordered.app, "E011").get(f"/tasks/{task.id}").get_data(as_text=True)
    assert "10月10日（周六）调休上班计入" in page


def test_the_whole_way_to_the_close(accepted):
    verifies(accepted, "EFFECTIVE")

    assert order().status is OrderStatus.CLOSED
    assert accepted.tasks("submit") == []
    assert {mail.person_id for mail in accepted.mails("M17")} >= {"E011", "E003", "E029"}
    assert order().instance_id and db.session.get(engine.ProcessInstance, order().instance_id).state == "COMPLETED"


@pytest.mark.scenario(26)
def test_a_report_after_the_deadline_counts_but_is_marked_late(ordered):
    ordered.live_until("2026-10-20")
    assert order().status is OrderStatus.OVERDUE

    ordered.does("submit", **REPORT)

    assert db.session.scalars(select(RectificationSubmission.late)).all() == [True]
    assert ordered.task("review")


@pytest.mark.scenario(26)
def test_ten_working_days_after_the_deadline_the_order_goes_to_determination(ordered):
    ordered.at("2026-10-30 17:29")
    assert ordered.tasks("determine") == []

    ordered.at("2026-10-30 17:31")

    assert ordered.performers(ordered.task("determine")) == ["E029"]
    assert ordered.tasks("submit") == []


@pytest.mark.scenario(27)
def test_more_than_ten_days_are_refused(ordered):
    answer = asks(ordered, workdays=11)

    assert answer.status_code == 422
    assert "最长 10 个工作日" in answer.get_data(as_text=True)
    assert ordered.tasks("extension") == []


@pytest.mark.scenario(27)
def test_after_the_deadline_no_extension_can_be_asked_for(ordered):
    ordered.at("2026-10-16 17:31")

    assert "整改期限已过" in asks(ordered).get_data(as_text=True)
    assert ordered.tasks("extension") == []


@pytest.mark.scenario(27)
def test_a_second_extension_is_refused(ordered):
    asks(ordered)
    ordered.does("extension", action="grant")

    assert "只能申请一次" in asks(ordered).get_data(as_text=True)


def test_a_granted_extension_moves_the_deadline_and_its_timers_and_says_why(ordered):
    assert asks(ordered).status_code == 302
    ordered.does("extension", action="grant")

    task = ordered.task("submit")
    assert ordered.local(task.due_at) == ordered.local(order().due_at) == "2026-10-23 17:30"
    armed = {t.node: ordered.local(t.due_at) for t in db.session.scalars(select(engine.Timer).where(engine.Timer.done_at.is_(None)))}
    assert armed["due_passed"] == "2026-10-23 17:30"
    assert armed["overdue"] == "2026-11-06 17:30"
    assert "经批准延期5个工作日" in signed_in(ordered.app, "E011").get(f"/tasks/{task.id}").get_data(as_text=True)
    assert {mail.person_id for mail in ordered.mails("M14")} == {"E011", "E029"}


def test_a_refused_extension_changes_nothing(ordered):
    asks(ordered)
    ordered.does("extension", action="refuse", opinion="工作量不大")

    assert ordered.local(ordered.task("submit").due_at) == "2026-10-16 17:30"


def test_a_stranger_cannot_ask_for_an_extension_nor_see_the_order(ordered):
    assert asks(ordered, by="E013").status_code == 404
    assert ordered.tasks("extension") == []


def test_a_returned_report_gets_five_more_days_but_never_an_earlier_deadline(ordered):
    ordered.does("submit", **REPORT)
    ordered.does("review", action="return", opinion="佐证不足")
    assert ordered.local(ordered.task("submit").due_at) == "2026-10-16 17:30"  # five days would end earlier

    ordered.live_until("2026-10-15")
    ordered.does("submit", **REPORT)
    ordered.does("review", action="return", opinion="佐证仍不足")

    assert ordered.local(ordered.task("submit").due_at) == "2026-10-22 17:30"
    assert "佐证仍不足" in ordered.mails("M03", to="E011")[-1].body


def test_the_third_return_goes_to_determination(ordered):
    for _ in range(2):
        ordered.does("submit", **REPORT)
        ordered.does("review", action="return", opinion="佐证不足")
    ordered.does("submit", **REPORT)

    ordered.does("review", action="return", opinion="第三次不合格")

    assert ordered.task("determine")


def test_a_return_needs_a_reason(ordered):
    ordered.does("submit", **REPORT)

    answer = ordered.hands_in(ordered.task("review"), action="return")

    assert (answer.status_code, answer.json["problems"]) == (422, {"opinion": "必填。"})


@pytest.mark.scenario(28)
@pytest.mark.parametrize(
    ("verifiers", "word"),
    [(["E038"], "至少要 2 名"), (["E038", "E038"], "至少要 2 名"), (["E038", "E032"], "尚嘉言"), (["E038", "E012"], "不在")],
)
def test_verifiers_are_at_least_two_and_none_from_the_subject(accepted, verifiers, word):
    answer = accepted.hands_in(accepted.task("appoint"), **{**APPOINTMENT, "verifiers": verifiers})

    assert answer.status_code == 422
    assert word in answer.json["problems"]["verifiers"]
    assert accepted.tasks("verify") == []


def test_an_appointed_verifier_may_open_the_order_and_its_papers(college):
    order = college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    college.does("submit", **REPORT)
    college.does("review", action="approve")
    supervisor = signed_in(college.app, "E074")
    assert supervisor.get(f"/orders/{order.no}").status_code == 404

    college.does("appoint", **APPOINTMENT)

    db.session.rollback()
    assert supervisor.get(f"/orders/{order.no}").status_code == 200
    assert supervisor.get("/documents/verification/1.docx").status_code == 200


def test_a_conclusion_needs_every_check_filled(accepted):
    accepted.does("appoint", **APPOINTMENT)

    answer = accepted.hands_in(
        accepted.task("verify"), by="E038", checks=[{"item": "抽查20件"}], conclusion="EFFECTIVE", remark="好"
    )

    assert {"checks.0.found", "checks.0.result"} <= set(answer.json["problems"])


def test_a_verifier_who_disagrees_sends_the_record_back(accepted):
    accepted.does("appoint", **APPOINTMENT)
    accepted.does("verify", by="E038", checks=CHECKS, conclusion="EFFECTIVE", remark="好")

    accepted.does("sign", action="disagree", opinion="抽样太少")

    assert accepted.performers(accepted.task("verify")) == ["E038", "E074"]
    accepted.does("verify", by="E074", checks=CHECKS, conclusion="EFFECTIVE", remark="扩大抽样后有效")
    assert accepted.performers(accepted.task("sign")) == ["E038"]
    accepted.does("sign", action="agree")
    assert order().status is OrderStatus.CLOSED


@pytest.mark.scenario(29)
def test_a_partly_effective_first_round_gets_ten_more_days_and_the_second_goes_to_determination(accepted):
    verifies(accepted, "PARTLY_EFFECTIVE")
    assert (order().round, order().status) == (2, OrderStatus.SUPPLEMENTARY)
    assert accepted.local(accepted.task("submit").due_at) == "2026-10-16 17:30"

    accepted.does("submit", **REPORT)
    accepted.does("review", action="approve")
    verifies(accepted, "PARTLY_EFFECTIVE")

    assert accepted.task("determine")


@pytest.mark.scenario(29)
def test_no_evident_effect_goes_to_determination_at_once(accepted):
    verifies(accepted, "NO_EVIDENT_EFFECT")

    assert accepted.task("determine")


def test_an_order_nobody_acknowledges_counts_as_received_after_five_working_days(college):
    college.issues_order()

    college.live_until("2026-10-12")

    assert college.tasks("acknowledge") == []
    assert college.task("submit")


@pytest.mark.parametrize(
    ("conclusion", "round", "follows"),
    [
        ("EFFECTIVE", 1, "CLOSE"), ("EFFECTIVE", 2, "CLOSE"), ("PARTLY_EFFECTIVE", 1, "SUPPLEMENTARY"),
        ("PARTLY_EFFECTIVE", 2, "DETERMINE"), ("NO_EVIDENT_EFFECT", 1, "DETERMINE"),
    ],
)  # fmt: skip
def test_what_follows_a_conclusion(conclusion, round, follows):
    assert rules.after_verification(conclusion, round=round) == follows
