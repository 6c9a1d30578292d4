"""The pages of reports and results: what each reader finds, and what it costs."""

import pytest

from app.foundation.db import db, transaction
from app.organisation import calendar
from app.quality.results import figures, queries, service
from app.quality.results.models import CollegeReport, ReportKind
from tests.doors import signed_in, statements
from tests.quality.test_results import (
    CHAIR,
    DIRECTOR,
    OFFICER,
    STRANGER,
    STUDENT,
    TEACHER,
    drafts,
    graded,
    published,
    report,
    week_20,
)

__all__ = ["published", "week_20"]


def page(college, address: str, *, by: str) -> str:
    db.session.rollback()
    answer = signed_in(college.app, by).get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.text


def test_before_the_first_report_the_page_says_when_one_comes(college):
    college.at("2026-10-12 09:00")

    assert "每学期第20周编制半年报告" in page(college, "/results/", by=STRANGER)
    assert "编制半年报告" not in page(college, "/results/", by=STRANGER).replace("每学期第20周编制半年报告", "")


def test_the_quality_office_finds_the_button_until_the_report_is_begun(college):
    college.at("2026-10-12 09:00")
    before = page(college, "/results/", by=OFFICER)
    signed_in(college.app, OFFICER).post("/results/", data={"kind": "HALF_YEAR"})

    assert ">编制半年报告</button>" in before and ">编制年度报告</button>" in before
    after = page(college, "/results/", by=OFFICER)
    assert ">编制半年报告</button>" not in after and ">编制年度报告</button>" in after
    assert "起草中" in after


def test_an_unknown_kind_is_refused_with_a_sentence(college):
    college.at("2026-10-12 09:00")

    assert signed_in(college.app, OFFICER).post("/results/", data={"kind": "WEEK"}).status_code == 422


def test_staff_find_published_reports_only(published):
    assert "年度诊断与改进报告" not in page(published, "/results/", by=STRANGER)
    assert "2026年度诊断与改进报告" in page(published, "/results/", by=CHAIR)
    shown = page(published, "/results/", by=STRANGER)
    assert "半年诊断与改进报告" in shown and "已发布" in shown
    assert f"/documents/college-report/{report().id}.pdf" in shown


def test_the_place_is_in_everybodys_bar(published):
    for person in (STRANGER, TEACHER, STUDENT):
        assert 'href="/results/"' in page(published, "/", by=person)


def test_a_report_shows_five_chapters_with_their_figures_and_what_is_published_of_each(published):
    shown = page(published, f"/results/{report().id}", by=STRANGER)

    for words in ("学校（学院）层面", "专业层面", "课程层面", "教师层面", "学生层面", "总述与下一步改进", "未解决问题"):
        assert words in shown
    assert "考核结果（2）" in shown and "考核结果（1）" in shown
    assert "只公布不记名的统计；不足5人（次）的不写明。" in shown
    assert "编制进度" not in shown


def test_the_draft_shows_how_far_it_is_and_what_units_said(week_20):
    drafts(week_20)
    task = next(each for each in week_20.tasks("cr_opinions") if "教务处" in each.title)
    week_20.hands_in(task, action="remark", opinion="请写明教学楼改造")

    shown = page(week_20, f"/results/{report().id}", by=OFFICER)

    assert "第1稿，已有1个单位答复" in shown
    assert "请写明教学楼改造" in shown


def test_what_units_said_stays_with_the_quality_office(week_20):
    drafts(week_20)
    task = next(each for each in week_20.tasks("cr_opinions") if "教务处" in each.title)
    week_20.hands_in(task, action="remark", opinion="请写明教学楼改造")
    week_20.at("2027-01-14 17:31")
    week_20.does("cr_review")
    week_20.does("cr_approve", action="approve")

    assert "请写明教学楼改造" in page(week_20, f"/results/{report().id}", by=DIRECTOR)
    assert "请写明教学楼改造" not in page(week_20, f"/results/{report().id}", by=STRANGER)


def test_one_who_leads_a_person_may_not_read_it_on_that_persons_page(published):
    assert "企业实践天数不足" not in page(published, "/results/mine", by=DIRECTOR)


def test_an_empty_list_of_proposals_says_how_they_come_about(college):
    college.at("2026-10-12 09:00")

    assert "没有挂钩建议" in page(college, "/results/appraisal", by=CHAIR)


def test_proposals_say_how_they_stand(published):
    shown = page(published, "/results/appraisal", by=DIRECTOR)

    assert "人事处核对中" in shown and "0.85" in shown and "建议取消年度评优资格" in shown


@pytest.mark.parametrize("address", ["/results/", "/results/{id}", "/results/appraisal"])
def test_a_page_costs_the_same_for_few_results_and_for_many(published, address):
    few = cost(published, address.format(id=report().id))
    for number in (4, 5, 6, 7, 9, 10, 11):
        graded(f"PG{number:02}", "A")
    comes_out(ReportKind.YEAR)

    assert cost(published, address.format(id=report(ReportKind.YEAR).id)) <= few <= 24


def test_ones_own_page_costs_the_same_for_one_result_and_for_many(published):
    one = cost(published, "/results/mine", by=TEACHER)
    for grade in "ABC":
        graded(TEACHER, grade)
    comes_out(ReportKind.YEAR)

    assert page(published, "/results/mine", by=TEACHER).count("own-head") == 4
    assert cost(published, "/results/mine", by=TEACHER) == one


def cost(college, address: str, *, by: str = CHAIR) -> int:
    """Return the statements of a page that was opened before."""
    client = signed_in(college.app, by)
    client.get(address)
    with statements() as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def comes_out(kind: ReportKind) -> None:
    """The committee approves a report whose figures are of today."""
    with transaction():
        row = db.session.get_one(CollegeReport, report(kind).id)
        row.figures = figures.taken(queries.terms_of(kind, calendar.term(row.term_code)))
        row.approved_by = CHAIR
        service.publish(row)
