"""Students hear of their tasks in one mail, on the week's first working morning (3d, M01)."""

import pytest
from sqlalchemy import event

from app.foundation.db import db
from tests.builders import PERSONAL_GOAL

COUNSELLOR = "E072"


def m01(college, person="S008"):
    return college.mails("M01", to=person)


def test_a_students_task_is_told_on_the_weeks_first_morning_in_one_mail(college):
    college.begins("STUDENT", "S008", on="2026-09-01 15:00")
    assert m01(college) == [], "it is Tuesday and the task is due next week's Friday"

    college.at("2026-09-04 08:00")
    assert m01(college) == []
    college.at("2026-09-07 08:00")

    mail = m01(college)[0]
    assert "填报" in mail.body and "9月11日" in mail.body
    college.at("2026-09-08 08:00")
    assert len(m01(college)) == 1


def test_what_is_due_before_next_weeks_mail_is_told_the_next_morning(college):
    college.begins("STUDENT", "S008", on="2026-09-08 15:00")
    assert len(m01(college)) == 1, "due on Friday of this week"


def test_nobody_is_told_at_night(college):
    college.begins("STUDENT", "S008", on="2026-09-07 06:30")
    assert m01(college) == []

    college.at("2026-09-07 08:00")

    assert len(m01(college)) == 1


def test_several_tasks_are_one_mail(college):
    college.begins("STUDENT", "S008", "S020", on="2026-09-07 06:00")
    college.sets_goals("S008", {**PERSONAL_GOAL, "indicator": "IS16"})
    college.at("2026-09-07 08:00")

    assert [len(m01(college, person)) for person in ("S008", "S020")] == [1, 1]


def test_others_are_told_at_once(college):
    college.begins("STUDENT", "S008", on="2026-09-08 15:00")
    college.does("enter_goals", subject="S008", goals=[{**PERSONAL_GOAL, "indicator": "IS16"}])

    assert college.mails("M01", to=COUNSELLOR)


def test_who_was_told_is_looked_up_however_many_mails_there_are(college):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("only SQLite says in words how it looks for something")
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *each: asked.append(each[2:4]))
    college.begins("STUDENT", "S008", on="2026-09-08 15:00")

    statement, values = next(each for each in asked if each[0].startswith("SELECT DISTINCT task_performer.person_id"))
    plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()

    (told,) = [row.detail for row in plan if "outgoing_mail" in row.detail]
    assert "person_id=? AND kind=? AND wanted_at>?" in told
    assert not [row.detail for row in plan if row.detail.startswith("SCAN")]
