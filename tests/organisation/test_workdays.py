"""Working days against an independent oracle, and deadlines that explain themselves.

`chinese_calendar` was typed from the State Council's notices by other people
than the library our table is seeded from.
"""

import json
from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.application import create_app
from app.demo.college import DATA
from app.foundation import clock
from app.foundation.db import db, transaction
from app.foundation.errors import Invalid, NotFound
from app.organisation import calendar, workdays
from app.organisation.workdays import DayKind, Span, WorkCalendar

FIRST, LAST = date(2018, 1, 1), date(2026, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
TERMS = [term for year in json.loads(DATA.read_text(encoding="utf-8"))["calendar"]["academic_years"] for term in year["terms"]]
# The table as the command makes it, read once: it is the same for every example.
days = st.dates(date(2018, 6, 1), date(2026, 6, 30))
counts = st.integers(-60, 60).filter(bool)


@pytest.fixture(scope="module")
def seeded(databases, prepared_college, tmp_path_factory) -> WorkCalendar:
    """The state's days of 2018 to 2026 alone, as the seeding writes and the calendar reads them."""
    database = databases.empty(tmp_path_factory.mktemp("seeded"))
    app = create_app(**database, TESTING=True, SECRET_KEY="test")
    with app.app_context():
        with transaction():
            db.create_all()
            calendar.seed_national_days(range(2018, 2027))
        found = calendar.work_calendar()
        db.session.remove()
        db.engine.dispose()
    databases.drop(database)
    return found


def test_every_day_of_nine_years_agrees_with_the_oracle(seeded):
    wrong = [day for day in DAYS if seeded.is_workday(day) != chinese_calendar.is_workday(day)]

    assert wrong == []


def test_the_made_up_college_agrees_with_the_oracle_where_it_is_at_work(college):
    days = calendar.work_calendar()
    first = date(2025, 9, 1)
    outside_breaks = [day for n in range(480) if days.break_of(day := first + timedelta(days=n)) is None and day <= LAST]

    assert [day for day in outside_breaks if days.is_workday(day) != chinese_calendar.is_workday(day)] == []


@given(day=days, count=st.integers(1, 60))
def test_counting_there_counts_the_same_back(seeded, day, count):
    assert seeded.between(day, seeded.after(day, count)) == count


@given(day=days, count=st.integers(1, 60))
def test_counting_backwards_is_counting_forwards_from_the_other_end(seeded, day, count):
    start = seeded.after(day, 0)

    assert seeded.after(seeded.after(start, count), -count) == start
    assert seeded.between(seeded.after(day, count), day) == -count


@given(day=days)
def test_no_days_after_a_day_is_that_day_or_the_next_working_one(seeded, day):
    found = seeded.after(day, 0)

    assert found >= day and chinese_calendar.is_workday(found)
    assert not any(chinese_calendar.is_workday(day + timedelta(days=n)) for n in range((found - day).days))


@given(day=days, count=counts)
def test_a_deadline_is_a_working_day_at_half_past_five_college_time(seeded, day, count):
    found = workdays.count_workdays(seeded, start=day, count=count)

    assert chinese_calendar.is_workday(found.due_on)
    assert found.at.isoformat() == f"{found.due_on}T17:30:00+08:00"


@given(day=days, count=st.integers(1, 40))
def test_the_derivation_names_every_holiday_skipped_and_every_makeup_day_counted(seeded, day, count):
    found = workdays.count_workdays(seeded, start=day, count=count)

    between = [day + timedelta(days=n) for n in range(1, (found.due_on - day).days + 1)]
    for each in between:
        if seeded.kind(each) is DayKind.HOLIDAY:
            assert f"跳过{seeded.name(each)}" in found.text
        if seeded.kind(each) is DayKind.MAKEUP:
            assert f"{workdays.say_day(each)}调休上班计入" in found.text


@given(day=days, count=st.integers(1, 40))
def test_the_derivation_lists_every_day_and_numbers_the_counted_ones(seeded, day, count):
    found = workdays.count_workdays(seeded, start=day, count=count)

    assert [each[0] for each in found.days] == [day + timedelta(days=n) for n in range((found.due_on - day).days + 1)]
    assert [number for _, _, _, number in found.days if number] == list(range(1, count + 1))
    assert found.days[-1][1] == "DUE"


@given(start=days, length=st.integers(0, 30), end=st.sampled_from(["first", "last"]))
def test_the_edge_of_some_weeks_is_their_first_or_last_working_day(seeded, start, length, end):
    last = start + timedelta(days=length)
    at_work = [day for n in range(length + 1) if chinese_calendar.is_workday(day := start + timedelta(days=n))]

    found = workdays.edge_of_weeks(seeded, first=start, last=last, end=end, label="第1周")

    assert (found and found.due_on) == (at_work[-1 if end == "last" else 0] if at_work else None)


@settings(max_examples=40)
@given(data=st.data())
def test_a_break_and_a_closed_day_are_no_working_days_but_sports_days_are(seeded, data):
    start = data.draw(days)
    span = Span(start, start + timedelta(days=data.draw(st.integers(0, 60))), "寒假")
    closed = data.draw(days)
    ours = WorkCalendar(off=seeded.off, makeup=seeded.makeup, breaks=(span,), closed={closed: "校庆"})

    assert ours.workdays(span.start, span.end) == []
    assert ours.kind(closed) is DayKind.CLOSED and ours.name(closed) == "校庆"
    assert not span.start <= ours.after(start, 1) <= span.end


def test_a_break_counts_where_the_policy_says_so(seeded):
    span = Span(date(2026, 1, 19), date(2026, 3, 1), "寒假")
    ours = WorkCalendar(off=seeded.off, makeup=seeded.makeup, breaks=(span,), breaks_count=True)

    assert ours.is_workday(date(2026, 1, 20)) and ours.name(date(2026, 1, 20)) == ""


def test_makeup_days_can_be_left_out_by_policy(seeded):
    ours = WorkCalendar(off=seeded.off, makeup=seeded.makeup, makeup_counts=False)

    assert not ours.is_workday(date(2026, 10, 10))


@pytest.mark.parametrize("count", [401, -401, 10**9])
def test_an_absurd_count_is_refused_instead_of_counted(seeded, count):
    with pytest.raises(ValueError, match="400"):
        seeded.after(FIRST, count)


@pytest.mark.parametrize("term", TERMS, ids=[term["code"] for term in TERMS])
def test_every_teaching_week_has_exactly_the_working_days_that_were_published(college, term):
    days = calendar.work_calendar()

    for week in calendar.weeks_of(term["code"]):
        listed = next(each for each in term["weeks"] if each["no"] == week.no)["workdays"]
        assert [str(day) for day in days.workdays(week.start_on, week.end_on)] == listed, week.no


@pytest.mark.scenario(15)
def test_weeks_without_a_working_day_have_no_edge(seeded):
    assert workdays.edge_of_weeks(seeded, first=date(2026, 10, 1), last=date(2026, 10, 7), end="last", label="国庆") is None


@pytest.mark.scenario(20)
def test_sports_days_stay_working_days(college):
    assert calendar.work_calendar().is_workday(date(2026, 10, 22))


class TestUnannouncedYears:
    def test_2027_has_its_statutory_days_and_is_provisional(self, college):
        days = calendar.work_calendar()

        assert not days.is_workday(date(2027, 1, 1)) and not days.is_workday(date(2027, 10, 1))
        assert not [day for day in days.makeup if day.year == 2027]
        assert days.is_provisional(date(2027, 1, 1), date(2027, 1, 1))
        assert not days.is_provisional(date(2026, 1, 1), date(2026, 12, 31))

    def test_a_deadline_into_2027_says_that_it_may_move(self, college):
        text = calendar.derive({"kind": "workdays", "start": "2026-12-28", "count": 10}).text

        assert "尚未公布，日期暂定" in text

    def test_a_year_of_which_nothing_is_known_is_provisional_too(self, college):
        assert calendar.work_calendar().is_provisional(date(2030, 5, 1), date(2030, 5, 2))

    def test_a_notice_makes_it_certain(self, college):
        with transaction():
            calendar.import_notice([(date(2027, 5, n), calendar.National.OFF, "劳动节") for n in range(1, 8)])

        days = calendar.work_calendar()
        assert not days.is_provisional(date(2027, 1, 1), date(2027, 12, 31))
        assert days.is_workday(date(2027, 10, 1))  # this notice does not name it

    def test_seeding_marks_a_year_without_makeup_days(self, college):
        with transaction():
            calendar.seed_national_days(range(2028, 2029))

        assert calendar.work_calendar().is_provisional(date(2028, 1, 1), date(2028, 1, 1))


class TestRules:
    """Deadlines are kept as rules that can be worked out again."""

    def test_an_agreed_day_is_what_it_says(self, college):
        assert calendar.derive({"kind": "day", "on": "2026-12-04"}).at.isoformat() == "2026-12-04T17:30:00+08:00"

    @pytest.mark.parametrize("rule", [{}, {"kind": "moon"}, {"kind": "workdays", "start": "2026-09-01"}])
    def test_an_unknown_rule_is_refused(self, college, rule):
        with pytest.raises(Invalid, match="无法识别"):
            calendar.derive(rule)

    def test_an_unknown_term_and_week_are_refused(self, college):
        with pytest.raises(NotFound):
            calendar.opening("1999-2000-1", 1)
        with pytest.raises(Invalid, match="没有第 99 周"):
            calendar.opening("2026-2027-1", 99)

    def test_what_a_diagram_hands_over_may_be_a_deadline_a_moment_or_a_day(self, college):
        wanted = calendar.workdays_after(3, date(2026, 9, 7))

        for start in ("2026-09-07", "2026-09-07T09:00:00+08:00", {"at": "2026-09-06T20:00:00+00:00", "rule": {}}):
            assert calendar.workdays_after(3, start) == wanted

    def test_days_left_count_down_to_nothing_and_below(self, college):
        moment = workdays.due_moment(date(2026, 9, 3))

        left = []
        for day in ("2026-09-02", "2026-09-03", "2026-09-04"):
            college.at(f"{day} 18:00")
            left.append(calendar.days_left(moment))

        assert left == [1, 0, -1]
        assert clock.today() == date(2026, 9, 4)
