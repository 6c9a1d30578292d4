"""The state's holiday notice: imported whole or not at all, and deadlines move with it, never back."""

from datetime import date

import pytest
from sqlalchemy import select

from app.foundation.db import db, transaction
from app.foundation.errors import Invalid
from app.organisation import calendar, notices
from app.quality.rectification.models import RectificationOrder
from tests.organisation.workbooks import workbook

HEAD = {"放假安排": ("日期", "类型", "名称")}
# National Day as it was announced, but 12 and 13 October are free as well.
OCTOBER = [(date(2026, 10, n), "放假", "国庆节") for n in range(1, 8)]
LONGER = [*OCTOBER, ("2026-10-12", "放假", "国庆节"), ("2026-10-13", "放假", "国庆节"), ("2026/10/10", "调休上班", "国庆节")]


@pytest.fixture
def notice(tmp_path):
    def write(rows, **given):
        return workbook(tmp_path / "notice.xlsx", {"放假安排": rows}, heads=given.get("heads", HEAD))

    return write


def refused(path) -> dict[str, str]:
    with pytest.raises(Invalid) as caught, transaction():
        notices.import_notice(path, by=None)
    return caught.value.problems


def command(college, *args):
    return college.app.test_cli_runner().invoke(args=["calendar", *map(str, args)])


def test_a_notice_replaces_the_days_of_its_year(college, notice):
    with transaction():
        assert notices.import_notice(notice(LONGER), by=None) == [2026]

    days = calendar.work_calendar()
    assert not days.is_workday(date(2026, 10, 12))
    assert days.is_workday(date(2026, 10, 10))
    assert days.is_workday(date(2026, 5, 1))  # the new notice does not name it
    assert not days.is_workday(date(2025, 10, 1))


def test_a_notice_that_begins_in_december_leaves_the_year_before_alone(college, notice):
    rows = [("2025-12-31", "放假", "元旦"), *LONGER]

    with transaction():
        notices.import_notice(notice(rows), by=None)

    days = calendar.work_calendar()
    assert not days.is_workday(date(2025, 12, 31)) and not days.is_workday(date(2025, 10, 1))


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("2026-10-32", "放假", "国庆节"), "不是日期"),
        (("2026-10-12", "休息", "国庆节"), "类型：“休息”不在可选范围内（放假、调休上班）。"),
        (("2026-10-12", "放假", ""), "名称：没有填写"),
        (("2026-10-12", "调休上班", "国庆节"), "2026-10-12 不是周末"),
        (("2026-10-01", "放假", "国庆节"), "与第 2 行重复"),
    ],
)
def test_a_row_at_fault_is_named_and_the_calendar_stays(college, notice, row, sentence):
    before = calendar.work_calendar()

    problems = refused(notice([*OCTOBER, row]))

    assert list(problems) == ["放假安排 第 9 行"] and sentence in problems["放假安排 第 9 行"]
    assert calendar.work_calendar() == before


def test_wrong_heads_are_shown_the_right_ones(college, notice):
    path = notice(OCTOBER, heads={"放假安排": ("日子", "类型", "名称")})

    assert refused(path) == {"放假安排 第 1 行": "表头应当依次是：日期、类型、名称。"}


def test_an_empty_notice_is_refused(college, notice):
    with pytest.raises(Invalid, match="没有任何日期"), transaction():
        notices.import_notice(notice([]), by=None)


def test_the_command_moves_open_deadlines_and_tells_those_concerned(college, notice):
    order = college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    assert college.local(college.task("submit").due_at) == "2026-10-16 17:30"

    answer = command(college, "import", notice(LONGER))

    assert answer.exit_code == 0, answer.output
    db.session.expire_all()
    assert college.local(college.task("submit").due_at) == "2026-10-20 17:30"
    assert college.local(db.session.get_one(RectificationOrder, order.no).due_at) == "2026-10-20 17:30"
    assert "1 份整改通知的期限顺延" in answer.output
    assert college.mails("M21", to="E011")


def test_a_notice_with_fewer_holidays_takes_no_time_away(college, notice):
    college.issues_order()
    college.does("acknowledge", planned_measures="上线手机审批")
    shorter = [(date(2026, 1, n), "放假", "元旦") for n in range(1, 8)]

    command(college, "import", notice(shorter))

    assert college.local(college.task("submit").due_at) == "2026-10-16 17:30"


def test_the_command_names_the_row_at_fault(college, notice):
    answer = command(college, "import", notice([("x", "放假", "国庆节")]))

    assert answer.exit_code == 1 and "放假安排 第 2 行" in answer.output


def test_the_command_shows_a_term(college):
    lines = command(college, "show", "2026-2027-1").output.splitlines()

    weeks = db.session.scalars(select(calendar.Week).where(calendar.Week.term_code == "2026-2027-1")).all()
    assert len(lines) == len(weeks) + 1
    assert lines[1].split() == ["第", "1周", "2026-08-31", "—", "2026-09-06", "5", "个工作日"]
    assert lines[-1].endswith("暂定")


def test_the_command_says_that_a_term_is_unknown(college):
    answer = command(college, "show", "1999-2000-1")

    assert answer.exit_code == 1 and "没有学期" in answer.output
