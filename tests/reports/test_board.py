"""The five layers by teaching weeks, and the way down to units and subjects."""

import pytest
from sqlalchemy import insert, select

from app import engine
from app.foundation.clock import now
from app.foundation.db import db, transaction
from app.organisation import calendar
from app.organisation.models import Subject
from app.quality.cycles import windows_of
from app.quality.diagnosis.models import DiagnosisStatus, SelfDiagnosis
from app.reports import board
from app.reports.rules import Tally, grade_of
from app.security import reach_of
from tests.builders import TERM
from tests.doors import signed_in, statements

DIRECTOR, COMMITTEE, DEPARTMENT_HEAD, STUDENT = "E029", "E002", "E044", "S008"


def hands_in(layer, frequency, statuses):
    """Write a record of every window that is over for each subject of a layer, the statuses in turn."""
    with transaction():
        instance = engine.start("diag_student", {"subject": "S008", "subject_name": "-", "unit": "DEP-XGX", "layer": layer, "term": TERM, "year": 2026})
        codes = list(db.session.scalars(select(Subject.code).where(Subject.layer_code == layer, Subject.state == "ACTIVE").order_by(Subject.code)))
        rows = [
            {
                "subject_code": code, "term_code": TERM, "window_no": window.no, "instance_id": instance.id,
                "due_at": window.due_at, "status": statuses[number % len(statuses)],
            }
            for window in windows_of(frequency, TERM)
            if window.due_at < now()
            for number, code in enumerate(codes)
        ]  # fmt: skip
        db.session.execute(insert(SelfDiagnosis), rows)
    return codes


def seen_by(person):
    return board.board(calendar.term(TERM), reach=reach_of(person, "diagnosis.read"), on=now())


@pytest.mark.parametrize(("percent", "level"), [(None, ""), (100, "GREEN"), (99, "BLUE"), (95, "BLUE"), (94, "YELLOW"), (85, "YELLOW"), (84, "RED"), (0, "RED")])
def test_the_share_on_time_is_judged_by_the_colleges_own_indicator(percent, level):
    assert grade_of(percent) == level


def test_each_layer_is_a_row_with_the_windows_of_its_frequency(college):
    college.at("2026-10-12 09:00")
    codes = hands_in("STUDENT", "BIWEEKLY", [DiagnosisStatus.SUBMITTED, DiagnosisStatus.LATE, DiagnosisStatus.MISSED, DiagnosisStatus.OPEN])
    windows_of("WEEKLY", TERM)

    found = seen_by(DIRECTOR)

    assert [row.layer.code for row in found.rows] == ["COLLEGE", "PROGRAMME", "COURSE", "TEACHER", "STUDENT"]
    students = found.rows[-1]
    assert [cell.span for cell in students.cells] == [2] * 10
    first = students.cells[0].tally
    assert first.on_time + first.late + first.missing == len(codes)
    assert first.missing == sum(number % 4 in (2, 3) for number in range(len(codes))), "open past its deadline is missing too"
    assert students.cells[0].level == "RED"
    assert students.total.due == 3 * len(codes)
    assert found.rows[0].cells[0].tally == Tally()


def test_the_committee_sees_the_persons_layers_as_numbers_but_no_person(college):
    college.at("2026-10-12 09:00")
    hands_in("STUDENT", "BIWEEKLY", [DiagnosisStatus.SUBMITTED])

    assert seen_by(COMMITTEE).rows[-1].layer.code == "STUDENT"
    page = signed_in(college.app, COMMITTEE).get("/overview/layers/STUDENT?window=1&unit=DEP-XGX").get_data(as_text=True)

    assert "信息工程系" in page
    assert "没有可以查看的主体" in page


def test_a_head_of_department_sees_his_own_and_comes_down_to_the_student(college):
    college.at("2026-10-12 09:00")
    hands_in("STUDENT", "BIWEEKLY", [DiagnosisStatus.SUBMITTED, DiagnosisStatus.MISSED])
    client = signed_in(college.app, DEPARTMENT_HEAD)

    units = client.get("/overview/layers/STUDENT?window=1").get_data(as_text=True)
    people = client.get("/overview/layers/STUDENT?window=1&unit=DEP-JDX").get_data(as_text=True)
    others = client.get("/overview/layers/STUDENT?window=1&unit=DEP-XGX").get_data(as_text=True)

    assert "机电工程系" in units
    assert "信息工程系" not in units
    assert "/subjects/S0" in people
    assert people.index("缺失") < people.index("按时提交")
    assert "/subjects/S0" not in others


def test_a_window_that_is_not_there_leads_to_the_newest_and_an_unknown_layer_is_not_found(college):
    college.at("2026-10-12 09:00")
    hands_in("STUDENT", "BIWEEKLY", [DiagnosisStatus.SUBMITTED])
    client = signed_in(college.app, DIRECTOR)

    assert client.get("/overview/layers/STUDENT?window=99").status_code == 200
    assert client.get("/overview/layers/NOBODY").status_code == 404


def test_the_overview_carries_the_board_and_leads_down(college):
    college.starts_term()
    college.at("2026-10-12 09:00")
    hands_in("STUDENT", "BIWEEKLY", [DiagnosisStatus.SUBMITTED])

    page = signed_in(college.app, DIRECTOR).get("/overview/").get_data(as_text=True)

    assert "5个层面 × 20教学周" in page
    assert "/overview/layers/STUDENT?term=2026-2027-1&amp;window=1" in page


def test_the_board_costs_four_statements_and_its_frame_however_many_subjects_there_are(college):
    college.at("2026-10-12 09:00")
    hands_in("STUDENT", "BIWEEKLY", [DiagnosisStatus.SUBMITTED])
    reach = reach_of(DIRECTOR, "diagnosis.read")
    term = calendar.term(TERM)

    with statements() as seen:
        board.board(term, reach=reach, on=now())

    assert len(seen) <= 5
