"""What people do in the journeys of several layers: launch, plan, answer a window, put right, report, publish."""

from sqlalchemy import select

from app.foundation.db import db
from app.quality.rectification.models import OrderStatus, RectificationOrder
from app.quality.results.models import CollegeReport, ReportKind
from tests.builders import College
from tests.journeys.screens import Screen
from tests.quality.test_rectification import CHECKS
from tests.quality.test_results import OPENS, publishes

CHAIR, LEADER, DIRECTOR, OFFICER = "E002", "E003", "E029", "E038"
OFFICE_HEAD, SECTION_HEAD = "E011", "E032"
DEPARTMENT_HEAD, OTHER_DEPARTMENT_HEAD, PROGRAMME_LEADER, COUNSELLOR = "E046", "E044", "E059", "E072"
TEACHER, COLLEAGUE, STUDENT, CLASSMATE = "E065", "E064", "S008", "S020"


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


def enters_a_units_goal(screen: Screen, *, post: str, responsible: str, plan: str = "") -> None:
    """The goal of an office, programme or course rests on a plan, or is a duty of a post that somebody holds."""
    enters_a_goal(screen, task="目标任务", point="观测点", plans=("≥90%", "≥92%", "≥95%"))
    if plan:
        screen.picks("任务类型", "A 规划任务")
        screen.picks("所依据的规划（A类）", plan)
    else:
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
    """The point in trouble gets problem, cause and measure; the others stay as they are. Not handed in yet."""
    row = screen.row_of(words)
    screen.ticks("有问题", within=row)
    screen.writes("问题", "低于标准", within=row)
    screen.writes("原因", "跟踪不够", within=row)
    screen.writes("改进措施", "按周跟踪并通报", within=row)
    if responsible:
        screen.picks("责任人", responsible, within=row)
    screen.writes_date("完成期限", "2026-12-31", within=row)


def writes_a_report(screen: Screen) -> None:
    """The report of a term: what happened, what is wrong, what is done about it."""
    screen.writes("基本情况与目标完成", "本学期按计划开展工作，目标完成。")
    screen.writes("存在问题", "个别窗口逾期")
    screen.writes("改进措施", "设置提醒")
    screen.hands_in("提交报告")


def writes_the_report_of(screen: Screen, name: str, *, writer: str, approver: str, **where) -> None:
    """A subject's report of the term is written, and whoever it goes up to passes it."""
    screen.college.at("2026-12-21 08:35")
    screen.sits(writer, **where)
    screen.takes_up(f"{name}：学期运行报告")
    writes_a_report(screen)
    screen.sits(approver)
    screen.takes_up(f"(审核|签署){name}的学期运行报告")
    screen.hands_in("签署" if approver == COUNSELLOR else "通过")


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


def looks_on_site(college: College, subject: str) -> None:
    """Two verifiers appointed by the quality office look on site and find the order put right."""
    college.does("appoint", subject=subject, verifiers=["E038", "E074"], verify_on="2026-12-15", place="系部", checklist="抽查")
    college.does("verify", subject=subject, by="E038", checks=CHECKS, conclusion="EFFECTIVE", remark="措施落实")
    college.does("sign", subject=subject, action="agree")
    assert order_of(subject).status is OrderStatus.CLOSED


def comes_out(college: College) -> CollegeReport:
    """The half-year's report is drafted, no unit objects, director and committee pass it."""
    college.at(OPENS)
    publishes(college)
    return half_years_report()


def order_of(subject: str) -> RectificationOrder:
    db.session.rollback()
    return db.session.scalars(select(RectificationOrder).where(RectificationOrder.subject_code == subject)).one()


def half_years_report() -> CollegeReport:
    db.session.rollback()
    return db.session.scalars(select(CollegeReport).where(CollegeReport.kind == ReportKind.HALF_YEAR)).one()


def passed(stations: dict[str, str]) -> set[str]:
    """Return the stations of a spiral that a subject has behind it."""
    return {name for name, state in stations.items() if state == "已完成"}
