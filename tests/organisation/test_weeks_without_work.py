"""Deadlines of weeks in which nobody works."""

from datetime import date

import pytest

from app.foundation.db import transaction
from app.organisation import calendar
from app.organisation.calendar import CollegeDay

TERM = "2026-2027-1"


@pytest.mark.scenario(15)
def test_a_deadline_in_a_week_without_a_working_day_moves_to_the_next_one_and_says_so(app, at):
    with transaction():
        for day in range(7, 12):
            calendar.set_college_day(date(2026, 9, day), CollegeDay.CLOSED, "停电检修")

    found = calendar.edge_workday(TERM, 2, end="last")

    assert f"{found['at']:%Y-%m-%d %H:%M}" == "2026-09-14 17:30"
    assert "第2周没有工作日" in calendar.explain(found["rule"])["text"]
