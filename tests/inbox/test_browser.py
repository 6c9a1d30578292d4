"""From the gate over the desk to a task that is done, in a real browser, wide and narrow."""

import pytest
from sqlalchemy import select

from app.engine import HumanTask, TaskState
from app.foundation.db import db
from tests import weekly

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def tasks(monday):
    monday("2026-11-16 08:00")
    number = "ZC-2026-012"
    late = weekly.start(["E011"], place="教务处第12周", rule=weekly.in_week(12), number=number)
    long = "教务处与思想政治理论课教学部、马克思主义学院联合课程思政示范课建设专项（第二轮补充）"
    weekly.start(["E011"], place=long, rule=weekly.in_week(13))
    monday("2026-11-23 09:00")
    return late


@pytest.fixture
def desk(page, site, tasks):
    page.goto(f"{site}/")
    page.get_by_label("工号或学号").fill("201011")
    page.get_by_label("密码").fill("zhengai")
    page.get_by_role("button", name="登录").click()
    page.get_by_role("heading", name="待办", exact=True).wait_for()
    return page


def fits(page):
    return page.evaluate("() => document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_a_click_shows_the_row_in_the_pane_and_o_opens_it(desk, site):
    pane = desk.get_by_role("complementary", name="所选事项")
    assert pane.get_by_role("heading", name="教务处第12周").is_visible()

    desk.get_by_role("link", name="马克思主义学院").click()
    pane.get_by_role("heading", name="马克思主义学院").wait_for()
    desk.keyboard.press("k")
    pane.get_by_role("heading", name="教务处第12周").wait_for()
    desk.keyboard.press("o")
    desk.wait_for_url(f"{site}/tasks/*")


def test_a_task_is_filled_in_kept_and_handed_in(desk, site):
    desk.keyboard.press("j")
    desk.keyboard.press("k")
    desk.keyboard.press("o")
    desk.locator("[data-island=form][data-ready]").wait_for()
    desk.get_by_label("本周情况").fill("本周完成期中教学检查，覆盖62门课程。")
    desk.get_by_label("完成任务数").fill("12")
    desk.get_by_text("已暂存 09:00").wait_for(timeout=6000)
    desk.get_by_label("办理意见").fill("请审核。")
    desk.get_by_role("button", name="提交自查").click()

    desk.get_by_text("下一步：审核自查（封以宁）").wait_for()
    assert desk.locator("tr[data-row]").count() == 1


def test_a_refusal_keeps_the_text_and_stands_beside_the_field(desk):
    desk.get_by_role("link", name="打开办理").click()
    desk.locator("[data-island=form][data-ready]").wait_for()
    desk.get_by_label("本周情况").fill("太短")
    desk.get_by_role("button", name="提交自查").click()
    desk.locator(".form-alert").wait_for()
    assert desk.get_by_label("本周情况").input_value() == "太短"


def test_the_slower_of_two_reads_who_was_faster(desk, app, visitor):
    desk.expected = {409}
    desk.get_by_role("link", name="打开办理").click()
    desk.locator("[data-island=form][data-ready]").wait_for()
    task = db.session.scalar(select(HumanTask).where(HumanTask.state == TaskState.OPEN).order_by(HumanTask.due_at))
    visitor("E011").post(f"/tasks/{task.id}/submit", json={"action": "submit", "data": weekly.REPORT})

    desk.get_by_label("本周情况").fill("本周完成期中教学检查，覆盖62门课程。")
    desk.get_by_label("完成任务数").fill("12")
    desk.get_by_role("button", name="提交自查").click()

    desk.locator(".form-alert").get_by_text("崔砚秋已于11月23日（周一）09:00办理了这项任务").wait_for()


def test_a_phone_has_cards_a_single_column_and_a_sticky_bar(desk, site):
    desk.set_viewport_size(PHONE)
    assert fits(desk)
    assert not desk.get_by_role("complementary", name="所选事项").is_visible()

    desk.get_by_text("马克思主义学院").first.click()
    desk.locator("[data-island=form][data-ready]").wait_for()
    assert fits(desk)
    button = desk.get_by_role("button", name="提交自查")
    box = button.bounding_box()
    assert box["y"] + box["height"] <= PHONE["height"]
    assert box["height"] >= 44


@pytest.mark.parametrize("address", ["/login", "/delegations", "/search?q=教务处", "/password", "/?view=done"])
def test_no_page_scrolls_sideways_on_a_phone(desk, site, address):
    desk.set_viewport_size(PHONE)
    desk.goto(site + address)
    assert fits(desk)


def test_a_demo_account_fills_the_form_in_with_one_click(page, site, app, tasks):
    app.config["DEMO"] = True
    page.goto(f"{site}/login")
    page.get_by_role("button", name="质管办主任").click()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="待办", exact=True).wait_for()
    assert page.get_by_text("封以宁").first.is_visible()
