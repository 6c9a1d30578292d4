"""Reports of a term at unit, section, post and person level (R-134), each embedding what lies below."""

from io import BytesIO

import pytest
from docx import Document
from sqlalchemy import select

from app import engine
from app.foundation.db import db, transaction
from app.foundation.errors import Conflict
from app.quality.diagnosis import reports
from app.quality.diagnosis.models import ReportLevel, ReportStatus, SemesterReport
from tests.builders import TERM
from tests.doors import signed_in

WORDS = {"text": "本学期按计划完成了各项工作。", "problems": "个别审批超时", "measures": "按周跟踪"}
# 教务处: three sections, and the people in them.
SECTION, POST, PERSON = "SEC-JW1", "P-JW1-GW", "E042"


def reports_open(college):
    """教务处 has its goals and comes to the weeks of reports."""
    college.confirms_goals()
    college.at("2026-12-21 09:00")


def part_tasks(college, subject="OFF-JWC"):
    return {task.title.partition("：")[0]: task for task in college.tasks("write_part", subject=subject)}


def writes(college, task, **words):
    answer = college.hands_in(task, **{**WORDS, **words})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    college.work()


def approves(college, task, action="approve", opinion=""):
    found = next(each for each in college.tasks("approve_part") if each.instance_id == task.instance_id)
    answer = college.hands_in(found, action=action, opinion=opinion)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    college.work()


def row(level, part=""):
    db.session.rollback()
    return reports.report("OFF-JWC", term=TERM, level=level, part=part)


def test_sections_posts_and_people_report_but_not_twice_who_leads(college):
    parts = {(each["level"], each["code"]): each["writer"] for each in reports.parts_of("OFF-JWC")}

    assert ("SECTION", SECTION) in parts
    assert parts["POST", POST] == parts["PERSON", PERSON] == PERSON
    assert ("PERSON", "E011") not in parts, "the head of the office writes the office's report"
    assert all(("PERSON", writer) not in parts for (level, _code), writer in parts.items() if level == "SECTION")


def test_a_department_leaves_its_teachers_to_their_own_layer(college):
    assert all(each["level"] != "PERSON" or not each["code"].startswith("E06") for each in reports.parts_of("DEP-XGX"))


def test_the_college_chooses_the_levels(college):
    college.app.config["REPORT_LEVELS"] = "SECTION"

    assert {each["level"] for each in reports.parts_of("OFF-JWC")} == {"SECTION"}


def test_no_part_reports_for_a_course(college):
    assert reports.parts_of("KC16") == []


def test_in_week_17_each_part_gets_its_task_and_the_unit_its_own(college):
    reports_open(college)

    tasks = part_tasks(college)
    assert "教学运行科" in tasks
    assert college.performers(tasks["教学运行科"]) != ["E011"]
    assert college.local(tasks["教学运行科"].due_at) == "2026-12-31 17:30"
    own = college.task("semester_report", subject="OFF-JWC")
    assert college.local(own.due_at) == "2027-01-08 17:30"


def test_the_figures_are_the_systems_and_the_words_the_writers(college):
    reports_open(college)
    person = next(task for name, task in part_tasks(college).items() if college.performers(task) == [PERSON] and name != POST)
    shown = engine.prefill(person)["figures"]
    assert "目标任务 1 项" in shown
    assert "办结任务" in shown

    writes(college, person)

    found = db.session.scalars(select(SemesterReport).where(SemesterReport.part != "")).first()
    assert found.text == WORDS["text"]
    assert found.written_by == PERSON
    assert found.figures["goals"] == 1


def test_the_direct_superior_approves_or_sends_back(college):
    reports_open(college)
    section = part_tasks(college)["教学运行科"]
    writes(college, section)

    approves(college, section, action="return", opinion="请写明数据")
    again = part_tasks(college)["教学运行科"]
    assert row(ReportLevel.SECTION, SECTION).status is ReportStatus.RETURNED
    writes(college, again, text="补充了数据，完成率为百分之九十六。")
    approves(college, again)

    found = row(ReportLevel.SECTION, SECTION)
    assert found.status is ReportStatus.APPROVED
    assert "百分之九十六" in found.text
    assert "教学运行科" not in part_tasks(college)


def test_the_units_report_embeds_what_lies_below_without_waiting_for_the_slow(college):
    reports_open(college)
    section = part_tasks(college)["教学运行科"]
    writes(college, section)
    approves(college, section)
    own = college.task("semester_report", subject="OFF-JWC")

    shown = engine.prefill(own)["figures"]
    assert "科室 1 份" in shown
    assert "教学运行科：个别审批超时" in shown
    writes(college, own)

    assert row(ReportLevel.UNIT).figures["below"]["approved"] == 1
    assert part_tasks(college), "the others still have theirs"


def test_what_a_person_wrote_of_himself_does_not_stand_in_the_report_above(college):
    reports_open(college)
    for name, task in part_tasks(college).items():
        if college.performers(task) == [PERSON]:
            writes(college, task, problems=f"{name}自己的难处")

    below = reports.figures("OFF-JWC", term=TERM, year=2026)["below"]

    assert below["written"]["PERSON"] == 1
    assert all("自己的难处" not in each["text"] or each["name"] != "个人" for each in below["problems"])
    assert len(below["problems"]) == sum(level != "PERSON" for level in ("POST", "PERSON"))


def test_a_programme_embeds_its_courses(college):
    college.runs("COURSE")
    with transaction():
        reports.write("KC16", term=TERM, form=WORDS, by="E065", level=ReportLevel.COURSE)

    below = reports.figures("PG08", term=TERM, year=2026)["below"]

    assert below["written"] == {"COURSE": 1}
    assert below["problems"] == [{"name": "数据库应用", "text": "个别审批超时"}]


def test_the_paper_of_a_part_says_whose_it_is_and_only_its_line_may_open_it(college):
    reports_open(college)
    section = part_tasks(college)["教学运行科"]
    writes(college, section)
    found = row(ReportLevel.SECTION, SECTION)
    address = f"/documents/semester-report/{found.id}.docx"

    writer = signed_in(college.app, found.written_by).get(address)
    text = "\n".join(cell.text for table in Document(BytesIO(writer.data)).tables for line in table.rows for cell in line.cells)

    assert "教学运行科（科室）" in text
    assert signed_in(college.app, "E011").get(address).status_code == 200
    assert signed_in(college.app, "E044").get(address).status_code == 404


@pytest.mark.parametrize("level", ["SECTION", "POST", "PERSON"])
def test_a_part_that_is_approved_cannot_be_written_again(college, level):
    college.binds()
    code = {"SECTION": SECTION, "POST": POST, "PERSON": PERSON}[level]
    with transaction():
        reports.write("OFF-JWC", term=TERM, form=WORDS, by=PERSON, level=ReportLevel(level), part=code)
        reports.move("OFF-JWC", term=TERM, status=ReportStatus.APPROVED, level=ReportLevel(level), part=code)

    with pytest.raises(Conflict), transaction():
        reports.write("OFF-JWC", term=TERM, form=WORDS, by=PERSON, level=ReportLevel(level), part=code)
