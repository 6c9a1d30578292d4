"""One journey per layer, from the launch of its term to the published result, in a browser.

People do at their own pages what is theirs to do: students and teachers on a
phone, everybody else at a desk. The office's journey shows every kind of page;
in the others, what only repeats it is handed in through the test client.
"""

from collections.abc import Callable

import pytest

from app.foundation.db import db, transaction
from app.organisation.models import Layer
from tests.builders import FINDING, TERM
from tests.journeys.chapters import (
    CHAIR,
    CLASSMATE,
    COLLEAGUE,
    COUNSELLOR,
    DEPARTMENT_HEAD,
    DIRECTOR,
    LEADER,
    OFFICE_HEAD,
    OFFICER,
    OTHER_DEPARTMENT_HEAD,
    PROGRAMME_LEADER,
    SECTION_HEAD,
    STUDENT,
    TEACHER,
    comes_out,
    enters_a_units_goal,
    enters_his_own_goal,
    half_years_report,
    launches,
    looks_on_site,
    order_of,
    passed,
    puts_right,
    writes_a_measure,
    writes_a_report,
    writes_the_report_of,
)
from tests.journeys.screens import PHONE, Screen, imports_reading
from tests.quality.test_layers import assesses
from tests.quality.test_results import OPENS


@pytest.fixture
def screen(college, page, site) -> Screen:
    """A browser in a college whose quality office has yet to launch the term."""
    with transaction():
        db.session.get_one(Layer, "COLLEGE").self_starting = False
    college.at("2026-08-31 08:00")
    page.set_default_timeout(10_000)
    return Screen(college, page, site)


@pytest.fixture
def reads_in(college, tmp_path) -> Callable[..., None]:
    """Import one value: `reads_in("IC12", "OFF-JWC", "W02", 60)`."""

    def bring(indicator: str, subject: str, week: str, value: float) -> None:
        imports_reading(college.app.test_cli_runner(), tmp_path, indicator, subject, f"{TERM}-{week}", value)
        college.work()

    return bring


# The office


@pytest.mark.scenario(32)
def test_an_office_from_its_launch_to_its_published_result(college, screen, reads_in):
    launches(screen, "学校(学院)层面", "教务处", "教务处")
    sets_the_offices_goals(screen)
    answers_a_quiet_week(screen)
    college.at("2026-09-08 09:00")
    reads_in("IC12", "OFF-JWC", "W01", 60)
    answers_a_week_in_red(screen)
    is_assessed(screen)
    puts_the_order_right(screen)
    reports_on_the_term(screen)
    publishes_the_colleges_report(screen)
    carries_the_penalty_out(screen)

    report, order = half_years_report(), order_of("OFF-JWC")
    screen.sits(OFFICE_HEAD)
    screen.opens("/results/")
    screen.clicks(report.title)
    screen.reads("考核结果（1）", "教务处")
    screen.opens("/subjects/OFF-JWC")
    assert passed(screen.stations()) >= {"建设目标", "任务计划", "考核性诊断", "改进提升", "监测分析", "调整改进"}
    screen.sits(CLASSMATE, on=PHONE)
    for address in (f"/results/{report.id}", "/results/appraisal", f"/orders/{order.no}", "/subjects/OFF-JWC"):
        screen.finds_nothing_at(address)


def sets_the_offices_goals(screen: Screen) -> None:
    """Goals are entered by the head of the office and confirmed by the leader above it."""
    screen.sits(OFFICE_HEAD)
    screen.takes_up("教务处：填报目标任务与标准")
    enters_a_units_goal(screen, post="教学运行岗", responsible="竺可宁", plan="学院“十五五”事业发展规划")
    screen.sits(LEADER)
    screen.takes_up("确认教务处的目标任务")
    screen.hands_in("通过")


def answers_a_quiet_week(screen: Screen) -> None:
    """Nothing is known yet: everything stays as it is."""
    screen.sits(OFFICE_HEAD)
    screen.takes_up("教务处第1周自我诊改")
    screen.hands_in("提交自我诊改")


def answers_a_week_in_red(screen: Screen) -> None:
    """A red value is taken up at its task, and the window wants a measure."""
    screen.sits(OFFICE_HEAD)
    screen.takes_up("处置红色预警")
    screen.hands_in("确认并改进")
    screen.takes_up("教务处第2周自我诊改")
    writes_a_measure(screen, "师生服务满意度", responsible="尚嘉言")
    screen.hands_in("提交自我诊改")
    screen.opens("/warnings/")
    screen.reads("师生服务满意度", "改进中")


def is_assessed(screen: Screen) -> None:
    """The assessment of the half-year is planned, held, graded and accepted."""
    screen.college.at("2026-11-09 08:35")
    screen.sits(OFFICER)
    screen.takes_up("安排教务处的考核性诊断")
    screen.writes_date("考核日期（第14—17周，至少提前5个工作日）", "2026-12-08")
    screen.picks("考核人员", "沐亦辰", "闻小筑")
    screen.ticks("现场")
    screen.writes("材料清单", "目标任务完成材料")
    screen.hands_in("确定安排")
    screen.college.at("2026-12-08 09:00")
    screen.sits(OFFICER)
    screen.takes_up("考核教务处")
    screen.removes_row(1)  # what stands in red is proposed as a finding: one of the two is enough
    screen.picks("严重程度", "一般")
    screen.writes("问题", FINDING["problem"])
    screen.writes("佐证", FINDING["evidence"])
    screen.writes("整改要求", FINDING["requirement"])
    screen.writes("可衡量的目标", FINDING["measurable_target"])
    screen.writes("总体评价", "调停课审批需要改进")
    screen.hands_in("提交考核记录")
    screen.sits(DIRECTOR)
    screen.takes_up("拟定教务处的考核结果")
    screen.reads(FINDING["problem"])
    screen.ticks("D 不合格")
    screen.hands_in("公布初步结果")
    screen.sits(OFFICE_HEAD)
    screen.takes_up("教务处：考核结果")
    screen.hands_in("无异议")


def puts_the_order_right(screen: Screen) -> None:
    """The order is answered, reviewed, looked at on site by two, and closed."""
    puts_right(screen, OFFICE_HEAD)
    screen.sits(DIRECTOR)
    screen.takes_up("审核整改报告")
    screen.hands_in("验收")
    screen.takes_up("指派复核人员")
    screen.picks("复核人员（至少2名，不得来自被复核部门）", "沐亦辰", "舒文远")
    screen.writes_date("复核日期", "2026-12-15")
    screen.writes("复核地点", "教务处")
    screen.writes("复核清单（每行一项）", "抽查20件")
    screen.hands_in("确定指派")
    screen.sits(OFFICER)
    screen.takes_up("实地复核")
    screen.writes("现场情况", "超时0件")
    screen.ticks("符合")
    screen.ticks("有效")
    screen.writes("复核意见", "措施落实")
    screen.hands_in("提交复核记录")
    screen.sits("E074")
    screen.takes_up("复核签字")
    screen.hands_in("同意并签字")
    order = order_of("OFF-JWC")
    screen.sits(OFFICE_HEAD)
    screen.opens("/orders/?shelf=all")
    screen.clicks(order.no)
    screen.reads("已销号", "抽查20件，超时0件")


def reports_on_the_term(screen: Screen) -> None:
    """A section reports, then the office; leader and quality office pass it."""
    screen.college.at("2026-12-21 08:35")
    screen.sits(SECTION_HEAD)
    screen.takes_up("教学运行科：学期运行报告")
    writes_a_report(screen)
    screen.sits(OFFICE_HEAD)
    screen.takes_up("审核教学运行科的学期运行报告")
    screen.hands_in("通过")
    screen.takes_up("教务处：学期运行报告")
    screen.reads("下级报告")
    writes_a_report(screen)
    screen.sits(LEADER)
    screen.takes_up("审核教务处的学期运行报告")
    screen.hands_in("通过")
    screen.sits(OFFICER)
    screen.takes_up("验收教务处的学期运行报告")
    screen.hands_in("验收")


def publishes_the_colleges_report(screen: Screen) -> None:
    """Drafted, answered by one unit while the others stay silent, reviewed, approved, published."""
    screen.college.at(OPENS)
    screen.sits(OFFICER)
    screen.takes_up("起草.*半年诊断与改进报告")
    screen.hands_in("送各单位征求意见")
    screen.sits(OFFICE_HEAD)
    screen.takes_up("征求教务处的意见")
    screen.hands_in("提出意见", opinion="请写明手机审批已上线")
    screen.college.at("2027-01-14 17:31")
    screen.sits(DIRECTOR)
    screen.takes_up("审核.*半年诊断与改进报告")
    screen.reads("请写明手机审批已上线")
    screen.hands_in("送委员会审定")
    screen.sits(CHAIR)
    screen.takes_up("审定.*半年诊断与改进报告")
    screen.hands_in("同意发布")


def carries_the_penalty_out(screen: Screen) -> None:
    """A grade D proposes a penalty; nothing applies before the committee approves it."""
    hr_head = screen.college.performers(screen.college.task("ap_check"))[0]
    screen.sits(hr_head)
    screen.takes_up("核对")
    screen.reads("教务处 · 考核等级 D")
    screen.hands_in("核对完毕，送质管办")
    screen.sits(DIRECTOR)
    screen.takes_up("提请审定")
    screen.hands_in("提请委员会审定")
    screen.sits(CHAIR)
    screen.takes_up("审定")
    screen.ticks("批准")
    screen.hands_in("确定")
    screen.sits(hr_head)
    screen.takes_up("兑现")
    screen.writes("兑现情况", "已在绩效中体现")
    screen.hands_in("已兑现")
    screen.opens("/results/appraisal")
    screen.reads("教务处", "已兑现")


# Programme and course


@pytest.mark.scenario(31)
def test_a_programme_from_its_launch_to_its_published_result(college, screen, reads_in):
    launches(screen, "专业层面", "软件技术", "软件技术")
    screen.sits(PROGRAMME_LEADER)
    screen.takes_up("软件技术：填报目标任务与标准")
    enters_a_units_goal(screen, post="软件技术专业负责人", responsible="苏栩然")
    screen.sits(DEPARTMENT_HEAD)
    screen.takes_up("确认软件技术的目标任务")
    screen.hands_in("通过")

    # The first window is quiet; in the second there is a red value.
    college.does("diagnose", subject="PG08")
    college.at("2026-09-15 09:00")
    reads_in("IG12", "PG08", "W02", 50)
    changes_the_plan(screen)

    # The assessment finds one problem; an objection is heard and dismissed.
    college.at("2026-11-09 08:35")
    college.does("schedule", subject="PG08", held_on="2026-12-08", assessors=["E039", "E041"], mode="ON_SITE")
    college.at("2026-12-08 09:00")
    college.does("hold", subject="PG08", findings=[{**FINDING, "point": "DG07", "problem": "数字资源不足"}], summary="总体良好")
    college.does("draft_result", subject="PG08", grade="B", summary="总体良好")
    screen.sits(PROGRAMME_LEADER)
    screen.takes_up("软件技术：考核结果")
    screen.reads("数字资源不足")
    screen.hands_in("申诉", opinion="年底资源包验收")
    screen.sits(DIRECTOR)
    screen.takes_up("裁定软件技术的申诉")
    screen.reads("年底资源包验收")
    screen.hands_in("维持结果", opinion="以考核日的数据为准")
    puts_right(screen, PROGRAMME_LEADER)
    college.does("review", subject="PG08", action="approve")
    looks_on_site(college, "PG08")

    writes_the_report_of(screen, "软件技术", writer=PROGRAMME_LEADER, approver=DEPARTMENT_HEAD)
    college.does("accept_report", subject="PG08", by=OFFICER, action="approve")
    report = comes_out(college)

    screen.sits(PROGRAMME_LEADER)
    screen.opens(f"/results/{report.id}")
    screen.reads("考核结果（1）")
    assert screen.page.get_by_role("listitem").filter(has_text="软件技术").get_by_text("B").first.is_visible()
    screen.opens("/subjects/PG08")
    assert passed(screen.stations()) >= {"建设目标", "任务计划", "组织", "考核性诊断", "改进提升", "监测分析", "调整改进"}
    screen.sits(OTHER_DEPARTMENT_HEAD)  # the head of another department reads the grade, and nothing behind it
    screen.opens(f"/results/{report.id}")
    screen.reads("软件技术")
    for address in ("/subjects/PG08", f"/orders/{order_of('PG08').no}"):
        screen.finds_nothing_at(address)


def changes_the_plan(screen: Screen) -> None:
    """The red value is taken up and gets its measure; with it a plan is changed, which the department approves."""
    screen.sits(PROGRAMME_LEADER)
    screen.opens("/warnings/")
    screen.page.get_by_role("button", name="确认软件技术 专业课程数字资源覆盖率").click()
    screen.reads("已确认")
    screen.takes_up("软件技术第3—4周自我诊改")
    writes_a_measure(screen, "专业课程数字资源覆盖率", responsible="苏栩然")
    screen.adds_a_row()
    screen.picks("目标任务", "取得预期成效")
    screen.writes("调整后本年计划", "≥88%")
    screen.writes("调整理由", "资源建设延后")
    screen.hands_in("提交自我诊改")
    screen.sits(DEPARTMENT_HEAD)
    screen.takes_up("审批软件技术的计划调整")
    screen.reads("≥88%")
    screen.hands_in("同意调整")
    screen.sits(PROGRAMME_LEADER)
    screen.opens("/goals/mine")
    screen.reads("取得预期成效", "≥88%")
    screen.opens("/forecast/")
    screen.reads("开放窗口", "软件技术")


def test_a_course_from_its_launch_to_its_published_result(college, screen, reads_in):
    launches(screen, "课程层面", "软件技术", "数据库应用")
    screen.sits(TEACHER)
    screen.takes_up("数据库应用：填报目标任务与标准")
    enters_a_units_goal(screen, post="专任教师（古今也）", responsible="古今也")
    screen.sits(PROGRAMME_LEADER)
    screen.takes_up("专业负责人确认：数据库应用")
    screen.hands_in("通过")
    screen.sits(DEPARTMENT_HEAD)
    screen.takes_up("确认数据库应用的目标任务")
    screen.hands_in("通过")

    # A red pass rate is taken up at its task; the window of the week gets its measure.
    college.does("diagnose", subject="KC16")
    college.at("2026-09-08 09:00")
    reads_in("IK14", "KC16", "W01", 60)
    screen.sits(TEACHER)
    screen.takes_up("处置红色预警：数据库应用")
    screen.hands_in("确认并改进")
    screen.takes_up("数据库应用第2周自我诊改")
    writes_a_measure(screen, "课程及格率", responsible="古今也")
    screen.hands_in("提交自我诊改")

    # Department and quality office both assess; what the department found goes to the leader of the programme.
    college.at("2026-11-09 08:35")
    assesses(college, "KC16", "DEPARTMENT", {**FINDING, "point": "DK08", "problem": "及格率低于标准"}, assessors=["E046", "E058"])
    assesses(college, "KC16", "QA_OFFICE", assessors=["E039", "E041"])
    puts_right(screen, PROGRAMME_LEADER)
    screen.sits(DEPARTMENT_HEAD)
    screen.takes_up("审核整改报告")
    screen.hands_in("退回", opinion="请补充及格率数据", confirms=True)
    screen.sits(PROGRAMME_LEADER)
    screen.takes_up("提交整改报告")
    screen.reads("请补充及格率数据")
    screen.writes("整改结果（写明数值）", "补考后及格率88%")
    screen.hands_in("提交整改报告")
    college.does("review", subject="KC16", action="approve")
    looks_on_site(college, "KC16")

    writes_the_report_of(screen, "数据库应用", writer=TEACHER, approver=PROGRAMME_LEADER)
    college.does("accept_report", subject="KC16", by=OFFICER, action="approve")
    report = comes_out(college)

    screen.sits(TEACHER)
    screen.opens(f"/results/{report.id}")
    screen.reads("考核结果（2）", "信息工程系考核", "数据库应用")
    screen.opens("/subjects/KC16")
    assert passed(screen.stations()) >= {"建设目标", "任务计划", "组织", "考核性诊断", "改进提升", "监测分析", "调整改进"}
    screen.sits(STUDENT, on=PHONE)
    for address in (f"/results/{report.id}", "/subjects/KC16"):
        screen.finds_nothing_at(address)


# Teacher and student


@pytest.mark.scenario(31)
def test_a_teacher_from_the_launch_to_his_own_result(college, screen, reads_in):
    launches(screen, "教师层面", "信息工程系", "古今也")
    screen.sits(TEACHER, on=PHONE)
    screen.takes_up("古今也：填报目标任务与标准")
    enters_his_own_goal(screen)
    screen.sits(DEPARTMENT_HEAD)
    screen.takes_up("确认古今也的目标任务")
    screen.hands_in("通过")

    # On a phone: a quiet window, a red value taken up, and the measure it wants.
    screen.sits(TEACHER, on=PHONE)
    screen.takes_up("古今也第1—2周自我诊改")
    screen.hands_in("提交自我诊改")
    college.at("2026-09-15 09:00")
    reads_in("IT11", TEACHER, "W02", 10)
    screen.sits(TEACHER, on=PHONE)
    screen.opens("/warnings/")
    screen.page.get_by_role("button", name="确认古今也 年企业实践天数").click()
    screen.reads("已确认")
    screen.takes_up("古今也第3—4周自我诊改")
    writes_a_measure(screen, "年企业实践天数")
    screen.hands_in("提交自我诊改")
    screen.opens("/goals/mine")
    screen.page.get_by_label("今年到目前完成").fill("1")
    screen.page.get_by_role("button", name="填报进度").click()
    screen.reads("已完成1")

    # The department's assessment finds one problem, which he puts right himself.
    college.at("2026-11-09 08:35")
    assesses(
        college, TEACHER, "DEPARTMENT", {**FINDING, "point": "DT09", "problem": "企业实践天数不足"}, assessors=["E046", "E058"]
    )
    puts_right(screen, TEACHER, on=PHONE)
    college.does("review", subject=TEACHER, action="approve")
    looks_on_site(college, TEACHER)

    writes_the_report_of(screen, "古今也", writer=TEACHER, approver=DEPARTMENT_HEAD, on=PHONE)
    college.does("accept_report", subject=TEACHER, by=OFFICER, action="approve")
    report = comes_out(college)

    # His own result is his; the report names no teacher, and a colleague finds nothing.
    screen.sits(TEACHER, on=PHONE)
    screen.opens("/results/mine")
    screen.reads(report.title, "企业实践天数不足", "已销号")
    screen.opens(f"/subjects/{TEACHER}")
    assert passed(screen.stations()) >= {"建设目标", "任务计划", "考核性诊断", "改进提升", "监测分析", "调整改进"}
    screen.sits(COLLEAGUE, on=PHONE)
    screen.opens("/results/mine")
    screen.reads("还没有公布您的考核结果")
    screen.opens(f"/results/{report.id}")
    screen.does_not_read("古今也", "企业实践天数不足")
    for address in (f"/subjects/{TEACHER}", f"/orders/{order_of(TEACHER).no}"):
        screen.finds_nothing_at(address)


@pytest.mark.scenario(11)
@pytest.mark.scenario(31)
def test_a_student_from_the_launch_to_his_own_result(college, screen, reads_in):
    launches(screen, "学生层面", "软件技术", "薄念安")
    screen.sits(STUDENT, on=PHONE)
    screen.takes_up("薄念安：填报目标任务与标准")
    enters_his_own_goal(screen)
    screen.sits(COUNSELLOR)
    screen.takes_up("确认薄念安的目标任务")
    screen.hands_in("通过")

    # All green: one tap. Then a red value, taken up, and the measure it wants.
    screen.sits(STUDENT, on=PHONE)
    screen.takes_up("薄念安第1—2周自我诊改")
    screen.hands_in("提交自我诊改")
    college.at("2026-09-15 09:00")
    reads_in("IS14", STUDENT, "W02", 1.6)
    screen.sits(STUDENT, on=PHONE)
    screen.takes_up("处置红色预警")
    screen.hands_in("确认并改进")
    screen.takes_up("薄念安第3—4周自我诊改")
    writes_a_measure(screen, "平均学分绩点")
    screen.hands_in("提交自我诊改")
    screen.opens("/goals/mine")
    screen.reads("取得预期成效")
    screen.opens("/forecast/")
    screen.reads("14天预告")

    # The department's assessment finds one problem; the counsellor signs what he did about it.
    college.at("2026-11-09 08:35")
    assesses(
        college, STUDENT, "DEPARTMENT", {**FINDING, "point": "DS12", "problem": "绩点低于标准"}, assessors=["E046", "E058"]
    )
    puts_right(screen, STUDENT, on=PHONE)
    screen.sits(COUNSELLOR)
    screen.takes_up("签署整改报告")
    screen.hands_in("签署")
    college.does("review", subject=STUDENT, action="approve")
    looks_on_site(college, STUDENT)

    writes_the_report_of(screen, "薄念安", writer=STUDENT, approver=COUNSELLOR, on=PHONE)
    report = comes_out(college)

    # His own result is his; a classmate finds nothing of it anywhere.
    screen.sits(STUDENT, on=PHONE)
    screen.opens("/results/")
    screen.reads(report.title, "绩点低于标准", "已销号")
    with screen.page.expect_download() as paper:
        screen.page.get_by_role("link", name="结果通知单").first.click()
    assert paper.value.suggested_filename.endswith(".docx")
    screen.opens("/subjects/")
    assert passed(screen.stations()) >= {"建设目标", "任务计划", "考核性诊断", "改进提升", "监测分析", "调整改进"}
    screen.sits(CLASSMATE, on=PHONE)
    screen.opens("/results/mine")
    screen.reads("还没有公布您的考核结果")
    for address in (f"/results/{report.id}", f"/subjects/{STUDENT}", f"/orders/{order_of(STUDENT).no}"):
        screen.finds_nothing_at(address)
