"""The overview of a term: who sees which units, how each window stands, what it costs."""

from datetime import date

import pytest
from sqlalchemy import select

from app import engine
from app.foundation.clock import today
from app.foundation.db import db, transaction
from app.foundation.errors import NotFound
from app.organisation import calendar
from app.organisation.calendar import CollegeDay
from app.organisation.models import Subject
from app.quality.monitoring import service as monitoring
from app.quality.monitoring.models import Origin
from app.reports import queries
from app.reports.rules import Standing
from tests.builders import TERM
from tests.doors import statements

DIRECTOR, HEAD, MEMBER = "E029", "E014", "E042"


def view(person: str = DIRECTOR, term: str | None = None) -> queries.Overview:
    db.session.expire_all()
    return queries.overview(person, term_code=term, on=today())


def standings(code: str = "OFF-JWC") -> list[Standing]:
    row = next(row for row in view().grid.units if row.code == code)
    return [cell.standing for cell in row.cells]


def reads(code: str, value: float, *, subject: str = "OFF-JWC", week: int = 1) -> None:
    with transaction():
        monitoring.record_reading(
            code, subject_code=subject, period=f"{TERM}-W{week:02d}", value=value, origin=Origin.MANUAL
        )


@pytest.fixture
def window(college):
    """The first window of 教务处 is open; nobody else has confirmed goals."""
    college.confirms_goals()
    return college


def test_the_quality_office_sees_every_unit_and_twenty_weeks(window):
    grid = view().grid

    assert len(grid.units) == 34
    assert [week.no for week in grid.weeks] == list(range(1, 21))
    assert [group.kind for group in grid.groups] == ["OFFICE", "DEPARTMENT"]


def test_an_open_window_waits_then_is_overdue_then_missing(window):
    assert standings()[0] is Standing.WAITING

    window.at("2026-09-04 17:31")
    assert standings()[0] is Standing.OVERDUE

    window.at("2026-09-11 17:31")
    assert standings()[:2] == [Standing.MISSED, Standing.OVERDUE]


def test_a_report_before_the_deadline_is_on_time_and_one_after_it_late(window):
    window.does("diagnose", subject="OFF-JWC")
    window.at("2026-09-07 08:35")
    window.at("2026-09-11 18:00")
    window.does("diagnose", subject="OFF-JWC")

    found = next(row for row in view().grid.units if row.code == "OFF-JWC")

    assert [cell.standing for cell in found.cells][:3] == [Standing.ON_TIME, Standing.LATE, Standing.NONE]
    assert found.tally.percent == 50


@pytest.mark.scenario(15)
def test_a_week_without_a_working_day_is_skipped_and_nobody_owes_it(college, visitor):
    with transaction():
        for day in range(14, 21):
            calendar.set_college_day(date(2026, 9, day), CollegeDay.CLOSED, "校园停电检修")
    college.confirms_goals()
    college.does("diagnose", subject="OFF-JWC")
    college.at("2026-09-07 08:35")
    college.does("diagnose", subject="OFF-JWC")
    college.at("2026-09-14 08:35")
    college.at("2026-09-21 08:35")

    grid = view().grid

    assert standings()[:4] == [Standing.ON_TIME, Standing.ON_TIME, Standing.SKIPPED, Standing.WAITING]
    assert grid.weeks[2].skipped and grid.by_week[2].owed == 0
    assert grid.total.percent == 100
    assert "第3周没有工作日，不计入统计" in visitor(DIRECTOR).get("/overview/").text


def test_a_unit_that_owes_nothing_shows_no_percentage(window):
    found = next(row for row in view().grid.units if row.code == "OFF-RSC")

    assert set(standings("OFF-RSC")) == {Standing.NONE}
    assert found.tally.percent is None


def test_cells_and_units_lead_to_their_procedures(window, visitor):
    page = visitor(DIRECTOR).get("/overview/").text
    term, child = db.session.execute(
        select(engine.ProcessInstance.parent_id, engine.ProcessInstance.id).where(
            engine.ProcessInstance.subject == "OFF-JWC", engine.ProcessInstance.parent_id.is_not(None)
        )
    ).one()

    assert f'<a href="/procedures/{term}">教务处</a>' in page
    assert f'<a href="/procedures/{child}" title="教务处 第1周：待办，未到期，期限9月4日（周五）17:30"' in page


def test_the_present_window_counts_what_was_done_of_what_is_owed(window):
    assert view().grid.now[1].owed == 1

    window.does("diagnose", subject="OFF-JWC")

    assert (view().grid.now[1].done, view().grid.now[1].owed) == (1, 1)


def test_a_notice_is_not_counted_as_a_warning(window, visitor):
    reads("IC12", 60)
    reads("IC12", 85, subject="OFF-RSC")
    reads("IC15", 55, subject="OFF-CWC")

    found = view()

    assert (found.warnings.red, found.warnings.yellow, found.warnings.notices) == (1, 1, 1)
    assert [line.subject_name for line in found.worst] == ["教务处", "人事处"]
    page = visitor(DIRECTOR).get("/overview/").text
    assert "教务处 · 师生服务满意度" in page and "标准</span>" not in page and "另有提示1条" in page


def test_the_ledger_counts_open_overdue_and_closed_orders(college):
    college.issues_order()
    college.at("2026-10-19 08:35")

    found = view()

    assert (found.orders.unfinished, found.orders.overdue, found.orders.closed) == (1, 1, 0)
    assert found.orders.bands == {"LATE_3": 1}
    assert found.urgent[0].late_workdays == 1


def test_overdue_tasks_are_counted_by_the_highest_step_that_was_told(college):
    college.issues_order()
    college.live_until("2026-10-21")

    assert view().late_tasks.by_step.get(3) == 1


def test_a_head_sees_the_own_unit_only(window):
    reads("IC12", 60, subject="OFF-RSC")

    found = view(HEAD)

    assert [row.code for row in found.grid.units] == ["OFF-ZJC"]
    assert found.worst == []
    assert not found.may_start_extra


def test_a_person_without_a_unit_in_reach_finds_no_such_page(window, visitor):
    assert visitor(MEMBER).get("/overview/").status_code == 404
    assert "质管总览" not in visitor(MEMBER).get("/").text


def test_another_term_is_empty_but_there_and_an_unknown_one_is_not(window, visitor):
    before = view(term="2025-2026-2")

    assert before.grid.now is None and before.grid.total.owed == 0
    assert visitor(DIRECTOR).get("/overview/?term=2025-2026-2").status_code == 200
    assert visitor(DIRECTOR).get("/overview/?term=1999-2000-1").status_code == 404


def test_without_any_term_there_is_nothing_to_show(college):
    with pytest.raises(NotFound):
        queries.overview(DIRECTOR, term_code=None, on=date(2020, 1, 1))


def test_seventeen_statements_give_the_overview_for_any_number_of_units(window, visitor):
    reads("IC12", 60)
    client = visitor(DIRECTOR)
    client.get("/overview/")  # the working days are read once per process
    with statements() as few:
        client.get("/overview/")
    for subject in ("OFF-RSC", "OFF-CWC", "OFF-XSC"):
        window.confirms_goals(subject, goal=_goal_of(subject))
        reads("IC12", 60, subject=subject)
        window.issues_order(subject=subject, on="2026-08-31 15:00")

    with statements() as many:
        assert client.get("/overview/").status_code == 200

    frame_and_reach = 10  # who it is, post, term and week, roles, units; what a process remembers from then on
    assert len(many) == len(few) <= 17 + frame_and_reach, "\n".join(many)


def test_the_quality_office_begins_an_extra_assessment(window, visitor):
    answer = visitor(DIRECTOR).post("/assessments/", data={"subject": "OFF-JWC"})

    assert answer.status_code == 303
    assert "临时考核" in visitor(DIRECTOR).get(answer.location).text
    window.work()
    assert window.task("schedule", subject="OFF-JWC")


def test_a_second_one_waits_until_the_first_has_ended(window, visitor):
    visitor(DIRECTOR).post("/assessments/", data={"subject": "OFF-JWC"})

    again = visitor(DIRECTOR).post("/assessments/", data={"subject": "OFF-JWC"})

    assert again.status_code == 409
    assert "教务处已有一次临时考核正在进行" in again.text


@pytest.mark.parametrize("person", [HEAD, "E002", "E046", MEMBER])
def test_nobody_else_begins_one(window, visitor, person):
    assert visitor(person).post("/assessments/", data={"subject": "OFF-JWC"}).status_code == 403


def test_an_unknown_unit_is_not_assessed(window, visitor):
    assert visitor(DIRECTOR).post("/assessments/", data={"subject": "OFF-XXX"}).status_code == 404
    assert visitor(DIRECTOR).post("/assessments/", data={}).status_code == 404


def _goal_of(subject: str) -> dict[str, str]:
    responsible = db.session.get_one(Subject, subject)
    task = db.session.scalar(
        select(engine.HumanTask).where(engine.HumanTask.subject == responsible.code, engine.HumanTask.node == "enter_goals")
    )
    form = engine.prefill(task)
    return {
        "task_zh": "日常管理", "task_type": "C", "basis": "岗位职责", "observation_point": "办结率",
        "year_1": "≥90%", "year_2": "≥92%", "year_3": "≥95%", "post": form["posts"][0]["value"],
        "responsible": form["people"][0]["value"], "indicator": "IC10",
    }  # fmt: skip
