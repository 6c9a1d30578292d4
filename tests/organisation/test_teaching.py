"""Programmes, courses, students: who answers for whom, and the subjects created for them."""

import pytest
from sqlalchemy import func, select

from app.foundation.db import db, transaction
from app.foundation.errors import NotFound
from app.organisation import teaching
from app.organisation.models import Subject, SubjectState
from app.organisation.teaching import Course, StudentProfile, StudentStatus
from tests.builders import TERM


def counted():
    rows = db.session.execute(select(Subject.layer_code, func.count()).group_by(Subject.layer_code))
    return {row[0]: row[1] for row in rows}


def test_every_layer_has_its_subjects(app, at):
    assert counted() == {"COLLEGE": 34, "PROGRAMME": 12, "COURSE": 30, "TEACHER": 31, "STUDENT": 40}


def test_subjects_are_created_once_and_follow_the_organisation(app, at):
    with transaction():
        db.session.get(Course, "KC16").leader_id = "E064"
        db.session.delete(db.session.get(Subject, "S040"))

        assert teaching.ensure_subjects() == 1
        assert teaching.ensure_subjects() == 0

    assert db.session.get(Subject, "KC16").responsible_id == "E064"
    assert db.session.get(Subject, "S040").unit_code == "DEP-JDX"


def test_a_suspended_student_waits_among_the_subjects(app, at):
    assert db.session.get(Subject, "S018").state is SubjectState.SUSPENDED


def test_a_course_of_several_programmes_is_shared(app, at):
    assert db.session.get(Course, "KC27").shared
    assert not db.session.get(Course, "KC15").shared
    assert len(teaching.programmes_of("KC27")) == 12


@pytest.mark.parametrize(
    ("subject", "leaders"), [("KC16", ["E059"]), ("PG08", ["E059"]), ("S008", ["E059"]), ("KC27", []), ("OFF-JWC", [])]
)
def test_the_leaders_of_a_subjects_programmes(app, at, subject, leaders):
    assert teaching.programme_leaders(subject) == leaders


def test_the_head_of_a_department_and_who_is_above_him(app, at):
    assert teaching.department_head("KC16") == ["E046"]
    assert teaching.department_head("E046") == ["E003"]


def test_a_student_has_a_counsellor_above_and_a_teacher_the_head(app, at):
    assert teaching.superiors_of("S005") == teaching.counsellor("S005") == ["E070"]
    assert teaching.superiors_of("E065") == ["E046"]


def test_without_a_counsellor_the_head_of_the_department_looks_after_a_student(app, at):
    with transaction():
        db.session.get_one(StudentProfile, "S005").counsellor_id = None

        assert teaching.counsellor("S005") == ["E045"]


def test_who_belongs_to_a_subject(app, at):
    assert teaching.people_of("PG08") == {"E059", "E058", "E064", "E065"}
    assert teaching.people_of("E065") == {"E065"}
    assert {"E011", "E032", "E042"} <= teaching.people_of("OFF-JWC")


def test_who_answers_above_a_subject(app, at):
    assert teaching.leaders_over("OFF-JWC") == ["E003"]
    assert teaching.leaders_over("KC16") == ["E046"]


def test_a_course_runs_in_its_terms_and_everything_else_always(app, at):
    assert not teaching.runs_in("KC30", TERM)
    assert teaching.runs_in("KC30", "2026-2027-2")
    assert teaching.runs_in("KC15", TERM)
    assert teaching.runs_in("OFF-JWC", TERM)


def test_what_a_programme_is_made_of(app, at):
    found = teaching.subjects_of_programme("PG08")

    assert {"PG08", "KC15", "KC16", "KC30", "KC27", "E059", "E064", "E065", "S008", "S020", "S032"} <= found
    assert not {"KC14", "S007", "E068", "PG07"} & found


def test_a_status_moves_the_subject_with_it(app, at):
    with transaction():
        assert teaching.set_status("S018", StudentStatus.ENROLLED, by="E012").state is SubjectState.ACTIVE
        assert teaching.set_status("S018", StudentStatus.LEFT, by="E012").state is SubjectState.CLOSED


def test_an_unknown_student_or_programme_is_not_found(app, at):
    with pytest.raises(NotFound):
        teaching.student("S999")
    with pytest.raises(NotFound):
        teaching.programme("PG99")
