"""The ledger and an order's own page, through the doors."""

import io

import pytest
from sqlalchemy import select

from app.foundation.db import db, transaction
from app.quality.rectification import queries, rules
from app.quality.rectification.models import RectificationSubmission
from app.quality.rectification.queries import Shelf
from app.quality.review.models import MeetingItem
from tests.doors import signed_in, statements
from tests.quality.test_rectification import REPORT, verifies
from tests.quality.test_review import DETERMINATION, MEETING, follows_up, record

DIRECTOR, RESPONSIBLE, STRANGER = "E029", "E011", "E014"


def page(college, address: str, *, by: str = DIRECTOR) -> str:
    db.session.rollback()
    return signed_in(college.app, by).get(address).text


@pytest.fixture
def two_orders(college):
    """教务处's order is overdue by one working day; 学生处's still has time."""
    college.issues_order()
    college.issues_order(subject="OFF-XSC", on="2026-10-12 10:00", problem="宿舍检查记录不全", severity="SERIOUS")
    college.at("2026-10-19 08:35")
    return college


def test_a_row_tells_problem_responsibility_deadline_and_progress(two_orders):
    shown = page(two_orders, "/orders/")

    for words in ("ZG-2026-001", "调停课审批超时", "目标：超时件数=0/20", "领导 温若涵", "责任人 崔砚秋", "逾期未交"):
        assert words in shown
    assert '<span class="late">逾期1个工作日</span>' in shown
    assert "已11个工作日" in shown


def test_the_overdue_one_comes_first_and_the_chips_count(two_orders):
    shown = page(two_orders, "/orders/")

    assert shown.index("ZG-2026-001") < shown.index("ZG-2026-002")
    assert '逾期 <span class="late">1</span>' in shown
    assert '未销号 <span class="mute">2</span>' in shown


@pytest.mark.parametrize(
    ("shelf", "shown"), [("overdue", ["ZG-2026-001"]), ("referred", []), ("closed", []), ("all", ["ZG-2026-001", "ZG-2026-002"])]
)
def test_the_chips_filter(two_orders, shelf, shown):
    text = page(two_orders, f"/orders/?shelf={shelf}")

    assert [no for no in ("ZG-2026-001", "ZG-2026-002") if no in text] == shown
    assert shown or "这里没有整改" in text


def test_the_unit_filters_and_the_chips_count_only_it(two_orders):
    text = page(two_orders, "/orders/?unit=OFF-XSC")

    assert "宿舍检查记录不全" in text and "调停课审批超时" not in text
    assert '未销号 <span class="mute">1</span>' in text


def test_whoever_reaches_nothing_reads_why_it_is_empty(two_orders):
    assert "没有未销号的整改" in page(two_orders, "/orders/", by=STRANGER)


def test_the_ledger_costs_the_same_for_one_order_and_for_many(two_orders):
    client = signed_in(two_orders.app, DIRECTOR)
    client.get("/orders/")
    with statements() as few:
        client.get("/orders/")
    for number, subject in enumerate(("OFF-KYC", "OFF-RSC", "OFF-CWC")):
        two_orders.issues_order(subject=subject, on=f"2026-10-19 1{number}:00")

    with statements() as many:
        client.get("/orders/")

    assert len(many) == len(few) <= 15, "\n".join(many)


def test_shelves_hold_each_order_by_its_state(two_orders):
    counts = queries.shelf_counts(queries.visible_orders(DIRECTOR))

    assert counts[Shelf.OPEN] == 2 and counts[Shelf.OVERDUE] == 1 and counts[Shelf.CLOSED] == 0


@pytest.mark.parametrize(
    ("status", "awaits", "late", "band"),
    [
        ("ISSUED", True, -1, "ON_TIME"), ("OVERDUE", True, 0, "LATE_3"), ("OVERDUE", True, 3, "LATE_3"),
        ("OVERDUE", True, 4, "LATE_5"), ("OVERDUE", True, 10, "LATE_10"), ("OVERDUE", True, 11, "LATE_MORE"),
        ("SUBMITTED", False, -1, "IN_REVIEW"), ("REFERRED", False, -1, "REFERRED"), ("CLOSED", False, -1, "CLOSED"),
    ],
)  # fmt: skip
def test_the_ageing_follows_the_days_past_the_deadline(status, awaits, late, band):
    assert rules.age_band(status=status, awaits_submission=awaits, late_workdays=late) == band


# An order's own page.


def test_an_order_tells_from_the_finding_to_what_it_waits_for(two_orders):
    shown = page(two_orders, "/orders/ZG-2026-001")

    for words in ("发现问题", "抽查20件有6件超过1个工作日", "下达整改通知", "还没有销号", "逾期1个工作日", "怎么算的"):
        assert words in shown


def test_the_evidence_chain_reaches_from_the_finding_to_the_close(college):
    college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    college.does("submit", **REPORT)
    college.does("review", action="approve", opinion="材料齐全")
    verifies(college, "EFFECTIVE")

    shown = page(college, "/orders/ZG-2026-001")

    chapters = ["<h3>发现问题", "<h3>下达整改通知", "<h3>整改报告", "审核：材料齐全", "<h3>实地复核", "<h3>销号"]
    places = [shown.index(words) for words in chapters]
    assert places == sorted(places)
    assert "还没有销号" not in shown and "已签字沐亦辰、舒文远" in shown
    assert f'href="/procedures/{queries.order("ZG-2026-001").instance_id}"' in shown


def test_it_goes_on_through_determination_meeting_resolution_and_follow_up(college):
    college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    college.does("submit", **REPORT)
    college.does("review", action="approve")
    verifies(college, "NO_EVIDENT_EFFECT")
    college.does("determine", **DETERMINATION)
    college.does("confirm", action="approve")
    waiting = page(college, "/orders/ZG-2026-001")
    assert "待列入议程" in waiting and "资源配置不足" in waiting

    college.does("sm_schedule", **MEETING)
    item = str(db.session.scalars(select(MeetingItem.id)).one())
    college.does("sm_hold", discussion="一致同意统筹解决")
    college.does("sm_record", **record(item))
    follows_up(college, "EFFECTIVE")

    shown = page(college, "/orders/ZG-2026-001")
    for words in ("2026年第1次质量专题会", "决议JY-2026-01", "列入2027年度采购", "完成采购", "后续复核", "已落实", "<h3>销号"):
        assert words in shown


def test_files_of_a_report_are_linked_for_those_who_may_open_them(college):
    college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    task = college.task("submit")
    kept = signed_in(college.app, RESPONSIBLE).post(
        f"/tasks/{task.id}/files", data={"file": (io.BytesIO(b"%PDF-1.7 evidence"), "抽查记录.pdf")}
    ).json
    college.does("submit", **REPORT)
    with transaction():
        db.session.scalars(select(RectificationSubmission)).one().evidence = [kept]

    shown = page(college, "/orders/ZG-2026-001")

    assert f'<a href="/files/{kept["id"]}">抽查记录.pdf</a>' in shown
    assert signed_in(college.app, DIRECTOR).get(f"/files/{kept['id']}").status_code == 200


def test_an_extension_is_offered_to_the_responsible_person_and_told_of(college):
    college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    assert "/orders/ZG-2026-001/extension" in page(college, "/orders/ZG-2026-001", by=RESPONSIBLE)
    assert "/orders/ZG-2026-001/extension" not in page(college, "/orders/ZG-2026-001")

    signed_in(college.app, RESPONSIBLE).post(
        "/orders/ZG-2026-001/extension", data={"workdays": 5, "reason": "等待采购系统"}
    )

    shown = page(college, "/orders/ZG-2026-001", by=RESPONSIBLE)
    assert "崔砚秋申请5个工作日" in shown and "等待答复" in shown and "等待采购系统" in shown


@pytest.mark.parametrize("no", ["ZG-2026-001", "ZG-2026-999"])
def test_an_order_that_is_absent_or_not_for_this_person_is_not_there(two_orders, no):
    assert signed_in(two_orders.app, STRANGER).get(f"/orders/{no}").status_code == 404


def test_an_orders_page_asks_a_fixed_number_of_questions(two_orders):
    client = signed_in(two_orders.app, DIRECTOR)
    client.get("/orders/ZG-2026-001")
    with statements() as seen:
        client.get("/orders/ZG-2026-001")

    assert len(seen) <= 26, "\n".join(seen)
