"""Windows, their deadlines, and what a change of the calendar does to them."""

from datetime import date, datetime

import pytest
from sqlalchemy import select

from app import engine
from app.foundation.clock import COLLEGE_ZONE
from app.foundation.db import db, transaction
from app.organisation import calendar, queries
from app.organisation import service as organisation
from app.organisation.calendar import CalendarPolicy, CollegeDay, National
from app.organisation.models import Subject, SubjectState
from app.quality import cycles
from app.quality.cycles import service
from app.quality.diagnosis.models import DiagnosisStatus, SelfDiagnosis
from tests.builders import TERM


def due(window: int, frequency: str = "WEEKLY") -> str | None:
    row = next(row for row in cycles.windows_of(frequency, TERM) if row.no == window)
    return row.due_at and f"{row.due_at.astimezone(COLLEGE_ZONE):%Y-%m-%d %H:%M}"


@pytest.mark.scenario(12)
def test_the_window_of_a_holiday_week_is_due_on_its_last_working_day(app, at):
    with transaction():
        assert due(5) == "2026-09-30 17:30"


@pytest.mark.scenario(13)
def test_a_make_up_saturday_is_a_deadline(app, at):
    with transaction():
        assert due(6) == "2026-10-10 17:30"


@pytest.mark.scenario(14)
def test_a_make_up_sunday_is_a_deadline_and_mid_autumn_ends_a_window_of_two_weeks_early(app, at):
    with transaction():
        assert due(3) == "2026-09-20 17:30"
        assert due(2, "BIWEEKLY") == "2026-09-24 17:30"


@pytest.mark.scenario(15)
def test_a_week_without_a_working_day_is_skipped_and_nobody_owes_it(college):
    with transaction():
        for day in range(9, 14):
            calendar.set_college_day(date(2026, 11, day), CollegeDay.CLOSED, "校园停电检修")
    college.confirms_goals()

    college.live_until("2026-11-16")

    assert due(11) is None
    owed = db.session.scalars(select(SelfDiagnosis.window_no).where(SelfDiagnosis.subject_code == "OFF-JWC")).all()
    assert sorted(owed) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]


@pytest.mark.scenario(16)
def test_ten_working_days_over_national_day_end_on_the_sixteenth(app, at):
    found = calendar.derive({"kind": "workdays", "start": "2026-09-28", "count": 10})

    assert found.at == datetime(2026, 10, 16, 17, 30, tzinfo=COLLEGE_ZONE)
    assert "跳过国庆节（10月1日—10月7日）" in found.text
    assert "10月10日（周六）调休上班计入" in found.text


@pytest.mark.scenario(17)
@pytest.mark.parametrize(("breaks_count", "day"), [(False, "2027-03-24"), (True, "2027-02-12")])
def test_twenty_working_days_pause_in_the_winter_break_unless_breaks_count(app, at, breaks_count, day):
    with transaction():
        db.session.add(CalendarPolicy(id=1, breaks_count=breaks_count))

    found = calendar.derive({"kind": "workdays", "start": "2027-01-13", "count": 20})

    assert found.due_on == date.fromisoformat(day)
    assert "暂定" in found.text  # 2027's holidays are not announced yet


@pytest.mark.scenario(19)
def test_a_new_notice_moves_open_deadlines_later_but_never_earlier_and_tells_those_concerned(college):
    college.confirms_goals()
    college.at("2026-09-28 09:00")
    window = college.tasks("diagnose", subject="OFF-JWC")[-1]
    assert college.local(window.due_at) == "2026-09-30 17:30"
    kept = [
        (row.on, row.national, row.national_name)
        for row in db.session.scalars(select(calendar.CalendarDay))
        if row.on.year == 2026 and row.national and row.on not in {date(2026, 10, 1), date(2026, 10, 10)}
    ]
    db.session.rollback()

    with transaction():
        calendar.import_notice([*kept, (date(2026, 10, 11), National.MAKEUP, "国庆节")])
        moved = service.redate(by="E038")

    # 1 October is a working day now: the week ends later. 10 October no longer is, but a deadline never moves back.
    assert college.local(college.tasks("diagnose", subject="OFF-JWC")[-1].due_at) == "2026-10-01 17:30"
    assert window.id in moved
    assert college.mails("M21", to="E011")
    college.at("2026-10-08 09:00")
    assert college.local(college.tasks("diagnose", subject="OFF-JWC")[-1].due_at) == "2026-10-11 17:30"


@pytest.mark.scenario(20)
def test_sports_days_without_classes_stay_working_days(app, at):
    found = calendar.derive({"kind": "workdays", "start": "2026-10-21", "count": 2})

    assert found.due_on == date(2026, 10, 23)


def test_a_suspended_subject_gets_no_window_and_resumes_without_a_backlog(college):
    college.confirms_goals()
    with transaction():
        db.session.get(Subject, "OFF-JWC").state = SubjectState.SUSPENDED
    college.live_until("2026-09-14")
    with transaction():
        db.session.get(Subject, "OFF-JWC").state = SubjectState.ACTIVE
    college.live_until("2026-09-21")

    owed = db.session.scalars(select(SelfDiagnosis.window_no).where(SelfDiagnosis.subject_code == "OFF-JWC")).all()
    assert sorted(owed) == [1, 4]


def test_closing_a_subject_withdraws_its_tasks_and_ends_its_procedure(college):
    college.confirms_goals()
    college.at("2026-09-07 08:35")

    with transaction():
        service.close_subject(db.session.get(Subject, "OFF-JWC"), state=SubjectState.CLOSED, reason="机构调整", by="E038")
    college.work()

    assert college.tasks(subject="OFF-JWC") == []
    running = select(engine.ProcessInstance).where(
        engine.ProcessInstance.subject == "OFF-JWC", engine.ProcessInstance.state == engine.InstanceState.RUNNING
    )
    assert db.session.scalars(running).all() == []
    assert college.mails("M20", to="E011")


@pytest.mark.scenario(34)
def test_after_a_move_open_tasks_stay_and_records_keep_the_unit(college):
    college.confirms_goals()
    college.at("2026-10-19 08:35")
    before = college.tasks("diagnose", subject="OFF-JWC")

    with transaction():
        organisation.assign("E011", post_code="P-OFF-KYC", from_on=date(2026, 10, 20))
    college.at("2026-10-20 09:00")

    assert college.performers(before[-1]) == ["E011"]
    assert queries.unit_of("E011") == "OFF-KYC"
    assert queries.unit_of("E011", date(2026, 10, 19)) == "OFF-JWC"


def test_a_window_unanswered_five_working_days_after_its_deadline_is_missed_for_good(college):
    college.confirms_goals()
    college.at("2026-09-11 17:29")
    first = db.session.scalars(select(SelfDiagnosis).where(SelfDiagnosis.window_no == 1)).one()
    assert first.status is DiagnosisStatus.OPEN

    college.at("2026-09-11 17:31")

    db.session.expire_all()
    assert db.session.get(SelfDiagnosis, first.id).status is DiagnosisStatus.MISSED
