"""D12 and D13 as their readers get them: the report, the announcement, the sheet for one person."""

import pytest
from sqlalchemy import select

from app.foundation.audit import AuditEvent
from app.foundation.db import db
from app.organisation import queries as organisation
from app.quality.results.models import Audience, ReportKind, ResultPublication
from tests.quality.test_results import (
    CLASSMATE,
    COLLEAGUE,
    DIRECTOR,
    STRANGER,
    STUDENT,
    TEACHER,
    overdue,
    published,
    publishes,
    report,
    week_20,
)
from tests.reports.papers import fetched, pdf_text, status, word, words_of

__all__ = ["overdue", "published", "week_20"]


def sheet_of(person: str) -> int:
    query = select(ResultPublication.id).where(
        ResultPublication.subject_code == person, ResultPublication.audience == Audience.PERSON
    )
    return db.session.scalars(query).one()


def test_the_report_has_a_chapter_and_a_table_for_each_layer(published):
    paper = word(published, f"college-report/{report().id}", by=STRANGER)
    text = words_of(paper)

    for words in ("诊断与改进报告", "总述与下一步改进", "一、学校（学院）层面", "二、专业层面", "三、课程层面", "四、教师层面",
                  "五、学生层面", "六、未解决问题清单", "附表一 学校（学院）层面数据", "附表五 学生层面数据"):  # fmt: skip
        assert words in text
    assert "评定2个（B1、D1）" in text
    assert "企业实践天数不足" not in text and organisation.person(TEACHER).name_zh not in text


def test_small_counts_of_people_are_not_printed(published):
    paper = word(published, f"college-report/{report().id}")
    teachers = next(table for table in paper.tables if any("<5" in cell.text for cell in table.column_cells(1)))

    grades = next(row.cells for row in teachers.rows if row.cells[0].text == "考核等级")
    assert grades[1].text == "<5" and grades[2].text == ""


def test_unresolved_problems_are_listed_with_their_orders(overdue, tmp_path):
    publishes(overdue)

    text = pdf_text(fetched(overdue, f"college-report/{report().id}.pdf"), tmp_path)

    assert "未解决问题清单" in text and "ZG-2026-001" in text and "逾期" in text


def test_the_announcement_names_units_programmes_and_courses(published, tmp_path):
    text = words_of(word(published, f"result-announcement/{report().id}", by=STRANGER))

    for words in ("考核结果公告", "教务处", "D（不合格）", "A（优秀）", "C（基本合格）", "只告知本人"):
        assert words in text
    for person in (TEACHER, STUDENT):
        assert organisation.person(person).name_zh not in text
    assert "考核结果公告" in pdf_text(fetched(published, f"result-announcement/{report().id}.pdf"), tmp_path)


def test_the_announcement_waits_for_the_publication(week_20):
    assert status(week_20, f"result-announcement/{report().id}.docx", by=DIRECTOR) == 404
    assert status(week_20, f"college-report/{report().id}.docx", by=DIRECTOR) == 200
    assert status(week_20, f"college-report/{report().id}.docx", by=STRANGER) == 404


def test_a_student_gets_neither(published):
    assert status(published, f"college-report/{report().id}.docx", by=STUDENT) == 404
    assert status(published, f"result-announcement/{report().id}.docx", by=STUDENT) == 404
    assert status(published, f"college-report/{report(ReportKind.YEAR).id}.docx", by=STRANGER) == 404


@pytest.mark.scenario(31)
def test_a_personal_sheet_is_for_the_person_and_his_line(published, tmp_path):
    address = f"personal-result/{sheet_of(TEACHER)}"

    text = words_of(word(published, address, by=TEACHER))
    assert "B（合格）" in text and "企业实践天数不足" in text
    assert "考核结果通知单" in pdf_text(fetched(published, f"{address}.pdf", by=TEACHER), tmp_path)
    assert status(published, f"{address}.docx", by=DIRECTOR) == 200
    for stranger in (COLLEAGUE, STRANGER, STUDENT):
        assert status(published, f"{address}.docx", by=stranger) == 404, stranger


@pytest.mark.scenario(31)
def test_no_classmate_opens_a_students_sheet_and_others_leave_a_trace(published):
    address = f"personal-result/{sheet_of(STUDENT)}.docx"

    assert status(published, address, by=STUDENT) == 200
    assert status(published, address, by=CLASSMATE) == 404
    assert status(published, address, by=DIRECTOR) == 200
    db.session.rollback()
    read = db.session.scalars(select(AuditEvent.person_id).where(AuditEvent.act == "document.read_sensitive")).all()
    assert read == [DIRECTOR]
