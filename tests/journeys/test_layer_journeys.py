"""One journey per layer, from the launch of its term to the published result, in a browser.

People do at their own pages what is theirs to do: students and teachers on a
phone, everybody else at a desk. The office's journey shows every kind of page;
in the others, what only repeats it is handed in through the test client.
"""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app import engine
from app.foundation.db import db, transaction
from app.organisation.models import Layer
from app.quality.rectification.models import OrderStatus, RectificationOrder
from app.quality.results.models import CollegeReport, ReportKind
from tests.builders import FINDING, OTHER_LAYERS, TERM, College
from tests.journeys.screens import PHONE, Screen, imports_reading
from tests.quality.test_results import OPENS

CHAIR, LEADER, DIRECTOR, OFFICER = "E002", "E003", "E029", "E038"
OFFICE_HEAD, SECTION_HEAD = "E011", "E032"
DEPARTMENT_HEAD, PROGRAMME_LEADER, COUNSELLOR = "E046", "E059", "E072"
TEACHER, COLLEAGUE, STUDENT, CLASSMATE = "E065", "E064", "S008", "S020"


@pytest.fixture
def screen(college, page, site) -> Screen:
    """A browser in a college whose quality office has yet to launch the term."""
    with transaction():
        db.session.get_one(Layer, "COLLEGE").self_starting = False
    college.at("2026-08-31 08:00")
    return Screen(college, page, site)


@pytest.fixture
def reads_in(college, tmp_path) -> Callable[..., None]:
    """Import one value: `reads_in("IC12", "OFF-JWC", "W02", 60)`."""

    def bring(indicator: str, subject: str, week: str, value: float) -> None:
        imports_reading(college.app.test_cli_runner(), tmp_path, indicator, subject, f"{TERM}-{week}", value)
        college.work()

    return bring


# What several journeys do


def launches(screen: Screen, layer: str, scope: str, subject: str) -> None:
    """The quality office looks at who would do what, and starts."""
    screen.sits(OFFICER)
    screen.opens("/launches/")
    screen.page.get_by_label("层面").select_option(label=layer)
    screen.page.get_by_label("范围").select_option(label=scope)
    screen.page.get_by_role("button", name="预览").click()
    screen.reads("待启动", subject)
    screen.page.get_by_role("button", name="启动").click()
    screen.page.get_by_role("dialog").get_by_role("button", name="启动").click()
    screen.reads("已启动", "在第一个人办理之前可以整批撤销")
    screen.college.work()


def enters_a_goal(screen: Screen, *, task: str, point: str, plans: tuple[str, str, str]) -> None:
    """Type a goal into the form at hand; what only units plan is picked by the caller."""
    screen.adds_a_row()
    screen.writes(task, "取得预期成效")
    screen.writes(point, "达成数")
    for year, plan in zip(("2026", "2027", "2028"), plans, strict=True):
        screen.writes(f"{year}年计划", plan)


def enters_a_units_goal(screen: Screen, *, post: str, responsible: str) -> None:
    """The goal of an office, programme or course is a duty of a post that somebody holds."""
    enters_a_goal(screen, task="目标任务", point="观测点", plans=("≥90%", "≥92%", "≥95%"))
    screen.picks("任务类型", "C 职责常规工作")
    screen.writes("领导决定（B类）或岗位职责（C类）", "岗位职责第3条")
    screen.picks("归属岗位", post)
    screen.picks("具体负责人", responsible)
    screen.hands_in("提交目标任务")


def enters_his_own_goal(screen: Screen) -> None:
    """A teacher or student plans for himself."""
    enters_a_goal(screen, task="目标", point="用什么衡量", plans=("1项", "1项", "2项"))
    screen.hands_in("提交目标任务")


def writes_a_measure(screen: Screen, words: str, *, responsible: str = "") -> None:
    """The point in trouble gets problem, cause and measure; the others stay as they are."""
    row = screen.row_of(words)
    screen.ticks("有问题", within=row)
    screen.writes("问题", "低于标准", within=row)
    screen.writes("原因", "跟踪不够", within=row)
    screen.writes("改进措施", "按周跟踪并通报", within=row)
    if responsible:
        screen.picks("责任人", responsible, within=row)
    screen.writes_date("完成期限", "2026-12-31", within=row)
    screen.hands_in("提交自我诊改")


def writes_a_report(screen: Screen) -> None:
    """The report of a term: what happened, what is wrong, what is done about it."""
    screen.writes("基本情况与目标完成", "本学期按计划开展工作，目标完成。")
    screen.writes("存在问题", "个别窗口逾期")
    screen.writes("改进措施", "设置提醒")
    screen.hands_in("提交报告")


def puts_right(screen: Screen, person: str, **where) -> None:
    """Whoever answers for an order acknowledges it and reports what was done."""
    screen.sits(person, **where)
    screen.takes_up("签收整改通知")
    screen.writes("拟采取的措施", "上线手机审批")
    screen.hands_in("签收")
    screen.takes_up("提交整改报告")
    screen.writes("已采取的整改措施", "上线手机审批并设置超时提醒")
    screen.writes("整改结果（写明数值）", "抽查20件，超时0件")
    screen.hands_in("提交整改报告")


def order_of(subject: str) -> RectificationOrder:
    db.session.rollback()
    return db.session.scalars(select(RectificationOrder).where(RectificationOrder.subject_code == subject)).one()


def half_years_report() -> CollegeReport:
    db.session.rollback()
    return db.session.scalars(select(CollegeReport).where(CollegeReport.kind == ReportKind.HALF_YEAR)).one()


def passed(stations: dict[str, str]) -> set[str]:
    """Return the stations of a spiral that a subject has behind it."""
    return {name for name, state in stations.items() if state == "已完成"}


# The office


@pytest.mark.scenario(1)
def test_an_office_from_its_launch_to_its_published_result(college, screen, reads_in):
    launches(screen, "学校(学院)层面", "教务处", "教务处")

    # Goals: entered by the head of the office, confirmed by the leader above it.
    screen.sits(OFFICE_HEAD)
    screen.takes_up("教务处：填报目标任务与标准")
    enters_a_units_goal(screen, post="教学运行岗", responsible="竺可宁")
    screen.sits(LEADER)
    screen.takes_up("确认教务处的目标任务")
    screen.hands_in("通过")

    # A week without news, then a red value: it is taken up, and the window wants a measure.
    screen.sits(OFFICE_HEAD)
    screen.takes_up("教务处第1周自我诊改")
    screen.hands_in("提交自我诊改")
    college.at("2026-09-08 09:00")
    reads_in("IC12", "OFF-JWC", "W01", 60)
    screen.sits(OFFICE_HEAD)
    screen.page.set_default_timeout(7000)
    screen.takes_up("处置红色预警")
    screen.hands_in("确认并改进")
    screen.takes_up("教务处第2周自我诊改")
    writes_a_measure(screen, "师生服务满意度", responsible="尚嘉言")
    screen.opens("/warnings/")
    screen.reads("师生服务满意度", "改进中")

    # The assessment of the half-year: planned, held, graded, accepted.
    college.at("2026-11-09 08:35")
    screen.sits(OFFICER)
    screen.takes_up("安排教务处的考核性诊断")
    screen.writes_date("考核日期（第14—17周，至少提前5个工作日）", "2026-12-08")
    screen.picks("考核人员", "沐亦辰", "闻小筑")
    screen.ticks("现场")
    screen.writes("材料清单", "目标任务完成材料")
    screen.hands_in("确定安排")
    college.at("2026-12-08 09:00")
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

    # The order: put right, reviewed, looked at on site by two, closed.
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
    screen.sits("E038")
    screen.takes_up("实地复核")
    screen.writes("现场情况／实测值", "超时0件")
    screen.ticks("符合")
    screen.ticks("有效")
    screen.writes("复核意见", "措施落实")
    screen.hands_in("提交复核记录")
    screen.sits("E074")
    screen.takes_up("复核签字")
    screen.hands_in("同意并签字")
    order = order_of("OFF-JWC")
    assert order.status is OrderStatus.CLOSED
    screen.sits(OFFICE_HEAD)
    screen.opens("/orders/?shelf=all")
    screen.clicks(order.no)
    screen.reads("已销号", "抽查20件，超时0件")

    # The term's reports: a section's, then the office's, accepted by the quality office.
    college.at("2026-12-21 08:35")
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

    # The college's report: drafted, answered by one unit, the others silent, reviewed, approved, published.
    college.at(OPENS)
    screen.sits(OFFICER)
    screen.takes_up("起草.*半年诊断与改进报告")
    screen.hands_in("送各单位征求意见")
    screen.sits(OFFICE_HEAD)
    screen.takes_up("征求教务处的意见")
    screen.hands_in("提出意见", opinion="请写明手机审批已上线")
    college.at("2027-01-14 17:31")
    screen.sits(DIRECTOR)
    screen.takes_up("审核.*半年诊断与改进报告")
    screen.reads("请写明手机审批已上线")
    screen.hands_in("送委员会审定")
    screen.sits(CHAIR)
    screen.takes_up("审定.*半年诊断与改进报告")
    screen.hands_in("同意发布")

    # A grade D proposes a penalty; nothing applies before the committee approves it.
    hr_head = college.performers(college.task("ap_check"))[0]
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

    # What the office finds, and what a student does not.
    report = half_years_report()
    screen.sits(OFFICE_HEAD)
    screen.opens("/results/")
    screen.clicks(report.title)
    screen.reads("考核结果（1）", "教务处")
    screen.opens("/subjects/OFF-JWC")
    assert passed(screen.stations()) >= {"建设目标", "任务计划", "考核性诊断", "改进提升", "监测分析", "调整改进"}
    screen.sits(CLASSMATE, on=PHONE)
    for address in (f"/results/{report.id}", "/results/appraisal", f"/orders/{order.no}", "/subjects/OFF-JWC"):
        screen.finds_nothing_at(address)
