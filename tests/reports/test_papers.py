"""Each paper as its reader gets it: headings, values, places to sign; in Word, PDF and Excel."""

import io

import openpyxl
import pytest
from sqlalchemy import select

from app.foundation.db import db, transaction
from app.quality.assessment.models import Assessment
from app.quality.diagnosis.models import SelfDiagnosis, SemesterReport
from app.quality.goals.models import Goal
from app.quality.monitoring import service as monitoring
from app.quality.monitoring.models import Origin, QualityWarning, WarningStatus
from app.quality.rectification.models import OnSiteVerification, RectificationSubmission
from app.quality.review.models import MeetingItem, NatureDetermination, SpecialMeeting
from app.quality.standards.models import Standard
from tests.builders import TERM
from tests.quality.test_rectification import REPORT, verifies
from tests.quality.test_review import DETERMINATION, MEETING, record
from tests.reports.papers import fetched, pdf_text, sheet, word, words_of

HEADINGS = [
    "责任部门", "部门负责人", "工作任务", "任务类型*", "观测点", "2026", "2027", "2028", "责任科室", "归属岗位", "具体负责人",
]  # fmt: skip
LEDGER = [
    "序号", "问题来源", "存在问题", "责任领导", "责任部门", "责任人", "整改措施", "整改目标", "整改时限", "进展", "完成情况",
    "佐证材料", "复核结论", "复核人", "销号日期",
]  # fmt: skip


def key(table, **where) -> int:
    db.session.expire_all()
    return db.session.scalars(select(table.id).filter_by(**where).order_by(table.id)).first()


def header_row(shown) -> list[str]:
    """Return the headings of a sheet; those under 年度计划 stand a row lower."""
    rows = list(shown.iter_rows(min_row=3, max_row=4, values_only=True))
    return [below or above for above, below in zip(*rows, strict=True)]


@pytest.fixture
def answered(college):
    """An order was verified without evident effect; the committee referred it and a meeting resolved on it."""
    college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    college.does("submit", **REPORT)
    college.does("review", action="approve", opinion="材料齐全")
    verifies(college, "NO_EVIDENT_EFFECT", photos=[{"id": 1, "name": "现场.jpg"}])
    college.does("determine", **DETERMINATION)
    college.does("confirm", action="approve")
    college.does("sm_schedule", **MEETING)
    item = str(db.session.scalars(select(MeetingItem.id)).one())
    college.does("sm_hold", discussion="一致同意统筹解决")
    college.does("sm_record", **record(item))
    return college


# D1


@pytest.mark.scenario(5)
def test_the_goal_table_has_the_eleven_headings_the_plan_years_and_the_note_on_types(college):
    college.confirms_goals()

    shown = sheet(college, "goals/OFF-JWC")

    assert header_row(shown) == HEADINGS
    assert shown["F3"].value == "年度计划" and "F3:H3" in shown.merged_cells
    assert [cell.value for cell in shown[5]] == [
        "教务处", "崔砚秋", "教学运行日常管理", "C", "调停课率", "≤3%", "≤2.5%", "≤2%", "教学运行科", "教学运行岗", "竺可宁",
    ]  # fmt: skip
    assert all(f"{kind}类" in shown["A6"].value for kind in "ABC")


@pytest.mark.scenario(5)
def test_the_goal_table_has_the_same_headings_in_word_and_pdf(college, tmp_path):
    college.confirms_goals()

    head = word(college, "goals/OFF-JWC").tables[0]
    printed = pdf_text(fetched(college, "goals/OFF-JWC.pdf"), tmp_path)

    assert [head.cell(1 if text.isdigit() else 0, at).text for at, text in enumerate(HEADINGS)] == HEADINGS
    assert "清岚职业技术学院" in printed and "第1页 共1页" in printed and "A类为" in printed
    for words in ("责任部门", "年度计划", "2028", "教学运行日常管理", "≤2.5%"):
        assert words in printed


def test_the_goal_table_of_the_college_holds_every_unit_in_reach(college):
    college.confirms_goals()

    assert sheet(college, "goals/college")["A5"].value == "教务处"
    assert sheet(college, "goals/OFF-RSC")["A5"].value is None


# D2


def test_a_posts_standard_has_the_head_and_both_sections_of_table_2(college):
    paper = words_of(word(college, f"standard/{key(Standard, code='STD-T2-JWC1')}"))

    for words in (
        "行政处室管理服务岗位工作标准说明书", "岗位名称", "教学运行科科长", "教务处", "本岗位编制数", "本岗位工作目标",
        "工作内容及标准", "岗位职责标准", "1个工作日内办结", "岗位职责工作程序", "申请→系部审核→教务审批→通知学生",
    ):  # fmt: skip
        assert words in paper
    assert paper.index("主要职责") < paper.index("职责概述") < paper.index("岗位职责标准")


def test_a_class_of_standards_keeps_all_rows_of_its_table(college):
    table = word(college, "standard-table/PROGRAMME_CLASS").tables[0]

    assert [cell.text for cell in table.rows[0].cells][:3] == ["标准名称", "级别", "师资队伍建设标准"]
    assert len(table.rows) == 15
    key_provincial = next(row for row in table.rows if "双师占比≥70%" in row.cells[2].text)
    assert [cell.text for cell in key_provincial.cells][:2] == ["重点专业建设标准", "省级"]


def test_a_standard_in_parts_names_its_group_and_items(college):
    paper = words_of(word(college, f"standard/{key(Standard, code='STD-T8-LEC')}"))

    assert "二、发展标准" in paper and "讲师标准" in paper and "年培训≥72学时" in paper
    assert "优秀教师标准" not in paper


# D3, D4, D5


def test_the_record_of_a_self_diagnosis_tells_each_point_and_its_measure(college):
    college.confirms_goals()
    with transaction():
        monitoring.record_reading(
            "IC12", subject_code="OFF-JWC", period=f"{TERM}-W01", value=60, origin=Origin.MANUAL
        )
    task = college.task("diagnose", subject="OFF-JWC")
    said = {
        "state": "PROBLEM", "problem": "师生反映办理慢", "cause": "窗口人手不足",
        "measure": "增设一个窗口", "measure_by": "E032", "measure_due": "2026-10-30",
    }  # fmt: skip
    points = [{"point": f"DC0{n}", "state": "UNCHANGED"} for n in range(1, 6)] + [{"point": "DC06", **said}]
    assert college.hands_in(task, points=points).status_code == 200

    paper = word(college, f"self-diagnosis/{key(SelfDiagnosis, subject_code='OFF-JWC')}")
    table = next(each for each in paper.tables if each.cell(0, 0).text == "诊断点")

    assert [cell.text for cell in table.rows[0].cells] == ["诊断点", "现状", "问题", "原因", "成绩", "改进措施", "责任人", "期限"]
    assert [cell.text for cell in table.rows[6].cells] == [
        "满意度", "严重，有问题", "师生反映办理慢", "窗口人手不足", "", "增设一个窗口", "尚嘉言", "2026年10月30日",
    ]  # fmt: skip
    assert "按时提交" in words_of(paper) and "第1个窗口（第1周）" in words_of(paper)


def test_a_semester_report_keeps_its_figures_when_warnings_end_later(college):
    college.confirms_goals()
    with transaction():
        monitoring.record_reading("IC12", subject_code="OFF-JWC", period=f"{TERM}-W01", value=60, origin=Origin.MANUAL)
        db.session.add(_report())
    before = words_of(word(college, f"semester-report/{key(SemesterReport)}"))

    college.at("2026-09-02 09:00")
    with transaction():
        warning = db.session.scalars(select(QualityWarning)).one()
        warning.status, warning.closed_at = WarningStatus.RESOLVED, warning.opened_at.replace(year=2027)

    after = words_of(word(college, f"semester-report/{key(SemesterReport)}"))
    assert after == before
    for words in ("一、基本情况", "教学运行平稳", "三、预警及处置", "四、存在问题", "五、改进措施", "六、下学期目标", "87.5%"):
        assert words in before


def _report() -> SemesterReport:
    figures = {
        "goals": 4, "progress_percent": 87.5, "submitted": 7, "late": 1, "missed": 0, "standing_yellow": 0, "standing_red": 1,
    }  # fmt: skip
    return SemesterReport(
        subject_code="OFF-JWC", term_code=TERM, figures=figures, text="教学运行平稳。", problems="办理慢",
        measures="增设窗口", next_goals="满意度90%", written_by="E011",
    )  # fmt: skip


def test_an_assessment_is_recorded_with_findings_grade_and_signatures(college):
    college.issues_order()

    paper = words_of(word(college, f"assessment/{key(Assessment)}"))

    for words in (
        "考核性诊断记录", "诊断点", "得分（百分制）", "调停课审批超时", "抽查20件有6件超过1个工作日", "一般", "限期改进意见",
        "超时件数=0/20", "B（合格）", "考核人员（签名）：沐亦辰", "（盖章）",
    ):  # fmt: skip
        assert words in paper


# D6, D7, D8, D10


def test_the_notice_names_problem_standard_deadline_and_who_answers(college, tmp_path):
    college.issues_order()

    printed = pdf_text(fetched(college, "order/ZG-2026-001.pdf"), tmp_path)

    for words in (
        "限期整改通知书", "编号：ZG-2026-001", "教务处：", "调停课审批超时", "依据标准", "标准值", "办结时限1个工作日内",
        "2026年10月16日 17:30前（10个工作日）", "责任领导", "温若涵", "崔砚秋", "（盖章）", "2026年9月28日",
    ):  # fmt: skip
        assert words in printed


def test_report_verification_and_determination_follow_the_order(answered):
    report = words_of(word(answered, f"rectification-report/{key(RectificationSubmission)}"))
    visit = words_of(word(answered, f"verification/{key(OnSiteVerification)}"))
    nature = words_of(word(answered, f"determination/{key(NatureDetermination)}"))

    for words in ("整改报告", "上线手机审批并设置超时提醒", "抽查20件，超时0件", "审核通过：材料齐全"):
        assert words in report
    for words in ("实地复核记录表", "沐亦辰、舒文远", "现场情况", "实测值", "0/20", "符合", "现场照片", "现场.jpg", "无明显成效", "被复核主体意见"):
        assert words in visit
    for words in ("问题性质认定书", "资源配置不足", "较重", "整改经过", "签发限期整改通知", "涉及采购与场地，需学院统筹", "邵启文"):
        assert words in nature


def test_before_the_visit_the_verifiers_get_the_empty_form(college):
    college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    college.does("submit", **REPORT)
    college.does("review", action="approve")
    college.does("appoint", verifiers=["E038", "E074"], verify_on="2026-12-25", place="教务处", checklist="抽查20件")

    paper = word(college, f"verification/{key(OnSiteVerification)}")

    assert len(next(table for table in paper.tables if table.cell(0, 0).text == "序号").rows) > 1
    assert words_of(paper).count("复核人员（签名）：＿＿＿＿＿＿") == 2


# D9, D11


def test_the_ledger_has_the_fifteen_columns_in_use(answered):
    shown = sheet(answered, "ledger/all")

    assert [cell.value for cell in shown[3]] == LEDGER
    row = [cell.value for cell in shown[4]]
    assert row[0] == 1 and row[1].startswith("ZG-2026-001\n") and row[3:6] == ["温若涵", "教务处", "崔砚秋"]
    assert row[9] == "已转专题会" and row[12] == "无明显成效" and row[13] == "沐亦辰、舒文远"
    assert shown.print_title_rows == "$3:$3" and shown.page_setup.orientation == "landscape"


def test_the_ledger_follows_the_filters_of_its_page(college):
    college.issues_order()
    college.issues_order(subject="OFF-XSC", on="2026-10-12 10:00", problem="宿舍检查记录不全")
    college.at("2026-10-19 08:35")

    def numbers(address: str) -> list[str]:
        return [cell.value[:11] for cell in sheet(college, address)["B"][3:] if cell.value]

    assert numbers("ledger/open") == ["ZG-2026-001", "ZG-2026-002"]
    assert numbers("ledger/overdue") == ["ZG-2026-001"]
    assert numbers("ledger/open?unit=OFF-XSC") == ["ZG-2026-002"]
    assert "未销号 学生处" in sheet(college, "ledger/open?unit=OFF-XSC")["A2"].value


def test_a_meetings_papers_tell_items_minutes_resolution_and_tasks(answered):
    meeting = key(SpecialMeeting)
    papers = {kind: words_of(word(answered, f"meeting-{kind}/{meeting}")) for kind in ("agenda", "minutes", "resolutions", "tasks")}

    for words in ("专题会议题表", "2026年第1次质量专题会", "2026年10月30日", "行政楼301", "无明显成效", "资源配置不足"):
        assert words in papers["agenda"]
    for words in ("一致同意统筹解决", "会议听取了质管办汇报。", "JY-2026-01"):
        assert words in papers["minutes"]
    assert "列入2027年度采购，寒假完成" in papers["resolutions"]
    for words in ("完成采购", "安装调试", "2027年1月15日", "国有资产管理处"):
        assert words in papers["tasks"]


# What people type


def test_no_text_becomes_a_formula(college):
    hostile = '=HYPERLINK("http://example.org","点这里")'
    college.issues_order(problem=hostile, measurable_target="+1", requirement="@SUM(A1)")
    college.confirms_goals()
    with transaction():
        db.session.scalars(select(Goal)).one().task_zh = "-2+3"

    book = openpyxl.load_workbook(io.BytesIO(fetched(college, "goals/OFF-JWC.xlsx")))
    cell = book.active["C5"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("-2+3", "s", True)
    shown = sheet(college, "ledger/all")
    assert hostile in shown["C4"].value
    assert "f" not in {cell.data_type for row in shown.iter_rows() for cell in row}


def test_markup_and_control_characters_stay_text(college, tmp_path):
    college.issues_order(problem="<b>超时</b>\x0b\x1f<img src=file:///etc/passwd>", evidence="第一行\n第二行")

    printed = pdf_text(fetched(college, "order/ZG-2026-001.pdf"), tmp_path)

    assert "<b>超时</b><img src=file:///etc/passwd>" in printed
    assert "<b>超时</b>" in words_of(word(college, "order/ZG-2026-001"))
    assert fetched(college, "ledger/all.xlsx").startswith(b"PK")
