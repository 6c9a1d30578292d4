"""The overview, the ledger, an order and the warnings in a real browser, wide and narrow."""

import pytest

from app.foundation.db import transaction
from app.quality.monitoring import service as monitoring
from app.quality.monitoring.models import Origin
from tests.builders import TERM

PHONE = {"width": 390, "height": 844}
ADDRESSES = [
    "/overview/", "/orders/?shelf=all", "/orders/ZG-2026-001", "/warnings/", "/goals/", "/goals/mine", "/goals/table/college",
    "/standards/", "/standards/STD-T2-JWC1", "/standards/bindings/OFF-JWC",
]  # fmt: skip


@pytest.fixture
def lived(college):
    """教务处 has handed one window in and owes the second, is warned twice, and an order of it is overdue."""
    college.confirms_goals()
    college.does("diagnose", subject="OFF-JWC")
    college.issues_order(on="2026-09-01 09:00")
    college.at("2026-09-07 08:35")
    with transaction():
        for code, value, subject in (("IC12", 60, "OFF-JWC"), ("IC12", 85, "OFF-XYY")):
            monitoring.record_reading(
                code, subject_code=subject, period=f"{TERM}-W01", value=value, origin=Origin.MANUAL
            )
    college.at("2026-09-22 08:35")
    return college


@pytest.fixture
def reader(page, lived, site):
    """The director of the quality office has signed in."""
    page.goto(f"{site}/login")
    page.get_by_label("工号或学号").fill("201029")
    page.get_by_label("密码").fill("zhengai")
    page.get_by_role("button", name="登录").click()
    page.get_by_role("link", name="质管总览").wait_for()
    return page


def fits(page):
    return page.evaluate("() => document.documentElement.scrollWidth") <= page.viewport_size["width"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_scrolls_sideways_wide_or_narrow(reader, site, address):
    reader.goto(site + address)
    assert fits(reader)

    reader.set_viewport_size(PHONE)
    reader.reload()
    assert fits(reader)


def test_arrow_keys_walk_the_grid_and_enter_opens_the_window(reader, site):
    reader.goto(f"{site}/overview/")
    grid = reader.get_by_role("table", name="每个部门每个教学周的自我诊改")
    cells = grid.locator("td a")
    assert cells.evaluate_all("links => links.filter(link => link.tabIndex === 0).length") == 1

    cells.first.focus()
    reader.keyboard.press("ArrowRight")
    assert "教务处 第2周" in reader.evaluate("() => document.activeElement.getAttribute('aria-label')")
    reader.keyboard.press("Enter")
    reader.wait_for_url(f"{site}/procedures/*")


def test_on_a_phone_the_grid_shows_the_present_week_beside_the_names(reader, site):
    reader.set_viewport_size(PHONE)
    reader.goto(f"{site}/overview/")

    week, name = reader.locator(".weeks thead [aria-current]"), reader.locator("tbody th.unit").first
    assert 0 < week.bounding_box()["x"] < PHONE["width"]
    assert 0 < name.bounding_box()["x"] < PHONE["width"]


def test_an_extra_assessment_is_begun_after_a_question(reader, site):
    reader.goto(f"{site}/overview/")
    reader.get_by_label("被考核部门").select_option("后勤管理处")
    reader.get_by_role("button", name="发起").click()
    reader.get_by_role("dialog").get_by_role("button", name="发起").click()

    reader.wait_for_url(f"{site}/procedures/*")
    reader.get_by_text("已发起后勤管理处的临时考核").wait_for()


def test_j_and_o_open_an_order_of_the_ledger(reader, site):
    reader.goto(f"{site}/orders/")
    reader.keyboard.press("j")
    reader.keyboard.press("o")

    reader.wait_for_url(f"{site}/orders/ZG-2026-001")
    reader.get_by_role("heading", name="教务处：调停课审批超时").wait_for()


def test_the_head_of_the_ledger_stays_in_sight(reader, site):
    reader.set_viewport_size({"width": 1440, "height": 260})
    reader.goto(f"{site}/orders/?shelf=all")
    reader.mouse.wheel(0, 2000)

    reader.wait_for_function("() => scrollY > 0")
    assert reader.get_by_role("columnheader", name="存在问题").bounding_box()["y"] >= 0


def test_a_warning_is_taken_up_and_another_called_false(reader, site):
    reader.goto(f"{site}/warnings/")
    worst = reader.locator("tr[data-row]").filter(has_text="师生服务满意度").filter(has_text="教务处")
    worst.get_by_role("button", name="确认").click()
    reader.get_by_text("预警已确认。").wait_for()
    assert "已确认" in worst.inner_text()

    wrong = reader.locator("tr[data-row]").filter(has_text="校医院")
    wrong.get_by_text("误报", exact=True).click()
    wrong.get_by_label("为什么是误报").fill("采集口径有误，已更正")
    wrong.get_by_role("button", name="记为误报").click()
    reader.get_by_text("已记为误报，并通知了").wait_for()
    assert wrong.count() == 0
