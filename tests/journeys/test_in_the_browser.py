"""What the people of the college see and do, in a real browser."""

from base64 import b64decode

import pytest
from sqlalchemy import select

from app.foundation.db import db, transaction
from app.quality.diagnosis.models import DiagnosisStatus, SelfDiagnosis
from app.quality.goals import queries as goals
from app.quality.monitoring import service as monitoring
from app.quality.monitoring.models import Origin
from app.quality.rectification import queries as rectification
from app.quality.rectification.models import OrderStatus
from tests.builders import TERM
from tests.doors import signed_in
from tests.quality.test_rectification import REPORT, verifies
from tests.quality.test_review import DETERMINATION

PHONE = {"width": 390, "height": 844}
PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def choose(page, label: str, option: str) -> None:
    """Pick an option of a form's select."""
    field = page.locator(".fjs-form-field-select", has=page.get_by_text(label)).first
    field.locator(".fjs-input-group").click()
    page.locator(".fjs-dropdownlist-item", has_text=option).first.click()


def ready(page) -> None:
    page.locator("[data-island=form][data-ready]").wait_for()


@pytest.mark.scenario(1)
@pytest.mark.scenario(2)
def test_goals_are_entered_refused_without_a_number_mended_and_confirmed(college, visit):
    college.starts_term()
    task = college.task("enter_goals", subject="OFF-JWC")
    page = visit("201011")
    page.get_by_text("9月11日（周五）").first.wait_for()
    page.goto(page.url + f"tasks/{task.id}")
    ready(page)
    page.get_by_role("button", name="添加一条").click()
    page.get_by_role("textbox", name="目标任务").fill("教学运行日常管理")
    choose(page, "任务类型", "C 职责常规工作")
    page.get_by_label("领导决定（B类）或岗位职责（C类）").fill("教务处岗位职责第3条")
    page.get_by_label("观测点").fill("调停课率")
    for year, plan in (("2026", "≤3%"), ("2027", "逐步降低"), ("2028", "≤2%")):
        page.get_by_label(f"{year}年计划").fill(plan)
    choose(page, "归属岗位", "教学运行科科长")
    choose(page, "具体负责人", "尚嘉言")
    page.expected = {422}
    page.get_by_role("button", name="提交目标任务").click()
    page.get_by_text("2027年的年度计划没有量化数值").first.wait_for()
    assert page.get_by_role("textbox", name="目标任务").input_value() == "教学运行日常管理"

    page.get_by_label("2027年计划").fill("≤2.5%")
    page.get_by_role("button", name="提交目标任务").click()
    page.get_by_text("下一步：确认目标任务（温若涵）").wait_for()

    confirming = college.task("confirm_goals", subject="OFF-JWC")
    page = visit("201003", f"/tasks/{confirming.id}")
    ready(page)
    page.get_by_text("≤3% ／ ≤2.5% ／ ≤2%").wait_for()
    page.get_by_role("button", name="通过").click()
    page.get_by_text("已办理").first.wait_for()
    db.session.rollback()
    assert goals.goals_of("OFF-JWC")[0].confirmed_by == "E003"


@pytest.mark.scenario(10)
def test_a_red_point_wants_a_measure_and_the_page_says_where(college, visit):
    college.confirms_goals()
    with transaction():
        monitoring.record_reading(
            "IC12", subject_code="OFF-JWC", period=f"{TERM}-W01", value=60, origin=Origin.IMPORT
        )
    task = college.task("diagnose", subject="OFF-JWC")

    page = visit("201011", f"/tasks/{task.id}")
    page.set_viewport_size(PHONE)
    ready(page)
    page.get_by_text("师生服务满意度 60%（标准 88）").wait_for()
    page.get_by_label("有改进").last.check()
    page.expected = {422}
    page.get_by_role("button", name="提交自我诊改").click()

    page.get_by_text("必须写明改进措施（I-7）").first.wait_for()
    db.session.rollback()
    assert db.session.scalars(select(SelfDiagnosis.status)).all() == [DiagnosisStatus.OPEN]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.scenario(27)
def test_more_time_is_asked_for_on_the_orders_task_page(college, visit):
    college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    task = college.task("submit")

    page = visit("201011", f"/tasks/{task.id}")
    page.get_by_role("link", name="申请延期").click()
    page.get_by_label("延期工作日数").fill("11")
    page.get_by_label("理由").fill("等待采购系统")
    page.locator("form.card").evaluate("form => form.noValidate = true")
    page.expected = {422}
    page.get_by_role("button", name="提交申请").click()
    page.get_by_text("延期最长 10 个工作日。").wait_for()
    page.get_by_label("延期工作日数").fill("5")
    page.get_by_role("button", name="提交申请").click()

    page.get_by_text("延期申请已送签发单位").wait_for()
    assert college.performers(college.task("extension")) == ["E029"]


def fits(page) -> bool:
    return page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


def under_the_thumb(locator) -> bool:
    """Say whether a thumb hits it: as high as a finger, and not beside the screen."""
    box = locator.bounding_box()
    return box["height"] >= 44 and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]


@pytest.fixture
def picture(tmp_path):
    """Make a photo as a phone hands it over: `picture("现场.png")` is its path."""

    def taken(name: str):
        path = tmp_path / name
        path.write_bytes(PIXEL)
        return str(path)

    return taken


@pytest.fixture
def verifying(college):
    """Two verifiers are appointed with a list of two checks; it is the day of the visit."""
    college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    college.does("submit", **REPORT)
    college.does("review", action="approve")
    checklist = "核对整改目标：超时件数=0/20\n查看整改措施落实：办结时限1个工作日内"
    college.does("appoint", verifiers=["E038", "E074"], verify_on="2026-10-09", place="教务处", checklist=checklist)
    college.at("2026-10-09 09:00")
    return college


@pytest.mark.scenario(28)
def test_two_verifiers_walk_through_a_verification_with_a_phone(verifying, visit, site, picture):
    page = visit("201038", f"/tasks/{verifying.task('verify').id}")
    page.set_viewport_size(PHONE)
    ready(page)
    assert page.get_by_role("textbox", name="复核内容").nth(1).input_value() == "查看整改措施落实：办结时限1个工作日内"
    for number, (found, measured) in enumerate((("抽查20件，超时0件", "0/20"), ("审批系统已上线", ""))):
        page.get_by_label("现场情况").nth(number).fill(found)
        page.get_by_label("实测值").nth(number).fill(measured)
        page.get_by_label("符合", exact=True).nth(number).check()
    camera = page.locator("input[capture=environment]")
    assert camera.get_attribute("accept") == "image/jpeg,image/png"
    assert under_the_thumb(page.get_by_text("拍照", exact=True))
    camera.set_input_files(picture("现场.png"))
    page.get_by_label("选择照片").set_input_files([picture("台账.png"), picture("公示栏.png")])
    page.get_by_role("button", name="移除 公示栏.png").click()
    assert page.locator(".photos img.thumb").evaluate_all("all => all.map(one => one.naturalWidth)") == [1, 1]
    page.get_by_label("有效", exact=True).check()
    page.get_by_label("复核意见").fill("措施落实")
    assert fits(page) and under_the_thumb(page.get_by_role("button", name="提交复核记录"))
    page.get_by_role("button", name="提交复核记录").click()
    page.get_by_text("下一步：复核签字（舒文远）").wait_for()

    page = visit("201074", f"/tasks/{verifying.task('sign').id}")
    ready(page)
    for words in ("抽查20件，超时0件", "实测值：0/20", "填写：沐亦辰", "复核结论：有效"):
        assert page.get_by_text(words).first.is_visible()
    page.wait_for_function("[...document.querySelectorAll('.photos img')].every(one => one.naturalWidth === 1)")
    assert page.get_by_role("button", name="移除").count() == 0
    assert fits(page) and under_the_thumb(page.get_by_role("button", name="同意并签字"))
    page.get_by_role("button", name="同意并签字").click()
    page.wait_for_url(f"{site}/")

    verifying.work()
    db.session.expire_all()
    assert rectification.order("ZG-2026-001").status is OrderStatus.CLOSED
    record = rectification.verifications_of("ZG-2026-001")[0]
    assert [file["name"] for file in record.photos] == ["现场.png", "台账.png"]
    assert [check.get("measured") for check in record.checks] == ["0/20", ""]
    assert record.signed == ["E038", "E074"]


def test_a_photo_that_did_not_arrive_is_tried_again_and_none_is_left_behind(verifying, visit, picture):
    page = visit("201038", f"/tasks/{verifying.task('verify').id}")
    page.set_viewport_size(PHONE)
    ready(page)
    page.expected = {503}
    page.route("**/files", lambda route: route.fulfill(status=503, json={"message": "网络不稳定，没有传上去。"}), times=1)
    page.locator("input[capture]").set_input_files(picture("现场.png"))
    page.get_by_text("网络不稳定，没有传上去。").wait_for()

    held: list = []
    page.route("**/files", lambda route: held.insert(0, route), times=1)
    page.get_by_role("button", name="重试").click()
    page.get_by_text("正在上传").wait_for()
    page.get_by_role("button", name="提交复核记录").click()
    page.get_by_text("还有文件正在上传，传完后再提交。").wait_for()
    held[0].continue_()

    page.get_by_role("button", name="移除 现场.png").wait_for()


@pytest.mark.scenario(29)
def test_the_meetings_clerk_sees_the_whole_chain_of_an_item(college, visit):
    college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    college.does("submit", **REPORT)
    college.does("review", action="approve")
    verifies(college, "NO_EVIDENT_EFFECT")
    college.does("determine", **DETERMINATION)
    college.does("confirm", action="approve")

    page = visit("201040", f"/tasks/{college.task('sm_schedule').id}")
    ready(page)

    chain = page.locator("[data-island=form]")
    for part in ("教务处 · ZG-2026-001", "抽查20件有6件超过1个工作日", "第1轮无明显成效", "资源配置不足，较重"):
        chain.get_by_text(part).first.wait_for()


@pytest.mark.scenario(11)
def test_a_student_enters_goals_and_answers_a_window_on_a_phone(college, visit, site):
    college.begins("STUDENT", "S008")
    page = visit("202508008", f"/tasks/{college.task('enter_goals', subject='S008').id}")
    page.set_viewport_size(PHONE)
    ready(page)
    page.get_by_role("button", name="添加一条").click()
    page.get_by_role("textbox", name="目标", exact=True).fill("取得职业技能等级证书")
    page.get_by_role("textbox", name="用什么衡量").fill("证书数")
    for year in ("2026", "2027", "2028"):
        page.get_by_label(f"{year}年计划").fill("1项")
    page.get_by_role("button", name="提交目标任务").click()
    page.get_by_text("下一步：确认目标任务（安如是）").wait_for()

    college.does("confirm_goals", subject="S008", action="approve")
    page.goto(f"{site}/tasks/{college.task('diagnose', subject='S008').id}")
    ready(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    with page.expect_response("**/submit"):  # every point is green: nothing to type
        page.get_by_role("button", name="提交自我诊改").click()

    db.session.rollback()
    record = db.session.scalars(select(SelfDiagnosis).where(SelfDiagnosis.subject_code == "S008")).one()
    assert record.status is DiagnosisStatus.SUBMITTED


def test_only_a_persons_findings_can_be_called_not_his_own(college, visit):
    college.runs("STUDENT")
    college.at("2026-11-09 08:35")
    signed_in(college.app, "E029").post("/assessments/", data={"subject": "OFF-JWC"})
    college.work()
    for task in college.tasks("schedule"):
        by, assessor = ("E072", "E064") if task.subject == "S008" else ("E038", "E038")
        if by in college.performers(task):
            college.hands_in(task, by=by, held_on="2026-12-08", assessors=[assessor], mode="ON_SITE")
    college.work()

    for staff_no, subject, shown in (("201064", "S008", 1), ("201038", "OFF-JWC", 0)):
        page = visit(staff_no, f"/tasks/{college.task('hold', subject=subject).id}")
        page.set_viewport_size(PHONE)
        ready(page)
        page.get_by_role("button", name="添加一条").click()
        page.get_by_role("textbox", name="可衡量的目标").wait_for()
        assert page.get_by_label("普遍性问题").count() == shown
        assert fits(page)
